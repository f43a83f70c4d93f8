/* storage_file.c - Espruino's StorageFile (append logs in Storage); see storage_file.h. */
#include "storage_file.h"
#include <string.h>

#define LAST_CHUNK 255u

/* The chunk's number is the character after the name; a name of 28 loses its last one. */
static StorageName chunkName(const StorageFile *f, uint32_t chunk) {
  StorageName name = f->name;
  uint32_t at = storageNameLength(&name);
  name.c[at < sizeof name.c ? at : sizeof name.c - 1] = (char)chunk;
  return name;
}

/* Bytes of a chunk in place, NULL when there is no such chunk. */
static const uint8_t *chunkBytes(const StorageFile *f, uint32_t chunk, uint32_t *addr, uint32_t *size) {
  StorageHeader h;
  *addr = storageLookup(chunkName(f, chunk), &h);
  *size = *addr ? storageSize(&h) : 0;
  return *addr ? flashAt(*addr, *size) : NULL;
}

/* Sets chunk and offset to the end of the log; returns the log's length. */
static uint32_t seekEnd(StorageFile *f) {
  uint32_t addr, size, length = 0;
  const uint8_t *bytes;
  f->chunk = 1;
  f->offset = 0;
  while ((bytes = chunkBytes(f, f->chunk, &addr, &size)) && bytes[size - 1] != 0xff && f->chunk < LAST_CHUNK) {
    length += size;
    f->chunk++;
  }
  while (bytes && f->offset < size && bytes[f->offset] != 0xff) f->offset++;
  return length + f->offset;
}

void storageFileOpen(StorageFile *f, StorageName name, char mode) {
  f->name = name;
  f->chunk = 1;
  f->offset = 0;
  if (mode == 'w' && storageLookup(chunkName(f, 1), NULL)) storageFileErase(f);
  if (mode == 'a') seekEnd(f);
  f->mode = mode;
}

static const char *newChunk(StorageFile *f, uint32_t chunk, const uint8_t *data, uint32_t length) {
  const char *error = storagePut(chunkName(f, chunk), data, length, STORAGE_CHUNK, 0, STORAGE_FILE_CHUNK);
  if (error) {
    f->mode = 0; /* no more writing */
    return error;
  }
  f->chunk = chunk;
  f->offset = length;
  return NULL;
}

const char *storageFileAppend(StorageFile *f, const uint8_t *data, uint32_t length) {
  uint32_t addr, size;
  if (f->mode != 'w' && f->mode != 'a') return "Can't write in this mode";
  if (!length) return NULL;
  if (!chunkBytes(f, f->chunk, &addr, &size)) return newChunk(f, f->chunk, data, length);
  uint32_t room = size > f->offset ? size - f->offset : 0, part = length < room ? length : room;
  flashWrite(addr + f->offset, data, part);
  f->offset += part;
  if (length < room) return NULL;
  if (f->chunk == LAST_CHUNK) return "File too big!";
  return newChunk(f, f->chunk + 1, data + part, length - part);
}

uint32_t storageFileRead(StorageFile *f, uint8_t *out, uint32_t max, bool line) {
  uint32_t addr, size, count = 0;
  const uint8_t *bytes = chunkBytes(f, f->chunk, &addr, &size);
  while (bytes && count < max) {
    if (f->offset >= size) {
      f->offset = 0;
      if (f->chunk == LAST_CHUNK) break;
      bytes = chunkBytes(f, ++f->chunk, &addr, &size);
      continue;
    }
    uint8_t byte = bytes[f->offset];
    if (byte == 0xff) break;
    if (out) out[count] = byte;
    count++;
    f->offset++;
    if (line && byte == '\n') break;
  }
  return count;
}

uint32_t storageFileLength(const StorageFile *f) {
  StorageFile end = *f;
  return seekEnd(&end);
}

void storageFileErase(StorageFile *f) {
  for (uint32_t chunk = 1; chunk <= LAST_CHUNK && storageErase(chunkName(f, chunk)); chunk++) {}
  f->chunk = 1;
  f->offset = 0;
  f->mode = 0;
}
