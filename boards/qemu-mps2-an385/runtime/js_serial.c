/*
 * js_serial.c: Serial1 and Serial2, the native part; the classes are in prelude/serial.js.
 *
 * Bytes that arrive while the line is not the console become one "data" event per pass of the event loop.
 * API: Espruino reference, class Serial.
 */
#include <stdlib.h>

#include "runtime.h"

#define CHUNK 512

/* native.serialWrite(port, bytes) */
static void serialWrite(xsMachine *the) {
  unsigned port = (unsigned)xsToInteger(xsArg(0));
  size_t length;
  uint8_t *bytes = jsToBytes(the, xsArg(1), &length);
  if (port < UART_HARDWARE) uartWrite(port, bytes, length);
  free(bytes);
}

/* native.setConsole(port or -1) and native.console() -> port or -1 */
static void setConsole(xsMachine *the) { consoleSetDevice((int)xsToInteger(xsArg(0))); }
static void getConsole(xsMachine *the) { xsResult = xsInteger(consoleDevice()); }

bool serialPoll(xsMachine *the) {
  bool any = false;
  for (unsigned port = 0; port < UART_HARDWARE; port++) {
    if ((int)port == consoleDevice()) continue;
    uint8_t bytes[CHUNK];
    size_t length = 0;
    for (int byte; length < CHUNK && (byte = uartRead(port)) >= 0;) bytes[length++] = (uint8_t)byte;
    if (!length) continue;
    any = true;
    enginePrelude(the, "serialData", bytes, length, port);
  }
  return any;
}

void serialDefine(xsMachine *the) {
  static const JsFunction functions[] = {
      {"native.serialWrite", serialWrite, 2},
      {"native.setConsole", setConsole, 1},
      {"native.console", getConsole, 0},
  };
  JS_DEFINE(the, functions);
}
