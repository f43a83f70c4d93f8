/*
 * console.c: the interactive console: a line editor that behaves on the wire like Espruino's.
 *
 * What a host tool relies on: prompt ">", ":" for continued lines, "=result", DLE (0x10) at the start of a
 * line = no echo and no result for that line, Ctrl-C, "debug>", and "\r\x1b[J" before output that pushes the
 * prompt away. Behaviour measured on Espruino 2v29; README_Protocol.md of Espruino names the control codes.
 */
#include "runtime.h"

#define LINE_LIMIT (256u * 1024u)
#define HISTORY 8u
#define HISTORY_LINE_LIMIT 500u /* longer lines were not typed */

static char *line; /* the input so far, continued lines included */
static size_t lineLength, lineCapacity, cursor;
static char *history[HISTORY]; /* oldest first */
static unsigned historyCount, historyAt; /* historyAt == historyCount: a new line */
static unsigned escapeNumber;
static int device = UART_SERIAL1;
static bool echo = true, echoOffForLine, promptRemoved = true, debugging, debugQuit, debugStop;
static enum { PLAIN, AFTER_CR, AFTER_DLE, AFTER_ESC, IN_ESC } state;

/* ------------------------------------------------------------ output */

void consoleRaw(const void *bytes, size_t length) {
  if (device >= 0) uartWrite((unsigned)device, bytes, length);
}

bool consoleShowing(void) { return echo && !echoOffForLine; }

static bool visible(void) { return consoleShowing() && !promptRemoved; }

static void repeat(const char *text, size_t times) {
  while (times--) consoleRaw(text, strlen(text));
}

/* Moves the terminal's cursor between two places of the input line, by VT100 codes. */
static void moveCursor(size_t from, size_t to) {
  size_t rows = 0, column[2] = {from, to};
  for (size_t i = from < to ? from : to; i < (from < to ? to : from); i++) rows += line[i] == '\n';
  for (int end = 0; end < 2; end++) {
    size_t start = column[end];
    while (start && line[start - 1] != '\n') start--;
    column[end] -= start;
  }
  repeat(to < from ? "\x1b[A" : "\x1b[B", rows);
  if (column[1] < column[0]) repeat("\x1b[D", column[0] - column[1]);
  else repeat("\x1b[C", column[1] - column[0]);
}

/* The input line from a place on, as it looks: continued lines start with ":". */
static void writeLine(size_t from) {
  for (size_t i = from; i < lineLength; i++) {
    if (line[i] == '\n') consoleRaw("\r\n:", 3);
    else consoleRaw(line + i, 1);
  }
}

/* Takes the prompt and the input line off the screen, once, before other output. */
static void removePrompt(void) {
  if (promptRemoved) return;
  promptRemoved = true;
  if (!consoleShowing()) return;
  moveCursor(cursor, 0);
  consoleRaw("\r\x1b[J", 4);
  if (debugging) consoleRaw("\b\b\b\b\b", 5);
}

void consoleWrite(const char *bytes, size_t length) {
  size_t start = 0;
  removePrompt();
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != '\n') continue;
    consoleRaw(bytes + start, i - start);
    consoleRaw("\r\n", 2);
    start = i + 1;
  }
  consoleRaw(bytes + start, length - start);
}

