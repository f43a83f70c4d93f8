/*
 * uart.c: CMSDK APB UART driver (see devices.h).
 *
 * Both directions go through rings: received bytes wait for the program, sent ones for a host that is slow.
 * The console's Ctrl-C is taken out of the stream by the receive interrupt, so that it acts before bytes
 * that are still queued and while JavaScript runs.
 * Standard: ARM DDI 0479 section 4.3 "APB UART"; register names are the manual's.
 */
#include "devices.h"

/* ARM DDI 0479 section 4.3, "Programmers model" */
#define UART_DATA(base) REGISTER((base) + 0x00u)
#define UART_STATE(base) REGISTER((base) + 0x04u)   /* bit 0 TX full, bit 1 RX full */
#define UART_CTRL(base) REGISTER((base) + 0x08u)    /* bit 0 TX on, 1 RX on, 2 TX interrupt on, 3 RX interrupt on */
#define UART_INTCLEAR(base) REGISTER((base) + 0x0Cu) /* bit 0 TX, 1 RX */
#define UART_BAUDDIV(base) REGISTER((base) + 0x10u) /* >= 16 */

#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define CTRL_TX_RX 3u
#define CTRL_TX_INTERRUPT 4u
#define CTRL_RX_INTERRUPT 8u
#define BAUD_DIVISOR (25000000u / 115200u)

#define RING_SIZE 8192u
/* XOFF above, XON below: 75 % and 25 % of the ring, as Espruino does when the console owns the port. */
#define HIGH_WATER (RING_SIZE / 4u * 3u)
#define LOW_WATER (RING_SIZE / 4u)
#define XON 0x11
#define XOFF 0x13
#define CTRL_C 0x03
#define DLE 0x10
#define SOH 0x01
/* A host that keeps the line open but does not read may hold up a program whose send ring is full this long,
 * then bytes are dropped. */
#define STALL_LIMIT_US 1000000u

typedef struct {
  volatile uint32_t head, tail; /* received; free running, index = value % RING_SIZE */
  uint8_t bytes[RING_SIZE];
  volatile uint32_t sendHead, sendTail;
  uint8_t send[RING_SIZE];
  volatile bool stopped; /* XOFF sent */
  bool stalled;          /* the host stopped reading: drop until the transmitter is free again */
} Line;

/* AN385 table 3-1 (addresses). By its table 5-1 UART n interrupts as 2n (receive) and 2n + 1 (transmit). */
static const uint32_t base[UART_COUNT] = {0x40004000u, 0x40005000u, 0x40006000u};
static Line lines[UART_COUNT];
static volatile int consoleUart = UART_SERIAL1;
static volatile bool breakSeen;
/* The packet the console's bytes are in: 0 none, 1 after DLE, 2 and 3 the two length bytes, 4 its data. */
static volatile uint8_t packetState;
static volatile uint16_t packetLeft;
static uint64_t packetSinceUs;

static size_t used(const Line *line) { return line->head - line->tail; }

/* Hands the transmitter what it takes of the send ring; the rest goes on by interrupt. Interrupts are off. */
static void transmit(unsigned uart) {
  Line *line = &lines[uart];
  while (line->sendTail != line->sendHead && !(UART_STATE(base[uart]) & STATE_TX_FULL)) {
    UART_DATA(base[uart]) = line->send[line->sendTail++ % RING_SIZE];
  }
  if (line->sendTail != line->sendHead) UART_CTRL(base[uart]) |= CTRL_TX_INTERRUPT;
  else UART_CTRL(base[uart]) &= ~CTRL_TX_INTERRUPT;
}

/* Puts one byte into the send ring, if there is room. Interrupts are off. */
static bool queue(unsigned uart, uint8_t byte) {
  Line *line = &lines[uart];
  if (line->sendHead - line->sendTail == RING_SIZE) return false;
  line->send[line->sendHead++ % RING_SIZE] = byte;
  transmit(uart);
  return true;
}

/* Follows the packet framing, for only outside of packets Ctrl-C is a command. True inside a packet. */
static bool insidePacket(uint8_t byte) {
  if (packetState >= 2 && clockUs() - packetSinceUs > UART_PACKET_TIMEOUT_US) packetState = 0;
  switch (packetState) {
    case 2:
      packetLeft = (uint16_t)((byte & 0x1Fu) << 8);
      packetState = 3;
      return true;
    case 3:
      packetLeft |= byte;
      packetState = packetLeft ? 4 : 0;
      return true;
    case 4:
      if (--packetLeft == 0) packetState = 0;
      return true;
    default:
      if (packetState == 1 && byte == SOH) {
        packetState = 2;
        packetSinceUs = clockUs();
      } else {
        packetState = byte == DLE;
      }
      return false;
  }
}

