/* js_storage.c - require("Storage") for JavaScript, over storage.c.
 *
 * Errors and results are Espruino's, word for word. What is easier said in JavaScript (patterns,
 * JSON, StorageFile) is in storage.js, over the native.* functions. */
#include "runtime.h"
#include "storage.h"

void storageCompacting(bool running) {
  if (running) consoleWrite("Compacting... ", 14);
  else consoleWrite("\n", 1);
}

static StorageName nameOf(xsMachine *the, xsSlot value) {
  JsBytes bytes = jsToBytes(the, value);
  StorageName name = storageName(bytes.at, (uint32_t)bytes.length);
  free(bytes.at);
  return name;
}

#define NAME_ARG (ARGC ? nameOf(the, xsArg(0)) : storageName("undefined", 9))
#define INT_ARG(i) (HAS_ARG(i) ? xsToInteger(xsArg(i)) : 0)

/* Reads [offset, offset+length) of a file, clipped to the file; length <= 0: up to the end. */
JS_FUNCTION("modules.Storage.read", storage_read, 3) {
  StorageHeader h;
  uint32_t addr = storageLookup(NAME_ARG, &h);
  if (!addr) return;
  int size = (int)storageSize(&h), offset = INT_ARG(1), length = INT_ARG(2);
  if (offset < 0) offset = 0;
  if (offset > size) offset = size;
  if (length <= 0 || length > size - offset) length = size - offset;
  jsSetBytes(the, &xsResult, flashAt(addr + (uint32_t)offset, (uint32_t)length), (size_t)length);
}

JS_FUNCTION("modules.Storage.readArrayBuffer", storage_readArrayBuffer, 1) {
  StorageHeader h;
  uint32_t addr = storageLookup(NAME_ARG, &h);
  if (addr) xsResult = xsArrayBuffer((void *)flashAt(addr, storageSize(&h)), (xsIntegerValue)storageSize(&h));
}

/* native.storageWrite(name, data, offset, size, flags) */
JS_FUNCTION("native.storageWrite", storage_write, 5) {
  StorageName name = NAME_ARG;
  int offset = INT_ARG(2), size = INT_ARG(3), flags = INT_ARG(4);
  xsResult = xsFalse;
  if (offset < 0 || size < 0) return;
  if (!HAS_ARG(1)) xsUnknownError("Can't get pointer to data to write");
  JsBytes data = jsToBytes(the, xsArg(1));
  const char *error = storagePut(name, data.at, (uint32_t)data.length, (uint32_t)flags, (uint32_t)offset, (uint32_t)size);
  free(data.at);
  if (error) xsUnknownError("%s", error);
  xsResult = xsTrue;
}

JS_FUNCTION("modules.Storage.erase", storage_erase, 1) { storageErase(NAME_ARG); }
JS_FUNCTION("modules.Storage.eraseAll", storage_eraseAll, 0) { storageEraseAll(); }
JS_FUNCTION("modules.Storage.compact", storage_compact, 1) { storageCompact(); }
/* Espruino's lookup table for thousands of files in external flash: not needed here, nor on most boards. */
JS_FUNCTION("modules.Storage.optimise", storage_optimise, 0) {}
JS_FUNCTION("modules.Storage.getFree", storage_getFree, 1) { xsResult = xsInteger((int32_t)storageStats().free); }

JS_FUNCTION("modules.Storage.getStats", storage_getStats, 1) {
  StorageStats s = storageStats();
  xsResult = xsNewObject();
  xsSet(xsResult, xsID("totalBytes"), xsInteger((int32_t)s.total));
  xsSet(xsResult, xsID("freeBytes"), xsInteger((int32_t)s.free));
  xsSet(xsResult, xsID("fileBytes"), xsInteger((int32_t)s.fileBytes));
  xsSet(xsResult, xsID("fileCount"), xsInteger((int32_t)s.fileCount));
  xsSet(xsResult, xsID("trashBytes"), xsInteger((int32_t)s.trashBytes));
  xsSet(xsResult, xsID("trashCount"), xsInteger((int32_t)s.trashCount));
}

/* native.storageFiles(): [name, flags, address of header] of every live file, in one flat array. */
JS_FUNCTION("native.storageFiles", storage_files, 0) {
  StorageWalk w = {0};
  int at = 0;
  xsVars(1);
  xsResult = xsNewArray(0);
  while (storageNext(&w)) {
    if (!storageIsLive(&w.header)) continue;
    jsSetBytes(the, &xsVar(0), w.header.name.c, storageNameLength(&w.header.name));
    xsSetIndex(xsResult, at++, xsVar(0));
    xsSetIndex(xsResult, at++, xsInteger((int32_t)storageFlags(&w.header)));
    xsSetIndex(xsResult, at++, xsInteger((int32_t)w.addr));
  }
}

/* native.storageFind(name): [address of its bytes, size], undefined when there is no such file */
JS_FUNCTION("native.storageFind", storage_find, 1) {
  StorageHeader h;
  uint32_t addr = storageLookup(NAME_ARG, &h);
  if (!addr) return;
  xsResult = xsNewArray(0);
  xsSetIndex(xsResult, 0, xsInteger((int32_t)addr));
  xsSetIndex(xsResult, 1, xsInteger((int32_t)storageSize(&h)));
}

void storageCheck(void) {
  if (storageIsValid()) return;
  consolePrintf("Storage is corrupt.\nErasing Storage Area...\n");
  storageEraseAll();
  consolePrintf("Erase complete.\n");
}
