/**
 * Espruino's packet protocol (2v25 and later): evaluate code and move files, with verification it does not have itself.
 *
 * A packet is 0x10 0x01, a big-endian 16-bit word (type in the top 3 bits, length in the lower 13), data. The board
 * answers ACK 0x06 or NAK 0x15. There is no checksum and no packet number, a write that fails is still acknowledged, and
 * after missing bytes the board waits up to 5 s before it says NAK. So: code travels inside a CRC-32 check that the
 * board runs before evaluating it, every file is read back as a CRC-32 computed on the board, and after any doubt the
 * position is stated anew instead of assumed.
 * Two ways to write a file: `data` (native DATA packets, fast) and `eval` (checked pieces in base64, which never put a
 * wrong byte into flash and never send 0x03 or 0x04, on which Espruino for Linux ends). Linux always gets `eval`.
 */
import { crc32 } from "node:zlib";
import type { EspruinoConsole } from "./espruino-console.ts";
import { readStringLiteral } from "./js-literal.ts";
import { fromByteString, toByteString } from "./latin1.ts";
import { LinkError, isLinkError } from "./link-errors.ts";
import { sleep } from "./wait-for.ts";

const PACKET = { response: 0x0000, eval: 0x2000, event: 0x4000, fileSend: 0x6000, data: 0x8000, fileReceive: 0xa000 } as const;
const ACK = "\x06";
const NAK = "\x15";

export interface PacketOptions {
  /** Wait for an answer to a packet; 8000 ms unless given (the board itself gives up after 5 s). */
  answerMs?: number;
  /** Attempts at each packet; 4 unless given. */
  tries?: number;
}

export interface FileProgress {
  sentBytes: number;
  totalBytes: number;
  resumedAtBytes: number;
}

