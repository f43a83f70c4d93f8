/*
 * main.c: brings the devices up in order and hands over to the JavaScript engine.
 */
#include "flash.h"
#include "runtime.h"

int main(void) {
  resetInit();
  timerInit();
  uartInit();
  flashInit((uint8_t *)FLASH_BASE);
  __asm__ volatile("cpsie i" ::: "memory");
  storageCheck();
  engineRun();
}
