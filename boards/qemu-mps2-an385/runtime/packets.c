/*
 * packets.c: framing of Espruino's binary packets: DLE SOH, 16 bits (type << 13 | length), data.
 *
 * What a packet means (EVAL, EVENT, FILE_SEND, DATA, FILE_RECV) is in prelude/packets.js; here only the
 * bytes are collected, and given up with NAK when they take too long.
 * Standard: Espruino README_Protocol.md "Packet Transfer"; the 5 s were measured on 2v29.
 */
#include "runtime.h"

#define NAK 0x15
#define LENGTH_MASK 0x1FFFu

static enum { NONE, HIGH, LOW, DATA } state;
static uint16_t header, received;
static uint8_t data[LENGTH_MASK + 1];
static uint64_t startUs;

void packetStart(void) {
  state = HIGH;
  startUs = clockUs();
}

static void end(xsMachine *the) {
  state = NONE;
  enginePrelude(the, "packet", data, header & LENGTH_MASK, header >> 13);
}

bool packetByte(xsMachine *the, uint8_t byte) {
  switch (state) {
    case NONE:
      return false;
    case HIGH:
      header = (uint16_t)(byte << 8);
      state = LOW;
      return true;
    case LOW:
      header |= byte;
      received = 0;
      state = DATA;
      if (!(header & LENGTH_MASK)) end(the);
      return true;
    default:
      data[received++] = byte;
      if (received == (header & LENGTH_MASK)) end(the);
      return true;
  }
}

void packetPoll(void) {
  if (state == NONE || clockUs() - startUs < UART_PACKET_TIMEOUT_US) return;
  state = NONE;
  uartPacketEnd();
  consoleRaw(&(uint8_t){NAK}, 1);
}

uint64_t packetDeadlineUs(void) { return state == NONE ? NEVER_US : startUs + UART_PACKET_TIMEOUT_US; }
