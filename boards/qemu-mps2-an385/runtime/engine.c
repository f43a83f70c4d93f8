/*
 * engine.c: the XS machine: its memory, its hooks, its meter, and its life.
 *
 * Crash-only: what JavaScript cannot catch ends at one setjmp in engineRun. After Ctrl-C and after a stack
 * overflow the machine goes on with its event loop, like Espruino. When memory is full, or too deeply nested to be
 * collected, the machine is thrown away, rebuilt and booted again, with a record in E.getErrorFlags() and
 * E.genesis(); what it was at when it died is in the word that E.lastWord watches.
 * XS hooks as its platform interface asks for them (xsPlatform.h, "fx...Platform").
 */
#include "runtime.h"
#include "storage.h"
#include "xsScript.h"

#define POOL_BYTES (1536u * 1024u)
#define STACK_SLOTS 4096
/* Units between two looks at Ctrl-C; a unit is about one bytecode. */
#define METER_INTERVAL 1000
/* C stack that must remain for the innermost native call. */
#define C_STACK_RESERVE 8192u
/* A program that runs longer than this without reading its full console loses the queued bytes, so that
 * Ctrl-C gets through. */
#define DEAF_LIMIT_US 2000000u
/* Out of memory this soon after the start: the boot files did it. */
#define BOOT_FAIL_US 5000000u

typedef enum {
  BOOT_NONE,  /* nobody asked for a restart */
  BOOT_FULL,  /* power-on and load(): boot files and boot code */
  BOOT_RESET, /* reset(): only .bootrst */
  BOOT_FILE,  /* load("name") */
  BOOT_SAFE   /* the last boot ran out of memory at once: nothing, so that the console can be used */
} BootMode;

extern const char preludeStart[], preludeEnd[]; /* the files of runtime/prelude, put together by the build */
extern const JsFunction jsFunctionsStart[], jsFunctionsEnd[]; /* the rows of JS_FUNCTION, put together by the linker */
extern uint8_t stackLimit[];

static uint8_t pool[POOL_BYTES] __attribute__((aligned(16), section(".pool")));
static uint8_t *chunkTop, *slotBottom;
static xsSlot nativeObject;
static BootMode restart; /* asked for */
static char restartFile[32];
static uint64_t meterTotal, busySinceUs;
static uint32_t meterSeen, restartCount;
static struct { uint32_t word, check; } last __attribute__((section(".noinit"))); /* outlives machine and reset; check: ~word */
static xsSlot watched; /* E.lastWord: the array, */
static size_t watchedAt; /* a byte in it */
/* the machine before this one ran out of memory; a word is watched; the prelude has run: without its functions the
 * machine can't even report an error */
static bool wasFull, watching, populated;

/* ------------------------------------------------------------ memory: chunks grow up, slots grow down */

void *fxAllocateChunks(txMachine *the, txSize size) {
  size_t bytes = ((size_t)size + 7u) & ~(size_t)7u;
  if (bytes > (size_t)(slotBottom - chunkTop)) return NULL;
  uint8_t *start = chunkTop;
  chunkTop += bytes;
  return start;
}
txSlot *fxAllocateSlots(txMachine *the, txSize count) {
  size_t bytes = (size_t)count * sizeof(txSlot);
  if (bytes > (size_t)(slotBottom - chunkTop)) return NULL;
  slotBottom -= bytes;
  return (txSlot *)slotBottom;
}
void fxFreeChunks(txMachine *the, void *chunks) {}
void fxFreeSlots(txMachine *the, void *slots) {}

/*
 * XS gives a growing array room for more elements. The collector marks only what is there, but in an array with
 * holes it sweeps the room, too (fxSweepValue: the chunk's size is its capacity by then), so no value may lie there.
 * XS clears it only in builds with snapshots. The linker (--wrap) sends the calls of fxNewGrowableChunk here.
 */
