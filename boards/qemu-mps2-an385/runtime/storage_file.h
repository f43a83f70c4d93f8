/* storage_file.h - Espruino's StorageFile: an append-only log kept as numbered Storage files
 * ("log\1", "log\2" ...), each STORAGE_FILE_CHUNK bytes. The first 0xff byte is its end. */
#ifndef STORAGE_FILE_H
#define STORAGE_FILE_H
#include "storage.h"

#define STORAGE_FILE_CHUNK ((FLASH_PAGE < 4096u ? FLASH_PAGE : 4096u) - (uint32_t)sizeof(StorageHeader))

/* What a JavaScript StorageFile object holds in properties of the same names. */
typedef struct {
  StorageName name;
  uint32_t chunk, offset; /* next byte to read or append */
  char mode;              /* 'r', 'w', 'a', or 0 after erase and after a failed append */
} StorageFile;

/* Opens; 'w' erases what was there, 'a' goes to the end. */
void storageFileOpen(StorageFile *file, StorageName name, char mode);
/* NULL, or the text of the error. */
const char *storageFileAppend(StorageFile *file, const uint8_t *data, uint32_t length);
/* Reads at most `max` bytes, with `line` only up to and including '\n'; `out` may be NULL.
 * Returns how many; 0 at the end. */
uint32_t storageFileRead(StorageFile *file, uint8_t *out, uint32_t max, bool line);
uint32_t storageFileLength(const StorageFile *file);
void storageFileErase(StorageFile *file);
#endif
