// Where processes of one user meet: a private folder for sockets and locks, and short, stable names in it.
import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** The folder (mode 700), made if need be: GENESIS_STATE_DIR, else the session's run-time folder, else one under the temporary folder. */
export function stateDir(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  const dir = env["GENESIS_STATE_DIR"] ?? (runtime !== undefined && runtime !== "" ? join(runtime, "genesis") : join(tmpdir(), `genesis-${userInfo().uid}`));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** A short name for a port, the same for every path that leads to it (socket paths must stay under 108 bytes). */
export function portKey(port: string): string {
  let real = port;
  try {
    real = realpathSync(port);
  } catch {
    // not a file: tcp:…, COM3, or gone just now
  }
  return createHash("sha256").update(real).digest("hex").slice(0, 16);
}
