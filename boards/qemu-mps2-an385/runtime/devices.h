/*
 * devices.h: what the rest of the runtime sees of the devices: uart.c, timer.c, watchdog.c and reset.c.
 *
 * Nothing of the JavaScript engine is in here, so that these files, and tests of their callers, do without it.
 * Standards: ARM DDI 0479 (CMSDK TRM), ARM DDI 0403 (ARMv7-M); each file names the clauses at its registers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define NVIC_ISER0 REGISTER(0xE000E100u) /* ARM DDI 0403 B3.4.4: a bit set lets that interrupt through */
#define FIRST_INTERRUPT 16               /* ARM DDI 0403 B1.5.2: the number of the exception that is interrupt 0 */

/*
 * ---------------------------------------------------------------- uart.c: the three CMSDK APB UARTs of this board
 *
 * Both directions are interrupt driven with a ring. A full receive ring switches the receiver off, which QEMU
 * passes on to the host as back-pressure, so that no byte is ever lost. Output waits in its ring for a slow
 * host; QEMU drops it when no host is connected, and a connected host that does not read at all holds the
 * program up for 1 s at most.
 */

enum {
  UART_SERIAL1 = 0,  /* 0x40004000: Serial1, the console after reset */
  UART_SERIAL2 = 1,  /* 0x40005000: Serial2, tile to tile */
  UART_HARDWARE = 2, /* 0x40006000: the host's hand on pins, buses and the flash (channel.c) */
  UART_COUNT = 3
};

/* A packet that takes longer than this is given up (as Espruino 2v29 does; its manual says 2 s). */
#define UART_PACKET_TIMEOUT_US 5000000u

void uartInit(void);
void uartHandler(void);
/* Bytes waiting in the receive ring. */
size_t uartAvailable(unsigned uart);
/* The next received byte, or -1 when there is none. Never waits. */
int uartRead(unsigned uart);
bool uartFull(unsigned uart);
/* Throws away what is queued, so that a Ctrl-C behind it gets through to a program that does not read. */
void uartDiscard(unsigned uart);
void uartWrite(unsigned uart, const void *bytes, size_t length);
/* Sends what waits in the rings, for limitUs at most; interrupts are off afterwards (a reset follows). */
void uartDrain(uint32_t limitUs);
/*
 * The console's UART, or -1. There Ctrl-C (0x03) acts at interrupt time, ahead of queued bytes, and leaves
 * the stream; inside a binary packet (10 01 ...) and on other lines it is data.
 */
void uartSetConsole(int uart);
/* The console gave up on a packet: 0x03 acts again. */
void uartPacketEnd(void);
/* True once after a Ctrl-C arrived on the console UART. */
bool uartTakeBreak(void);
bool uartBreakPending(void);

/*
 * ---------------------------------------------------------------- timer.c: clock, one-shot deadline, sleep
 *
 * Time is microseconds since reset in 64 bits. Sleep is tickless: one deadline, then WFI, capped at
 * 100 ms because QEMU 7.2 may stop polling a serial line for good while the guest sleeps without a timer.
 * Wake-ups the program asked for are counted apart from those of that cap.
 */

#define NEVER_US UINT64_MAX
#define SLEEP_CAP_US 100000u

typedef struct {
  uint64_t idleUs;     /* time spent in WFI */
  uint32_t wakeups;    /* wake-ups by a deadline or an interrupt that had something to say */
  uint32_t capWakeups; /* wake-ups by the 100 ms cap alone */
} SleepAccount;

void timerInit(void);
void deadlineHandler(void);
void clockHandler(void);
uint64_t clockUs(void);
/* Sleeps until deadlineUs, an interrupt, or the cap, whichever is first. */
void sleepUntilUs(uint64_t deadlineUs);
SleepAccount sleepAccount(void);

/* ---------------------------------------------------------------- reset.c */

typedef enum {
  RESET_POWER_ON,  /* RAM held no record: power was off */
  RESET_WATCHDOG,  /* nobody kicked in time */
  RESET_SOFTWARE,  /* E.reboot() */
  RESET_CRASH,     /* a CPU fault */
  RESET_POWER_CUT, /* the host cut the power in the middle of a flash operation */
  RESET_CAUSES
} ResetCause;

void resetInit(void);
/* Leaves a record and resets the board (SYSRESETREQ). Safe from any context, also from a fault handler. */
void boardReset(ResetCause cause) __attribute__((noreturn));
/* Writes the record alone: the watchdog's NMI uses it, the hardware resets next. */
void resetRecord(ResetCause cause);
/* Why this boot happened, and how many resets there were since power-on. */
ResetCause resetCause(void);
const char *resetCauseName(void);
uint32_t resetCount(void);

/* ---------------------------------------------------------------- watchdog.c */

/* timeoutMs 1..171000; automatic = the idle loop kicks. Once started it can't be stopped. */
void watchdogStart(uint32_t timeoutMs, bool automatic);
void watchdogHandler(void);
void watchdogKick(void);
void watchdogIdle(void); /* called by the idle loop */