export interface WriteOptions {
  method?: "data" | "eval";
  /** Bytes a packet; 1024 for data, 480 for eval (300 on Linux) unless given. */
  pieceBytes?: number;
  onProgress?: ((progress: FileProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Look for a part that is already there and go on after it; true unless false. */
  resume?: boolean;
}

/** How long the words after a NAK may take, ms. */
const WORDS_MS = 400;

export class EspruinoPackets {
  private readonly console: EspruinoConsole;
  private readonly answerMs: number;
  private readonly tries: number;

  constructor(console: EspruinoConsole, options: PacketOptions = {}) {
    this.console = console;
    this.answerMs = options.answerMs ?? 8000;
    this.tries = options.tries ?? 4;
  }

  /**
   * Evaluates an expression and returns its JSON value (null for undefined). The code is checked by CRC-32 on the board before it runs, so a
   * damaged packet is an error, not other code; it is sent again only when it certainly did not run.
   * Rejects with EVAL_FAILED (with what the board printed), TIMEOUT or BAD_REPLY.
   */
  async eval(expression: string, timeoutMs = this.answerMs): Promise<unknown> {
    const source = Buffer.from(`JSON.stringify(${expression})`, "utf8").toString("latin1");
    const code = `(function(s){if(E.CRC32(s)!=${crc32(fromByteString(source)) >>> 0})throw"CRC";return eval(s)})(${literal(source)})`;
    const text = await this.checked(code, timeoutMs);
    if (text === "null" || text === "undefined") return null;
    const json = readStringLiteral(text);
    if (json === undefined) throw new LinkError("BAD_REPLY", `the board's answer is not a string: ${text.slice(0, 60)}`, "run the command again");
    if (json === "undefined" || json === "") return null;
    try {
      return JSON.parse(json) as unknown;
    } catch {
      throw new LinkError("BAD_REPLY", `the board's answer is not JSON: ${json.slice(0, 60)}`, "run the command again");
    }
  }

  /** Runs statements; nothing comes back. */
  async run(statements: string, timeoutMs = this.answerMs): Promise<void> {
    await this.eval(`(function(){${statements}\n})()`, timeoutMs);
  }

  /** CRC-32 and length of a Storage file as the board computes them; undefined when there is no such file. */
  async fileCrc(name: string, lengthBytes?: number): Promise<{ crc: number; lengthBytes: number } | undefined> {
    const read = lengthBytes === undefined ? `require("Storage").read(${literal(name)})` : `require("Storage").read(${literal(name)},0,${lengthBytes})`;
    const answer = await this.eval(`(s=>s===undefined?0:[E.CRC32(s),s.length])(${read})`, Math.max(this.answerMs, 20_000));
    if (!Array.isArray(answer)) return undefined;
    return { crc: Number(answer[0]) >>> 0, lengthBytes: Number(answer[1]) };
  }

  /** Names of the files in Storage. */
  async listFiles(): Promise<string[]> {
    const answer = await this.eval('require("Storage").list()');
    return Array.isArray(answer) ? answer.map(String) : [];
  }

  /** Erases a file (nothing happens when there is none). */
  async eraseFile(name: string): Promise<void> {
    await this.eval(`require("Storage").erase(${literal(name)})`);
  }

  /**
   * Writes a Storage file and verifies it by CRC-32 computed on the board. A file that is already right is left alone;
   * one that is there in part is gone on with. Rejects with VERIFY_FAILED when it will not read back right.
   */
  async writeFile(name: string, data: Uint8Array, options: WriteOptions = {}): Promise<{ resumedAtBytes: number; alreadyThere: boolean }> {
    checkName(name);
    if (data.length === 0) throw new TypeError("an empty file can not be written to Storage");
    const wanted = crc32(data) >>> 0;
    const there = await this.fileCrc(name);
    if (there && there.lengthBytes === data.length && there.crc === wanted) {
      options.onProgress?.({ sentBytes: data.length, totalBytes: data.length, resumedAtBytes: data.length });
      return { resumedAtBytes: data.length, alreadyThere: true };
    }
    let from = there && there.lengthBytes === data.length && options.resume !== false ? await this.commonPrefix(name, data) : 0;
    let method = this.console.isLinux ? "eval" : (options.method ?? "data");
    const resumedAtBytes = from;
    for (let attempt = 0; attempt < 3; attempt++) {
      if (from === 0) await this.eraseFile(name);
      try {
        if (method === "data") await this.writeByData(name, data, from, resumedAtBytes, options);
        else await this.writeByEval(name, data, from, resumedAtBytes, options);
        const after = await this.fileCrc(name);
        if (after && after.lengthBytes === data.length && after.crc === wanted) return { resumedAtBytes, alreadyThere: false };
      } catch (error) {
        // A byte that is already written otherwise can only be put right by starting over.
        if (!isLinkError(error, "EVAL_FAILED") || !/different data/.test(error.message)) throw error;
      }
      from = 0;
      method = "eval";
    }
    throw new LinkError("VERIFY_FAILED", `${name} was written three times and never read back right (CRC-32 differs)`, "check cable and power; if Storage is full or worn, genesis doctor says so");
  }

  /** Reads a Storage file, verified by CRC-32. Rejects with VERIFY_FAILED, or BAD_REPLY when there is none. */
  async readFile(name: string, onProgress?: (readBytes: number, totalBytes: number) => void): Promise<Uint8Array> {
    const there = await this.fileCrc(name);
    if (!there) throw new LinkError("BAD_REPLY", `there is no file ${name} on the board`);
    const pieceBytes = this.console.isLinux ? 3072 : 768;
    const parts: Uint8Array[] = [];
    for (let at = 0; at < there.lengthBytes; at += pieceBytes) {
      const base64 = await this.eval(`btoa(require("Storage").read(${literal(name)},${at},${Math.min(pieceBytes, there.lengthBytes - at)}))`);
      parts.push(new Uint8Array(Buffer.from(String(base64), "base64")));
      onProgress?.(Math.min(there.lengthBytes, at + pieceBytes), there.lengthBytes);
    }
    const data = new Uint8Array(Buffer.concat(parts));
    if (data.length !== there.lengthBytes || crc32(data) >>> 0 !== there.crc) throw new LinkError("VERIFY_FAILED", `${name} did not arrive whole (CRC-32 differs)`, "run the command again");
    return data;
  }

  /** As readFile, by the native FILE_RECV: faster, and verified the same; falls back to readFile when bytes were lost. */
  async receiveFile(name: string): Promise<Uint8Array> {
    const there = await this.fileCrc(name);
    if (!there) throw new LinkError("BAD_REPLY", `there is no file ${name} on the board`);
    try {
      const text = await this.exchange(PACKET.fileReceive, JSON.stringify({ fn: name }), collectData, this.answerMs + there.lengthBytes / 4, `receiving ${name}`);
      const data = fromByteString(text);
      if (data.length === there.lengthBytes && crc32(data) >>> 0 === there.crc) return data;
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT")) throw error;
    }
    return this.readFile(name);
  }

  /** How much of `data` is already in the file: the longest prefix whose CRC-32 agrees, found by halving. */
  private async commonPrefix(name: string, data: Uint8Array): Promise<number> {
    let low = 0;
    let high = data.length;
    while (high - low > 64) {
      const middle = (low + high + 1) >> 1;
      const part = await this.fileCrc(name, middle);
      if (part && part.lengthBytes === middle && part.crc === crc32(data.subarray(0, middle)) >>> 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * Pieces go through a helper that the board holds for the while: it checks the CRC-32 of offset and base64 together,
   * writes, reads back and compares. So a damaged piece is never written, and one that is done stands in flash.
   */
  private async writeByEval(name: string, data: Uint8Array, from: number, resumedAtBytes: number, options: WriteOptions): Promise<void> {
    const pieceBytes = options.pieceBytes ?? (this.console.isLinux ? 300 : 480);
    const helper = `global.$gw=(c,o,b)=>{if(E.CRC32(o+":"+b)!=c)throw"CRC";b=atob(b);var S=require("Storage");S.write(${literal(name)},b,o,${data.length});return S.read(${literal(name)},o,b.length)==b}`;
    await this.run(helper);
    for (let at = from; at < data.length; at += pieceBytes) {
      stopIfAborted(options.signal, name);
      const base64 = Buffer.from(data.subarray(at, at + pieceBytes)).toString("base64");
      const code = `$gw(${crc32(`${at}:${base64}`) >>> 0},${at},"${base64}")`;
      for (let attempt = 1; ; attempt++) {
        try {
          if ((await this.checked(code, this.answerMs)) !== "true") throw new LinkError("EVAL_FAILED", `${name} holds different data at byte ${at}`);
          break;
        } catch (error) {
          if (attempt >= this.tries || (!isLinkError(error, "TIMEOUT", "BAD_REPLY") && !/\$gw/.test((error as Error).message))) throw error;
          await this.run(helper); // it is gone when the board restarted meanwhile
        }
      }
      options.onProgress?.({ sentBytes: Math.min(data.length, at + pieceBytes), totalBytes: data.length, resumedAtBytes });
    }
    await this.run("delete global.$gw");
  }

  private async writeByData(name: string, data: Uint8Array, from: number, resumedAtBytes: number, options: WriteOptions): Promise<void> {
    const pieceBytes = options.pieceBytes ?? 1024;
    let announce = true;
    let failures = 0;
    for (let at = from; at < data.length; ) {
      stopIfAborted(options.signal, name);
      try {
        // `offs` states the position, at the start and again after any doubt.
        if (announce) await this.exchange(PACKET.fileSend, JSON.stringify({ fn: name, s: data.length, offs: at }), acknowledged, this.answerMs, `announcing ${name}`);
        announce = false;
        const end = Math.min(data.length, at + pieceBytes);
        await this.exchange(PACKET.data, toByteString(data.subarray(at, end)), acknowledged, this.answerMs, `writing ${name}`);
        at = end;
        failures = 0;
        options.onProgress?.({ sentBytes: at, totalBytes: data.length, resumedAtBytes });
      } catch (error) {
        if (!isLinkError(error, "TIMEOUT", "BAD_REPLY", "EVAL_FAILED") || ++failures >= this.tries) throw error;
        announce = true;
      }
    }
  }

  /** Sends CRC-guarded code; repeats only what the guard or the board's own time-out says did not run. */
  private async checked(code: string, timeoutMs: number): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.exchange(PACKET.eval, code, response, timeoutMs, "evaluating code");
      } catch (error) {
        const didNotRun = isLinkError(error, "BAD_REPLY") || (isLinkError(error, "EVAL_FAILED") && (/Uncaught "?CRC"?/.test(error.message) || /SyntaxError/.test(error.message)));
        if (!didNotRun || attempt >= this.tries) throw error;
      }
    }
  }

  private exchange<R>(type: number, body: string, parser: () => (bytes: string) => R | "nak" | undefined, timeoutMs: number, what: string): Promise<R> {
    return this.console.whileTaking(async (take) => {
      let rest = "";
      const parse = parser();
      const answer = take<R | "nak">((bytes) => {
        rest = (rest + bytes).slice(-16_384);
        return parse(bytes);
      }, timeoutMs, what);
      await this.console.send(packet(type, body));
      const result = await answer;
      if (result !== "nak") return result;
      // What the board has to say about it follows the NAK, in as many pieces as the line likes.
      const said = (): string | undefined => /Uncaught[^\r\n]*(?=[\r\n])/.exec(rest)?.[0];
      await take<true>((bytes) => {
        rest += bytes;
        return said() === undefined ? undefined : true;
      }, WORDS_MS, what).catch(() => undefined);
      const words = said();
      // Code that threw has words; a packet that came broken, or to a board that restarted half way through it, has none and did not run.
      if (words === undefined) throw new LinkError("BAD_REPLY", `the board refused ${what} and did not say why`, "check the cable, then run the command again");
      throw new LinkError("EVAL_FAILED", `the board refused ${what}: ${words}`);
    });
  }
}

/** A packet as bytes. Text bodies get spaces at the end until the length holds neither 0x03 nor 0x04. */
export function packet(type: number, body: string): string {
  let padded = body;
  if (type !== PACKET.data) while ((padded.length & 255) === 3 || (padded.length & 255) === 4) padded += " ";
  const word = type | padded.length;
  if (padded.length > 0x1fff) throw new TypeError(`a packet holds 8191 bytes, not ${padded.length}`);
  return "\x10\x01" + String.fromCharCode(word >> 8, word & 255) + padded;
}

/** Waits for ACK or NAK among console text. */
function acknowledged(): (bytes: string) => true | "nak" | undefined {
  return (bytes) => {
    for (const c of bytes) {
      if (c === ACK) return true;
      if (c === NAK) return "nak";
    }
    return undefined;
  };
}

/** Waits for ACK and the RESPONSE packet after it; gives its text. */
function response(): (bytes: string) => string | "nak" | undefined {
  let seen = "";
  let acked = false;
  return (bytes) => {
    seen += bytes;
    if (!acked) {
      const ack = seen.indexOf(ACK);
      const nak = seen.indexOf(NAK);
      if (nak >= 0 && (ack < 0 || nak < ack)) return "nak";
      if (ack < 0) return undefined;
      acked = true;
      seen = seen.substring(ack + 1);
    }
    const at = seen.indexOf("\x10\x01");
    if (at < 0 || seen.length < at + 4) return undefined;
    const length = ((seen.charCodeAt(at + 2) << 8) | seen.charCodeAt(at + 3)) & 0x1fff;
    return seen.length < at + 4 + length ? undefined : seen.substring(at + 4, at + 4 + length);
  };
}

/** Collects DATA packets up to the empty one. */
function collectData(): (bytes: string) => string | "nak" | undefined {
  let seen = "";
  let acked = false;
  let data = "";
  return (bytes) => {
    seen += bytes;
    if (!acked) {
      const ack = seen.indexOf(ACK);
      const nak = seen.indexOf(NAK);
      if (nak >= 0 && (ack < 0 || nak < ack)) return "nak";
      if (ack < 0) return undefined;
      acked = true;
      seen = seen.substring(ack + 1);
    }
    for (;;) {
      const at = seen.indexOf("\x10\x01");
      if (at < 0 || seen.length < at + 4) return undefined;
      const length = ((seen.charCodeAt(at + 2) << 8) | seen.charCodeAt(at + 3)) & 0x1fff;
      if (seen.length < at + 4 + length) return undefined;
      if (length === 0) return data;
      data += seen.substring(at + 4, at + 4 + length);
      seen = seen.substring(at + 4 + length);
    }
  };
}

/** A byte string as a literal that is plain ASCII and free of control characters. */
function literal(bytes: string): string {
  return `"${bytes.replace(/["\\]|[^\x20-\x7e]/g, (c) => (c === '"' || c === "\\" ? `\\${c}` : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`))}"`;
}

function checkName(name: string): void {
  if (name.length === 0 || name.length > 28 || !/^[\x20-\x7e]+$/.test(name)) throw new TypeError(`"${name}" can not be a Storage file name: 1 to 28 ASCII characters`);
}

function stopIfAborted(signal: AbortSignal | undefined, name: string): void {
  if (signal?.aborted) throw new LinkError("INTERRUPTED", `writing ${name} was interrupted`, "run the command again: it goes on from there");
}

/** Waits until the board has nothing more to say (after a reset or load). */
export async function quiet(console: EspruinoConsole, quietMs = 200, limitMs = 3000): Promise<void> {
  let last = performance.now();
  const stop = console.onText(() => (last = performance.now()));
  const end = performance.now() + limitMs;
  while (performance.now() - last < quietMs && performance.now() < end) await sleep(20);
  stop();
}
