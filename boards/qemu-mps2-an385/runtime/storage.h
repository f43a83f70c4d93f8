/* storage.h - Espruino's Storage: a flat log of named files in flash.
 *
 * On flash a file is a 32-byte header and its bytes, padded to 4. The header's first word is the
 * size in 24 bits and the flags above it; the other 28 bytes are the name, padded with zeros.
 * Erasing zeroes the first four bytes of the name, the space comes back by compaction. */
#pragma once
#include "flash.h"
#include <stddef.h>

#define STORAGE_NAME_LENGTH 28u
enum { STORAGE_PLAIN = 0, STORAGE_CHUNK = 64 /* part of a StorageFile */, STORAGE_IMAGE = 128 };

typedef struct { char c[STORAGE_NAME_LENGTH]; } StorageName;

typedef struct {
  uint32_t size; /* bytes | flags << 24 */
  StorageName name;
} StorageHeader;

typedef struct {
  uint32_t total, free, fileBytes, fileCount, trashBytes, trashCount;
  uint32_t firstTrashPage; /* compaction starts here; 0: there is no trash */
} StorageStats;

/* A walk over the headers, live and erased. Start with { 0 }. */
typedef struct {
  uint32_t addr; /* of the header; its data follow after sizeof(StorageHeader) */
  StorageHeader header;
} StorageWalk;

static inline uint32_t storageSize(const StorageHeader *h) { return h->size & 0xffffffu; }
static inline uint32_t storageFlags(const StorageHeader *h) { return h->size >> 24; }

/* Cuts the name to 28 bytes without a word, and a drive ("C:") off it, as Espruino does. */
StorageName storageName(const void *bytes, uint32_t length);
uint32_t storageNameLength(const StorageName *name);
/* Goes to the next header. False: that was the last one. */
bool storageNext(StorageWalk *walk);
/* Is this a file that list() shows and compaction keeps? */
bool storageIsLive(const StorageHeader *header);
/* Address of the first file of that name, 0 when there is none: the data's, not the header's. */
uint32_t storageLookup(StorageName name, StorageHeader *header);
/* The same for C callers: content of a file, in place. False: no such file. */
bool storageFind(const char *name, const uint8_t **content, size_t *length);
/* Writes as Espruino's Storage.write: size 0 means `length`. NULL, or the text of the error. */
const char *storagePut(StorageName name, const void *data, uint32_t length, uint32_t flags,
                       uint32_t offset, uint32_t size);
bool storageErase(StorageName name);
void storageEraseAll(void);
/* Squeezes erased files out. False: there was nothing to gain. A power cut while it runs can
 * lose files: see storage.c. */
bool storageCompact(void);
StorageStats storageStats(void);
/* False when the headers make no sense (Espruino then erases all of Storage at start-up). */
bool storageIsValid(void);
/* Supplied by the board: compaction begins (true) or has ended (false). */
void storageCompacting(bool running);
