/* sha.h - SHA-1, SHA-224, SHA-256, SHA-384, SHA-512 (FIPS 180-4). */
#ifndef SHA_H
#define SHA_H
#include <stddef.h>
#include <stdint.h>

typedef enum { SHA_1, SHA_224, SHA_256, SHA_384, SHA_512 } ShaKind;
#define SHA_MAX 64

/* Digest of `length` bytes into `out`; returns the digest's length. */
size_t sha(ShaKind kind, const uint8_t *data, size_t length, uint8_t out[SHA_MAX]);
#endif
