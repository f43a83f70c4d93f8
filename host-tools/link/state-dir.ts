// Where processes of one user meet: a private folder for sockets and locks, and short, stable names in it.
import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** Unix socket paths must stay under 108 bytes (sun_path, unix(7)); this much is left for the folder. */
const FOLDER_BYTES = 80;

/** The temporary folder, or /tmp where its own path is too long for sockets. */
export function socketTmpDir(): string {
  const dir = tmpdir();
  return dir.length > FOLDER_BYTES - 20 && process.platform !== "win32" ? "/tmp" : dir;
}

/**
 * The folder (mode 700), made if need be: GENESIS_STATE_DIR, else the session's run-time folder, else one under the temporary folder.
 * One whose path is too long for sockets is replaced by one under /tmp, the same for every process.
 */
export function stateDir(env: NodeJS.ProcessEnv = process.env): string {
  const user = `genesis-${userInfo().uid}`;
  const wanted = env["GENESIS_STATE_DIR"] || (env["XDG_RUNTIME_DIR"] ? join(env["XDG_RUNTIME_DIR"], "genesis") : join(socketTmpDir(), user));
  const dir = wanted.length <= FOLDER_BYTES ? wanted : join("/tmp", `${user}-${createHash("sha256").update(wanted).digest("hex").slice(0, 8)}`);
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
