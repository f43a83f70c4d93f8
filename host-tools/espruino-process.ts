// Starts Espruino for Linux as what it stands for: a machine with one core.
//
// Idea: an interrupt on a board runs to its end before the main loop goes on, and Espruino's queue of received bytes relies on it. On Linux the "interrupt" is a
// thread and `jshInterruptOff` is empty (targets/linux/jshardware.c, 2v29), so on two cores both ends change the queue at once: bytes are lost or garbled, and
// the assertion `len <= 64` in jsdevices.c ends the process. Kept on one core, the thread wakes up, does its few microseconds of work, and sleeps, like an interrupt.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";

/** The last core this process may use, as `taskset -c` wants it; undefined where that isn't known. */
function oneCore(): string | undefined {
  try {
    return /^Cpus_allowed_list:\s*(?:\S*[-,])?(\d+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
  } catch {
    return undefined;
  }
}

/** Starts `binary` in `folder`, where its flash is the file `espruino.flash`: stdin and stdout are its console. End it with SIGKILL; it catches gentler signals. */
export function spawnEspruino(binary: string, folder: string): ChildProcessByStdio<Writable, Readable, null> {
  const core = oneCore();
  const [program, ...args] = core === undefined ? [binary] : ["taskset", "-c", core, binary];
  return spawn(program, args, { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
}
