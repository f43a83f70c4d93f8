/*
 * console.c: the interactive console: a line editor that behaves on the wire like Espruino's.
 *
 * What a host tool relies on: prompt ">", ":" for continued lines, "=result", DLE (0x10) at the start of a
 * line = no echo and no result for that line, Ctrl-C, "debug>", and "\r\x1b[J" before output that pushes the
 * prompt away. Behaviour measured on Espruino 2v29; README_Protocol.md of Espruino names the control codes.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

#define LINE_LIMIT (256u * 1024u)

static char *line; /* the input so far, continued lines included */
static size_t lineLength, lineCapacity;
static int device = UART_SERIAL1;
static bool echo = true, echoOffForLine, promptRemoved = true, debugging, debugQuit, debugStop;
static enum { PLAIN, AFTER_CR, AFTER_DLE, AFTER_ESC, IN_ESC } state;

/* ------------------------------------------------------------ output */

void consoleRaw(const void *bytes, size_t length) {
  if (device >= 0) uartWrite((unsigned)device, bytes, length);
}

bool consoleShowing(void) { return echo && !echoOffForLine; }

/* Takes the prompt and the input line off the screen, once, before other output. */
static void removePrompt(void) {
  if (promptRemoved) return;
  promptRemoved = true;
  if (!consoleShowing()) return;
  for (size_t i = 0; i < lineLength; i++) {
    if (line[i] == '\n') consoleRaw("\x1b[A", 3);
  }
  consoleRaw("\r\x1b[J", 4);
  if (debugging) consoleRaw("\b\b\b\b\b", 5);
}

static void writeText(const char *bytes, size_t length) {
  size_t start = 0;
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != '\n') continue;
    consoleRaw(bytes + start, i - start);
    consoleRaw("\r\n", 2);
    start = i + 1;
  }
  consoleRaw(bytes + start, length - start);
}

void consoleWrite(const char *bytes, size_t length) {
  removePrompt();
  writeText(bytes, length);
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
  for (size_t i = 0; i < lineLength; i++) {
    if (line[i] == '\n') consoleRaw("\r\n:", 3);
    else consoleRaw(line + i, 1);
  }
}

/* ------------------------------------------------------------ settings */

void consoleInit(void) { uartSetConsole(device); }
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
    lineLength = 0;
  }
  state = PLAIN;
}

/* ------------------------------------------------------------ is the input complete? */

/* True when a "/" after this text starts a regular expression rather than a division. */
static bool regexAllowed(char before) { return !before || strchr("([{,;=:?!&|+-*%<>~^\n}", before) != NULL; }

/*
 * Open brackets of the input: > 0 means "wait for more". Strings, templates, comments and regular
 * expressions are skipped; an unfinished comment or template waits, an unfinished string does not
 * (the parser will complain).
 */
static int openBrackets(void) {
  int depth = 0, templates = 0, templateDepth[16];
  char before = 0; /* last character that was not white space */
  for (size_t i = 0; i < lineLength; i++) {
    char c = line[i], next = i + 1 < lineLength ? line[i + 1] : 0;
    bool inTemplate = c == '`' || (c == '}' && templates > 0 && depth == templateDepth[templates - 1]);
    if (c == '/' && next == '/') {
      while (i < lineLength && line[i] != '\n') i++;
      continue;
    }
    if (c == '/' && next == '*') {
      for (i += 2; i + 1 < lineLength && !(line[i] == '*' && line[i + 1] == '/');) i++;
      if (i + 1 >= lineLength) return 1;
      i++;
      continue;
    }
    if (c == '"' || c == '\'' || (c == '/' && regexAllowed(before))) {
      bool set = false;
      for (i++; i < lineLength && (line[i] != c || set); i++) {
        if (line[i] == '\n') return 0;
        if (line[i] == '\\') i++;
        else if (c == '/' && line[i] == '[') set = true;
        else if (line[i] == ']') set = false;
      }
      if (i >= lineLength) return 0;
    } else if (inTemplate) {
      if (c == '}') templates--;
      for (i++; i < lineLength && line[i] != '`' && !(line[i] == '$' && i + 1 < lineLength && line[i + 1] == '{'); i++) {
        if (line[i] == '\\') i++;
      }
      if (i >= lineLength) return 1;
      if (line[i] == '$') {
        if (templates == 16) return 0;
        templateDepth[templates++] = depth;
        i++;
      }
    } else if (strchr("([{", c) && c) {
      depth++;
    } else if (strchr(")]}", c) && c) {
      if (--depth < 0) return depth;
    }
    if (c != ' ' && c != '\t') before = c;
  }
  return depth + templates;
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

static void append(char c) {
  if (lineLength + 1 >= lineCapacity) {
    size_t capacity = lineCapacity ? lineCapacity * 2 : 256;
    char *larger = capacity <= LINE_LIMIT ? realloc(line, capacity) : NULL;
    if (!larger) {
      errorFlag(ERROR_BUFFER_FULL);
      return;
    }
    line = larger;
    lineCapacity = capacity;
  }
  line[lineLength++] = c;
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
  line = NULL;
  lineLength = lineCapacity = 0;
  if (debugging) enginePrelude(the, "debug", running ? running : "", length, 0);
  else if (length) engineEvaluate(the, running, length, true);
  echoOffForLine = false;
}

static void newLine(xsMachine *the) {
  if (openBrackets() <= 0) {
    execute(the);
  } else {
    if (consoleShowing()) consoleRaw("\r\n:", 3);
    append('\n');
  }
}

static void input(xsMachine *the, uint8_t byte) {
  if (packetByte(the, byte)) return;
  int before = state;
  state = PLAIN;
  if (before == AFTER_ESC) {
    if (byte == '[' || byte == 'O') state = IN_ESC;
  } else if (before == IN_ESC) {
    if ((byte >= '0' && byte <= '9') || byte == ';') state = IN_ESC;
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
    if (lineLength && line[lineLength - 1] != '\n') {
      lineLength--;
      if (consoleShowing() && !promptRemoved) consoleRaw("\b \b", 3);
    }
  } else if (byte == '\t') { /* Espruino completes names by it when it echoes, else it is four spaces */
    for (int count = consoleShowing() ? 0 : 4; count > 0; count--) append(' ');
  } else if (byte >= 32) {
    append((char)byte);
    if (consoleShowing() && !promptRemoved) consoleRaw(&line[lineLength - 1], 1);
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
