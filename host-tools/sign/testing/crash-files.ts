/**
 * Files in memory that know what a power cut may leave of them, and cut it at a chosen operation.
 *
 * Idea: a file's content and a folder's names each have what is on disk (synced) and what programs see. After a cut each of them is one or the other, or, for content, a
 * part of the new; which one, `choose` says. Worse than real file systems: renames of different names may survive apart from each other.
 */
import path from "node:path";
import type { DurableFiles } from "../durable-files.ts";

interface Inode {
  disk: Buffer | undefined;
  seen: Buffer;
}

/** The cut, or the failure that was asked for. */
export class Cut extends Error {}

/** What of an unsynced thing survives: the old, the new, or half of the new content. */
export type Choose = () => "old" | "new" | "half";

export class CrashFiles implements DurableFiles {
  #disk = new Map<string, Inode>();
  #seen = new Map<string, Inode>();
  /** Operations so far that change anything. */
  operations = 0;
  /** The operation that is cut (from 1), and whether it still happens. */
  cutAt = 0;
  isAfter = false;
  /** Called before each operation. */
  onOperation: ((name: string) => void) | undefined;

  read(file: string): Buffer | undefined {
    const inode = this.#seen.get(file);
    return inode === undefined ? undefined : Buffer.from(inode.seen);
  }
  list(folder: string): string[] {
    return [...this.#seen.keys()].filter((file) => path.dirname(file) === folder).map((file) => path.basename(file));
  }
  write(file: string, content: Uint8Array): void {
    this.#step("write", () => this.#seen.set(file, { disk: undefined, seen: Buffer.from(content) }));
  }
  sync(file: string): void {
    this.#step("sync", () => {
      const inode = this.#inode(file);
      inode.disk = inode.seen;
    });
  }
  rename(from: string, to: string): void {
    this.#step("rename", () => {
      this.#seen.set(to, this.#inode(from));
      this.#seen.delete(from);
    });
  }
  link(from: string, to: string): boolean {
    const isFree = !this.#seen.has(to);
    this.#step("link", () => {
      if (isFree) this.#seen.set(to, this.#inode(from));
    });
    return isFree;
  }
  remove(file: string): void {
    this.#step("remove", () => this.#seen.delete(file));
  }
  syncFolder(folder: string): void {
    this.#step("syncFolder", () => {
      for (const file of new Set([...this.#seen.keys(), ...this.#disk.keys()])) {
        if (path.dirname(file) !== folder) continue;
        const inode = this.#seen.get(file);
        if (inode === undefined) this.#disk.delete(file);
        else this.#disk.set(file, inode);
      }
    });
  }
  makeFolder(): void {
    // Folders are where their files are.
  }

  /** The files after the cut. */
  restart(choose: Choose): CrashFiles {
    const after = new CrashFiles();
    for (const file of new Set([...this.#seen.keys(), ...this.#disk.keys()])) {
      const seen = this.#seen.get(file);
      const disk = this.#disk.get(file);
      const inode = seen === disk || choose() !== "old" ? seen : disk;
      if (inode === undefined) continue;
      let content = inode.disk ?? Buffer.alloc(0);
      if (inode.disk !== inode.seen) {
        const choice = choose();
        content = choice === "old" ? content : choice === "new" ? inode.seen : inode.seen.subarray(0, inode.seen.length >> 1);
      }
      const kept: Inode = { disk: content, seen: content };
      after.#seen.set(file, kept);
      after.#disk.set(file, kept);
    }
    return after;
  }

  /** What programs see, as if all were synced. */
  copy(): CrashFiles {
    return this.restart(() => "new");
  }

  /** For tests: another content, on disk at once; undefined removes the file. */
  put(file: string, content: Buffer | undefined): void {
    const inode = { disk: content, seen: content ?? Buffer.alloc(0) };
    for (const names of [this.#seen, this.#disk]) {
      if (content === undefined) names.delete(file);
      else names.set(file, inode);
    }
  }

  /** For tests: all files. */
  names(): string[] {
    return [...this.#seen.keys()];
  }

  #inode(file: string): Inode {
    const inode = this.#seen.get(file);
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: ${file}`), { code: "ENOENT" });
    return inode;
  }
  #step(name: string, change: () => void): void {
    this.onOperation?.(name);
    const isCut = ++this.operations === this.cutAt;
    if (isCut && !this.isAfter) throw new Cut(`${name} ${this.operations}`);
    change();
    if (isCut) throw new Cut(`${name} ${this.operations}`);
  }
}
