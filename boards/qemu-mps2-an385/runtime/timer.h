/*
 * timer.h: the board's clock, its one-shot deadline, and sleep with idle accounting.
 *
 * Time is microseconds since reset in 64 bits. Sleep is tickless: one deadline, then WFI, capped at
 * 100 ms because QEMU 7.2 may stop polling a serial line for good while the guest sleeps without a timer.
 * Wake-ups the program asked for are counted apart from those of that cap.
 * Standard: ARM DDI 0479 sections 4.1 "APB timer", 4.2 "APB dual-input timers"; ARM DDI 0403 B1.5.18 (WFI).
 */
#ifndef GENESIS_TIMER_H
#define GENESIS_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#define NEVER_US UINT64_MAX
#define SLEEP_CAP_US 100000u

typedef struct {
  uint64_t idleUs;     /* time spent in WFI */
  uint32_t wakeups;    /* wake-ups by a deadline or an interrupt that had something to say */
  uint32_t capWakeups; /* wake-ups by the 100 ms cap alone */
} SleepAccount;

void timerInit(void);
uint64_t clockUs(void);
/* Sleeps until deadlineUs, an interrupt, or the cap, whichever is first. */
void sleepUntilUs(uint64_t deadlineUs);
SleepAccount sleepAccount(void);

#endif
