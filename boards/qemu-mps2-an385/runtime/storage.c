/* storage.c - Espruino's Storage, with Espruino's format and Espruino's choices, so that a flash
 * image moves between this board and a real one. Written from the documented format and from
 * experiments with the interpreter (storage.test.ts compares whole flash images with it).
 *
 * What a power cut leaves: every operation but compaction only appends or zeroes one name, so a
 * cut costs at most the file being written (a tail of 0xff under its final name, or, when it
 * replaced an older one, neither). Compaction erases a page and writes it again while the data of
 * that page are only in RAM: a cut there loses what was in the page, and the walk ends there. */
#include "storage.h"
#include <string.h>

#define STORAGE_END (STORAGE_START + STORAGE_LENGTH)
#define HEADER ((uint32_t)sizeof(StorageHeader))

static uint32_t align(uint32_t n) { return (n + 3) & ~3u; }

/* Where the page after `addr` begins; 0 when that is outside of Storage. */
static uint32_t nextPage(uint32_t addr) {
  uint32_t page = flashPageOf(addr);
  if (page) page += FLASH_PAGE;
  return page < STORAGE_END ? page : 0;
}

static bool isErasedName(const StorageHeader *h) {
  uint32_t first;
  memcpy(&first, h->name.c, 4);
  return first == 0;
}

/* Loads the header at addr. False when there is none: erased flash, or a size that can't be. */
static bool load(uint32_t addr, StorageHeader *h) {
  const uint8_t *at = addr ? flashAt(addr, HEADER) : NULL;
  if (!at) return false;
  memcpy(h, at, HEADER);
  return h->size != 0xffffffffu && h->size != 0 && addr + HEADER + storageSize(h) <= STORAGE_END;
}

/* Moves to where the next header should be. Where there is none: with `skip`, tries the start of
 * the page after it (older firmwares left the rest of a page empty), else stays there. */
static bool step(StorageWalk *w, bool skip) {
  uint32_t next = align(w->addr + HEADER + storageSize(&w->header));
  w->addr = next + HEADER <= STORAGE_END ? next : 0;
  if (!w->addr) return false;
  if (load(w->addr, &w->header)) return true;
  if (!skip) return false;
  w->addr = nextPage(w->addr);
  return load(w->addr, &w->header);
}

bool storageNext(StorageWalk *w) {
  if (w->addr) return step(w, true);
  w->addr = STORAGE_START;
  return load(w->addr, &w->header);
}

bool storageIsLive(const StorageHeader *h) {
  uint32_t flags = storageFlags(h);
  return !isErasedName(h) && (flags == STORAGE_PLAIN || flags == STORAGE_CHUNK || flags == STORAGE_IMAGE);
}

StorageName storageName(const void *bytes, uint32_t length) {
  StorageName name;
  memset(&name, 0, sizeof name);
  memcpy(name.c, bytes, length < sizeof name ? length : sizeof name);
  if (name.c[1] == ':') {
    memmove(name.c, name.c + 2, sizeof name - 2);
    name.c[sizeof name - 2] = name.c[sizeof name - 1] = 0;
  }
  return name;
}

uint32_t storageNameLength(const StorageName *name) {
  uint32_t length = 0;
  while (length < sizeof name->c && name->c[length]) length++;
  return length;
}

uint32_t storageLookup(StorageName name, StorageHeader *header) {
  StorageWalk w = {0};
  while (storageNext(&w))
    if (memcmp(&w.header.name, &name, sizeof name) == 0) {
      if (header) *header = w.header;
      return w.addr + HEADER;
    }
  return 0;
}

bool storageFind(const char *name, const uint8_t **content, size_t *length) {
  StorageHeader h;
  uint32_t addr = storageLookup(storageName(name, (uint32_t)strlen(name)), &h);
  if (!addr) return false;
  *length = storageSize(&h);
  *content = flashAt(addr, storageSize(&h));
  return true;
}

StorageStats storageStats(void) {
  StorageStats s;
  StorageWalk w = {0};
  uint32_t end = STORAGE_START, unbrokenPage = STORAGE_START; /* no file crosses into it */
  memset(&s, 0, sizeof s);
  while (storageNext(&w)) {
    uint32_t bytes = align(storageSize(&w.header)) + HEADER;
    if (flashPageOf(w.addr) == w.addr) unbrokenPage = w.addr;
    end = w.addr + bytes;
    if (isErasedName(&w.header)) {
      s.trashBytes += bytes;
      s.trashCount++;
      if (!s.firstTrashPage) s.firstTrashPage = unbrokenPage;
    } else {
      s.fileBytes += bytes;
      s.fileCount++;
    }
  }
  s.total = STORAGE_LENGTH;
  s.free = STORAGE_END - end;
  return s;
}

/* The compacted bytes on their way into flash, a page at a time. */
typedef struct {
  uint32_t page; /* address of the page being collected */
  uint32_t used;
  uint8_t bytes[FLASH_PAGE];
} PageWriter;

