// SMP group 8, files, from the client's side: download, upload, length, hash. Standard: Zephyr SMP group 8.
import { LinkError, isLinkError } from "./link-errors.ts";
import type { SmpClient } from "./smp-client.ts";
import { upload } from "./smp-upload.ts";
import type { UploadOptions, UploadResult } from "./smp-upload.ts";

/** Length of a file in bytes. */
export async function fileLength(client: SmpClient, name: string): Promise<number> {
  const reply = await client.request({ group: 8, id: 1, op: "read", body: { name }, what: `status of ${name}` });
  return typeof reply["len"] === "number" ? reply["len"] : 0;
}

/** The file's hash as the tile computes it: a number for crc32, 32 bytes for sha256. */
export async function fileHash(client: SmpClient, name: string, type: "crc32" | "sha256", range: { off?: number; len?: number } = {}): Promise<{ output: number | Uint8Array; lengthBytes: number }> {
  const reply = await client.request({ group: 8, id: 2, op: "read", body: { name, type, ...range }, timeoutMs: 30_000, what: `hash of ${name}` });
  const { output, len } = reply;
  if (typeof output !== "number" && !(output instanceof Uint8Array)) throw new LinkError("BAD_REPLY", `the tile sent no hash for ${name}`, "update the tile's software");
  return { output, lengthBytes: typeof len === "number" ? len : 0 };
}

/**
 * Reads a whole file. `n` (a Genesis extension other servers ignore) asks for shorter pieces on a line that loses much.
 * Rejects with VERIFY_FAILED when the file changed length on the way.
 */
export async function downloadFile(client: SmpClient, name: string, options: { onProgress?: (sentBytes: number, totalBytes: number) => void; signal?: AbortSignal } = {}): Promise<Uint8Array> {
  let total: number | undefined;
  let at = 0;
  let pieceBytes: number | undefined;
  const parts: Uint8Array[] = [];
  for (;;) {
    const repeatedBefore = client.stats.repeated;
    let reply;
    try {
      reply = await client.request({ group: 8, id: 0, op: "read", body: { name, off: at, n: pieceBytes }, what: `reading ${name}`, tries: pieceBytes === undefined || pieceBytes > 64 ? 3 : 12, signal: options.signal });
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT") || (pieceBytes !== undefined && pieceBytes <= 64)) throw error;
      pieceBytes = Math.max(64, (pieceBytes ?? 512) >> 1);
      continue;
    }
    const { data, off, len } = reply;
    if (!(data instanceof Uint8Array) || off !== at) throw new LinkError("BAD_REPLY", `reading ${name}: the tile answered another offset than asked`, "run the command again");
    if (at === 0 && typeof len === "number") total = len;
    if (client.stats.repeated > repeatedBefore + 1) pieceBytes = Math.max(64, (pieceBytes ?? data.length) >> 1);
    parts.push(data);
    at += data.length;
    options.onProgress?.(at, total ?? at);
    if (data.length === 0 || (total !== undefined && at >= total)) break;
  }
  if (total !== undefined && at !== total) throw new LinkError("VERIFY_FAILED", `${name} should have ${total} bytes but ${at} came`, "the file changed while it was read: run the command again");
  return new Uint8Array(Buffer.concat(parts));
}

/** Writes a whole file. */
export async function uploadFile(client: SmpClient, name: string, data: Uint8Array, options: UploadOptions): Promise<UploadResult> {
  return upload(client, { group: 8, id: 0, what: `writing ${name}`, first: { len: data.length }, always: { name } }, data, options);
}
