/*
 * reset.c: resets the board and remembers why.
 *
 * The record lies in RAM that start-up does not clear; a magic number and a check tell it from the random
 * (on QEMU: zero) content after power-on. RAM survives SYSRESETREQ and the watchdog, not the end of QEMU.
 * Standard: ARM DDI 0403 B3.2.6 (AIRCR.SYSRESETREQ).
 */
#include "devices.h"

#define SCB_AIRCR REGISTER(0xE000ED0Cu) /* ARM DDI 0403 B3.2.6 */
#define AIRCR_SYSRESETREQ 0x05FA0004u /* VECTKEY and the request */
#define DRAIN_US 100000u
#define MAGIC 0x47454E31u

typedef struct {
  uint32_t magic, cause, count, check;
} Record;

static volatile Record record __attribute__((section(".noinit")));
static ResetCause bootCause;
static uint32_t bootCount;

static uint32_t checkOf(void) { return ~(record.magic ^ record.cause * 31u ^ record.count * 7919u); }

void resetRecord(ResetCause cause) {
  record.magic = MAGIC;
  record.cause = cause;
  record.count = bootCount + 1;
  record.check = checkOf();
}

void boardReset(ResetCause cause) {
  resetRecord(cause);
  if (cause == RESET_SOFTWARE || cause == RESET_CRASH) uartDrain(DRAIN_US); /* last words */
  __asm__ volatile("dsb" ::: "memory");
  SCB_AIRCR = AIRCR_SYSRESETREQ;
  for (;;) continue;
}

void resetInit(void) {
  bool known = record.magic == MAGIC && record.check == checkOf() && record.cause < RESET_CAUSES;
  bootCause = known ? (ResetCause)record.cause : RESET_POWER_ON;
  bootCount = known ? record.count : 0;
  record.magic = 0; /* said once */
  resetRecord(RESET_CRASH); /* a reset nobody recorded (lock-up, the emulator's reset button) reads as a crash */
}

ResetCause resetCause(void) { return bootCause; }
uint32_t resetCount(void) { return bootCount; }

const char *resetCauseName(void) {
  static const char *const names[RESET_CAUSES] = {"power-on", "watchdog", "software", "crash", "power-cut"};
  return names[bootCause];
}
