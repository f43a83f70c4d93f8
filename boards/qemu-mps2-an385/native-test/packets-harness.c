/* packets-harness.c - drives the runtime's packets.c on the host, one command a line, without engine and devices.
 *
 * runtime.h is left out by its own guard (-DGENESIS_RUNTIME_H); what packets.c needs of it stands here. Commands: "start" (DLE SOH has come),
 * "bytes <hex>", "wait <us>" (time passes, then a poll). Each answers with what happened, on one line. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct xsMachine xsMachine;

#include "../runtime/devices.h"

static uint64_t nowUs;

uint64_t clockUs(void) { return nowUs; }

void uartPacketEnd(void) { printf(" given up"); }

static void consoleRaw(const void *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) printf(" raw %02x", ((const uint8_t *)bytes)[i]);
}

static void enginePrelude(xsMachine *the, const char *name, const void *bytes, size_t length, double number) {
  (void)the;
  /* A copy of exactly this size: the address sanitizer sees a length that is too large. */
  uint8_t *copy = malloc(length + 1);
  memcpy(copy, bytes, length);
  printf(" %s %d ", name, (int)number);
  for (size_t i = 0; i < length; i++) printf("%02x", copy[i]);
  free(copy);
}

#include "../runtime/packets.c"

int main(void) {
  static char line[1 << 18];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!strcmp(line, "start")) packetStart();
    else if (!strncmp(line, "wait ", 5)) {
      nowUs += strtoull(line + 5, NULL, 10);
      packetPoll();
    } else if (!strncmp(line, "bytes ", 6)) {
      unsigned outside = 0;
      for (unsigned value, at = 6; sscanf(line + at, "%2x", &value) == 1; at += 2) outside += !packetByte(NULL, (uint8_t)value);
      printf(" outside %u", outside);
    }
    printf(" %s\n", packetDeadlineUs() == NEVER_US ? "idle" : "waiting");
  }
  return 0;
}
