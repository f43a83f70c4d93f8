/* flash.h - emulated NOR flash in the board's battery-like PSRAM window.
 *
 * Addresses are real memory addresses, as on Espruino boards with memory-mapped flash: the first
 * FLASH_SIZE bytes of the 16 MB window are flash, Storage fills the end of it. Behind the flash
 * lies a control page that JavaScript cannot reach: operation counter and armed power cut. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* board.ts says the same; tests on the host bring their own geometry. */
#ifndef FLASH_BASE
#define FLASH_BASE 0x21000000u /* PSRAM of the MPS2, backed by a host file: it survives restart and kill -9 */
#define FLASH_SIZE 0x00100000u /* 1 MB of it is the emulated NOR flash */
#define FLASH_PAGE 4096u
#define STORAGE_LENGTH 0x80000u
#endif
#define FLASH_END (FLASH_BASE + FLASH_SIZE)
#define STORAGE_START (FLASH_END - STORAGE_LENGTH)

typedef enum { CUT_NONE, CUT_BEFORE, CUT_TORN, CUT_AFTER } FlashCut;

/* Comes first. Uses `window` (FLASH_SIZE bytes and one page; on the board the memory at FLASH_BASE) as the
 * chip; erases it when it is new (zeros). */
void flashInit(uint8_t *window);
/* Memory-mapped view of the byte at `addr`; NULL when [addr, addr+length) is not all flash. */
const uint8_t *flashAt(uint32_t addr, uint32_t length);
/* Start of the page around `addr`, 0 when there is none. Every page has FLASH_PAGE bytes. */
uint32_t flashPageOf(uint32_t addr);
/* Erases the page around `addr` to 0xff. False: no such page. */
bool flashErasePage(uint32_t addr);
/* Erases the pages that overlap [addr, addr+length). */
bool flashErase(uint32_t addr, uint32_t length);
/* Programs: bits go from 1 to 0 only. Any alignment; words are done in ascending order. */
bool flashWrite(uint32_t addr, const void *data, uint32_t length);
bool flashIsErased(uint32_t addr, uint32_t length);

/* Erase and program operations since the chip was made; survives resets. */
uint32_t flashOperations(void);
/* Cuts the power at the n-th operation from now (1 = the next): before it, after its first
 * `tornWords` words (0 = half of them), or right after it. n = 0 disarms. Survives resets. */
void flashArmCut(uint32_t n, FlashCut how, uint32_t tornWords);
/* Operations left until the armed cut; 0 when none is armed. */
uint32_t flashArmed(void);
/* Supplied by the board: stop dead; the next start reports a power-on reset. Never returns. */
void boardPowerCut(void) __attribute__((noreturn));
