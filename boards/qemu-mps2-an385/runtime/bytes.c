/*
 * bytes.c: byte strings between C and XS.
 *
 * Espruino's strings are bytes; here a byte string is a string of codes 0..255. XS keeps strings as CESU-8
 * (UTF-8, and NUL as C0 80), so codes from 128 up take two bytes inside the engine and are converted here.
 */
#include "runtime.h"

/* Decodes CESU-8 text to low bytes of its codes. Returns the number of codes; out may be NULL to count. */
static size_t decode(const uint8_t *text, uint8_t *out) {
  size_t count = 0;
  while (*text) {
    uint32_t code = *text++;
    if (code >= 0xE0) {
      code = (code & 0x0Fu) << 12 | (text[0] & 0x3Fu) << 6 | (text[1] & 0x3Fu);
      text += 2;
    } else if (code >= 0xC0) {
      code = (code & 0x1Fu) << 6 | (text[0] & 0x3Fu);
      text += 1;
    }
    if (out) out[count] = (uint8_t)code;
    count++;
  }
  return count;
}

static JsBytes allocate(xsMachine *the, size_t length) {
  JsBytes bytes = {malloc(length + 1), length};
  if (!bytes.at) xsRangeError("not enough memory for %d bytes", (int)length);
  bytes.at[length] = 0;
  return bytes;
}

const uint8_t *jsBuffer(xsMachine *the, txSlot *value, size_t *length) {
  if (value->kind != XS_REFERENCE_KIND) return NULL;
  txSlot *first = value->value.reference->next;
  if (!first || !(first->flag & XS_INTERNAL_FLAG)) return NULL;
  if (first->kind == XS_ARRAY_BUFFER_KIND) {
    *length = (size_t)first->next->value.bufferInfo.length;
    return (const uint8_t *)first->value.arrayBuffer.address;
  }
  txSlot *view = first->kind == XS_TYPED_ARRAY_KIND ? first->next : first;
  if (!view || view->kind != XS_DATA_VIEW_KIND) return NULL;
  txSlot *buffer = view->next;
  *length = (size_t)fxGetDataViewSize(the, view, buffer);
  return (const uint8_t *)buffer->value.reference->next->value.arrayBuffer.address + view->value.dataView.offset;
}

JsBytes jsToBytes(xsMachine *the, xsSlot value) {
  xsType type = xsTypeOf(value);
  size_t length;
  const uint8_t *memory = jsBuffer(the, &value, &length);
  if (memory) {
    JsBytes bytes = allocate(the, length); /* C's memory: what lies in the engine's stays where it is */
    memcpy(bytes.at, memory, length);
    return bytes;
  }
  if (type == xsStringType || type == xsStringXType) {
    const uint8_t *text = (const uint8_t *)xsToString(value);
    JsBytes bytes = allocate(the, decode(text, NULL));
    decode(text, bytes.at);
    return bytes;
  }
  if (type == xsIntegerType || type == xsNumberType) {
    JsBytes bytes = allocate(the, 1);
    *bytes.at = (uint8_t)xsToInteger(value);
    return bytes;
  }
  /* Arrays, {data, count}, and anything else Espruino flattens: the prelude makes one byte string of it. */
  return jsToBytes(the, xsCall1(jsNative(the), xsID("flatten"), value));
}

void jsSetBytes(xsMachine *the, xsSlot *slot, const void *bytes, size_t length) {
  const uint8_t *from = bytes;
  size_t size = length;
  for (size_t i = 0; i < length; i++) size += from[i] == 0 || from[i] >= 128;
  fxStringBuffer(the, slot, NULL, (txSize)size);
  uint8_t *to = (uint8_t *)slot->value.string;
  for (size_t i = 0; i < length; i++) {
    if (from[i] && from[i] < 128) {
      *to++ = from[i];
    } else {
      *to++ = (uint8_t)(0xC0u | from[i] >> 6);
      *to++ = (uint8_t)(0x80u | (from[i] & 0x3Fu));
    }
  }
  *to = 0;
}
