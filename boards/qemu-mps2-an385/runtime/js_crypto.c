/* js_crypto.c - require("crypto") digests, E.CRC32 and require("heatshrink") for JavaScript. */
#include "runtime.h"
#include "codecs.h"

static void digest(xsMachine *the, ShaKind kind) {
  uint8_t out[SHA_MAX];
  if (!HAS_ARG(0)) return;
  JsBytes data = jsToBytes(the, xsArg(0));
  size_t count = sha(kind, data.at, data.length, out);
  free(data.at);
  xsResult = xsArrayBuffer(out, (xsIntegerValue)count);
}

JS_FUNCTION("modules.crypto.SHA1", crypto_SHA1, 1) { digest(the, SHA_1); }
JS_FUNCTION("modules.crypto.SHA224", crypto_SHA224, 1) { digest(the, SHA_224); }
JS_FUNCTION("modules.crypto.SHA256", crypto_SHA256, 1) { digest(the, SHA_256); }
JS_FUNCTION("modules.crypto.SHA384", crypto_SHA384, 1) { digest(the, SHA_384); }
JS_FUNCTION("modules.crypto.SHA512", crypto_SHA512, 1) { digest(the, SHA_512); }

JS_FUNCTION("E.CRC32", e_CRC32, 1) {
  if (!HAS_ARG(0)) return;
  JsBytes data = jsToBytes(the, xsArg(0));
  xsResult = xsNumber(crc32(data.at, data.length));
  free(data.at);
}

/* Compressed data have at most 9 bits for a byte; how long decompressed ones get, only a first pass tells. */
static void transform(xsMachine *the, bool compress) {
  if (!HAS_ARG(0)) xsTypeError("Expecting something iterable, got undefined");
  JsBytes data = jsToBytes(the, xsArg(0));
  size_t capacity = compress ? data.length + data.length / 8 + 1 : heatshrinkDecompress(data.at, data.length, NULL, 0);
  uint8_t *out = malloc(capacity + 1);
  size_t count = !out ? 0 : (compress ? heatshrinkCompress : heatshrinkDecompress)(data.at, data.length, out, capacity);
  free(data.at);
  if (!out) xsUnknownError("Not enough memory for result");
  xsResult = xsArrayBuffer(out, (xsIntegerValue)count);
  free(out);
}

JS_FUNCTION("modules.heatshrink.compress", heatshrink_compress, 1) { transform(the, true); }
JS_FUNCTION("modules.heatshrink.decompress", heatshrink_decompress, 1) { transform(the, false); }
