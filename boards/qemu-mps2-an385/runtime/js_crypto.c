/* js_crypto.c - require("crypto") digests, E.CRC32 and require("heatshrink") for JavaScript. */
#include "runtime.h"
#include "crc32.h"
#include "heatshrink.h"
#include "sha.h"
#include <stdlib.h>

static void digest(xsMachine *the, ShaKind kind) {
  size_t length;
  uint8_t out[SHA_MAX];
  if (!HAS_ARG(0)) return;
  uint8_t *data = jsToBytes(the, xsArg(0), &length);
  size_t count = sha(kind, data, length, out);
  free(data);
  xsResult = xsArrayBuffer(out, (xsIntegerValue)count);
}

static void crypto_SHA1(xsMachine *the) { digest(the, SHA_1); }
static void crypto_SHA224(xsMachine *the) { digest(the, SHA_224); }
static void crypto_SHA256(xsMachine *the) { digest(the, SHA_256); }
static void crypto_SHA384(xsMachine *the) { digest(the, SHA_384); }
static void crypto_SHA512(xsMachine *the) { digest(the, SHA_512); }

static void e_CRC32(xsMachine *the) {
  size_t length;
  if (!HAS_ARG(0)) return;
  uint8_t *data = jsToBytes(the, xsArg(0), &length);
  uint32_t crc = crc32(data, length);
  free(data);
  xsResult = xsNumber(crc);
}

/* Compressed data have at most 9 bits for a byte; how long decompressed ones get, only a first pass tells. */
static void transform(xsMachine *the, bool compress) {
  size_t length;
  if (!HAS_ARG(0)) xsTypeError("Expecting something iterable, got undefined");
  uint8_t *data = jsToBytes(the, xsArg(0), &length);
  size_t capacity = compress ? length + length / 8 + 1 : heatshrinkDecompress(data, length, NULL, 0);
  uint8_t *out = malloc(capacity + 1);
  size_t count = !out ? 0 : (compress ? heatshrinkCompress : heatshrinkDecompress)(data, length, out, capacity);
  free(data);
  if (!out) xsUnknownError("Not enough memory for result");
  xsResult = xsArrayBuffer(out, (xsIntegerValue)count);
  free(out);
}

static void heatshrink_compress(xsMachine *the) { transform(the, true); }
static void heatshrink_decompress(xsMachine *the) { transform(the, false); }

void cryptoDefine(xsMachine *the) {
  static const JsFunction functions[] = {
      {"modules.crypto.SHA1", crypto_SHA1, 1},     {"modules.crypto.SHA224", crypto_SHA224, 1},
      {"modules.crypto.SHA256", crypto_SHA256, 1}, {"modules.crypto.SHA384", crypto_SHA384, 1},
      {"modules.crypto.SHA512", crypto_SHA512, 1}, {"E.CRC32", e_CRC32, 1},
      {"modules.heatshrink.compress", heatshrink_compress, 1},
      {"modules.heatshrink.decompress", heatshrink_decompress, 1}};
  JS_DEFINE(the, functions);
}