/* Moves received bytes into the ring. A full ring switches the receive interrupt off: the host is held back. */
static void receive(unsigned uart) {
  Line *line = &lines[uart];
  while (UART_STATE(base[uart]) & STATE_RX_FULL) {
    if (used(line) == RING_SIZE) {
      UART_CTRL(base[uart]) &= ~CTRL_RX_INTERRUPT;
      return;
    }
    uint8_t byte = (uint8_t)UART_DATA(base[uart]);
    if ((int)uart == consoleUart && !insidePacket(byte) && byte == CTRL_C) {
      breakSeen = true;
      continue;
    }
    line->bytes[line->head % RING_SIZE] = byte;
    line->head++;
    if ((int)uart == consoleUart && !line->stopped && used(line) >= HIGH_WATER) {
      line->stopped = true;
      queue(uart, XOFF);
    }
  }
}

/* All six interrupts come here; IPSR (ARM DDI 0403 B1.4.2) says which one it is. */
void uartHandler(void) {
  uint32_t exception;
  __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
  unsigned uart = (exception - FIRST_INTERRUPT) / 2;
  UART_INTCLEAR(base[uart]) = 3;
  receive(uart);
  transmit(uart);
}

void uartInit(void) {
  for (unsigned uart = 0; uart < UART_COUNT; uart++) {
    UART_BAUDDIV(base[uart]) = BAUD_DIVISOR;
    UART_CTRL(base[uart]) = CTRL_TX_RX | CTRL_RX_INTERRUPT;
    NVIC_ISER0 = 3u << 2 * uart;
  }
}

size_t uartAvailable(unsigned uart) { return used(&lines[uart]); }

bool uartFull(unsigned uart) { return used(&lines[uart]) == RING_SIZE; }

int uartRead(unsigned uart) {
  Line *line = &lines[uart];
  if (!used(line)) return -1;
  uint8_t byte = line->bytes[line->tail % RING_SIZE];
  line->tail++;
  if (!(UART_CTRL(base[uart]) & CTRL_RX_INTERRUPT)) { /* room again: let the host go on */
    __asm__ volatile("cpsid i" ::: "memory");
    UART_CTRL(base[uart]) |= CTRL_RX_INTERRUPT;
    receive(uart);
    __asm__ volatile("cpsie i" ::: "memory");
  }
  if (line->stopped && used(line) <= LOW_WATER) {
    line->stopped = false;
    uint8_t xon = XON;
    uartWrite(uart, &xon, 1);
  }
  return byte;
}

void uartDiscard(unsigned uart) {
  while (uartRead(uart) >= 0) continue;
}

void uartWrite(unsigned uart, const void *bytes, size_t length) {
  const uint8_t *from = bytes;
  Line *line = &lines[uart];
  uint64_t limit = 0;
  for (size_t i = 0; i < length;) {
    __asm__ volatile("cpsid i" ::: "memory");
    bool queued = queue(uart, from[i]);
    __asm__ volatile("cpsie i" ::: "memory");
    if (queued) {
      i++;
      limit = 0;
      line->stalled = false;
      continue;
    }
    if (line->stalled) return;
    if (!limit) limit = clockUs() + STALL_LIMIT_US;
    line->stalled = clockUs() >= limit;
  }
}

void uartDrain(uint32_t limitUs) {
  __asm__ volatile("cpsid i" ::: "memory");
  uint64_t limit = clockUs() + limitUs;
  for (unsigned uart = 0; uart < UART_COUNT; uart++) {
    while (lines[uart].sendTail != lines[uart].sendHead && clockUs() < limit) transmit(uart);
  }
}

void uartSetConsole(int uart) {
  consoleUart = uart;
  breakSeen = false;
  packetState = 0;
}
void uartPacketEnd(void) { packetState = 0; }
bool uartBreakPending(void) { return breakSeen; }
bool uartTakeBreak(void) {
  bool seen = breakSeen;
  breakSeen = false;
  return seen;
}
