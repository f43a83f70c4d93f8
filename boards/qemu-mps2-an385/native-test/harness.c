/* harness.c - drives the runtime's engine-independent C files on the host, one command a line.
 *
 * A cut in the flash "kills" the board: every command answers "dead" until "boot", exactly as a
 * tile is silent until it starts again. Byte strings are hexadecimal, "-" is the empty one. */
#include "../runtime/codecs.h"
#include "../runtime/storage.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE (4u << 20)

static uint8_t window[FLASH_SIZE + FLASH_PAGE] __attribute__((aligned(4096)));
static char line[LINE];
static jmp_buf cutJump;
static bool dead;

void boardPowerCut(void) {
  dead = true;
  longjmp(cutJump, 1);
}

void storageCompacting(bool running) { (void)running; }

typedef struct {
  uint8_t *bytes;
  uint32_t length;
} Bytes;

/* The next word of the line as bytes; memory is given back when the process ends. */
static Bytes takeBytes(void) {
  const char *word = strtok(NULL, " ");
  Bytes b = {calloc(1, LINE / 2), 0};
  if (!word || *word == '-') return b;
  for (unsigned value; sscanf(word, "%2x", &value) == 1; word += 2) b.bytes[b.length++] = (uint8_t)value;
  return b;
}

static uint32_t takeNumber(void) {
  const char *word = strtok(NULL, " ");
  return word ? (uint32_t)strtoul(word, NULL, 0) : 0;
}

static StorageName takeName(void) {
  Bytes b = takeBytes();
  StorageName name = storageName(b.bytes, b.length);
  free(b.bytes);
  return name;
}

static void putHex(const uint8_t *bytes, uint32_t length) {
  if (!length) putchar('-');
  while (length--) printf("%02x", *bytes++);
}

static void answer(const char *error) { puts(error ? error : "ok"); }

static void list(void) {
  StorageWalk w = {0};
  while (storageNext(&w))
    if (storageIsLive(&w.header)) {
      putHex((const uint8_t *)w.header.name.c, storageNameLength(&w.header.name));
      printf(":%u:%u ", storageFlags(&w.header), w.addr);
    }
  puts("");
}

/* Storage.hash() without a pattern, as prelude/storage.js reckons it: every plain file's place and name. */
static void hash(void) {
  StorageWalk w = {0};
  uint32_t value = 0xabcddcbau;
  while (storageNext(&w))
    if (storageIsLive(&w.header) && storageFlags(&w.header) != STORAGE_CHUNK) {
      uint32_t rolled = value << 1 | value >> 31;
      value = rolled ^ w.addr ^ crc32((const uint8_t *)w.header.name.c, storageNameLength(&w.header.name));
    }
  printf("%d\n", (int)value);
}

static void command(const char *verb) {
  StorageHeader h;
  static uint8_t big[LINE / 2];
  if (!strcmp(verb, "write")) {
    StorageName name = takeName();
    Bytes data = takeBytes();
    uint32_t offset = takeNumber(), size = takeNumber(), flags = takeNumber();
    const char *error = storagePut(name, data.bytes, data.length, flags, offset, size);
    free(data.bytes);
    answer(error);
  } else if (!strcmp(verb, "read")) {
    uint32_t addr = storageLookup(takeName(), &h);
    if (addr) putHex(flashAt(addr, storageSize(&h)), storageSize(&h));
    puts(addr ? "" : "none");
  } else if (!strcmp(verb, "erase")) puts(storageErase(takeName()) ? "ok" : "none");
  else if (!strcmp(verb, "eraseall")) storageEraseAll(), puts("ok");
  else if (!strcmp(verb, "compact")) puts(storageCompact() ? "ok" : "none");
  else if (!strcmp(verb, "list")) list();
  else if (!strcmp(verb, "hash")) hash();
  else if (!strcmp(verb, "crc")) {
    Bytes data = takeBytes();
    printf("%u\n", crc32(data.bytes, data.length));
    free(data.bytes);
  } else if (!strcmp(verb, "fresh")) {
    memset(window, 0, sizeof window);
    flashInit(window);
    puts("ok");
  }
  else if (!strcmp(verb, "valid")) puts(storageIsValid() ? "yes" : "no");
  else if (!strcmp(verb, "stats")) {
    StorageStats s = storageStats();
    printf("%u %u %u %u %u %u\n", s.total, s.free, s.fileBytes, s.fileCount, s.trashBytes, s.trashCount);
  } else if (!strcmp(verb, "find")) {
    uint32_t addr = storageLookup(takeName(), &h);
    if (addr) printf("%u %u\n", addr, storageSize(&h));
    else puts("none");
  }
  else if (!strcmp(verb, "flashwrite")) {
    uint32_t addr = takeNumber();
    Bytes data = takeBytes();
    puts(flashWrite(addr, data.bytes, data.length) ? "ok" : "outside");
  } else if (!strcmp(verb, "flasherase")) puts(flashErasePage(takeNumber()) ? "ok" : "outside");
  else if (!strcmp(verb, "flashread")) {
    uint32_t addr = takeNumber(), length = takeNumber();
    const uint8_t *at = flashAt(addr, length);
    if (at) putHex(at, length);
    puts(at ? "" : "outside");
  } else if (!strcmp(verb, "arm")) {
    uint32_t n = takeNumber(), how = takeNumber();
    flashArmCut(n, (FlashCut)how, takeNumber());
    puts("ok");
  } else if (!strcmp(verb, "operations")) printf("%u %u\n", flashOperations(), flashArmed());
  else if (!strcmp(verb, "image")) {
    FILE *f = fopen(strtok(NULL, " "), "wb");
    fwrite(window, 1, FLASH_SIZE, f);
    fclose(f);
    puts("ok");
  } else if (!strcmp(verb, "load")) {
    FILE *f = fopen(strtok(NULL, " "), "rb");
    puts(fread(window, 1, FLASH_SIZE, f) == FLASH_SIZE ? "ok" : "short");
    fclose(f);
  } else if (!strcmp(verb, "sha")) {
    ShaKind kind = (ShaKind)takeNumber();
    Bytes data = takeBytes();
    uint8_t digest[SHA_MAX];
    putHex(digest, (uint32_t)sha(kind, data.bytes, data.length, digest));
    free(data.bytes);
    puts("");
  } else if (!strcmp(verb, "compress") || !strcmp(verb, "decompress")) {
    Bytes data = takeBytes();
    size_t (*run)(const uint8_t *, size_t, uint8_t *, size_t) =
        *verb == 'c' ? heatshrinkCompress : heatshrinkDecompress;
    size_t count = run(data.bytes, data.length, NULL, 0);
    run(data.bytes, data.length, big, sizeof big);
    putHex(big, (uint32_t)count);
    free(data.bytes);
    puts("");
  } else puts("unknown command");
}

int main(void) {
  flashInit(window);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    const char *verb = strtok(line, " ");
    if (!verb) continue;
    if (!strcmp(verb, "boot")) {
      dead = false;
      flashInit(window);
      puts("ok");
    } else if (dead) puts("dead");
    else if (setjmp(cutJump)) puts("cut");
    else command(verb);
  }
  return 0;
}
