/* channel.h - the hardware channel: lines over UART2 between the board and the host that plays its
 * surroundings (pins, buses, power). HARDWARE-CHANNEL.md is its specification. */
#ifndef CHANNEL_H
#define CHANNEL_H
#include <stdbool.h>

#define CHANNEL_LINE 2200 /* longest line; a bus transfer of 1024 bytes fits */

/* Handles the lines that have come in. Never waits. */
void channelPump(void);
void channelPrintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* True once after the host asked for the state of all pins. */
bool channelTakeDump(void);

/* pins.c: `P` and `A` lines, `text` is what follows the letter. */
void pinsInput(char letter, const char *text);
#endif
