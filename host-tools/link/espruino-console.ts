/**
 * Drives an Espruino console (REPL): identify, interrupt, leave the debugger, evaluate.
 *
 * Idea: one object owns the stream. Everything that arrives is text for the listeners, except while a packet exchange
 * (espruino-packets.ts) has taken the line. Lines are sent with 0x10 in front (no echo, no `=result`), answers come back
 * between markers that the sent line does not contain, so echo, prompts and other people's prints do not matter.
 * XON/XOFF (0x11/0x13) from the board is obeyed: its input buffer is 512 to 1024 bytes.
 */
import type { ByteStream, Unsubscribe } from "./byte-stream.ts";
import { identify } from "./identify.ts";
import type { IdentifyOptions, PortIdentity } from "./identify.ts";
import { fromByteString, toByteString } from "./latin1.ts";
import { LinkError } from "./link-errors.ts";
import { sleep } from "./wait-for.ts";

/** The first version with the packet protocol. */
export const MIN_VERSION = "2v25";

export interface ConsoleOptions extends IdentifyOptions {
  /** Bytes per write; 256 (512 on Linux) unless given. Less than the smallest board's buffer, so that XOFF comes in time. */
  writeBytes?: number;
}

export class EspruinoConsole {
  readonly stream: ByteStream;
  readonly version: string;
  readonly board: string;
  private readonly writeBytes: number;
  private readonly listeners = new Set<(text: string) => void>();
  private readonly unsubscribe: Unsubscribe[];
  private taker: ((bytes: string) => void) | undefined;
  private paused = false;
  private sending = false;
  private resume: (() => void)[] = [];
  private evalCount = 0;
  private lastBreakMs = -1e9;
  private lastReceivedMs = -1e9;

  private constructor(stream: ByteStream, identity: { version: string; board: string }, options: ConsoleOptions) {
    this.stream = stream;
    this.version = identity.version;
    this.board = identity.board;
    this.writeBytes = options.writeBytes ?? (this.isLinux ? 512 : 256);
    this.unsubscribe = [stream.onData((bytes) => this.received(toByteString(bytes)))];
  }

  /**
   * Takes over the console on `stream`.
   * Rejects with ESPRUINO_TOO_OLD, STUCK_IN_DEBUG, KERNEL_RUNNING, NOT_A_TILE, SILENT or PORT_LOST.
   */
  static async open(stream: ByteStream, options: ConsoleOptions = {}): Promise<EspruinoConsole> {
    const identity = await identify(stream, options);
    if (identity.kind !== "espruino") throw notAConsole(stream.name, identity);
    if (!isAtLeast(identity.version, MIN_VERSION))
      throw new LinkError("ESPRUINO_TOO_OLD", `Espruino ${identity.version} on ${stream.name} (${identity.board}) has no packet transfer: that came with ${MIN_VERSION}`, "update the board's firmware with the Espruino Web IDE (Settings, Flasher), then run the command again");
    return new EspruinoConsole(stream, identity, options);
  }

  /** Espruino on Linux exits on byte 0x04 (and on 0x03 twice within 5 s): callers keep those bytes out of what they send. */
  get isLinux(): boolean {
    return this.board === "LINUX";
  }