void *__real_fxNewGrowableChunk(txMachine *the, txSize size, txSize capacity);
void *__wrap_fxNewGrowableChunk(txMachine *the, txSize size, txSize capacity) {
  uint8_t *elements = __real_fxNewGrowableChunk(the, size, capacity), *room = elements + size;
  memset(room, 0, (size_t)(((txChunk *)elements)[-1].temporary - (txByte *)room)); /* temporary: where it ends */
  return elements;
}

/* A collection marks all keys first and takes the marks away when it sweeps. */
static bool collecting(const txMachine *the) { return the->keyArray[0]->flag & XS_MARK_FLAG; }

/* ------------------------------------------------------------ the other hooks of XS */

void fxCreateMachinePlatform(txMachine *the) {
  the->abortStatus = 0;
  the->promiseJobs = 0;
}
void fxDeleteMachinePlatform(txMachine *the) {}
void fxQueuePromiseJobs(txMachine *the) { the->promiseJobs = 1; }
char *fxCStackLimit(void) { return (char *)stackLimit + C_STACK_RESERVE; }

/* There are no ECMAScript modules on the board: require() is a native function. */
txID fxFindModule(txMachine *the, txSlot *realm, txID moduleID, txSlot *slot) { return XS_NO_ID; }
void fxLoadModule(txMachine *the, txSlot *module, txID moduleID) {}

txScript *fxParseScript(txMachine *the, void *stream, txGetter getter, txUnsigned flags) {
  txParser parser;
  txParserJump jump;
  txScript *script = NULL;
  runtimeReserve();
  fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
  parser.firstJump = &jump;
  if (c_setjmp(jump.jmp_buf) == 0) {
    fxParserTree(&parser, stream, getter, flags, NULL);
    fxParserHoist(&parser);
    fxParserBind(&parser);
    script = fxParserCode(&parser);
  }
  fxTerminateParser(&parser);
  return script;
}

static void reportRejection(xsMachine *the) {
  xsBeginHost(the);
  {
    xsTry { xsCall1(jsNative(the), xsID("rejected"), xsException); }
    xsCatch {}
  }
  xsEndHost(the);
}

void fxAbort(txMachine *the, int status) {
  if (status == XS_UNHANDLED_REJECTION_EXIT) {
    reportRejection(the);
    return;
  }
  if (status == XS_UNHANDLED_EXCEPTION_EXIT) { /* thrown by our own C code outside of any xsTry */
    consolePrintf("Uncaught in the runtime: %s\n", xsToString(xsException));
  }
  the->abortStatus = status;
  fxExitToHost(the);
}

/* ------------------------------------------------------------ meter */

/* Instructions metered since the board's reset. */
static uint64_t meter(xsMachine *the) {
  meterTotal += the->meterIndex - meterSeen;
  meterSeen = the->meterIndex;
  return meterTotal;
}

/* XS calls this every METER_INTERVAL units while JavaScript runs; false stops it, uncatchably. */
static txBoolean onMeter(txMachine *the, txU4 index) {
  meter(the);
  if (the->meterCount > index) meterSeen = 0; /* the counter is about to wrap */
  int uart = consoleDevice();
  if (uart >= 0 && uartFull((unsigned)uart) && clockUs() - busySinceUs > DEAF_LIMIT_US) {
    errorFlag(ERROR_FIFO_FULL);
    uartDiscard((unsigned)uart);
  }
  if (!populated || !uartTakeBreak()) return 1;
  if (!the->code) return 0; /* in a native function (a regular expression), which knows places in the heap */
  fxBeginHost(the); /* without it the collector takes the program's place in its code for the start of a chunk */
  bool goOn = consoleDebug(the);
  fxEndHost(the);
  uartTakeBreak();
  return goOn;
}

/* native.account(key): 0 meter, 1 idle us, 2 wake-ups, 3 wake-ups by the cap, 4 resets since power-on,
 * 5 live heap, 6 heap, 7 free C stack (bytes), 8 restarts for want of memory, 9 this is one (1) */
