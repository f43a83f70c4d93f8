/*
 * runtime.h: what the files of this runtime share: reset, the JavaScript bridge, and who defines what.
 *
 * Only engine.c and bytes.c look inside XS; every other file uses the public xs.h API through the helpers
 * below. The rule that keeps XS's moving collector safe: a pointer into a JavaScript string or buffer is
 * invalid after the next allocation, so bytes are copied out (jsToBytes) or in (jsSetBytes).
 */
#ifndef GENESIS_RUNTIME_H
#define GENESIS_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* xsAll.h first, everywhere: with it xs.h's xsSlot is the engine's own type, which is passed differently in
 * calls (it is aligned to 8 bytes) than the opaque one xs.h has without it. */
#include "xsAll.h"
#include "xs.h"

#include "timer.h"
#include "uart.h"

/* ---------------------------------------------------------------- memory map (board.ts says the same) */

#define FLASH_BASE 0x21000000u  /* PSRAM of the MPS2, backed by a host file: it survives restart and kill -9 */
#define FLASH_SIZE 0x00100000u  /* 1 MB of it is the emulated NOR flash */
#define FLASH_PAGE 4096u
/* Behind the flash and its control page (flash.c): 12 bytes the host wrote when it made the board, its serial number. */
#define FACTORY_RECORD (FLASH_BASE + FLASH_SIZE + FLASH_PAGE)

#define BOARD_NAME "QEMU_MPS2_AN385"
#define BOARD_VERSION "2v29.genesis" /* the Espruino whose console and API this follows */

/* ---------------------------------------------------------------- reset.c */

typedef enum {
  RESET_POWER_ON,  /* RAM held no record: power was off */
  RESET_WATCHDOG,  /* nobody kicked in time */
  RESET_SOFTWARE,  /* E.reboot() */
  RESET_CRASH,     /* a CPU fault */
  RESET_POWER_CUT, /* the host cut the power in the middle of a flash operation */
  RESET_CAUSES
} ResetCause;

/* Leaves a record and resets the board (SYSRESETREQ). Safe from any context, also from a fault handler. */
void boardReset(ResetCause cause) __attribute__((noreturn));
/* Writes the record alone: the watchdog's NMI uses it, the hardware resets next. */
void resetRecord(ResetCause cause);
/* Why this boot happened, and how many resets there were since power-on. */
ResetCause resetCause(void);
const char *resetCauseName(ResetCause cause);
uint32_t resetCount(void);
void resetInit(void);

/* ---------------------------------------------------------------- watchdog.c */

/* timeoutMs 1..171000; automatic = the idle loop kicks. Once started it can't be stopped. */
void watchdogStart(uint32_t timeoutMs, bool automatic);
void watchdogKick(void);
void watchdogIdle(void); /* called by the idle loop */

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
/* Instructions metered since the board's reset, and live heap. */
uint64_t engineMeter(xsMachine *the);
typedef struct {
  uint32_t usedBytes, totalBytes, stackFreeBytes, restarts;
} EngineMemory;
EngineMemory engineMemory(xsMachine *the);

/* ---------------------------------------------------------------- console.c */

void consoleInit(void);
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
 * One native function. `path` says where the prelude (_natives.js) puts it:
 *   "print"             a global
 *   "E.CRC32"           a property of a global object, created when missing
 *   "modules.Flash.read" a property of what require("Flash") returns
 *   "native.x"          visible to the prelude (prelude.js, bus.js ...) only, as native.x
 * In the function: xsThis, xsArgc (as xsToInteger(xsArgc)), xsArg(i), xsResult, and xsVars(n) for temporaries.
 */
typedef struct {
  const char *path;
  xsCallback function;
  uint8_t arity;
} JsFunction;

void jsDefine(xsMachine *the, const JsFunction *functions, size_t count);
#define JS_DEFINE(the, table) jsDefine(the, table, sizeof(table) / sizeof((table)[0]))