static void flushPage(PageWriter *to) {
  flashErasePage(to->page);
  flashWrite(to->page, to->bytes, to->used);
  to->page += FLASH_PAGE;
  to->used = 0;
}

/* Live bytes only move towards the start, so a page that is collected whole has been read whole:
 * it can be overwritten. */
static void collect(PageWriter *to, const void *data, uint32_t length) {
  const uint8_t *from = data;
  while (length) {
    uint32_t part = FLASH_PAGE - to->used < length ? FLASH_PAGE - to->used : length;
    memcpy(to->bytes + to->used, from, part);
    to->used += part;
    from += part;
    length -= part;
    if (to->used == FLASH_PAGE) flushPage(to);
  }
}

bool storageCompact(void) {
  static PageWriter to;
  uint32_t first = storageStats().firstTrashPage;
  if (!first) return false;
  StorageWalk w = {.addr = first};
  storageCompacting(true);
  to.page = first;
  to.used = 0;
  if (load(w.addr, &w.header)) do {
    uint32_t size = align(storageSize(&w.header));
    if (!storageIsLive(&w.header)) continue;
    collect(&to, &w.header, HEADER);
    collect(&to, flashAt(w.addr + HEADER, size), size);
  } while (step(&w, true));
  if (to.used) flushPage(&to);
  uint32_t end = w.addr ? w.addr : STORAGE_END;
  if (end > to.page) flashErase(to.page, end - to.page);
  storageCompacting(false);
  return true;
}

/* Room for a file at addr: up to the next page, or up to the end when that page is empty. */
static uint32_t roomAt(uint32_t addr) {
  StorageHeader h;
  uint32_t page = flashPageOf(addr), end = page + FLASH_PAGE;
  if (!page) return 0;
  if (end < STORAGE_END && !load(end, &h)) end = STORAGE_END;
  return end - addr;
}

/* First place with `needed` free bytes, 0 if none; adds up free and erased bytes on the way. */
static uint32_t findRoom(uint32_t needed, uint32_t *gain) {
  StorageWalk w = {.addr = STORAGE_START};
  while (w.addr) {
    if (load(w.addr, &w.header)) do {
      if (isErasedName(&w.header)) *gain += storageSize(&w.header);
    } while (step(&w, false));
    uint32_t room = roomAt(w.addr);
    *gain += room;
    if (w.addr && room >= needed) return w.addr;
    w.addr = w.addr ? nextPage(w.addr) : 0;
  }
  return 0;
}

/* Writes a header where there is room, after a compaction if that helps. 0: Storage is full. */
static uint32_t create(StorageName name, uint32_t size, uint32_t flags, StorageHeader *header) {
  uint32_t needed = align(size) + HEADER, gain = 0;
  uint32_t addr = findRoom(needed, &gain);
  if (!addr && needed < gain && storageCompact()) addr = findRoom(needed, &gain);
  if (!addr) return 0;
  header->size = size | flags << 24;
  header->name = name;
  flashWrite(addr, header, HEADER);
  return addr + HEADER;
}

static void eraseAt(uint32_t addr) {
  static const uint8_t zeros[4];
  flashWrite(addr - sizeof(StorageName), zeros, sizeof zeros);
}

bool storageErase(StorageName name) {
  uint32_t addr = storageLookup(name, NULL);
  if (addr) eraseAt(addr);
  return addr != 0;
}

void storageEraseAll(void) { flashErase(STORAGE_START, STORAGE_LENGTH); }

const char *storagePut(StorageName name, const void *data, uint32_t length, uint32_t flags,
                       uint32_t offset, uint32_t size) {
  StorageHeader h;
  if (!size) size = length;
  if (!size) return "Can't create zero length file";
  uint32_t addr = storageLookup(name, &h);
  bool fits = addr && size == storageSize(&h) && flags == storageFlags(&h);
  if (offset == 0 && !(fits && flashIsErased(addr, size))) {
    if (fits && length == size && memcmp(flashAt(addr, size), data, size) == 0) return NULL;
    if (addr) eraseAt(addr);
    addr = create(name, size, flags, &h);
  }
  if (!addr) return "Unable to find or create file";
  if (offset + length > storageSize(&h)) return "Too much data for file size";
  if (!flashIsErased(addr + offset, length)) return "File already written with different data";
  flashWrite(addr + offset, data, length);
  return NULL;
}

bool storageIsValid(void) {
  StorageWalk w = {0};
  uint32_t end = STORAGE_START;
  while (storageNext(&w)) end = align(w.addr + HEADER + storageSize(&w.header));
  if (end == STORAGE_START) return flashIsErased(STORAGE_START, STORAGE_LENGTH);
  if (end + HEADER > STORAGE_END) return true; /* full */
  return flashIsErased(w.addr ? w.addr : end, HEADER);
}