JS_FUNCTION("native.account", account, 1) {
  unsigned key = (unsigned)xsToInteger(xsArg(0)) % 10;
  SleepAccount sleep = sleepAccount();
  size_t heapBytes = (size_t)the->currentChunksSize + (size_t)the->currentHeapCount * sizeof(txSlot);
  size_t stackFreeBytes = (size_t)((const uint8_t *)__builtin_frame_address(0) - stackLimit);
  const double values[] = {(double)meter(the), (double)sleep.idleUs, sleep.wakeups, sleep.capWakeups, resetCount(),
                           heapBytes, POOL_BYTES, stackFreeBytes, restartCount, wasFull};
  xsResult = xsNumber(values[key]);
}

/* ------------------------------------------------------------ references and definitions */

void jsHold(xsMachine *the, xsSlot *slot, xsSlot value) {
  *slot = value;
  slot->flag = 0;
  fxRemember(the, slot);
}

/* E.lastWord(words, at): when memory runs out, word `at` of an Int32Array is kept outside of the heap, through resets.
 * -> what was kept the last time, 0 nothing; it is told once */
JS_FUNCTION("E.lastWord", lastWord, 2) {
  if (watching) xsForget(watched);
  jsHold(the, &watched, xsArg(0));
  watchedAt = (size_t)xsToInteger(xsArg(1)) * sizeof(uint32_t);
  watching = true;
  xsResult = xsInteger(last.check == ~last.word ? (int32_t)last.word : 0);
  last.check = 0;
  last.word = 0;
}

xsSlot jsNative(xsMachine *the) { return xsAccess(nativeObject); }

/* All native functions wait on one object under their whole path; prelude/_natives.js puts them in place. */
static void defineFunctions(xsMachine *the) {
  xsBeginHost(the);
  {
    xsVars(1);
    for (const JsFunction *row = jsFunctionsStart; row < jsFunctionsEnd; row++) {
      const char *dot = strrchr(row->path, '.');
      xsVar(0) = xsNewHostFunctionObject(row->function, row->arity, xsID((char *)(dot ? dot + 1 : row->path)));
      xsDefine(jsNative(the), xsID((char *)row->path), xsVar(0), xsDontEnum);
    }
  }
  xsEndHost(the);
}

/* ------------------------------------------------------------ running JavaScript */

/* Compiles and runs bytes as a script of the global scope; its completion value is left on the XS stack. */
static void runScript(txMachine *the, const char *source, size_t length) {
  char *text = malloc(2 * length + 1); /* codes from 128 up become two bytes of UTF-8 */
  if (!text) mxRangeError("not enough memory for %d bytes of source", (int)length);
  size_t size = 0;
  for (size_t i = 0; i < length; i++) {
    uint8_t code = (uint8_t)source[i];
    if (code >= 128) text[size++] = (char)(0xC0u | code >> 6);
    text[size++] = (char)(code >= 128 ? 0x80u | (code & 0x3Fu) : code);
  }
  txStringCStream stream = {.buffer = text, .offset = 0, .size = (txSize)size};
  txSlot *realm = mxProgram.value.reference->next->value.module.realm;
  txScript *script = fxParseScript(the, &stream, fxStringCGetter, mxProgramFlag);
  free(text);
  fxRunScript(the, script, mxRealmGlobal(realm), C_NULL, mxRealmClosures(realm)->value.reference, C_NULL,
              mxProgram.value.reference);
}

void engineEvaluate(xsMachine *the, const char *source, size_t length, bool fromConsole) {
  xsBeginHost(the);
  {
    xsVars(2);
    xsTry {
      runScript(the, source, length);
      mxPullSlot(&xsVar(0));
      if (fromConsole && consoleShowing()) {
        jsSetBytes(the, &xsVar(1), source, length);
        xsCall2(jsNative(the), xsID("show"), xsVar(0), xsVar(1));
      }
    }
    xsCatch { xsCall1(jsNative(the), xsID("uncaught"), xsException); }
  }
  xsEndHost(the);
}

