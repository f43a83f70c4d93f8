/* sha.c - the Secure Hash Standard, FIPS 180-4, in one pass over bytes in memory.
 *
 * SHA-1, SHA-224 and SHA-256 work on 32-bit words and 64-byte blocks, SHA-384 and SHA-512 on
 * 64-bit words and 128-byte blocks; both halves below follow section 6 step by step. The 32-bit
 * constants are the upper halves of the 64-bit ones (4.2.2, 4.2.3), so one table serves both. */
#include "codecs.h"
#include <string.h>

/* 4.2.3: first 64 bits of the fractional parts of the cube roots of the first eighty primes */
static const uint64_t K[80] = {
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
  0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
  0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
  0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
  0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
  0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
  0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
  0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
  0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
  0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
  0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
  0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
  0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
  0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
  0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
  0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
  0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
  0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
  0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/* 5.3: initial hash values */
static const uint32_t H1[8] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
static const uint32_t H224[8] = {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939,
                                 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
static const uint64_t H384[8] = {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
                                 0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4};
static const uint64_t H512[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

#define ROTR32(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define ROTR64(x, n) ((x) >> (n) | (x) << (64 - (n)))
#define CH(x, y, z) (((x) & (y)) ^ (~(x) & (z)))
#define MAJ(x, y, z) (((x) & (y)) ^ ((x) & (z)) ^ ((y) & (z)))

static uint64_t bigEndian(const uint8_t *at, int bytes) {
  uint64_t value = 0;
  while (bytes--) value = value << 8 | *at++;
  return value;
}

/* 6.1.2 */
static void block1(uint32_t h[8], const uint8_t *block) {
  uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  for (int t = 0; t < 16; t++) w[t] = (uint32_t)bigEndian(block + 4 * t, 4);
  for (int t = 16; t < 80; t++) w[t] = ROTR32(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 31);
  for (int t = 0; t < 80; t++) {
    uint32_t f = t < 20 ? CH(b, c, d) + 0x5a827999 : t < 40 ? (b ^ c ^ d) + 0x6ed9eba1
               : t < 60 ? MAJ(b, c, d) + 0x8f1bbcdc : (b ^ c ^ d) + 0xca62c1d6;
    uint32_t next = ROTR32(a, 27) + f + e + w[t];
    e = d, d = c, c = ROTR32(b, 2), b = a, a = next;
  }
  h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

/* 6.2.2; v[0..7] are a..h, and the roles rotate instead of the values */
static void block256(uint32_t h[8], const uint8_t *block) {
  uint32_t w[64], v[8];
  for (int t = 0; t < 16; t++) w[t] = (uint32_t)bigEndian(block + 4 * t, 4);
  for (int t = 16; t < 64; t++)
    w[t] = w[t - 16] + (ROTR32(w[t - 15], 7) ^ ROTR32(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 7] +
           (ROTR32(w[t - 2], 17) ^ ROTR32(w[t - 2], 19) ^ w[t - 2] >> 10);
  memcpy(v, h, sizeof v);
  for (int t = 0; t < 64; t++) {
    uint32_t a = v[-t & 7], b = v[(1 - t) & 7], c = v[(2 - t) & 7], e = v[(4 - t) & 7];
    uint32_t t1 = v[(7 - t) & 7] + (ROTR32(e, 6) ^ ROTR32(e, 11) ^ ROTR32(e, 25)) +
                  CH(e, v[(5 - t) & 7], v[(6 - t) & 7]) + (uint32_t)(K[t] >> 32) + w[t];
    v[(3 - t) & 7] += t1;
    v[(7 - t) & 7] = t1 + (ROTR32(a, 2) ^ ROTR32(a, 13) ^ ROTR32(a, 22)) + MAJ(a, b, c);
  }
  for (int i = 0; i < 8; i++) h[i] += v[i];
}

/* 6.4.2 */
static void block512(uint64_t h[8], const uint8_t *block) {
  uint64_t w[80], v[8];
  for (int t = 0; t < 16; t++) w[t] = bigEndian(block + 8 * t, 8);
  for (int t = 16; t < 80; t++)
    w[t] = w[t - 16] + (ROTR64(w[t - 15], 1) ^ ROTR64(w[t - 15], 8) ^ w[t - 15] >> 7) + w[t - 7] +
           (ROTR64(w[t - 2], 19) ^ ROTR64(w[t - 2], 61) ^ w[t - 2] >> 6);
  memcpy(v, h, sizeof v);
  for (int t = 0; t < 80; t++) {
    uint64_t a = v[-t & 7], b = v[(1 - t) & 7], c = v[(2 - t) & 7], e = v[(4 - t) & 7];
    uint64_t t1 = v[(7 - t) & 7] + (ROTR64(e, 14) ^ ROTR64(e, 18) ^ ROTR64(e, 41)) +
                  CH(e, v[(5 - t) & 7], v[(6 - t) & 7]) + K[t] + w[t];
    v[(3 - t) & 7] += t1;
    v[(7 - t) & 7] = t1 + (ROTR64(a, 28) ^ ROTR64(a, 34) ^ ROTR64(a, 39)) + MAJ(a, b, c);
  }
  for (int i = 0; i < 8; i++) h[i] += v[i];
}

size_t sha(ShaKind kind, const uint8_t *data, size_t length, uint8_t out[SHA_MAX]) {
  static const uint8_t digestBytes[] = {20, 28, 32, 48, 64};
  uint32_t h32[8];
  uint64_t h64[8];
  int wide = kind >= SHA_384;
  size_t blockBytes = wide ? 128 : 64, lengthBytes = wide ? 16 : 8, rest = length % blockBytes;
  uint8_t tail[256] = {0};
  for (int i = 0; i < 8; i++) {
    h64[i] = kind == SHA_384 ? H384[i] : H512[i];
    h32[i] = kind == SHA_1 ? H1[i] : kind == SHA_224 ? H224[i] : (uint32_t)(H512[i] >> 32);
  }
  /* 5.1: a one bit, zeros, and the length in bits at the end of the last block */
  memcpy(tail, data + length - rest, rest);
  tail[rest] = 0x80;
  size_t tailBytes = rest + 1 + lengthBytes <= blockBytes ? blockBytes : 2 * blockBytes;
  for (int i = 0; i < 8; i++) tail[tailBytes - 1 - i] = (uint8_t)((uint64_t)length * 8 >> 8 * i);
  size_t blocks = length / blockBytes, all = blocks + tailBytes / blockBytes;
  for (size_t i = 0; i < all; i++) {
    const uint8_t *block = i < blocks ? data + i * blockBytes : tail + (i - blocks) * blockBytes;
    if (wide) block512(h64, block);
    else if (kind == SHA_1) block1(h32, block);
    else block256(h32, block);
  }
  for (size_t i = 0; i < digestBytes[kind]; i++)
    out[i] = (uint8_t)(wide ? h64[i / 8] >> (56 - 8 * (i % 8)) : h32[i / 4] >> (24 - 8 * (i % 4)));
  return digestBytes[kind];
}
