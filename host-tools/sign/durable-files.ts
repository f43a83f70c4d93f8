/**
 * Files that are there after a power cut, or are the ones before.
 *
 * Idea: write beside, fsync, rename or link, fsync the folder (POSIX makes rename and link atomic; only the two fsyncs make them last). The operations are an interface, so that tests
 * can cut the power between any two of them and keep any part of what was not synced.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

export interface DurableFiles {
  /** Content of a file; undefined when there is none. */
  read(file: string): Buffer | undefined;
  /** A new file with mode 0600 in the place of any that is there. Nothing is on disk yet. */
  write(file: string, content: Uint8Array): void;
  /** Content of the file to disk. */
  sync(file: string): void;
  rename(from: string, to: string): void;
  /** A second name for a file. False when there is a file of that name. */
  link(from: string, to: string): boolean;
  /** Removes a file, if it is there. */
  remove(file: string): void;
  /** Names in a folder, which may be missing. */
  list(folder: string): string[];
  /** Names in the folder to disk. */
  syncFolder(folder: string): void;
  /** A folder with mode 0700, with those above it, on disk. */
  makeFolder(folder: string): void;
}

/** Replaces a file: when it returns, the new content lasts; when it throws, either one is there. */
export function replaceFile(files: DurableFiles, file: string, content: Uint8Array): void {
  const beside = `${file}.new`;
  files.write(beside, content);
  files.sync(beside);
  files.rename(beside, file);
  files.syncFolder(path.dirname(file));
}

/** Makes a file that lasts, unless there is one of that name: of several who try, in whatever processes, one gets true. */
export function claimFile(files: DurableFiles, file: string, content: Uint8Array): boolean {
  const beside = `${file}.${randomBytes(8).toString("hex")}.new`;
  files.write(beside, content);
  files.sync(beside);
  const isMine = files.link(beside, file);
  files.remove(beside);
  files.syncFolder(path.dirname(file));
  return isMine;
}

/** The computer's own files. */
export const diskFiles: DurableFiles = {
  read: (file) => {
    try {
      return readFileSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
  write: (file, content) => {
    rmSync(file, { force: true });
    const descriptor = openSync(file, "wx", 0o600);
    try {
      for (let at = 0; at < content.length;) at += writeSync(descriptor, content, at);
    } finally {
      closeSync(descriptor);
    }
  },
  sync: (file) => syncDescriptor(openSync(file, "r+")),
  rename: (from, to) => renameSync(from, to),
  link: (from, to) => {
    try {
      linkSync(from, to);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  },
  remove: (file) => rmSync(file, { force: true }),
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  },
  syncFolder: (folder) => {
    // Windows can't open folders; its journal keeps the order of renames.
    if (process.platform !== "win32") syncDescriptor(openSync(folder, "r"));
  },
  makeFolder: (folder) => {
    const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.platform !== "win32") chmodSync(folder, 0o700);
    if (first === undefined) return;
    for (let made = path.resolve(folder); made.length >= path.resolve(first).length; made = path.dirname(made)) diskFiles.syncFolder(path.dirname(made));
  },
};

function syncDescriptor(descriptor: number): void {
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
