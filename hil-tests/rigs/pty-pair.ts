// Two pseudo-terminals joined back to back, by `socat`: a serial cable between two programs of this computer.
//
// Node can't make a pseudo-terminal. Only the opt-in Espruino tier needs this, so a missing socat is a message and nothing else fails.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { Failure } from "../../host-tools/cli/failure.ts";

export interface PtyPair {
  close(): Promise<void>;
}

/** Time for socat to make both ends, ms. */
const START_MS = 5000;

/**
 * Makes the symbolic links `one` and `other`, each a terminal in raw mode; what goes into one comes out of the other.
 * @throws Failure NO_SOCAT when there is no socat, or it can't make terminals.
 */
export async function openPtyPair(one: string, other: string): Promise<PtyPair> {
  const end = (path: string): string => `pty,raw,echo=0,link=${path}`;
  const child = spawn("socat", [end(one), end(other)], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<string>((resolve) => {
    let said = "";
    child.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString()));
    child.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ENOENT" ? "it is not installed" : error.message));
    child.once("exit", (code, signal) => resolve(said.trim() || `it ended with ${code ?? signal}`));
  });
  const deadlineMs = performance.now() + START_MS;
  while (!(existsSync(one) && existsSync(other))) {
    const why = await Promise.race([ended, pause(10)]);
    if (typeof why === "string" || performance.now() > deadlineMs) {
      await kill(child, ended);
      throw new Failure("NO_SOCAT", 1, `socat made no pair of terminals: ${typeof why === "string" ? why : "no answer"}`, "install it (apt-get install socat); real Espruino on Linux needs it, the rigs sim and qemu don't");
    }
  }
  // Held open here as well: a terminal that nobody has open reads as hung up, and the other end would be told so.
  const held = [one, other].map((path) => openSync(path, constants.O_RDWR | constants.O_NOCTTY));
  return {
    close: async () => {
      for (const descriptor of held) closeSync(descriptor);
      await kill(child, ended);
    },
  };
}

async function kill(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
