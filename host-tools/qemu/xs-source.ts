// Moddable XS, the JavaScript engine of the QEMU board: fetched by `npm pack`, checked against a pinned hash, unpacked.
// The engine is LGPL-3.0-or-later; nothing of it is committed or redistributed by this project (see the board's NOTICE).
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ToolError, findProgram, needProgram, run } from "./toolchain.ts";

export const XS_PACKAGE = "@agoric/xsnap@0.15.0";
export const XS_INTEGRITY = "sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==";
const TARBALL = "agoric-xsnap-0.15.0.tgz";

/** Whether the file is the pinned tarball. */
export function isPinnedTarball(file: string, integrity: string = XS_INTEGRITY): boolean {
  const [algorithm = "", digest] = [integrity.slice(0, integrity.indexOf("-")), integrity.slice(integrity.indexOf("-") + 1)];
  return createHash(algorithm).update(readFileSync(file)).digest("base64") === digest;
}

/**
 * Makes sure the engine's sources are in the cache and returns the folder that holds sources/, includes/, platforms/.
 * Only the first call needs the network. @throws ToolError when npm is missing, offline, or the hash differs.
 */
export async function fetchXs(cacheDir: string, onProgress: (message: string) => void): Promise<string> {
  const unpacked = path.join(cacheDir, "xs", createHash("sha256").update(XS_INTEGRITY).digest("hex").slice(0, 12));
  const folder = path.join(unpacked, "package", "moddable", "xs");
  if (existsSync(path.join(unpacked, "complete"))) return folder;
  mkdirSync(path.join(cacheDir, "xs"), { recursive: true });
  const tarball = path.join(cacheDir, "xs", TARBALL);
  if (!existsSync(tarball) || !isPinnedTarball(tarball)) {
    const npm = findProgram("npm");
    if (!npm) throw new ToolError("npm is not installed; it fetches the JavaScript engine's sources.", "install Node 20.19 or newer with npm");
    onProgress(`fetching ${XS_PACKAGE} (0.7 MB)`);
    rmSync(tarball, { force: true });
    await run(npm, ["pack", XS_PACKAGE, "--silent", "--ignore-scripts", "--pack-destination", path.dirname(tarball)], {
      cwd: path.dirname(tarball),
      next: "check the network connection, then run the same command again; a finished download is kept for offline use",
    });
  }
  if (!isPinnedTarball(tarball)) {
    rmSync(tarball, { force: true });
    throw new ToolError(
      `${XS_PACKAGE} is not the file this project was made with: its SHA-512 differs from the pinned one, so it was deleted unused.`,
      "check which npm registry or proxy is in use (npm config get registry) and try again",
    );
  }
  onProgress("unpacking the engine");
  const temporary = `${unpacked}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  await run(needProgram("tar"), ["-xzf", tarball, "-C", temporary, "package/moddable/xs"], { next: `delete ${tarball} and try again` });
  writeFileSync(path.join(temporary, "complete"), "");
  rmSync(unpacked, { recursive: true, force: true });
  renameSync(temporary, unpacked);
  return folder;
}
