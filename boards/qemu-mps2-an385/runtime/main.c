/*
 * main.c: brings the devices up in order and hands over to the JavaScript engine.
 */
#include "engine.h"
#include "runtime.h"

int main(void) {
  resetInit();
  timerInit();
  uartInit();
  __asm__ volatile("cpsie i" ::: "memory");
  consoleInit();
  engineRun();
}
