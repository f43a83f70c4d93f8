/* flash.c - emulated NOR flash: pages erase to 0xff, programming only clears bits.
 *
 * Every word goes to memory on its own and in ascending order, so that killing QEMU in the middle
 * of an operation leaves what a power cut leaves on a chip: a torn page. The host can also arm a
 * cut at an exact operation (HARDWARE-CHANNEL.md), which makes such tests exhaustive.
 * Semantics as in the S25FL data sheet (Infineon 001-98282, "Program"/"Erase"): 1 -> 0 by
 * program, all ones by erase; the write granularity is the 32-bit word that Espruino expects. */
#include "flash.h"
#include <string.h>

#define MAGIC 0x314e4547u /* "GEN1", little-endian */

typedef struct {
  uint32_t magic;
  uint32_t operations;
  uint32_t cutAt; /* value of `operations` at which the power fails */
  uint32_t cutHow;
  uint32_t tornWords;
} FlashControl;

static volatile uint32_t *cells;
static volatile FlashControl *control;

void flashInit(uint8_t *window) {
  cells = (volatile uint32_t *)window;
  control = (volatile FlashControl *)(window + FLASH_SIZE);
  if (control->magic == MAGIC) return;
  /* A new file is zeros. Anything else is an image that the host has put there: it stays. The first
   * word is set last, so that a chip half made is made again. */
  if (cells[0] == 0)
    for (uint32_t i = FLASH_SIZE / 4; i--;) cells[i] = 0xffffffffu;
  control->operations = control->cutAt = control->cutHow = control->tornWords = 0;
  control->magic = MAGIC;
}

const uint8_t *flashAt(uint32_t addr, uint32_t length) {
  if (addr < FLASH_BASE || addr > FLASH_END || length > FLASH_END - addr) return NULL;
  return (const uint8_t *)cells + (addr - FLASH_BASE);
}

uint32_t flashPageOf(uint32_t addr) {
  return addr >= FLASH_BASE && addr < FLASH_END ? addr - (addr - FLASH_BASE) % FLASH_PAGE : 0;
}

/* Counts an operation of `words` words; says how many of them to do before the power goes. */
static uint32_t beginOperation(uint32_t words) {
  control->operations++;
  if (control->cutHow == CUT_NONE || control->operations != control->cutAt) return words;
  if (control->cutHow == CUT_BEFORE) return 0;
  if (control->cutHow == CUT_AFTER) return words;
  uint32_t torn = control->tornWords ? control->tornWords : words / 2;
  return torn < words ? torn : words;
}

static void endOperation(void) {
  if (control->cutHow == CUT_NONE || control->operations != control->cutAt) return;
  control->cutHow = CUT_NONE;
  boardPowerCut();
}

bool flashErasePage(uint32_t addr) {
  uint32_t page = flashPageOf(addr);
  if (!page) return false;
  volatile uint32_t *cell = cells + (page - FLASH_BASE) / 4;
  uint32_t count = beginOperation(FLASH_PAGE / 4);
  while (count--) *cell++ = 0xffffffffu;
  endOperation();
  return true;
}

bool flashErase(uint32_t addr, uint32_t length) {
  if (!flashAt(addr, length)) return false;
  for (uint32_t page = flashPageOf(addr); page && page < addr + length; page += FLASH_PAGE)
    flashErasePage(page);
  return true;
}

bool flashWrite(uint32_t addr, const void *data, uint32_t length) {
  const uint8_t *from = data;
  if (!flashAt(addr, length)) return false;
  if (!length) return true;
  uint32_t offset = addr - FLASH_BASE, end = offset + length;
  uint32_t count = beginOperation((end + 3) / 4 - offset / 4);
  for (uint32_t word = offset / 4; count--; word++) {
    uint32_t bits = 0xffffffffu; /* bytes outside the range are programmed as 0xff: unchanged */
    for (uint32_t at = word * 4; at < word * 4 + 4; at++)
      if (at >= offset && at < end) ((uint8_t *)&bits)[at & 3] = from[at - offset];
    cells[word] &= bits;
  }
  endOperation();
  return true;
}

bool flashIsErased(uint32_t addr, uint32_t length) {
  const uint8_t *at = flashAt(addr, length);
  if (!at) return false;
  while (length--)
    if (*at++ != 0xff) return false;
  return true;
}

uint32_t flashOperations(void) { return control->operations; }

void flashArmCut(uint32_t n, FlashCut how, uint32_t tornWords) {
  control->cutHow = CUT_NONE; /* never armed with half of the new values */
  control->cutAt = control->operations + n;
  control->tornWords = tornWords;
  control->cutHow = n ? how : CUT_NONE;
}

uint32_t flashArmed(void) { return control->cutHow == CUT_NONE ? 0 : control->cutAt - control->operations; }
