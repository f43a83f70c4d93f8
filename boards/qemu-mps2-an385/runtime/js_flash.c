/* js_flash.c - require("Flash"): pages, reading and programming by address, as on Espruino. */
#include "runtime.h"
#include "flash.h"

void boardPowerCut(void) { boardReset(RESET_POWER_CUT); }

static void area(xsMachine *the, xsSlot *slot, uint32_t addr, uint32_t length) {
  *slot = xsNewObject();
  xsSet(*slot, xsID("addr"), xsInteger((int32_t)addr));
  xsSet(*slot, xsID("length"), xsInteger((int32_t)length));
}

JS_FUNCTION("modules.Flash.getPage", flash_getPage, 1) {
  uint32_t page = flashPageOf(ARGC ? (uint32_t)xsToInteger(xsArg(0)) : 0);
  if (page) area(the, &xsResult, page, FLASH_PAGE);
}

/* What neither the runtime nor Storage uses. */
JS_FUNCTION("modules.Flash.getFree", flash_getFree, 0) {
  xsVars(1);
  xsResult = xsNewArray(0);
  area(the, &xsVar(0), FLASH_BASE, STORAGE_START - FLASH_BASE);
  xsSetIndex(xsResult, 0, xsVar(0));
}

JS_FUNCTION("modules.Flash.erasePage", flash_erasePage, 1) {
  xsType type = ARGC ? xsTypeOf(xsArg(0)) : xsUndefinedType;
  if (type != xsIntegerType && type != xsNumberType) xsUnknownError("Address should be an integer");
  uint32_t addr = (uint32_t)xsToInteger(xsArg(0));
  if (!flashErasePage(addr)) xsRangeError("Flash: no page at 0x%x", (unsigned)addr);
}

JS_FUNCTION("modules.Flash.write", flash_write, 2) {
  if (!HAS_ARG(0)) xsUnknownError("Data is not defined");
  uint32_t addr = ARGC > 1 ? (uint32_t)xsToInteger(xsArg(1)) : 0;
  JsBytes data = jsToBytes(the, xsArg(0));
  bool inside = flashWrite(addr, data.at, (uint32_t)data.length);
  free(data.at);
  if (!inside) xsRangeError("Flash: %u bytes at 0x%x are not all flash", (unsigned)data.length, (unsigned)addr);
}

JS_FUNCTION("modules.Flash.read", flash_read, 2) {
  int length = ARGC ? xsToInteger(xsArg(0)) : 0;
  uint32_t addr = ARGC > 1 ? (uint32_t)xsToInteger(xsArg(1)) : 0;
  if (length <= 0) return;
  const uint8_t *at = flashAt(addr, (uint32_t)length);
  if (!at) xsRangeError("Flash: %d bytes at 0x%x are not all flash", length, (unsigned)addr);
  xsResult = xsArrayBuffer((void *)at, length);
  xsResult = xsNew1(xsGlobal, xsID("Uint8Array"), xsResult);
}
