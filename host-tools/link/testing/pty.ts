/**
 * A pseudo-terminal for tests, without a native module: `script` (util-linux, essential on Debian) makes one and joins
 * its master side to its own stdin and stdout; what runs inside only makes the slave raw and says its name.
 */
import { spawn } from "node:child_process";
import type { ByteStream } from "../byte-stream.ts";
import { childStream } from "../socket-stream.ts";
import { collect } from "../wait-for.ts";

export interface Pty {
  /** What a serial program opens ("/dev/pts/7"). */
  path: string;
  /** The other end of the line. Closing it hangs the line up. */
  far: ByteStream;
}

/** True where `openPty` works. */
export const hasPty = process.platform === "linux";

/** Makes a pseudo-terminal; close `far` when done. */
export async function openPty(): Promise<Pty> {
  const child = spawn("script", ["-q", "-f", "-e", "-c", "stty raw -echo; tty; exec sleep 600", "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
  const far = childStream(child, "pty");
  const said = await collect(far, () => Promise.resolve(), (s) => /\/dev\/pts\/\d+\r?\n/.test(s), 30_000);
  const path = /\/dev\/pts\/\d+/.exec(said)?.[0];
  if (path === undefined) throw new Error(`script gave no pseudo-terminal: ${said}`);
  return { path, far };
}
