/**
 * One owner per port among our own processes: a lock file that names its holder.
 *
 * Idea: linking a finished file to the lock's name is atomic, so a lock that exists always names its holder. The lock of
 * a dead process is taken over by renaming it away, which only one of several takers can do. (The operating system's lock on a serial port keeps out other programs; sockets have none.)
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";

/** Tries to take the lock; returns a function that gives it back, or undefined when a living process holds it. */
export function tryLock(path: string): (() => void) | undefined {
  for (let attempt = 0; attempt < 3; attempt++) {
    const mine = `${path}.${process.pid}.new`;
    writeFileSync(mine, `${process.pid}\n`, { mode: 0o600 });
    try {
      linkSync(mine, path);
      return () => {
        if (holder(path) === process.pid) unlinkSync(path);
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      unlinkSync(mine);
    }
    const pid = holder(path);
    if (pid !== undefined && isAlive(pid)) return undefined;
    try {
      const aside = `${path}.${process.pid}.${attempt}`;
      renameSync(path, aside);
      // Between reading and renaming another taker may have put its own lock there: then give it back.
      const moved = holder(aside);
      if (moved !== undefined && moved !== pid && isAlive(moved)) renameSync(aside, path);
      else unlinkSync(aside);
    } catch {
      // somebody else was quicker
    }
  }
  return undefined;
}

/** The process named in a lock file; undefined when there is none or it can not be read. */
export function holder(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
