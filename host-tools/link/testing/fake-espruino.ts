/**
 * An Espruino console for tests: ENQ, lines with 0x10, packets, Storage, and its quirks (NAK after a wait, no checksum,
 * Ctrl-C, debugger), running real JavaScript in Node. Only what the drivers use; the real interpreter is the judge
 * (espruino.test.ts), this one can be made to lose bytes.
 */
import { crc32 } from "node:zlib";
import type { ByteStream } from "../byte-stream.ts";
import { fromByteString, toByteString } from "../latin1.ts";

export interface FakeEspruinoOptions {
  version?: string;
  board?: string;
  /** Answers ENQ (2v20 and later do); true unless false. */
  enq?: boolean;
  /** Begins in the debugger; "forever" never leaves it. */
  debug?: boolean | "forever";
  /** Time after which an unfinished packet is refused, ms; 100 unless given (the real one waits 5 s). */
  packetMs?: number;
}

export class FakeEspruino {
  readonly files = new Map<string, string>();
  private readonly stream: ByteStream;
  private readonly options: FakeEspruinoOptions;
  private line = "";
  private packet: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private upload: { fn: string; s: number; offs: number } | undefined;
  private debugging: boolean;
  private readonly scope: Record<string, unknown>;

  constructor(stream: ByteStream, options: FakeEspruinoOptions = {}) {
    this.stream = stream;
    this.options = options;
    this.debugging = options.debug !== undefined && options.debug !== false;
    const Storage = {
      read: (name: string, off = 0, len?: number) => this.files.get(name)?.substring(off, len === undefined || len === 0 ? undefined : off + len),
      write: (name: string, data: string, off = 0, size = data.length) => this.write(name, data, off, size),
      erase: (name: string) => void this.files.delete(name),
      list: () => [...this.files.keys()],
    };
    const global: Record<string, unknown> = {};
    this.scope = {
      global,
      require: () => Storage,
      E: { CRC32: (s: string) => crc32(fromByteString(s)) >>> 0 },
      atob: (t: string) => Buffer.from(t, "base64").toString("latin1"),
      btoa: (b: string) => Buffer.from(b, "latin1").toString("base64"),
      process: { version: options.version ?? "2v29", env: { BOARD: options.board ?? "FAKE" } },
      print: (...args: unknown[]) => this.say(args.join(" ") + "\r\n"),
    };
    stream.onData((bytes) => {
      for (const c of toByteString(bytes)) this.take(c);
    });
  }

  private say(text: string): void {
    this.stream.write(fromByteString(text)).catch(() => undefined);
  }

  /** Flash semantics: a byte written once can not be written otherwise. */
  private write(name: string, data: string, off: number, size: number): boolean {
    const old = this.files.get(name);
    const base = old?.length === size ? old : "\xff".repeat(size);
    const before = base.substring(off, off + data.length);
    for (let i = 0; i < data.length; i++) if (before[i] !== "\xff" && before[i] !== data[i]) throw new Error("File already written with different data");
    this.files.set(name, base.substring(0, off) + data + base.substring(off + data.length));
    return true;
  }

  private evaluate(code: string): unknown {
    const global = this.scope["global"] as Record<string, unknown>;
    return new Function("scope", "global", `with(scope){with(global){return eval(${JSON.stringify(code)})}}`)(this.scope, global) as unknown;
  }

  private take(c: string): void {
    if (this.packet !== undefined) {
      this.packet += c;
      const length = this.packet.length < 2 ? 8192 : ((this.packet.charCodeAt(0) << 8) | this.packet.charCodeAt(1)) & 0x1fff;
      if (this.packet.length >= 2 + length) {
        clearTimeout(this.timer);
        const whole = this.packet;
        this.packet = undefined;
        this.servePacket(whole.charCodeAt(0) & 0xe0, whole.substring(2));
      }
      return;
    }
    if (c === "\x05" && this.line === "" && this.options.enq !== false) return this.say(`Espruino ${this.options.version ?? "2v29"} ${this.options.board ?? "FAKE"}\r\n`);
    if (c === "\x03") {
      this.line = "";
      if (this.options.debug !== "forever") this.debugging = false;
      return this.say(this.debugging ? "\r\ndebug>" : "\r\n>");
    }
    if (c === "\x01" && this.line.endsWith("\x10")) {
      this.line = this.line.slice(0, -1);
      this.packet = "";
      this.timer = setTimeout(() => {
        this.packet = undefined;
        this.say("\x15");
      }, this.options.packetMs ?? 100);
      return;
    }
    if (c !== "\n") {
      this.line += c;
      return;
    }
    const line = this.line.startsWith("\x10") ? this.line.slice(1) : this.line;
    this.line = "";
    if (this.debugging) return this.say("In debug mode: Expected a simple ID, type 'help' for more info.\r\ndebug>");
    try {
      this.evaluate(line);
    } catch (error) {
      this.say(`Uncaught ${String(error)}\r\n`);
    }
    this.say(">");
  }

  private servePacket(type: number, body: string): void {
    try {
      if (type === 0x20) {
        const result = this.evaluate(body);
        const text = result === undefined ? "null" : JSON.stringify(result);
        this.say("\x06\x10\x01" + String.fromCharCode(text.length >> 8, text.length & 255) + text);
      } else if (type === 0x60) {
        const { fn, s, offs } = JSON.parse(body) as { fn: string; s: number; offs?: number };
        this.upload = { fn, s, offs: offs ?? 0 };
        this.say("\x06");
      } else if (type === 0x80 && this.upload) {
        // As the real one: a write that fails is acknowledged all the same.
        try {
          this.write(this.upload.fn, body, this.upload.offs, this.upload.s);
        } catch {
          // not told
        }
        this.upload.offs += body.length;
        if (this.upload.offs >= this.upload.s) this.upload = undefined;
        this.say("\x06");
      } else if (type === 0xa0) {
        const data = this.files.get((JSON.parse(body) as { fn: string }).fn);
        if (data === undefined) return this.say("\x15");
        this.say("\x06");
        for (let at = 0; at < data.length; at += 1024) {
          const piece = data.substring(at, at + 1024);
          this.say("\x10\x01" + String.fromCharCode(0x80 | (piece.length >> 8), piece.length & 255) + piece);
        }
        this.say("\x10\x01\x80\x00");
      } else this.say("\x15");
    } catch (error) {
      this.say(`\x15Uncaught ${String(error)}\r\n>`);
    }
  }
}