void enginePrelude(xsMachine *the, const char *name, const void *bytes, size_t length, double number) {
  xsBeginHost(the);
  {
    xsVars(2);
    xsTry {
      if (bytes) jsSetBytes(the, &xsVar(0), bytes, length);
      xsVar(1) = xsNumber(number);
      xsCall2(jsNative(the), xsID((char *)name), xsVar(0), xsVar(1));
    }
    xsCatch { xsCall1(jsNative(the), xsID("uncaught"), xsException); }
  }
  xsEndHost(the);
}

static void runPromiseJobs(txMachine *the) {
  while (the->promiseJobs) {
    the->promiseJobs = 0;
    fxRunPromiseJobs(the);
  }
  fxEndJob(the);
  fxCheckUnhandledRejections(the, 1);
}

/* ------------------------------------------------------------ life of a machine */

void engineRestart(const char *bootFile) {
  restart = !bootFile ? BOOT_RESET : *bootFile ? BOOT_FILE : BOOT_FULL;
  if (bootFile) snprintf(restartFile, sizeof restartFile, "%s", bootFile);
}
bool engineRestartPending(void) { return restart != BOOT_NONE; }

static txMachine *buildMachine(void) {
  static const xsCreation creation = {
      .initialChunkSize = 64 * 1024, .incrementalChunkSize = 16 * 1024,
      .initialHeapCount = 6000, .incrementalHeapCount = 1024,
      .stackCount = STACK_SLOTS,
      .initialKeyCount = 1024, .incrementalKeyCount = 512,
      .nameModulo = 127, .symbolModulo = 127,
      .parserBufferSize = 32 * 1024, .parserTableModulo = 127, .staticSize = 0};
  chunkTop = pool;
  slotBottom = pool + POOL_BYTES;
  txMachine *the = fxCreateMachine((xsCreation *)&creation, "tile", NULL, 0);
  if (!the) boardReset(RESET_CRASH);
  meterSeen = 0;
  populated = watching = false;
  return the;
}

static void populate(txMachine *the) {
  xsBeginHost(the);
  {
    xsVars(2);
    xsVar(0) = xsNewObject();
    jsHold(the, &nativeObject, xsVar(0));
    defineFunctions(the);
    timersForget();
    pinsForget();
    srand((unsigned)clockUs()); /* Math.random */
    xsTry {
      runScript(the, preludeStart, (size_t)(preludeEnd - preludeStart));
      mxPullSlot(&xsVar(0));
      xsCallFunction2(xsVar(0), xsGlobal, jsNative(the), xsGlobal);
    }
    xsCatch { consolePrintf("prelude: %s\n", xsToString(xsGet(xsException, xsID("stack")))); }
  }
  xsEndHost(the);
}

static bool bootFile(txMachine *the, const char *name) {
  const uint8_t *bytes;
  size_t length;
  if (!storageFind(name, &bytes, &length)) return false;
  engineEvaluate(the, (const char *)bytes, length, false);
  return true;
}

/* Espruino's order: .bootPowerOn, .boot0 to .boot3, .bootrst or else (not after reset()) .bootcde, E's
 * "init", and last the file of load(file). */
static void boot(txMachine *the, BootMode mode) {
  static bool bootedBefore;
  if (consoleShowing()) {
    consolePrintf("\n" BOARD_NAME " " BOARD_VERSION "\nXS %d.%d.%d, reset: %s\n", XS_MAJOR_VERSION, XS_MINOR_VERSION,
                  XS_PATCH_VERSION, resetCauseName());
  }
  if (mode == BOOT_SAFE) return;
  if (!bootedBefore && resetCause() == RESET_POWER_ON) bootFile(the, ".bootPowerOn");
  bootedBefore = true;
  char name[] = ".boot0";
  for (name[5] = '0'; name[5] <= '3'; name[5]++) bootFile(the, name);
  if (!bootFile(the, ".bootrst") && mode == BOOT_FULL) bootFile(the, ".bootcde");
  enginePrelude(the, "init", NULL, 0, 0);
  if (mode == BOOT_FILE) bootFile(the, restartFile);
}

