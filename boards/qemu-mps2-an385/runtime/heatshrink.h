/* heatshrink.h - the heatshrink LZSS bit format, window 2^8, lookahead 2^6 (Espruino's choice). */
#ifndef HEATSHRINK_H
#define HEATSHRINK_H
#include <stddef.h>
#include <stdint.h>

/* Both write at most `capacity` bytes to `out` (which may be NULL with capacity 0: ask for the
 * length first) and return the length of the whole result. */
size_t heatshrinkCompress(const uint8_t *data, size_t length, uint8_t *out, size_t capacity);
size_t heatshrinkDecompress(const uint8_t *data, size_t length, uint8_t *out, size_t capacity);
#endif