/* Every file with native functions has one of these; they run, in this order, whenever a machine is built.
 * A file must forget all JavaScript references it held from an earlier machine there. */
void coreDefine(xsMachine *the);     /* js_core.c */
void timersDefine(xsMachine *the);   /* js_timers.c */
void serialDefine(xsMachine *the);   /* js_serial.c */
void storageDefine(xsMachine *the);  /* Storage (flash helper) */
void flashDefine(xsMachine *the);    /* Flash (flash helper) */
void cryptoDefine(xsMachine *the);   /* crypto, CRC32, heatshrink (flash helper) */
void pinsDefine(xsMachine *the);     /* pins, setWatch, analog (flash helper) */
void busDefine(xsMachine *the);      /* SPI, I2C (flash helper) */

/* ---------------------------------------------------------------- engine.c: values */

/* The hidden object that C and the prelude share. */
xsSlot jsNative(xsMachine *the);

/* Number of arguments of the running native function. */
#define ARGC ((int)xsToInteger(xsArgc))
#define HAS_ARG(i) (ARGC > (i) && xsTypeOf(xsArg(i)) != xsUndefinedType)

/*
 * Copies a value out as bytes: string (codes 0..255, higher ones cut to 8 bits like Espruino's byte strings),
 * number (one byte), ArrayBuffer, any typed array or DataView (its memory), or an array/iterable of those.
 * Returns a buffer from malloc, never NULL (a zero is appended after the length); the caller frees it.
 * Throws (longjmp) on other types and when memory is short: hold nothing unfreed while calling it.
 */
uint8_t *jsToBytes(xsMachine *the, xsSlot value, size_t *length);
/* Makes a byte string (codes 0..255) in *slot, e.g. jsSetBytes(the, &xsResult, p, n). `bytes` must not lie in the XS heap. */
void jsSetBytes(xsMachine *the, xsSlot *slot, const void *bytes, size_t length);
/* A file name or other short byte string: copies at most capacity - 1 bytes, zero-terminated; returns the full length. */
size_t jsToName(xsMachine *the, xsSlot value, char *out, size_t capacity);
/* A reference held by C across calls (a callback). Zero-initialised = empty. */
typedef struct {
  xsSlot slot;
  bool held;
} JsReference;
void jsHold(xsMachine *the, JsReference *reference, xsSlot value);
void jsDrop(xsMachine *the, JsReference *reference);
/* Call from xDefine(): the machine the reference belonged to is gone. */
static inline void jsForgetAll(JsReference *references, size_t count) {
  for (size_t i = 0; i < count; i++) references[i].held = false;
}

/*
 * Queues function.call(self, a, b) to run from the event loop, in order, each with its own error report,
 * like Espruino's event queue (b undefined: one argument). Only from the event loop or a native function, never from an interrupt.
 */
void jsQueueCall(xsMachine *the, xsSlot function, xsSlot self, xsSlot a, xsSlot b);

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

/* ---------------------------------------------------------------- hooks of the flash helper's files */

/* pins.c: called on every pass of the event loop; reads UART_HARDWARE and queues calls. True when it did something. */
bool pinsPoll(xsMachine *the);
/* storage.c: finds a file in Storage. *bytes points into the flash window. False when there is none. */
bool storageFind(const char *name, const uint8_t **bytes, size_t *length);
/* storage.c: used by the packet protocol. size is the whole file's; false when it doesn't fit or differs from what is there. */
bool storageWrite(const char *name, size_t offset, const uint8_t *bytes, size_t length, size_t size);
/* flash.c calls boardReset(RESET_POWER_CUT) after it has left the cut or torn operation in the flash. */

/* ---------------------------------------------------------------- console.c: output */

/* Prints on the console device, "\n" as "\r\n" like Espruino. */
void consoleWrite(const char *bytes, size_t length);
void consolePrintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
