/* codecs.h - sums, digests and compression over bytes in memory: crc32.c, sha.c and heatshrink.c. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* CRC-32 as in E.CRC32, zlib and Ethernet (IEEE 802.3 clause 3.2.9). */
uint32_t crc32(const uint8_t *data, size_t length);

/* SHA-1, SHA-224, SHA-256, SHA-384, SHA-512 (FIPS 180-4). */
typedef enum { SHA_1, SHA_224, SHA_256, SHA_384, SHA_512 } ShaKind;
#define SHA_MAX 64
/* Digest of `length` bytes into `out`; returns the digest's length. */
size_t sha(ShaKind kind, const uint8_t *data, size_t length, uint8_t out[SHA_MAX]);

/* The heatshrink LZSS bit format, window 2^8, lookahead 2^6 (Espruino's choice). Both write at most
 * `capacity` bytes to `out` (which may be NULL with capacity 0: ask for the length first) and return
 * the length of the whole result. */
size_t heatshrinkCompress(const uint8_t *data, size_t length, uint8_t *out, size_t capacity);
size_t heatshrinkDecompress(const uint8_t *data, size_t length, uint8_t *out, size_t capacity);