void consolePrintf(const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length > 0) consoleWrite(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

void consolePrompt(void) {
  if (!promptRemoved) return;
  promptRemoved = false;
  if (!consoleShowing()) return;
  if (debugging) consoleRaw("debug", 5);
  consoleRaw(">", 1);
  writeLine(0);
  moveCursor(lineLength, cursor);
}

/* ------------------------------------------------------------ settings */

void consoleEcho(bool on) { echo = on; }
int consoleDevice(void) { return device; }

void consoleSetDevice(int uart) {
  if (uart == device) return;
  static const char *const names[] = {"null", "Serial1", "Serial2"};
  int before = device;
  if (consoleShowing()) consolePrintf("-> %s\n", names[uart + 1]);
  device = uart;
  uartSetConsole(uart);
  if (consoleShowing()) consolePrintf("<- %s\n", names[before + 1]);
}

void consoleRecover(void) {
  if (debugging) removePrompt();
  debugging = echoOffForLine = false;
}

void consoleClearLine(void) {
  if (lineLength) {
    removePrompt();
    lineLength = cursor = 0;
  }
  state = PLAIN;
}

/* ------------------------------------------------------------ debug> */

/* The commands are in prelude/debugger.js; it answers by consoleDebugEnd(). */
void consoleDebugEnd(bool stop) {
  debugQuit = true;
  debugStop = stop;
}

bool consoleDebug(xsMachine *the) {
  if (echoOffForLine || device < 0) return false;
  consoleClearLine();
  echo = debugging = true;
  debugQuit = debugStop = false;
  enginePrelude(the, "backtrace", NULL, 0, 1);
  promptRemoved = true;
  while (!debugQuit) {
    consolePrompt();
    if (uartTakeBreak()) debugQuit = debugStop = true;
    else if (!consolePoll(the)) sleepUntilUs(NEVER_US);
  }
  removePrompt();
  debugging = false;
  return !debugStop;
}

/* ------------------------------------------------------------ input */

/* Makes room for `length` bytes more. */
static bool reserve(size_t length) {
  size_t capacity = lineCapacity ? lineCapacity : 256;
  while (capacity < lineLength + length + 1) capacity *= 2;
  if (capacity == lineCapacity) return true;
  char *larger = capacity <= LINE_LIMIT ? realloc(line, capacity) : NULL;
  if (!larger) {
    errorFlag(ERROR_BUFFER_FULL);
    return false;
  }
  line = larger;
  lineCapacity = capacity;
  return true;
}

/* Puts a character at the cursor and shows it the way Espruino does. */
static void insert(char c) {
  if (!reserve(1)) return;
  memmove(line + cursor + 1, line + cursor, lineLength - cursor);
  line[cursor++] = c;
  lineLength++;
  historyAt = historyCount;
  if (!visible() || c == '\n') return;
  if (cursor < lineLength) {
    writeLine(cursor - 1);
    consoleRaw(" ", 1);
    repeat("\b", lineLength - cursor + 2);
  }
  consoleRaw(&c, 1);
}

/* Removes the character before (backspace) or at the cursor; not across continued lines. */
static void removeAt(size_t place) {
  if (place >= lineLength || line[place] == '\n') return;
  if (visible() && place < cursor) consoleRaw("\b", 1);
  memmove(line + place, line + place + 1, lineLength - place - 1);
  lineLength--;
  cursor = place;
  if (!visible()) return;
  writeLine(cursor);
  consoleRaw(" ", 1);
  repeat("\b", lineLength - cursor + 1);
}

static void moveTo(size_t place) {
  if (visible()) moveCursor(cursor, place);
  cursor = place;
}

/* Shows an older (-1) or newer (+1) line of the history in place of an empty or recalled one. */
static void recall(int step) {
  if (cursor != lineLength || (lineLength && historyAt == historyCount)) return;
  if (step < 0 && historyAt == 0) return;
  unsigned at = historyAt == historyCount && step > 0 ? historyCount : historyAt + (unsigned)step;
  const char *text = at < historyCount ? history[at] : "";
  if (!reserve(strlen(text))) return;
  if (visible()) {
    moveCursor(cursor, 0);
    consoleRaw("\x1b[J", 3);
  }
  lineLength = cursor = strlen(strcpy(line, text));
  historyAt = at;
  if (visible()) writeLine(0);
}

static void remember(const char *text, size_t length) {
  historyAt = historyCount;
  if (!length || length > HISTORY_LINE_LIMIT || !consoleShowing()) return;
  unsigned drop = historyCount < HISTORY ? historyCount : 0;
  for (unsigned i = 0; i < historyCount; i++) {
    if (strlen(history[i]) == length && !memcmp(history[i], text, length)) drop = i;
  }
  char *copy = calloc(length + 1, 1);
  if (!copy) return;
  if (drop < historyCount) {
    free(history[drop]);
    memmove(history + drop, history + drop + 1, (historyCount - drop - 1) * sizeof *history);
    historyCount--;
  }
  history[historyCount++] = memcpy(copy, text, length);
  historyAt = historyCount;
}

/* The last byte of ESC [ number byte, or ESC O byte. */
static void escapeKey(uint8_t key) {
  size_t start = cursor, end = cursor;
  while (start && line[start - 1] != '\n') start--;
  while (end < lineLength && line[end] != '\n') end++;
  if (key == '~') key = (uint8_t)" HxyF"[escapeNumber < 5 ? escapeNumber : 0]; /* 1 home, 3 delete, 4 end */
  if (key == 'D' && cursor > start) moveTo(cursor - 1);
  else if (key == 'C' && cursor < end) moveTo(cursor + 1);
  else if (key == 'A') recall(-1);
  else if (key == 'B') recall(1);
  else if (key == 'y') removeAt(cursor);
  else if (key == 'H' && escapeNumber == 2) consoleClearLine();
  else if (key == 'H') {
    if (visible()) repeat("\b", cursor - start);
    cursor = start;
  } else if (key == 'F') {
    if (visible()) consoleRaw(line + cursor, end - cursor);
    cursor = end;
  }
}

static void execute(xsMachine *the) {
  if (consoleShowing()) consoleRaw("\r\n", 2);
  if (!echoOffForLine) promptRemoved = true;
  while (lineLength && strchr(" \t\n", line[lineLength - 1])) lineLength--;
  /* The line is taken over before it runs: it may never return (Ctrl-C, out of memory). */
  static char *running;
  free(running);
  running = line;
  size_t length = lineLength;
  remember(running, length);
  line = NULL;
  lineLength = lineCapacity = cursor = 0;
  if (debugging) enginePrelude(the, "debug", running ? running : "", length, 0);
  else if (length) engineEvaluate(the, running, length, true);
  echoOffForLine = false;
}

static void newLine(xsMachine *the) {
  if (cursor < lineLength) { /* in the middle: splits the line */
    if (visible()) consoleRaw("\x1b[J\r\n:", 6);
    insert('\n');
    if (visible()) writeLine(cursor);
    if (visible()) moveCursor(lineLength, cursor);
  } else if (openBrackets(line, lineLength) <= 0) {
    execute(the);
  } else {
    if (consoleShowing()) consoleRaw("\r\n:", 3);
    insert('\n');
  }
}

static void input(xsMachine *the, uint8_t byte) {
  if (packetByte(the, byte)) return;
  int before = state;
  state = PLAIN;
  if (before == AFTER_ESC) {
    escapeNumber = 0;
    if (byte == '[' || byte == 'O') state = IN_ESC;
  } else if (before == IN_ESC && byte >= '0' && byte <= '9') {
    escapeNumber = escapeNumber * 10 + byte - '0';
    state = IN_ESC;
  } else if (before == IN_ESC) {
    escapeKey(byte);
  } else if (byte == 1) {
    if (before == AFTER_DLE) {
      if (!lineLength) echoOffForLine = false;
      packetStart();
    }
  } else if (byte == 5) { /* ENQ on an empty line: who are you? */
    static const char identity[] = "Espruino " BOARD_VERSION " " BOARD_NAME "\r\n";
    if (!lineLength) consoleRaw(identity, sizeof identity - 1);
  } else if (byte == 0x10) {
    if (!lineLength) echoOffForLine = true;
    state = AFTER_DLE;
  } else if (byte == 0x1b) {
    state = AFTER_ESC;
  } else if (byte == '\n' && before == AFTER_CR) {
    /* the second half of CR LF */
  } else if (byte == '\r' || byte == '\n') {
    if (byte == '\r') state = AFTER_CR;
    newLine(the);
  } else if (byte == 8 || byte == 0x7f) {
    if (cursor) removeAt(cursor - 1);
  } else if (byte == '\t') { /* Espruino completes names by it when it echoes, else it is four spaces */
    for (int count = consoleShowing() ? 0 : 4; count > 0; count--) insert(' ');
  } else if (byte >= 32) {
    insert((char)byte);
  }
}

/* Only what was there at the start of the pass, so that timers and other input get their turn. */
bool consolePoll(xsMachine *the) {
  packetPoll();
  if (device < 0) return false;
  int uart = device;
  size_t waiting = uartAvailable((unsigned)uart);
  bool any = waiting > 0;
  while (waiting-- && device == uart && !engineRestartPending() && !(debugging && debugQuit)) {
    input(the, (uint8_t)uartRead((unsigned)uart));
  }
  return any;
}