  /** Console text (byte string) outside packet exchanges. */
  onText(listener: (text: string) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Lets go of the stream, which stays open. */
  close(): void {
    for (const stop of this.unsubscribe) stop();
  }

  /** Sends a byte string, in pieces, waiting while the board says XOFF. Rejects with PORT_LOST, or TIMEOUT when XOFF lasts 10 s. */
  async send(bytes: string): Promise<void> {
    this.sending = true;
    try {
      // Espruino on Linux reads its input in a second thread that shares the queue without a lock: bytes that arrive while
      // the first thread empties it are garbled (or end the process). After an answer it sleeps for 50 ms: send in the middle.
      if (this.isLinux) await sleep(Math.min(20, Math.max(0, 20 - (performance.now() - this.lastReceivedMs))));
      for (let at = 0; at < bytes.length; at += this.writeBytes) {
        if (this.paused) await this.untilXon();
        await this.stream.write(fromByteString(bytes.substring(at, at + this.writeBytes)));
      }
    } finally {
      this.sending = false;
    }
  }

  /** Ctrl-C alone, then time for it: stops a running program and clears half a line. At most once in 5 s (see identify.ts). */
  async interrupt(): Promise<void> {
    const sinceMs = performance.now() - this.lastBreakMs;
    if (sinceMs < 5200) await sleep(5200 - sinceMs);
    this.lastBreakMs = performance.now();
    await this.stream.write(fromByteString("\x03"));
    await sleep(150);
  }

  /**
   * Evaluates an expression on the console and returns its JSON value (null for undefined).
   * For short expressions; longer code and data go by packets. Rejects with EVAL_FAILED (the device's own words) or TIMEOUT.
   */
  async evalLine(expression: string, timeoutMs = 3000): Promise<unknown> {
    const id = `${(++this.evalCount).toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
    const begin = `\x02${id}:`;
    const code = `\x10try{print("\\x02"+"${id}:="+JSON.stringify(${expression})+"\\x03")}catch(e){print("\\x02"+"${id}:!"+e+"\\x03")}\n`;
    return this.whileTaking(async (take) => {
      let seen = "";
      const answer = take((bytes) => {
        seen += bytes;
        const at = seen.indexOf(begin);
        const end = at < 0 ? -1 : seen.indexOf("\x03", at);
        return end < 0 ? undefined : seen.substring(at + begin.length, end);
      }, timeoutMs, `evaluating ${expression.slice(0, 40)}`);
      await this.send(code);
      const text = await answer;
      if (text.startsWith("!")) throw new LinkError("EVAL_FAILED", `the board answered: ${text.slice(1)}`);
      const json = text.slice(1);
      if (json === "undefined" || json === "") return null;
      try {
        return JSON.parse(json) as unknown;
      } catch {
        throw new LinkError("BAD_REPLY", `the board's answer is not JSON: ${json.slice(0, 60)}`, "run the command again; if it happens twice, genesis doctor");
      }
    });
  }

  /** Runs `code` with the line in its hands: incoming bytes go to `take`'s parser instead of the text listeners. For this folder. */
  async whileTaking<T>(code: (take: <R>(parse: (bytes: string) => R | undefined, timeoutMs: number, what: string) => Promise<R>) => Promise<T>): Promise<T> {
    if (this.taker) throw new TypeError("the console is already in an exchange");
    this.paused = false;
    let left = "";
    let parser: (() => void) | undefined;
    const stops: (() => void)[] = [];
    this.taker = (bytes) => {
      left += bytes;
      parser?.();
    };
    try {
      return await code((parse, timeoutMs, what) => {
        const answer = new Promise<NonNullable<ReturnType<typeof parse>>>((resolve, reject) => {
          const settle = (): void => {
            clearTimeout(timer);
            stopClose();
            parser = undefined;
          };
          const timer = setTimeout(() => {
            settle();
            reject(new LinkError("TIMEOUT", `no answer to ${what} on ${this.stream.name} within ${(timeoutMs / 1000).toFixed(1)} s`, "press reset on the board and run the command again; genesis doctor says more"));
          }, timeoutMs);
          const stopClose = this.stream.onClose((reason) => {
            settle();
            reject(reason ?? new LinkError("PORT_LOST", `${this.stream.name} closed`));
          });
          stops.push(settle);
          parser = () => {
            const bytes = left;
            left = "";
            const result = parse(bytes);
            if (result !== undefined) {
              settle();
              resolve(result as NonNullable<typeof result>);
            }
          };
          parser();
        });
        answer.catch(() => undefined); // whoever awaits it sees the error; a send that fails first must not leave it unhandled
        return answer;
      });
    } finally {
      for (const stop of stops) stop();
      this.taker = undefined;
    }
  }

  private received(bytes: string): void {
    this.lastReceivedMs = performance.now();
    // XON and XOFF may stand anywhere; only the last one counts. In an exchange they mean something only while we send:
    // afterwards the board answers, in packets whose bytes may be anything.
    const xon = bytes.lastIndexOf("\x11");
    const xoff = bytes.lastIndexOf("\x13");
    if ((this.sending || !this.taker) && (xon >= 0 || xoff >= 0)) {
      this.paused = xoff > xon;
      if (!this.paused) for (const go of this.resume.splice(0)) go();
    }
    if (this.taker) return this.taker(bytes);
    const text = bytes.replace(/[\x11\x13]/g, "");
    for (const listener of this.listeners) listener(text);
  }

  private untilXon(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new LinkError("TIMEOUT", `${this.stream.name} has said "stop" (XOFF) for 10 s`, "press reset on the board and run the command again")), 10_000);
      this.resume.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Is Espruino version `a` ("2v29", "2v29.277") at least `b`? */
export function isAtLeast(a: string, b: string): boolean {
  const parts = (v: string): number[] => v.split(/[v.]/).map((n) => Number.parseInt(n, 10) || 0);
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) > (y[i] ?? 0);
  return true;
}

/** The error for a port that does not show an Espruino console. */
export function notAConsole(port: string, identity: Exclude<PortIdentity, { kind: "espruino" }>): LinkError {
  switch (identity.kind) {
    case "kernel":
      return new LinkError("KERNEL_RUNNING", `a tile's kernel owns ${port}, so its console is closed`, "use genesis update for new software; genesis repl restarts the tile and holds its console in the boot window");
    case "debug":
      return new LinkError("STUCK_IN_DEBUG", `Espruino on ${port} sits in its debugger (debug>) and does not leave it`, "press reset on the board, then run the command again");
    case "other":
      return new LinkError("NOT_A_TILE", `what answers on ${port} is neither Espruino nor a tile: "${identity.sample}"`, "choose another port (genesis doctor lists them), or check the line rate with --baud");
    case "silent":
      return new LinkError("SILENT", `nothing answers on ${port}`, "check power, cable (some only charge) and --baud, press reset on the board; genesis doctor says more");
  }
}
