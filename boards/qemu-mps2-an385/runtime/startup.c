/*
 * startup.c: vector table, C start-up, and what happens on a CPU fault.
 *
 * A fault is not survived: it prints one line, leaves its record and resets the board (crash-only).
 * Standards: ARM DDI 0403 B1.5.2 (vector table), B1.5.6 (exception entry); AN385 table 5-1 (interrupts).
 */
#include <stdio.h>

#include "devices.h"

extern uint32_t dataSource, dataStart, dataEnd, bssStart, bssEnd, stackLimit, stackTop;
int main(void);

/* ARM DDI 0403 B3.2.15: Configurable Fault Status Register. */
#define SCB_CFSR REGISTER(0xE000ED28u)

/* The program runs on its own stack (PSP), exceptions on another (MSP): a program that overflows its stack
 * still gets a fault handler that works. ARM DDI 0403 B1.4.1. */
#define HANDLER_STACK_WORDS 1024
static uint32_t handlerStack[HANDLER_STACK_WORDS] __attribute__((aligned(8)));

/* frame = the eight words the core stacked: r0-r3, r12, lr, pc, xPSR; unless the stack had no room for them. */
__attribute__((used)) static void faultReport(const uint32_t *frame) {
  char line[64];
  bool stacked = frame >= &stackLimit && frame < &stackTop;
  int length = snprintf(line, sizeof line, "\r\n#FAULT pc=%08lx lr=%08lx cfsr=%08lx\r\n", stacked ? frame[6] : 0,
                        stacked ? frame[5] : 0, SCB_CFSR);
  uartWrite(UART_SERIAL1, line, (size_t)length);
  boardReset(RESET_CRASH);
}

__attribute__((naked)) static void faultHandler(void) {
  __asm__ volatile("mrs r0, psp\n b faultReport");
}

__attribute__((used, noreturn)) static void start(void) {
  const uint32_t *source = &dataSource;
  for (uint32_t *to = &dataStart; to < &dataEnd;) *to++ = *source++;
  for (uint32_t *to = &bssStart; to < &bssEnd;) *to++ = 0;
  main();
  boardReset(RESET_CRASH); /* main never returns */
}

__attribute__((naked)) void resetHandler(void) {
  __asm__ volatile(
      "ldr r0, =stackTop\n msr psp, r0\n"
      "movs r0, #2\n msr control, r0\n isb\n" /* thread mode on PSP */
      "b start\n .ltorg");
}

typedef void (*Vector)(void);
__attribute__((section(".vectors"), used)) static const Vector vectors[FIRST_INTERRUPT + 32] = {
    (Vector)&handlerStack[HANDLER_STACK_WORDS],
    resetHandler,
    watchdogHandler, /* NMI: AN385 wires the watchdog's interrupt to it */
    faultHandler, faultHandler, faultHandler, faultHandler, 0, 0, 0, 0,
    faultHandler, faultHandler, 0, faultHandler, faultHandler,
    [FIRST_INTERRUPT + 0 ... FIRST_INTERRUPT + 5] = uartHandler, /* three times receive, transmit */
    [FIRST_INTERRUPT + 8] = deadlineHandler,
    [FIRST_INTERRUPT + 10] = clockHandler,
};
