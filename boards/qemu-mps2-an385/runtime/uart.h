/*
 * uart.h: the three CMSDK APB UARTs this board uses.
 *
 * Both directions are interrupt driven with a ring. A full receive ring switches the receiver off, which QEMU
 * passes on to the host as back-pressure, so that no byte is ever lost. Output waits in its ring for a slow
 * host; QEMU drops it when no host is connected, and a connected host that does not read at all holds the
 * program up for 1 s at most.
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

/* A packet that takes longer than this is given up (as Espruino 2v29 does; its manual says 2 s). */
#define UART_PACKET_TIMEOUT_US 5000000u

void uartInit(void);
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
void uartWriteString(unsigned uart, const char *text);
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

#endif
