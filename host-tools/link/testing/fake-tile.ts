/**
 * An SMP server in Node for tests of the client side: groups os, image, fs, shell, stat, as Zephyr's specification has them.
 *
 * Idea: strict where it matters for the client (one buffer, offsets, sha resume, remembers its last answers so that a
 * repeated request is not carried out twice), and counting what really happened, so that tests can tell "answered" from
 * "carried out". It uses the same wire code as a tile, but is not the tile's software.
 */
import { createHash } from "node:crypto";
import { SmpDemux, smpLines } from "../../../firmware/wire/smp-frame.ts";
import { smpHeader, smpPacket } from "../../../firmware/wire/smp-header.ts";
import type { ByteStream } from "../byte-stream.ts";
import { decodeCborString, encodeCborString } from "../host-cbor.ts";
import type { HostCborMap } from "../host-cbor.ts";
import { fromByteString, nodeNative, toByteString } from "../latin1.ts";

export interface FakeTileOptions {
  bufBytes?: number;
  bufCount?: number;
  /** Milliseconds a request takes. */
  workMs?: number;
  /** From the answer to a restart until it happens, ms; 0 unless given. */
  rebootMs?: number;
  /** How many answers it remembers to recognise repeats; 8 unless given. */
  remembers?: number;
}

export class FakeTile {
  readonly files = new Map<string, Uint8Array>();
  /** Bytes of the upload slot as far as they have come. */
  slot: Uint8Array = new Uint8Array(0);
  slotSha: Uint8Array = new Uint8Array(0);
  slotLength = 0;
  bootCount = 1;
  /** Commands that were carried out (not answered from memory), as "group/id". */
  readonly carriedOut: string[] = [];
  /** When set, requests are ignored (a dead kernel). */
  dead = false;
  readonly stream: ByteStream;
  private readonly demux: SmpDemux;
  private readonly answers: { request: string; reply: string }[] = [];
  private readonly options: Required<FakeTileOptions>;
  private work: Promise<void> = Promise.resolve();

  constructor(stream: ByteStream, options: FakeTileOptions = {}) {
    this.stream = stream;
    this.options = { bufBytes: options.bufBytes ?? 512, bufCount: options.bufCount ?? 1, workMs: options.workMs ?? 0, rebootMs: options.rebootMs ?? 0, remembers: options.remembers ?? 8 };
    this.demux = new SmpDemux(nodeNative, this.options.bufBytes, 1e9);
    stream.onData((bytes) => {
      for (const packet of this.demux.push(toByteString(bytes))) this.work = this.work.then(() => this.serve(packet));
      this.demux.text = "";
    });
  }

  /** Prints on the console that shares the line. */
  print(text: string): void {
    this.stream.write(Buffer.from(text, "utf8")).catch(() => undefined);
  }

  private async serve(request: string): Promise<void> {
    const h = smpHeader(request);
    if (!h || (h.op & 1) === 1 || this.dead) return;
    if (this.options.workMs > 0) await new Promise((resolve) => setTimeout(resolve, this.options.workMs));
    let reply = this.answers.find((a) => a.request === request)?.reply;
    if (reply === undefined) {
      const body = decodeCborString(request.substring(8), true);
      const map = body !== undefined && body !== null && typeof body === "object" && !Array.isArray(body) && !(body instanceof Uint8Array) ? this.handle(h.g, h.i, h.op, body) : { rc: 3 };
      const rc = map["rc"];
      const shown = h.v === 1 && typeof rc === "number" && rc !== 0 ? { err: { group: h.g, rc } } : map;
      reply = smpPacket(h.op + 1, h.v, h.g, h.q, h.i, encodeCborString(shown));
      this.answers.push({ request, reply });
      if (this.answers.length > this.options.remembers) this.answers.shift();
    }
    await this.stream.write(fromByteString(smpLines(reply, nodeNative))).catch(() => undefined);
  }

  private handle(group: number, id: number, op: number, body: HostCborMap): HostCborMap {
    this.carriedOut.push(`${group}/${id}`);
    const { off, data, name, len, sha } = body;
    switch (`${group}/${id}/${op}`) {
      case "0/0/2":
      case "0/0/0":
        return { r: body["d"] };
      case "0/5/2":
        if (this.options.rebootMs === 0) this.bootCount++;
        else setTimeout(() => this.bootCount++, this.options.rebootMs);
        return {};
      case "0/6/0":
        return { buf_size: this.options.bufBytes, buf_count: this.options.bufCount };
      case "1/0/0":
        return { images: [{ slot: 0, version: "1.0.0", hash: new Uint8Array(32), active: true, confirmed: true, bootable: true }] };
      case "1/1/2":
        return this.imagePiece(typeof off === "number" ? off : -1, data, len, sha);
      case "8/0/2": {
        if (typeof name !== "string" || typeof off !== "number" || !(data instanceof Uint8Array)) return { rc: 3 };
        const old = off === 0 ? new Uint8Array(0) : (this.files.get(name) ?? new Uint8Array(0));
        if (off !== old.length) return { off: old.length };
        this.files.set(name, new Uint8Array(Buffer.concat([old, data])));
        return { off: off + data.length };
      }
      case "8/0/0": {
        const file = typeof name === "string" ? this.files.get(name) : undefined;
        if (!file || typeof off !== "number") return { rc: 5 };
        const n = Math.min(typeof body["n"] === "number" ? body["n"] : 1e9, this.options.bufBytes - 60);
        return { off, data: file.subarray(off, off + n), len: off === 0 ? file.length : undefined };
      }
      case "8/1/0": {
        const file = typeof name === "string" ? this.files.get(name) : undefined;
        return file ? { len: file.length } : { rc: 5 };
      }
      case "8/2/0": {
        const file = typeof name === "string" ? this.files.get(name) : undefined;
        return file ? { type: "sha256", len: file.length, output: new Uint8Array(createHash("sha256").update(file).digest()) } : { rc: 5 };
      }
      case "9/0/2":
        return { o: `ran ${JSON.stringify(body["argv"])}`, ret: 0 };
      case "2/1/0":
        return { stat_list: ["link"] };
      case "2/0/0":
        return name === "link" ? { name, fields: { sent: 1, lost: 2 } } : { rc: 5 };
      case "65/0/0":
        return { boots: this.bootCount };
      default:
        return { rc: 8 };
    }
  }

  private imagePiece(off: number, data: unknown, len: unknown, sha: unknown): HostCborMap {
    if (!(data instanceof Uint8Array) || off < 0) return { rc: 3 };
    if (off === 0) {
      if (typeof len !== "number") return { rc: 3 };
      const hash = sha instanceof Uint8Array ? sha : new Uint8Array(0);
      if (this.slot.length > 0 && hash.length > 0 && Buffer.compare(hash, this.slotSha) === 0) return { off: this.slot.length };
      this.slot = new Uint8Array(0);
      this.slotSha = hash;
      this.slotLength = len;
    }
    if (off !== this.slot.length) return { off: this.slot.length };
    this.slot = new Uint8Array(Buffer.concat([this.slot, data]));
    const done = this.slot.length >= this.slotLength;
    return { off: this.slot.length, match: done ? Buffer.compare(createHash("sha256").update(this.slot).digest(), this.slotSha) === 0 : undefined };
  }
}
