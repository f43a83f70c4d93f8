/* pins.c - what the host applies to the board's pins: D0..D31 and A0..A7, here numbered 0..39.
 *
 * Levels and voltages are kept while the board resets (a wire does not know about resets); changes
 * on watched pins are queued with their time. Modes, outputs, Pin objects and setWatch are made in
 * pins.js over the native functions below. */
#include "runtime.h"

enum { DIGITAL_PINS = 32, PINS = 40, EDGES = 64, MAGIC = 0x57495245 };

typedef struct {
  int8_t pin, level;
  uint64_t timeUs;
} Edge;

static struct {
  uint32_t magic;
  int8_t level[PINS]; /* 0, 1, or -1: nothing drives the pin */
  uint16_t analog[PINS];
} wire __attribute__((section(".noinit")));

static bool watched[PINS];
static Edge edges[EDGES];
static unsigned firstEdge, edgeCount;
static bool reportWanted;

void pinsReport(void) { reportWanted = true; }

/* text: "D5 1", "D5 z", "A0 40000" */
void pinsInput(char letter, const char *text) {
  char port, value[8];
  unsigned number;
  bool parsed = sscanf(text, "%c%u %7s", &port, &number, value) == 3 && (port == 'A' ? number < PINS - DIGITAL_PINS : port == 'D' && number < DIGITAL_PINS);
  if (!parsed) {
    channelPrintf("e no such pin: %.40s\n", text);
    return;
  }
  unsigned pin = port == 'A' ? DIGITAL_PINS + number : number;
  if (letter == 'A') {
    wire.analog[pin] = (uint16_t)strtoul(value, NULL, 10);
    return;
  }
  int8_t level = *value == 'z' ? -1 : *value == '1';
  if (level == wire.level[pin]) return;
  wire.level[pin] = level;
  if (!watched[pin]) return;
  if (edgeCount == EDGES) errorFlag(ERROR_FIFO_FULL);
  else edges[(firstEdge + edgeCount++) % EDGES] = (Edge){(int8_t)pin, level, clockUs()};
}

/* native.edge(pin * 4 + level + 1, seconds) queues the edge; edge(-1) asks for a report of all pins */
static void queueEdge(xsMachine *the, int what, uint64_t timeUs) {
  xsBeginHost(the);
  xsVars(2);
  xsVar(0) = xsInteger(what);
  xsVar(1) = xsNumber((double)timeUs / 1e6);
  xsCall2(jsNative(the), xsID("edge"), xsVar(0), xsVar(1));
  xsEndHost(the);
}

bool pinsPoll(xsMachine *the) {
  channelPump();
  bool report = reportWanted, any = report || edgeCount;
  reportWanted = false;
  if (report) queueEdge(the, -1, 0);
  for (; edgeCount; edgeCount--) {
    Edge edge = edges[firstEdge];
    firstEdge = (firstEdge + 1) % EDGES;
    queueEdge(the, edge.pin * 4 + edge.level + 1, edge.timeUs);
  }
  return any;
}

/* native.pinLevel(pin): 0, 1, -1; a program that polls a pin sees it change */
JS_FUNCTION("native.pinLevel", pin_level, 1) {
  int pin = xsToInteger(xsArg(0));
  channelPump();
  xsResult = xsInteger(wire.level[pin]);
}

/* native.pinAnalog(pin): 0..65535 */
JS_FUNCTION("native.pinAnalog", pin_analog, 1) {
  int pin = xsToInteger(xsArg(0));
  channelPump();
  xsResult = xsInteger(wire.analog[pin]);
}

/* native.pinWatch(pin, on) */
JS_FUNCTION("native.pinWatch", pin_watch, 2) {
  int pin = xsToInteger(xsArg(0));
  watched[pin] = xsTest(xsArg(1));
}

void pinsForget(void) {
  if (wire.magic != MAGIC) {
    memset(&wire, 0, sizeof wire);
    memset(wire.level, -1, sizeof wire.level);
    wire.magic = MAGIC;
  }
  static bool again;
  if (again) channelPrintf("z\n"); /* a new machine: no pin has a mode any more */
  again = true;
  edgeCount = 0;
  memset(watched, 0, sizeof watched);
}
