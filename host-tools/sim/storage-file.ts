/**
 * Espruino's StorageFile: an append-only log kept as numbered Storage files ("log\1", "log\2" …). The first byte 0xff is its end.
 *
 * Kept for host tools and user programs; the system itself never uses it (creating files in Storage may compact, see espruino-storage.ts).
 */
import { nameBytes, plainName, rawName, storageFlags } from "./espruino-storage.ts";
import type { EspruinoStorage } from "./espruino-storage.ts";

const lastChunk = 255;

export class StorageFile {
  readonly name: string;
  /** Next byte to read or append. */
  chunk = 1;
  offset = 0;
  mode: "r" | "w" | "a" | undefined;
  readonly #storage: EspruinoStorage;

  /** Opens: `w` erases what was there, `a` goes to the end. */
  constructor(storage: EspruinoStorage, name: string, mode: "r" | "w" | "a") {
    this.#storage = storage;
    this.name = plainName(rawName(name));
    this.mode = mode;
    if (mode === "w" && storage.find(this.#chunkName(1))) this.erase();
    if (mode === "a") this.#seekEnd();
    this.mode = mode;
  }

  /** Appends. @throws Error with Espruino's words when it can't. */
  write(data: string): void {
    if (this.mode !== "w" && this.mode !== "a") throw new Error("Can't write in this mode");
    if (data === "") return;
    const entry = this.#storage.find(this.#chunkName(this.chunk));
    if (!entry) return this.#newChunk(this.chunk, data);
    const room = Math.max(0, entry.size - this.offset);
    const part = data.slice(0, room);
    this.#storage.flash.program(entry.address + 32 + this.offset, part);
    this.offset += part.length;
    if (data.length < room) return;
    if (this.chunk === lastChunk) throw new Error("File too big!");
    // A chunk filled to its last byte is followed by a new one at once, even by an empty one.
    this.#newChunk(this.chunk + 1, data.slice(room));
  }

  /** At most `length` bytes, undefined at the end. */
  read(length: number): string | undefined {
    return this.#take(length, false);
  }

  /** Up to and with the next line feed, undefined at the end. */
  readLine(): string | undefined {
    return this.#take(Number.MAX_SAFE_INTEGER, true);
  }

  getLength(): number {
    const { chunk, offset } = this;
    const length = this.#seekEnd();
    this.chunk = chunk;
    this.offset = offset;
    return length;
  }

  erase(): void {
    for (let chunk = 1; chunk <= lastChunk && this.#storage.erase(this.#chunkName(chunk)); chunk++);
    this.chunk = 1;
    this.offset = 0;
    this.mode = undefined;
  }

  /** The number is the character after the name; a name of 28 loses its last one. */
  #chunkName(chunk: number): string {
    return this.name.slice(0, nameBytes - 1) + String.fromCharCode(chunk);
  }

  #newChunk(chunk: number, data: string): void {
    const { pageBytes } = this.#storage.flash.geometry;
    try {
      this.#storage.write(this.#chunkName(chunk), data, 0, Math.min(pageBytes, 4096) - 32, storageFlags.chunk);
    } catch (error) {
      this.mode = undefined;
      throw error;
    }
    this.chunk = chunk;
    this.offset = data.length;
  }

  #take(max: number, isLine: boolean): string | undefined {
    let out = "";
    let content = this.#storage.read(this.#chunkName(this.chunk));
    while (content !== undefined && out.length < max) {
      if (this.offset >= content.length) {
        this.offset = 0;
        if (this.chunk === lastChunk) break;
        content = this.#storage.read(this.#chunkName(++this.chunk));
        continue;
      }
      const byte = content[this.offset]!;
      if (byte === "\xff") break;
      out += byte;
      this.offset++;
      if (isLine && byte === "\n") break;
    }
    return out === "" ? undefined : out;
  }

  /** Goes to the end; returns the length of the log. */
  #seekEnd(): number {
    let length = 0;
    this.chunk = 1;
    this.offset = 0;
    let content = this.#storage.read(this.#chunkName(1));
    while (content !== undefined && !content.endsWith("\xff") && this.chunk < lastChunk) {
      length += content.length;
      content = this.#storage.read(this.#chunkName(++this.chunk));
    }
    const end = content?.indexOf("\xff") ?? 0;
    this.offset = end < 0 ? content!.length : end;
    return length + this.offset;
  }
}
