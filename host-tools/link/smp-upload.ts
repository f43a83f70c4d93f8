/**
 * Moves a block of bytes to the tile in pieces: the engine under image and file upload.
 *
 * Idea: the tile says with every answer which offset it wants next, so the tile is the only one who keeps the position:
 * a lost piece, a restart of the tile or another cable only change the next offset. Several pieces may be under way;
 * if the tile falls back, what is under way is let finish and sending goes on from where the tile is.
 * On a bad line long pieces seldom arrive whole, so a piece that had to be repeated makes the next ones shorter by a
 * fifth (by half if it never passed), and one that did not, longer by a tenth: the size settles where about 7 in 10 pass.
 */
import { encodeCborString } from "./host-cbor.ts";
import type { HostCborMap } from "./host-cbor.ts";
import { LinkError, isLinkError } from "./link-errors.ts";
import type { SmpClient } from "./smp-client.ts";

export interface UploadProgress {
  /** Bytes the tile has. */
  sentBytes: number;
  totalBytes: number;
  /** Where this run began: more than 0 when an earlier upload was continued. */
  resumedAtBytes: number;
  /** Bytes per second of this run so far. */
  bytesPerSecond: number;
}

export interface UploadOptions {
  /** Largest SMP packet the tile takes (buf_size). */
  bufBytes: number;
  /** Pieces under way at once; at most the tile's buf_count. 1 unless given. */
  window?: number;
  /** Pieces are a multiple of this many bytes, for the sake of flash; 16 unless given. */
  alignBytes?: number;
  /** Smallest piece; 64 unless given. */
  minPieceBytes?: number;
  onProgress?: ((progress: UploadProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Give up when the tile has not moved on for this long (ms); 30000 unless given. */
  stallMs?: number;
  /** Asked when the link failed for good: true after it is back to go on, false to give up (the error is thrown). */
  onLinkLost?: ((error: LinkError) => Promise<boolean>) | undefined;
}

export interface UploadTarget {
  group: number;
  id: number;
  /** Name in messages: "image upload". */
  what: string;
  /** Fields sent only with offset 0. */
  first: HostCborMap;
  /** Fields sent with every piece (a file's name). */
  always: HostCborMap;
  /** The service's own words for its result codes. */
  errors?: { readonly [rc: number]: string };
}

export interface UploadResult {
  /** The answers' fields, later ones over earlier ones. A field sent only with the last piece (match) may have been lost on the way. */
  lastReply: HostCborMap;
  resumedAtBytes: number;
  bytesPerSecond: number;
  /** Pieces that had to be sent again. */
  repeatedPieces: number;
}

/** How many bytes of data fit a packet whose other fields are `fields`. */
export function pieceRoom(bufBytes: number, fields: HostCborMap, alignBytes: number): number {
  // 8 header; 4 because some servers count length and CRC; an empty byte string has a 1-byte head, a long one 3.
  const room = bufBytes - 8 - 4 - encodeCborString({ ...fields, data: new Uint8Array(0) }).length - 2;
  if (room < 1) throw new LinkError("BAD_REPLY", `the tile's buffer of ${bufBytes} bytes is too small for an upload`, "update the tile's software over its console with genesis flash");
  return room >= alignBytes ? room - (room % alignBytes) : room;
}

/** Uploads `data` to `target`. Rejects with TIMEOUT, PORT_LOST, REFUSED, IMAGE_REFUSED, BAD_REPLY or INTERRUPTED. */
export async function upload(client: SmpClient, target: UploadTarget, data: Uint8Array, options: UploadOptions): Promise<UploadResult> {
  const run = new UploadRun(client, target, data, options);
  for (;;) {
    try {
      return await run.go();
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT", "PORT_LOST") || !options.onLinkLost || !(await options.onLinkLost(error))) throw error;
    }
  }
}

class UploadRun {
  private readonly client: SmpClient;
  private readonly target: UploadTarget;
  private readonly data: Uint8Array;
  private readonly options: UploadOptions;
  private readonly align: number;
  private readonly window: number;
  private readonly largest: number;
  private piece: number;
  private repeatedPieces = 0;
  private acknowledged = 0;
  private resumedAt: number | undefined;
  private lastReply: HostCborMap = {};
  private startedMs = 0;
  private movedMs = 0;

  constructor(client: SmpClient, target: UploadTarget, data: Uint8Array, options: UploadOptions) {
    this.client = client;
    this.target = target;
    this.data = data;
    this.options = options;
    this.align = options.alignBytes ?? 16;
    this.window = Math.max(1, options.window ?? 1);
    this.largest = pieceRoom(options.bufBytes, { ...target.always, off: data.length }, this.align);
    this.piece = this.largest;
  }

  async go(): Promise<UploadResult> {
    this.client.window = Math.max(this.client.window, this.window);
    this.movedMs = performance.now();
    await this.firstPiece();
    let next = this.acknowledged;
    const underWay = new Set<Promise<void>>();
    let failed: unknown;
    let rewindTo: number | undefined;
    while (this.acknowledged < this.data.length || underWay.size > 0) {
      while (failed === undefined && rewindTo === undefined && underWay.size < this.window && next < this.data.length) {
        const off = next;
        const end = Math.min(this.data.length, off + this.aligned(this.piece));
        next = end;
        const job: Promise<void> = this.sendPiece(off, end)
          .then((wanted) => {
            if (wanted === end) this.reached(end);
            else rewindTo = wanted;
          })
          .catch((error: unknown) => {
            if (isLinkError(error, "TIMEOUT") && performance.now() - this.movedMs < (this.options.stallMs ?? 30_000)) rewindTo ??= off;
            else failed = error;
          })
          .finally(() => underWay.delete(job));
        underWay.add(job);
      }
      if (underWay.size > 0) await Promise.race(underWay);
      if (underWay.size > 0) continue;
      if (failed !== undefined) throw failed;
      if (rewindTo !== undefined) {
        if (performance.now() - this.movedMs > (this.options.stallMs ?? 30_000))
          throw new LinkError("TIMEOUT", `${this.target.what} stopped moving at ${this.acknowledged} of ${this.data.length} bytes`, "check the line with genesis doctor, then run the command again: it goes on from there");
        if (rewindTo === 0) await this.firstPiece();
        else this.acknowledged = Math.min(this.data.length, Math.max(rewindTo, 0));
        next = this.acknowledged;
        rewindTo = undefined;
      }
    }
    return { lastReply: this.lastReply, resumedAtBytes: this.resumedAt ?? 0, bytesPerSecond: this.rate(), repeatedPieces: this.repeatedPieces };
  }

  /** Offset 0 with everything that opens (or finds again) an upload; the answer says where to go on. */
  private async firstPiece(): Promise<void> {
    const extra = { ...this.target.always, ...this.target.first, off: 0 };
    const room = pieceRoom(this.options.bufBytes, extra, this.align);
    for (;;) {
      const end = Math.min(this.data.length, room, this.aligned(this.piece));
      try {
        const wanted = await this.exchange({ ...extra, data: this.data.subarray(0, end) }, end <= (this.options.minPieceBytes ?? 64) ? 12 : 2);
        if (this.startedMs === 0) this.startedMs = performance.now();
        this.resumedAt ??= wanted > end ? wanted : 0;
        this.acknowledged = 0;
        this.reached(Math.min(wanted, this.data.length));
        return;
      } catch (error) {
        if (!isLinkError(error, "TIMEOUT") || performance.now() - this.movedMs > (this.options.stallMs ?? 30_000)) throw error;
      }
    }
  }

  private async sendPiece(off: number, end: number): Promise<number> {
    const fields = { ...this.target.always, off, data: this.data.subarray(off, end) };
    // Short pieces may be repeated as they are; a long one is better cut smaller, so it gets fewer attempts.
    return this.exchange(fields, end - off <= (this.options.minPieceBytes ?? 64) ? 8 : 2);
  }

  private async exchange(body: HostCborMap, tries: number): Promise<number> {
    const repeatedBefore = this.client.stats.repeated;
    try {
      const reply = await this.client.request({ group: this.target.group, id: this.target.id, op: "write", body, repeatable: true, tries, what: this.target.what, errors: this.target.errors, signal: this.options.signal });
      if (this.client.stats.repeated === repeatedBefore) this.grow();
      else this.shrink(0.8);
      const { off } = reply;
      if (typeof off !== "number" || off < 0) throw new LinkError("BAD_REPLY", `the answer to ${this.target.what} has no offset`, "the tile's software and this program do not match: update one of them");
      // Fields that come only once (match) are kept: the answer that had them may not be the last to arrive.
      this.lastReply = { ...this.lastReply, ...reply };
      return off;
    } catch (error) {
      if (isLinkError(error, "TIMEOUT")) this.shrink(0.5);
      throw error;
    }
  }

  private shrink(factor: number): void {
    this.repeatedPieces++;
    this.piece = Math.max(this.options.minPieceBytes ?? 64, this.piece * factor);
  }

  private grow(): void {
    this.piece = Math.min(this.largest, this.piece * 1.1);
  }

  private aligned(bytes: number): number {
    return Math.max(this.align, Math.floor(bytes / this.align) * this.align);
  }

  private reached(end: number): void {
    if (end <= this.acknowledged && end !== 0) return;
    this.acknowledged = end;
    this.movedMs = performance.now();
    this.options.onProgress?.({ sentBytes: end, totalBytes: this.data.length, resumedAtBytes: this.resumedAt ?? 0, bytesPerSecond: this.rate() });
  }

  private rate(): number {
    const seconds = (performance.now() - this.startedMs) / 1000;
    return this.startedMs === 0 || seconds <= 0 ? 0 : Math.round((this.acknowledged - (this.resumedAt ?? 0)) / seconds);
  }
}
