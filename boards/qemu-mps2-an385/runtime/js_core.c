/*
 * js_core.c: native globals: output, clock, resets, watchdog, memory, conversions.
 *
 * Only what needs the hardware or the engine is here; print, E.toJS, atob and the like are in prelude/.
 * API: Espruino reference, globals, E and process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flash.h"
#include "runtime.h"

int64_t wallOffsetUs;
static unsigned errorFlags, newErrorFlags;
static uint64_t randomState;

void errorFlag(unsigned flag) {
  newErrorFlags |= flag & ~errorFlags;
  errorFlags |= flag;
}
void errorFlagsEmit(xsMachine *the) {
  unsigned raised = newErrorFlags;
  newErrorFlags = 0;
  if (raised) enginePrelude(the, "errorFlagsRaised", NULL, 0, raised);
}

/* native.write(text): the console, newlines as CR LF. native.raw(bytes): as they are. */
static void writeText(xsMachine *the) {
  size_t length;
  uint8_t *bytes = jsToBytes(the, xsArg(0), &length);
  consoleWrite((const char *)bytes, length);
  free(bytes);
}
static void writeRaw(xsMachine *the) {
  size_t length;
  uint8_t *bytes = jsToBytes(the, xsArg(0), &length);
  consoleRaw(bytes, length);
  free(bytes);
}
/* native.bytes(value) -> byte string of a buffer's memory or a string's low bytes */
static void toBytes(xsMachine *the) {
  size_t length;
  uint8_t *bytes = jsToBytes(the, xsArg(0), &length);
  jsSetBytes(the, &xsResult, bytes, length);
  free(bytes);
}
/* native.evaluate(source): runs text in the global scope and reports errors itself */
static void evaluate(xsMachine *the) {
  size_t length;
  uint8_t *source = jsToBytes(the, xsArg(0), &length);
  engineEvaluate(the, (const char *)source, length, false);
  free(source);
}

/* native.debugEnd(stop): leaves debug> */
static void debugEnd(xsMachine *the) { consoleDebugEnd(xsToBoolean(xsArg(0))); }
static void echo(xsMachine *the) { consoleEcho(HAS_ARG(0) && xsToBoolean(xsArg(0))); }

static void getTime(xsMachine *the) { xsResult = xsNumber((double)((int64_t)clockUs() + wallOffsetUs) / 1e6); }
static void setTime(xsMachine *the) {
  if (HAS_ARG(0)) wallOffsetUs = (int64_t)(xsToNumber(xsArg(0)) * 1e6) - (int64_t)clockUs();
}
/* native.clock() -> microseconds since reset */
static void clockNow(xsMachine *the) { xsResult = xsNumber((double)clockUs()); }

/* native.restart(file): undefined = reset(), "" = load(), else load(file) */
static void restart(xsMachine *the) {
  char name[32];
  if (HAS_ARG(0)) jsToName(the, xsArg(0), name, sizeof name);
  engineRestart(HAS_ARG(0) ? name : NULL);
}
static void reboot(xsMachine *the) { boardReset(RESET_SOFTWARE); }

/* native.watchdog(seconds, automatic) */
static void startWatchdog(xsMachine *the) {
  double timeoutMs = xsToNumber(xsArg(0)) * 1000.0;
  bool automatic = xsToBoolean(xsArg(1));
  watchdogStart(timeoutMs < 1e6 ? (uint32_t)timeoutMs : 1000000u, automatic);
}
static void kickWatchdog(xsMachine *the) { watchdogKick(); }

/* native.errorFlags() -> bits, and clears them */
static void takeErrorFlags(xsMachine *the) {
  xsResult = xsInteger((int)errorFlags);
  errorFlags = 0;
}

static void raiseErrorFlag(xsMachine *the) { errorFlag((unsigned)xsToInteger(xsArg(0))); }

static void collect(xsMachine *the) { xsCollectGarbage(); }

/* native.account(key): 0 meter, 1 idle us, 2 wake-ups, 3 wake-ups by the cap, 4 resets since power-on,
 * 5 live heap, 6 heap, 7 free C stack (bytes), 8 restarts for want of memory */
