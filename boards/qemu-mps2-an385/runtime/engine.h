/*
 * engine.h: how engine.c starts the machine, for main.c alone.
 */
#ifndef GENESIS_ENGINE_H
#define GENESIS_ENGINE_H

typedef enum {
  BOOT_FULL,  /* power-on and load(): boot files and boot code */
  BOOT_RESET, /* reset(): only .bootrst */
  BOOT_FILE,  /* load("name") */
  BOOT_SAFE   /* the last boot ran out of memory at once: nothing, so that the console can be used */
} BootMode;

#define BOOT_FAIL_US 5000000u

void engineRun(void) __attribute__((noreturn));

#endif
