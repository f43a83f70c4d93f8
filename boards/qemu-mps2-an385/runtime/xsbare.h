/*
 * xsbare.h: the platform header XS asks for (XSPLATFORM), for bare metal with newlib.
 * Our own; not derived from the platform headers that come with the engine.
 */
#pragma once

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))
/* Fields of every machine: why it stopped, and whether promise jobs wait. The waiter fields are XS's own. */
#define mxMachinePlatform \
  int abortStatus;        \
  int promiseJobs;        \
  void *waiterCondition;  \
  void *waiterData;       \
  struct sxMachine *waiterLink;
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 0
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultCStackLimit 0
#define mxCESU8 1
#define C_PATH_MAX 128
/* malloc with a reserve (syscalls.c): XS's parser allocates the text of its out-of-memory error. */
#define c_malloc runtimeMalloc
void *runtimeMalloc(size_t bytes);
void runtimeReserve(void);
#define htonl(x) __builtin_bswap32(x)
#define ntohl(x) __builtin_bswap32(x)