static void account(xsMachine *the) {
  unsigned key = (unsigned)xsToInteger(xsArg(0)) % 9;
  SleepAccount sleep = sleepAccount();
  EngineMemory memory = engineMemory(the);
  const double values[] = {(double)engineMeter(the), (double)sleep.idleUs, sleep.wakeups, sleep.capWakeups, resetCount(),
                           memory.usedBytes, memory.totalBytes, memory.stackFreeBytes, memory.restarts};
  xsResult = xsNumber(values[key]);
}
static void resetReason(xsMachine *the) { xsResult = xsString(resetCauseName(resetCause())); }

/* SplitMix64 over the clock. The board has no noise source: this is not for keys. */
static void hwRand(xsMachine *the) {
  uint64_t z = (randomState += 0x9E3779B97F4A7C15u + clockUs());
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  xsResult = xsInteger((int32_t)(z ^ z >> 31));
}

/* ---- base64, RFC 4648 section 4 */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encodeBase64(xsMachine *the) {
  size_t length, out = 0;
  uint8_t *bytes = jsToBytes(the, xsArg(0), &length);
  char *text = malloc((length + 2) / 3 * 4 + 1);
  for (size_t i = 0; text && i < length; i += 3) {
    uint32_t bits = (uint32_t)bytes[i] << 16 | (i + 1 < length ? (uint32_t)bytes[i + 1] << 8 : 0) | (i + 2 < length ? bytes[i + 2] : 0);
    for (int shift = 18; shift >= 0; shift -= 6) text[out++] = base64[bits >> shift & 63];
    if (i + 1 >= length) text[out - 2] = '=';
    if (i + 2 >= length) text[out - 1] = '=';
  }
  free(bytes);
  if (!text) xsRangeError("not enough memory for btoa");
  jsSetBytes(the, &xsResult, text, out);
  free(text);
}

/* Ends at "="; skips what is not base64 (white space), like Espruino. */
static void decodeBase64(xsMachine *the) {
  size_t length, out = 0;
  uint8_t *text = jsToBytes(the, xsArg(0), &length);
  uint32_t bits = 0;
  int count = 0;
  for (size_t i = 0; i < length && text[i] != '='; i++) {
    const char *place = text[i] ? strchr(base64, text[i]) : NULL;
    if (!place) continue;
    bits = bits << 6 | (uint32_t)(place - base64);
    count += 6;
    if (count >= 8) text[out++] = (uint8_t)(bits >> (count -= 8)); /* never ahead of what was read */
  }
  jsSetBytes(the, &xsResult, text, out);
  free(text);
}

/* native.identity() -> board, version, serial number, bytes of flash and of Storage, separated by spaces */
static void identity(xsMachine *the) {
  char text[120];
  const uint32_t *factory = (const uint32_t *)FACTORY_RECORD;
  snprintf(text, sizeof text, BOARD_NAME " " BOARD_VERSION " %08lx-%08lx-%08lx %u %u", (unsigned long)factory[0],
           (unsigned long)factory[1], (unsigned long)factory[2], (unsigned)FLASH_SIZE, (unsigned)STORAGE_LENGTH);
  xsResult = xsString(text);
}

void coreDefine(xsMachine *the) {
  static const JsFunction functions[] = {
      {"native.write", writeText, 1}, {"native.raw", writeRaw, 1}, {"native.bytes", toBytes, 1},
      {"native.evaluate", evaluate, 1}, {"native.clock", clockNow, 0}, {"native.restart", restart, 1},
      {"native.watchdog", startWatchdog, 2}, {"native.errorFlags", takeErrorFlags, 0},
      {"native.raiseErrorFlag", raiseErrorFlag, 1}, {"native.btoa", encodeBase64, 1},
      {"native.atob", decodeBase64, 1},
      {"native.debugEnd", debugEnd, 1}, {"native.collect", collect, 0}, {"native.identity", identity, 0}, {"native.account", account, 1}, {"native.resetReason", resetReason, 0},
      {"echo", echo, 1}, {"getTime", getTime, 0}, {"setTime", setTime, 1},
      {"E.reboot", reboot, 0}, {"E.kickWatchdog", kickWatchdog, 0}, {"E.hwRand", hwRand, 0},
  };
  JS_DEFINE(the, functions);
  srand((unsigned)clockUs()); /* Math.random */
}
