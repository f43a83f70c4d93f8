/*
 * js_core.c: native globals: output, clock, resets, watchdog, memory, conversions.
 *
 * Only what needs the hardware or the engine is here; print, E.toJS, atob and the like are in prelude/.
 * API: Espruino reference, globals, E and process.
 */
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
JS_FUNCTION("native.write", writeText, 1) {
  JsBytes bytes = jsToBytes(the, xsArg(0));
  consoleWrite((const char *)bytes.at, bytes.length);
  free(bytes.at);
}
JS_FUNCTION("native.raw", writeRaw, 1) {
  JsBytes bytes = jsToBytes(the, xsArg(0));
  consoleRaw(bytes.at, bytes.length);
  free(bytes.at);
}
/* native.bytes(value) -> byte string of a buffer's memory or a string's low bytes */
JS_FUNCTION("native.bytes", toBytes, 1) {
  JsBytes bytes = jsToBytes(the, xsArg(0));
  jsSetBytes(the, &xsResult, bytes.at, bytes.length);
  free(bytes.at);
}
/* native.evaluate(source): runs text in the global scope and reports errors itself */
JS_FUNCTION("native.evaluate", evaluate, 1) {
  JsBytes source = jsToBytes(the, xsArg(0));
  engineEvaluate(the, (const char *)source.at, source.length, false);
  free(source.at);
}

/* native.debugEnd(stop): leaves debug> */
JS_FUNCTION("native.debugEnd", debugEnd, 1) { consoleDebugEnd(xsToBoolean(xsArg(0))); }
JS_FUNCTION("echo", echo, 1) { consoleEcho(HAS_ARG(0) && xsToBoolean(xsArg(0))); }

JS_FUNCTION("getTime", getTime, 0) { xsResult = xsNumber((double)((int64_t)clockUs() + wallOffsetUs) / 1e6); }
JS_FUNCTION("setTime", setTime, 1) {
  if (HAS_ARG(0)) wallOffsetUs = (int64_t)(xsToNumber(xsArg(0)) * 1e6) - (int64_t)clockUs();
}
/* native.clock() -> microseconds since reset */
JS_FUNCTION("native.clock", clockNow, 0) { xsResult = xsNumber((double)clockUs()); }

/* native.restart(file): undefined = reset(), "" = load(), else load(file) */
JS_FUNCTION("native.restart", restart, 1) {
  JsBytes name = {0};
  if (HAS_ARG(0)) name = jsToBytes(the, xsArg(0));
  engineRestart((const char *)name.at);
  free(name.at);
}
JS_FUNCTION("E.reboot", reboot, 0) { boardReset(RESET_SOFTWARE); }

/* native.watchdog(seconds, automatic) */
JS_FUNCTION("native.watchdog", startWatchdog, 2) {
  double timeoutMs = xsToNumber(xsArg(0)) * 1000.0;
  bool automatic = xsToBoolean(xsArg(1));
  watchdogStart(timeoutMs < 1e6 ? (uint32_t)timeoutMs : 1000000u, automatic);
}
JS_FUNCTION("E.kickWatchdog", kickWatchdog, 0) { watchdogKick(); }

/* native.errorFlags() -> bits, and clears them */
JS_FUNCTION("native.errorFlags", takeErrorFlags, 0) {
  xsResult = xsInteger((int)errorFlags);
  errorFlags = 0;
}

JS_FUNCTION("native.raiseErrorFlag", raiseErrorFlag, 1) { errorFlag((unsigned)xsToInteger(xsArg(0))); }

JS_FUNCTION("native.collect", collect, 0) { xsCollectGarbage(); }

JS_FUNCTION("native.resetReason", resetReason, 0) { xsResult = xsString(resetCauseName()); }

/* SplitMix64 over the clock. The board has no noise source: this is not for keys. */
JS_FUNCTION("E.hwRand", hwRand, 0) {
  uint64_t z = (randomState += 0x9E3779B97F4A7C15u + clockUs());
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  xsResult = xsInteger((int32_t)(z ^ z >> 31));
}

/* ---- base64, RFC 4648 section 4 */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

JS_FUNCTION("native.btoa", encodeBase64, 1) {
  JsBytes from = jsToBytes(the, xsArg(0));
  size_t out = 0;
  char *text = malloc((from.length + 2) / 3 * 4 + 1);
  for (size_t i = 0; text && i < from.length; i += 3) {
    size_t left = from.length - i;
    uint32_t bits = (uint32_t)from.at[i] << 16 | (left > 1 ? (uint32_t)from.at[i + 1] << 8 : 0) | (left > 2 ? from.at[i + 2] : 0);
    for (int shift = 18; shift >= 0; shift -= 6) text[out++] = base64[bits >> shift & 63];
    if (left < 2) text[out - 2] = '=';
    if (left < 3) text[out - 1] = '=';
  }
  free(from.at);
  if (!text) xsRangeError("not enough memory for btoa");
  jsSetBytes(the, &xsResult, text, out);
  free(text);
}

/* Ends at "="; skips what is not base64 (white space), like Espruino. */
JS_FUNCTION("native.atob", decodeBase64, 1) {
  JsBytes text = jsToBytes(the, xsArg(0));
  size_t out = 0;
  uint32_t bits = 0;
  int count = 0;
  for (size_t i = 0; i < text.length && text.at[i] != '='; i++) {
    const char *place = text.at[i] ? strchr(base64, text.at[i]) : NULL;
    if (!place) continue;
    bits = bits << 6 | (uint32_t)(place - base64);
    count += 6;
    if (count >= 8) text.at[out++] = (uint8_t)(bits >> (count -= 8)); /* never ahead of what was read */
  }
  jsSetBytes(the, &xsResult, text.at, out);
  free(text.at);
}

/* Behind the flash and its control page (flash.c): 12 bytes the host wrote when it made the board, its serial number. */
#define FACTORY_RECORD (FLASH_BASE + FLASH_SIZE + FLASH_PAGE)

/* native.identity() -> board, version, serial number, bytes of flash and of Storage, separated by spaces */
JS_FUNCTION("native.identity", identity, 0) {
  char text[120];
  const uint32_t *factory = (const uint32_t *)FACTORY_RECORD;
  snprintf(text, sizeof text, BOARD_NAME " " BOARD_VERSION " %08lx-%08lx-%08lx %u %u", (unsigned long)factory[0],
           (unsigned long)factory[1], (unsigned long)factory[2], (unsigned)FLASH_SIZE, (unsigned)STORAGE_LENGTH);
  xsResult = xsString(text);
}
