/*
 * runtime.h: what the files of this runtime share: the JavaScript bridge, and who defines what.
 * With XS's platform header (xsbare.h) it also brings C's own: stdio, stdlib, string and the like.
 *
 * Only engine.c and bytes.c look inside XS; every other file uses the public xs.h API through the helpers
 * below. The rule that keeps XS's moving collector safe: a pointer into a JavaScript string or buffer is
 * invalid after the next allocation, so bytes are copied out (jsToBytes) or in (jsSetBytes).
 */
#ifndef GENESIS_RUNTIME_H
#define GENESIS_RUNTIME_H

/* xsAll.h first, everywhere: with it xs.h's xsSlot is the engine's own type, which is passed differently in
 * calls (it is aligned to 8 bytes) than the opaque one xs.h has without it. */
#include "xsAll.h"
#include "xs.h"

#include "devices.h"

#define BOARD_NAME "QEMU_MPS2_AN385"
#define BOARD_VERSION "2v29.genesis" /* the Espruino whose console and API this follows */

/* ---------------------------------------------------------------- engine.c: running JavaScript */

/*
 * Runs source text (bytes 0..255) in the global scope; a thrown value is reported as "Uncaught ...".
 * fromConsole: the result is shown, when the console echoes.
 */
void engineEvaluate(xsMachine *the, const char *source, size_t length, bool fromConsole);
/* Calls native[name](byteString or undefined, number), the prelude's side of a C file. */
void enginePrelude(xsMachine *the, const char *name, const void *bytes, size_t length, double number);
/* Asks the event loop to throw the machine away and start again; bootFile: NULL for none, "" for the boot code. */
void engineRestart(const char *bootFile);
bool engineRestartPending(void);
/* Boots, and lives for ever. */
void engineRun(void) __attribute__((noreturn));

/* ---------------------------------------------------------------- console.c */

/* Takes what arrived on the console's UART; true when there was something. */
bool consolePoll(xsMachine *the);
/* Runs one debug> prompt after Ctrl-C stopped a running program; true = go on with the program. */
bool consoleDebug(xsMachine *the);
void consoleDebugEnd(bool stop);
/* After Ctrl-C with nothing running: forget the input line. */
void consoleClearLine(void);
/* After a stopped program: back to the normal prompt, out of debug> and of a line without echo. */
void consoleRecover(void);
/* Shows the prompt again after output removed it. */
void consolePrompt(void);
void consoleEcho(bool on);
/* Echo is on, and not off for this line: results and prompts are shown. */
bool consoleShowing(void);
int consoleDevice(void);
void consoleSetDevice(int uart);
/* Raw bytes to the console device, without newline translation and without touching the prompt. */
void consoleRaw(const void *bytes, size_t length);

/* brackets.c: how many brackets the text leaves open; > 0: the console waits for more. */
int openBrackets(const char *text, size_t length);

/* packets.c: true when the byte belonged to a binary packet. */
bool packetByte(xsMachine *the, uint8_t byte);
void packetStart(void);
void packetPoll(void); /* gives up a packet that takes too long */
uint64_t packetDeadlineUs(void);

/* js_timers.c and js_serial.c: their part of one pass of the event loop; true when something ran. */
bool timersRun(xsMachine *the);
uint64_t timersNextUs(void);
bool eventsRun(xsMachine *the);
bool serialPoll(xsMachine *the);
/* Microseconds to add to the clock for wall-clock time (setTime). */
extern int64_t wallOffsetUs;

/* ---------------------------------------------------------------- engine.c: native functions */

/*
 * One native function, written where it is: JS_FUNCTION("path", name, arity) { ... }. The linker gathers these rows
 * of all files into one table (mps2.ld); engine.c walks it whenever a machine is built. `path` says where the prelude
 * (_natives.js) puts the function:
 *   "print"             a global
 *   "E.CRC32"           a property of a global object, created when missing
 *   "modules.Flash.read" a property of what require("Flash") returns
 *   "native.x"          visible to the prelude (prelude.js, bus.js ...) only, as native.x
 * In the function: xsThis, xsArgc (as xsToInteger(xsArgc)), xsArg(i), xsResult, and xsVars(n) for temporaries.
 */
