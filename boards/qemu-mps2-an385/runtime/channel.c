/* channel.c - the hardware channel of HARDWARE-CHANNEL.md, board side: line framing, the power
 * cut's commands, and waiting for an answer of the host. Pins and buses are in pins.js, bus.js. */
#include "flash.h"
#include "runtime.h"

#define CHANNEL_LINE 2200 /* longest line; a bus transfer of 1024 bytes fits */
#define ANSWER_TIMEOUT_US 2000000u

static char line[CHANNEL_LINE];
static size_t lineLength;
static bool lineTooLong;
static char awaited[8]; /* tag of the answer that is waited for, "": none */
static char answer[CHANNEL_LINE];
static bool answered;

void channelPrintf(const char *format, ...) {
  char text[96];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  uartWrite(UART_HARDWARE, text, strlen(text));
}

static void status(const char *tag) {
  channelPrintf("%s %lu %lu %lu %s\n", tag, (unsigned long)flashOperations(), (unsigned long)flashArmed(),
                (unsigned long)resetCount(), resetCauseName());
}

/* F <n> <before|torn|after> [words] */
static void armCut(const char *text) {
  unsigned long n = 0, words = 0;
  char how[8] = "before";
  sscanf(text, "%lu %7s %lu", &n, how, &words);
  flashArmCut((uint32_t)n, *how == 't' ? CUT_TORN : *how == 'a' ? CUT_AFTER : CUT_BEFORE, (uint32_t)words);
  status("f");
}

static void handle(const char *text) {
  size_t tag = strlen(awaited);
  if (tag && !strncmp(text, awaited, tag) && text[tag] == ' ') {
    strcpy(answer, text + tag + 1);
    awaited[0] = 0;
    answered = true;
  } else if (*text == 'P' || *text == 'A') pinsInput(*text, text + 1);
  else if (*text == 'F') armCut(text + 1);
  else if (*text == '?') {
    status("!");
    pinsReport();
  } else if (*text) channelPrintf("e unknown line: %.40s\n", text);
}

void channelPump(void) {
  static bool greeted;
  if (!greeted) {
    greeted = true;
    status("b");
  }
  for (int c; (c = uartRead(UART_HARDWARE)) >= 0;) {
    if (c == '\r') continue;
    if (c == '\n') {
      line[lineLength] = 0;
      lineLength = 0;
      if (lineTooLong) channelPrintf("e line over %d characters\n", CHANNEL_LINE - 1);
      else handle(line);
      lineTooLong = false;
    } else if (lineLength < sizeof line - 1) line[lineLength++] = (char)c;
    else lineTooLong = true;
  }
}

/* native.channelSend(line) */
JS_FUNCTION("native.channelSend", channel_send, 1) {
  const char *text = xsToString(xsArg(0));
  uartWrite(UART_HARDWARE, text, strlen(text));
  uartWrite(UART_HARDWARE, "\n", 1);
}

/* native.channelAsk(line, tag): sends, and returns what the host answers after the tag; undefined
 * when it does not in time. Waits awake, as a driver that polls its bus does: asleep under
 * -icount, time would run away from the host. */
JS_FUNCTION("native.channelAsk", channel_ask, 2) {
  channel_send(the);
  snprintf(awaited, sizeof awaited, "%s", xsToString(xsArg(1)));
  answered = false;
  uint64_t deadlineUs = clockUs() + ANSWER_TIMEOUT_US;
  while (!answered && clockUs() < deadlineUs && !uartBreakPending()) channelPump();
  awaited[0] = 0;
  if (answered) xsResult = xsString(answer);
}
