/*
 * syscalls.c: the few operating-system calls newlib-nano wants: a heap, a clock, and refusals.
 * Standard: newlib manual, chapter "Syscalls".
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "runtime.h"

#define RESERVE_BYTES 4096
#undef errno
extern int errno;

extern uint8_t heapStart, heapEnd;
static uint8_t *heapBreak = &heapStart;

void *_sbrk(ptrdiff_t bytes) {
  if (heapBreak + bytes > &heapEnd) {
    errno = ENOMEM;
    return (void *)-1;
  }
  uint8_t *start = heapBreak;
  heapBreak += bytes;
  return start;
}

static void *reserve;

void runtimeReserve(void) {
  if (!reserve) reserve = malloc(RESERVE_BYTES);
}

/* The first failure gives the reserve back to the heap, so that whoever failed can say so. */
void *runtimeMalloc(size_t bytes) {
  void *memory = malloc(bytes);
  if (memory) return memory;
  free(reserve);
  reserve = NULL;
  return NULL;
}

int _gettimeofday(struct timeval *time, void *zone) {
  uint64_t now = (uint64_t)((int64_t)clockUs() + wallOffsetUs);
  time->tv_sec = (time_t)(now / 1000000u);
  time->tv_usec = (suseconds_t)(now % 1000000u);
  return 0;
}

/* XS's own reports go nowhere: the line they would be printed on belongs to the program. */
int _write(int file, const char *bytes, int length) { return length; }
void _exit(int code) { boardReset(RESET_CRASH); }
int _read(int file, char *bytes, int length) { return 0; }
int _close(int file) { return -1; }
int _lseek(int file, int offset, int from) { return 0; }
int _isatty(int file) { return 1; }
int _fstat(int file, struct stat *status) { return status->st_mode = S_IFCHR, 0; }
int _getpid(void) { return 1; }
int _kill(int process, int signal) { return -1; }