typedef struct {
  const char *path;
  xsCallback function;
  int arity;
} JsFunction;
#define JS_FUNCTION(path, name, arity)                                                                  \
  static void name(xsMachine *the);                                                                     \
  static const JsFunction name##Row __attribute__((used, section("jsFunctions"))) = {path, name, arity}; \
  static void name(xsMachine *the)

/* A new machine is built: references into the earlier one are void, and what it had set up on pins is gone. */
void timersForget(void); /* js_timers.c */
void pinsForget(void);   /* pins.c */

/* ---------------------------------------------------------------- engine.c: values */

/* The hidden object that C and the prelude share. */
xsSlot jsNative(xsMachine *the);

/* Number of arguments of the running native function. */
#define ARGC ((int)xsToInteger(xsArgc))
#define HAS_ARG(i) (ARGC > (i) && xsTypeOf(xsArg(i)) != xsUndefinedType)

/*
 * Copies a value out as bytes: string (codes 0..255, higher ones cut to 8 bits like Espruino's byte strings),
 * number (one byte), ArrayBuffer, any typed array or DataView (its memory), or an array/iterable of those.
 * The buffer is from malloc, never NULL (a zero is appended after the length); the caller frees it.
 * Throws (longjmp) on other types and when memory is short: hold nothing unfreed while calling it.
 */
typedef struct {
  uint8_t *at;
  size_t length;
} JsBytes;
JsBytes jsToBytes(xsMachine *the, xsSlot value);
/* The memory of an ArrayBuffer, a typed array or a DataView, and its bytes; NULL when the value is none of these.
 * Allocates nothing, and is void after the next allocation. */
const uint8_t *jsBuffer(xsMachine *the, xsSlot *value, size_t *length);
/* Makes a byte string (codes 0..255) in *slot, e.g. jsSetBytes(the, &xsResult, p, n). `bytes` must not lie in the XS heap. */
void jsSetBytes(xsMachine *the, xsSlot *slot, const void *bytes, size_t length);
/* Holds a value in C's memory across calls (a callback), until xsForget(*slot); xsAccess(*slot) gives it back. */
void jsHold(xsMachine *the, xsSlot *slot, xsSlot value);

/* Error flags of E.getErrorFlags(), Espruino's names and bits. */
enum {
  ERROR_FIFO_FULL = 1,
  ERROR_BUFFER_FULL = 2,
  ERROR_CALLBACK = 4,
  ERROR_LOW_MEMORY = 8,
  ERROR_MEMORY = 16,
  ERROR_UART_OVERFLOW = 32
};
void errorFlag(unsigned flag);
/* Emits E's "errorFlag" event for flags raised since the last call. */
void errorFlagsEmit(xsMachine *the);

/* ---------------------------------------------------------------- Storage and the hardware channel */

/* js_storage.c, once after a reset: a Storage that makes no sense is erased, as by Espruino, or nothing could ever
 * be written again. */
void storageCheck(void);

/*
 * channel.c: lines over UART2 between the board and the host that plays its surroundings (pins, buses, power).
 * HARDWARE-CHANNEL.md is its specification. The pump handles the lines that have come in and never waits.
 */
void channelPump(void);
void channelPrintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* pins.c: `P` and `A` lines, `text` is what follows the letter, and the `?` that asks for the state of all pins. */
void pinsInput(char letter, const char *text);
void pinsReport(void);
/* pins.c, on every pass of the event loop: pumps the channel and queues edges. True when it did something. */
bool pinsPoll(xsMachine *the);

/* ---------------------------------------------------------------- console.c: output */

/* Prints on the console device, "\n" as "\r\n" like Espruino. */
void consoleWrite(const char *bytes, size_t length);
void consolePrintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
