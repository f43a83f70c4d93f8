/*
 * watchdog.c: the CMSDK watchdog. Its first timeout is an NMI, its second resets the board.
 *
 * The NMI only writes the reset record and shortens the second period; the reset itself is the hardware's.
 * Standard: ARM DDI 0479 section 4.5 "APB watchdog"; AN385 table 3-1 (address), 5-1 (NMI).
 */
#include "devices.h"

/* ARM DDI 0479 section 4.5, "Programmers model" */
#define WDOG_LOAD REGISTER(0x40008000u)
#define WDOG_CONTROL REGISTER(0x40008008u) /* bit 0 interrupt enable, bit 1 reset enable */
#define WDOG_INTCLR REGISTER(0x4000800Cu)  /* any write clears the interrupt and reloads */
#define WDOG_LOCK REGISTER(0x40008C00u)
#define WDOG_UNLOCK_KEY 0x1ACCE551u
#define TICKS_PER_MS 25000u
#define LIMIT_MS 171000u /* 32 bits of 25 MHz */

static bool running, automaticKick;

void watchdogHandler(void) {
  resetRecord(RESET_WATCHDOG);
  WDOG_LOAD = 1;
  for (;;) continue;
}

void watchdogStart(uint32_t timeoutMs, bool automatic) {
  if (timeoutMs < 1) timeoutMs = 1;
  if (timeoutMs > LIMIT_MS) timeoutMs = LIMIT_MS;
  WDOG_LOCK = WDOG_UNLOCK_KEY;
  WDOG_LOAD = timeoutMs * TICKS_PER_MS;
  WDOG_CONTROL = 3;
  running = true;
  automaticKick = automatic;
}

void watchdogKick(void) {
  if (running) WDOG_INTCLR = 1;
}

void watchdogIdle(void) {
  if (automaticKick) watchdogKick();
}
