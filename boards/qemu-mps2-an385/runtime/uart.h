/*
 * uart.h: the three CMSDK APB UARTs this board uses.
 *
 * Receive is interrupt driven into a ring; a full ring switches the receiver off, which QEMU passes on
 * to the host as back-pressure, so that no byte is ever lost. Transmit is polled and never waits for a
 * host that does not read (QEMU drops output of an unconnected line).
 * Standard: ARM DDI 0479 (CMSDK TRM) section 4.3 "APB UART".
 */
#ifndef GENESIS_UART_H
#define GENESIS_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  UART_SERIAL1 = 0,  /* 0x40004000: Serial1, the console after reset */
  UART_SERIAL2 = 1,  /* 0x40005000: Serial2, tile to tile */
  UART_HARDWARE = 2, /* 0x40006000: the host's hand on pins, buses and the flash (pins.c, bus.c) */
  UART_COUNT = 3
};

void uartInit(void);
/* Bytes waiting in the receive ring. */
size_t uartAvailable(unsigned uart);
/* The next received byte, or -1 when there is none. Never waits. */
int uartRead(unsigned uart);
void uartWrite(unsigned uart, const void *bytes, size_t length);
void uartWriteString(unsigned uart, const char *text);
/* Ctrl-C (0x03) on this UART acts at interrupt time, ahead of queued bytes; -1: on none (it is data). */
void uartSetConsole(int uart);
/* While true 0x03 is data even on the console (a binary packet is being received). */
void uartHoldBreak(bool hold);
/* True once after a Ctrl-C arrived on the console UART. */
bool uartTakeBreak(void);
bool uartBreakPending(void);

#endif
