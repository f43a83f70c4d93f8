/* heatshrink.c - compress and decompress heatshrink data of window 8, lookahead 6.
 *
 * The stream is bits, most significant first. 1 + 8 bits: a literal byte. 0 + 8 bits distance - 1
 * + 6 bits length - 1: a copy of what was put out before; before the beginning lie zeros. The last
 * byte is filled up with zero bits. Encoding is greedy: the longest match, the nearest of equals,
 * worth it from two bytes on. That is what Espruino's encoder does, byte for byte. */
#include "codecs.h"
#include <stdbool.h>

enum { WINDOW_BITS = 8, LENGTH_BITS = 6, WINDOW = 1 << WINDOW_BITS, LONGEST = 1 << LENGTH_BITS };

typedef struct {
  uint8_t *out;
  size_t capacity, count;
  unsigned bits, pending; /* bits not yet put out, and how many */
} BitWriter;

static void putBits(BitWriter *w, unsigned value, int count) {
  w->bits = w->bits << count | value;
  w->pending += count;
  while (w->pending >= 8) {
    w->pending -= 8;
    if (w->count < w->capacity) w->out[w->count] = (uint8_t)(w->bits >> w->pending);
    w->count++;
  }
}

static int before(const uint8_t *data, size_t at, size_t back) { return back > at ? 0 : data[at - back]; }

size_t heatshrinkCompress(const uint8_t *data, size_t length, uint8_t *out, size_t capacity) {
  BitWriter w = {.out = out, .capacity = capacity};
  for (size_t at = 0; at < length;) {
    size_t most = length - at < LONGEST ? length - at : LONGEST, best = 0, distance = 0;
    for (size_t back = 1; back <= WINDOW && best < most; back++) {
      size_t same = 0;
      if (before(data, at + best, back) != data[at + best]) continue; /* can't be longer */
      while (same < most && before(data, at + same, back) == data[at + same]) same++;
      if (same > best) best = same, distance = back;
    }
    if (best > (1 + WINDOW_BITS + LENGTH_BITS) / 8) {
      putBits(&w, 0, 1);
      putBits(&w, (unsigned)distance - 1, WINDOW_BITS);
      putBits(&w, (unsigned)best - 1, LENGTH_BITS);
      at += best;
    } else {
      putBits(&w, 1, 1);
      putBits(&w, data[at++], 8);
    }
  }
  if (w.pending) putBits(&w, 0, 8 - (int)w.pending);
  return w.count;
}

typedef struct {
  const uint8_t *data;
  size_t bits, at;
} BitReader;

/* False at the end of the stream: the bits left are filling. */
static bool takeBits(BitReader *r, int count, unsigned *value) {
  if (r->bits - r->at < (size_t)count) return false;
  *value = 0;
  for (; count; count--, r->at++) *value = *value << 1 | (r->data[r->at >> 3] >> (7 - (r->at & 7)) & 1);
  return true;
}

size_t heatshrinkDecompress(const uint8_t *data, size_t length, uint8_t *out, size_t capacity) {
  BitReader r = {.data = data, .bits = length * 8};
  uint8_t window[WINDOW] = {0};
  size_t count = 0;
  unsigned literal, value, copies;
  while (takeBits(&r, 1, &literal)) {
    if (!takeBits(&r, WINDOW_BITS, &value)) break;
    copies = 0;
    if (!literal && !takeBits(&r, LENGTH_BITS, &copies)) break;
    for (copies++; copies--; count++) {
      uint8_t byte = literal ? (uint8_t)value : window[(count - 1 - value) % WINDOW];
      window[count % WINDOW] = byte;
      if (count < capacity) out[count] = byte;
    }
  }
  return count;
}
