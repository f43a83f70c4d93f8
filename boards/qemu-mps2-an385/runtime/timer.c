/*
 * timer.c: clock, deadline and sleep (see devices.h).
 *
 * Clock: dual timer 1 runs freely at 25 MHz; its wrap interrupt (every 171.8 s) counts the upper 32 bits.
 * Deadline: APB timer 0 counts down once. DWT.CYCCNT is absent on QEMU's M3 and reads 0, so it is not used.
 * Standards: ARM DDI 0479 sections 4.2 "APB timer" and 4.4 "APB dual-input timers"; ARM DDI 0403 B1.5.18 (WFI); AN385
 * table 3-1 (addresses) and 5-1 (interrupts).
 */
#include "devices.h"

#define TICKS_PER_US 25u

/* ARM DDI 0479 section 4.2, "Programmers model" */
#define TIMER0_CTRL REGISTER(0x40000000u)     /* bit 0 enable, bit 3 interrupt enable */
#define TIMER0_VALUE REGISTER(0x40000004u)
#define TIMER0_RELOAD REGISTER(0x40000008u)
#define TIMER0_INTCLEAR REGISTER(0x4000000Cu)
#define TIMER0_INTERRUPT 8u

/* ARM DDI 0479 section 4.4, "Programmers model" */
#define DUAL1_LOAD REGISTER(0x40002000u)
#define DUAL1_VALUE REGISTER(0x40002004u)
#define DUAL1_CONTROL REGISTER(0x40002008u)   /* bit 7 enable, 5 interrupt enable, 1 32-bit */
#define DUAL1_INTCLR REGISTER(0x4000200Cu)
#define DUAL1_RIS REGISTER(0x40002010u)
#define DUAL_INTERRUPT 10u

static volatile uint32_t wraps;
static volatile bool deadlineFired;
static SleepAccount account;

void deadlineHandler(void) {
  TIMER0_CTRL = 0;
  TIMER0_INTCLEAR = 1;
  deadlineFired = true;
}

void clockHandler(void) {
  DUAL1_INTCLR = 1;
  wraps++;
}

void timerInit(void) {
  DUAL1_LOAD = 0xFFFFFFFFu;
  DUAL1_CONTROL = 0x80u | 0x20u | 0x02u;
  NVIC_ISER0 = 1u << DUAL_INTERRUPT | 1u << TIMER0_INTERRUPT;
}

/* 25 MHz ticks since reset. A wrap that is pending but not yet counted (interrupts off) is seen in RIS. */
static uint64_t clockTicks(void) {
  uint32_t high, low, pending;
  do {
    high = wraps;
    low = ~DUAL1_VALUE;
    pending = DUAL1_RIS & 1u;
    if (pending) low = ~DUAL1_VALUE;
  } while (high != wraps);
  return ((uint64_t)(high + pending) << 32) | low;
}

uint64_t clockUs(void) { return clockTicks() / TICKS_PER_US; }

static bool inputWaiting(void) {
  for (unsigned uart = 0; uart < UART_COUNT; uart++) {
    if (uartAvailable(uart)) return true;
  }
  return uartBreakPending();
}

void sleepUntilUs(uint64_t deadlineUs) {
  uint64_t start = clockTicks();
  uint64_t capUs = start / TICKS_PER_US + SLEEP_CAP_US;
  bool capped = deadlineUs > capUs;
  uint64_t wakeTicks = (capped ? capUs : deadlineUs) * TICKS_PER_US;
  if (wakeTicks <= start) return;
  /* With PRIMASK set an interrupt ends WFI without being taken: none can slip in between test and sleep. */
  __asm__ volatile("cpsid i" ::: "memory");
  if (!inputWaiting()) {
    deadlineFired = false;
    TIMER0_CTRL = 0;
    TIMER0_RELOAD = 0;
    TIMER0_VALUE = (uint32_t)(wakeTicks - start);
    TIMER0_CTRL = 9;
    __asm__ volatile("dsb\n wfi\n isb" ::: "memory");
    account.idleUs += (clockTicks() - start) / TICKS_PER_US;
    __asm__ volatile("cpsie i\n isb" ::: "memory"); /* the handlers run here */
    bool clockOnly = !inputWaiting() && (capped || !deadlineFired);
    if (clockOnly) account.capWakeups++;
    else account.wakeups++;
    return;
  }
  __asm__ volatile("cpsie i" ::: "memory");
}

SleepAccount sleepAccount(void) { return account; }
