/*
 * js_serial.c: Serial1 and Serial2, the native part; the classes are in prelude/serial.js.
 *
 * Bytes that arrive while the line is not the console become one "data" event per pass of the event loop.
 * API: Espruino reference, class Serial.
 */
#include "runtime.h"

#define CHUNK 512

/* native.serialWrite(port, bytes) */
JS_FUNCTION("native.serialWrite", serialWrite, 2) {
  unsigned port = (unsigned)xsToInteger(xsArg(0));
  JsBytes bytes = jsToBytes(the, xsArg(1));
  if (port < UART_HARDWARE) uartWrite(port, bytes.at, bytes.length);
  free(bytes.at);
}

/* native.setConsole(port or -1) and native.console() -> port or -1 */
JS_FUNCTION("native.setConsole", setConsole, 1) { consoleSetDevice((int)xsToInteger(xsArg(0))); }
JS_FUNCTION("native.console", getConsole, 0) { xsResult = xsInteger(consoleDevice()); }

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