/* One pass of the event loop. True when something ran. */
static bool pass(txMachine *the) {
  busySinceUs = clockUs();
  if (uartTakeBreak()) consoleClearLine(); /* before the bytes that came with it */
  errorFlagsEmit(the);
  bool busy = consolePoll(the);
  busy |= serialPoll(the);
  busy |= pinsPoll(the);
  busy |= eventsRun(the);
  runPromiseJobs(the);
  consolePrompt();
  busy |= timersRun(the);
  runPromiseJobs(the);
  consolePrompt();
  watchdogIdle();
  return busy;
}

/* What a stopped machine says; true when it may go on. */
static bool survive(txMachine *the) {
  int status = the->abortStatus;
  the->abortStatus = 0;
  consoleRecover();
  if (status == XS_TOO_MUCH_COMPUTATION_EXIT) {
    consolePrintf("Execution Interrupted\n");
    return true;
  }
  /* Values nested too deeply for the collector overflow its stack; what it leaves is half a heap. */
  if (status == XS_STACK_OVERFLOW_EXIT && !collecting(the)) {
    errorFlag(ERROR_LOW_MEMORY);
    consolePrintf("Uncaught Error: Too much recursion - the stack is about to overflow\nExecution Interrupted\n");
    return true;
  }
  if (status == XS_UNHANDLED_EXCEPTION_EXIT) return true;
  errorFlag(ERROR_LOW_MEMORY | ERROR_MEMORY);
  restartCount++;
  size_t length;
  const uint8_t *words = watching ? jsBuffer(the, &watched, &length) : NULL;
  if (words && watchedAt + sizeof last.word <= length) {
    memcpy(&last.word, words + watchedAt, sizeof last.word);
    last.check = ~last.word;
  }
  consolePrintf("Execution Interrupted\nOut of memory: JavaScript restarted\n");
  return false;
}

static void liveOnce(volatile BootMode mode) {
  txMachine *the = buildMachine();
  volatile bool alive = true;
  txJump jump = {.nextJump = the->firstJump, .stack = the->stack, .scope = the->scope, .frame = the->frame,
                 .environment = NULL, .code = the->code, .flag = 0};
  while (alive && !restart) {
    the->firstJump = &jump;
    if (c_setjmp(jump.buffer) == 0) {
      fxBeginMetering(the, onMeter, METER_INTERVAL);
      meterSeen = 0;
      if (!populated) {
        busySinceUs = clockUs();
        populate(the);
        populated = true;
        boot(the, mode);
      }
      while (!restart) {
        if (pass(the) || restart) continue;
        uint64_t timer = timersNextUs(), packet = packetDeadlineUs();
        sleepUntilUs(timer < packet ? timer : packet);
      }
      enginePrelude(the, "kill", NULL, 0, 0);
    } else {
      the->firstJump = &jump; /* the jumps inside are gone */
      the->stack = jump.stack;
      the->scope = jump.scope;
      the->frame = jump.frame;
      the->code = jump.code;
      alive = survive(the);
      if (alive) fxCollectGarbage(the);
    }
  }
  the->firstJump = jump.nextJump;
  fxDeleteMachine(the);
}

void engineRun(void) {
  for (BootMode mode = BOOT_FULL;;) {
    uint64_t startUs = clockUs();
    restart = BOOT_NONE;
    liveOnce(mode);
    wasFull = restart == BOOT_NONE;
    if (restart != BOOT_NONE) mode = restart;
    /* Out of memory. A boot that fails at once must not keep the console away for ever. */
    else mode = clockUs() - startUs < BOOT_FAIL_US ? BOOT_SAFE : BOOT_FULL;
  }
}
