/**
 * The SMP client: requests over a ByteStream that loses, repeats and garbles bytes and that others write to as well.
 *
 * Idea: each request has a sequence number and is sent again with the *same* number until its answer comes, so a late
 * answer to an earlier copy is as good as any; answers nobody waits for are dropped and counted. Waiting times follow
 * the measured round trip (RFC 6298, without its one-second floor). Only requests that may be carried out twice are
 * repeated (`repeatable`; reads always are). Up to `window` requests are under way at once.
 * Console text that shares the line goes to the console listeners.
 * Standard: Zephyr SMP protocol specification; docs/PROTOCOL.md §8.
 */
import { StringDecoder } from "node:string_decoder";
import { SmpDemux, smpLines } from "../../firmware/wire/smp-frame.ts";
import { smpHeader, smpPacket } from "../../firmware/wire/smp-header.ts";
import type { ByteStream, Unsubscribe } from "./byte-stream.ts";
import { decodeCborString, encodeCborString } from "./host-cbor.ts";
import type { HostCbor, HostCborMap } from "./host-cbor.ts";
import { fromByteString, nodeNative, toByteString } from "./latin1.ts";
import { LinkError } from "./link-errors.ts";
import { refusal } from "./smp-errors.ts";

export interface SmpClientOptions {
  /** SMP version in the header: 1 (SMP v2, detailed errors) unless 0. */
  version?: 0 | 1;
  /** Requests under way at once; 1 unless given. Not more than the tile's buf_count. */
  window?: number;
  /** Wait before the first repeat while no round trip has been measured; 1000 ms unless given. */
  firstWaitMs?: number;
  /** Shortest and longest wait before a repeat; 50 and 5000 ms unless given. */
  minWaitMs?: number;
  maxWaitMs?: number;
  /** How long a request may take in all, repeats included; 15000 ms unless given. */
  timeoutMs?: number;
  /** Largest reply accepted, in bytes; 8192 unless given. */
  maxReplyBytes?: number;
  /** First sequence number; random unless given, so that two clients on one line seldom take each other's answers. */
  firstSequence?: number;
  /** May writes be repeated unless the request says otherwise? True for Genesis tiles, whose commands bear it (docs/PROTOCOL.md §8). */
  repeatWrites?: boolean;
}

export interface SmpRequest {
  group: number;
  id: number;
  op: "read" | "write";
  body?: HostCborMap;
  /** May be carried out twice without harm. Default: reads yes, writes as the client's `repeatWrites` says. */
  repeatable?: boolean;
  /** How long to try in all (ms); the client's `timeoutMs` unless given. */
  timeoutMs?: number;
  /** How often to send at most; no limit but the time unless given. */
  tries?: number;
  /** What to call it in error messages; "group g command i" unless given. */
  what?: string;
  /** The service's own words for its result codes (an api.ts's `errors`). */
  errors?: { readonly [rc: number]: string } | undefined;
  /** Decodes the reply; unless given, the codec shared with the tile. */
  decode?: (bytes: Uint8Array) => HostCbor | undefined;
  /** Stops waiting (rejects with INTERRUPTED). */
  signal?: AbortSignal | undefined;
}

export interface SmpStats {
  sent: number;
  repeated: number;
  received: number;
  /** Answers nobody waited for: repeats, another sender's, or after the time was up. */
  stray: number;
  /** Frames that did not survive the line. */
  damaged: number;
  timeouts: number;
  /** Smoothed round trip in ms; 0 before the first answer. */
  roundTripMs: number;
}

/** How often to look whether an unplugged cable is back, ms. */
const AWAY_LOOK_MS = 100;
/** What an answer takes on the line, about; keeps the estimate from growing without bound for short requests. */
const REPLY_BYTES = 60;

interface Pending {
  request: SmpRequest;
  what: string;
  sequence: number;
  lines: Uint8Array;
  startedMs: number;
  sentMs: number;
  attempts: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  stop: () => void;
  resolve(reply: HostCborMap): void;
  reject(error: LinkError): void;
}

export class SmpClient {
  readonly stream: ByteStream;
  readonly stats: SmpStats = { sent: 0, repeated: 0, received: 0, stray: 0, damaged: 0, timeouts: 0, roundTripMs: 0 };
  private readonly demux: SmpDemux;
  private readonly options: Required<Omit<SmpClientOptions, "firstSequence" | "maxReplyBytes">>;
  private readonly waiting: Pending[] = [];
  private readonly underWay = new Map<number, Pending>();
  private readonly consoleListeners = new Set<(text: string) => void>();
  private readonly text = new StringDecoder("utf8");
  private readonly unsubscribe: Unsubscribe[];
  private sequence: number;
  private perByteMs = 0;
  private deviationMs = 0;
  private isClosed = false;

  constructor(stream: ByteStream, options: SmpClientOptions = {}) {
    this.stream = stream;
    this.options = {
      version: options.version ?? 1,
      window: options.window ?? 1,
      firstWaitMs: options.firstWaitMs ?? 1000,
      minWaitMs: options.minWaitMs ?? 50,
      maxWaitMs: options.maxWaitMs ?? 5000,
      timeoutMs: options.timeoutMs ?? 15_000,
      repeatWrites: options.repeatWrites ?? false,
    };
    this.sequence = options.firstSequence ?? Math.floor(Math.random() * 256);
    const max = options.maxReplyBytes ?? 8192;
    this.demux = new SmpDemux(nodeNative, max, max);
    this.unsubscribe = [stream.onData((bytes) => this.received(bytes)), stream.onClose((reason) => this.failAll(reason))];
  }

  /** Requests under way at once from now on. */
  set window(count: number) {
    this.options.window = Math.max(1, count);
  }

  get window(): number {
    return this.options.window;
  }

  /** Console text that arrives between frames, decoded as UTF-8. */
  onConsole(listener: (text: string) => void): Unsubscribe {
    this.consoleListeners.add(listener);
    return () => this.consoleListeners.delete(listener);
  }

  /**
   * Sends a request and returns the reply's map.
   * Rejects with TIMEOUT, PORT_LOST, BAD_REPLY, REFUSED (with group and rc), IMAGE_REFUSED or INTERRUPTED.
   */
  request(request: SmpRequest): Promise<HostCborMap> {
    const what = request.what ?? `group ${request.group} command ${request.id}`;
    if (this.isClosed || !this.stream.isOpen) return Promise.reject(new LinkError("PORT_LOST", `${this.stream.name} is closed`, "check the cable and run the command again"));
    if (request.signal?.aborted) return Promise.reject(new LinkError("INTERRUPTED", `${what} was interrupted`));
    return new Promise((resolve, reject) => {
      const pending: Pending = { request, what, sequence: 0, lines: new Uint8Array(0), startedMs: 0, sentMs: 0, attempts: 0, timer: undefined, stop: () => {}, resolve, reject };
      if (request.signal) {
        const signal = request.signal;
        const abort = (): void => this.finish(pending, new LinkError("INTERRUPTED", `${what} was interrupted`));
        signal.addEventListener("abort", abort, { once: true });
        pending.stop = () => signal.removeEventListener("abort", abort);
      }
      this.waiting.push(pending);
      this.pump();
    });
  }

  /** Stops listening; requests under way reject with PORT_LOST. The stream stays open. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const stop of this.unsubscribe) stop();
    this.failAll(undefined);
  }

  private pump(): void {
    while (this.waiting.length > 0 && this.underWay.size < this.options.window) {
      const pending = this.waiting.shift() as Pending;
      while (this.underWay.has(this.sequence)) this.sequence = (this.sequence + 1) & 255;
      pending.sequence = this.sequence;
      this.sequence = (this.sequence + 1) & 255;
      const { op, group, id, body } = pending.request;
      try {
        const packet = smpPacket(op === "read" ? 0 : 2, this.options.version, group, pending.sequence, id, encodeCborString(body ?? {}));
        pending.lines = fromByteString(smpLines(packet, nodeNative));
      } catch (error) {
        pending.stop();
        pending.reject(new LinkError("BAD_REPLY", `${pending.what}: ${(error as Error).message}`));
        continue;
      }
      pending.startedMs = performance.now();
      this.underWay.set(pending.sequence, pending);
      this.send(pending);
    }
  }

  private send(pending: Pending): void {
    pending.attempts++;
    if (pending.attempts === 1) this.stats.sent++;
    else this.stats.repeated++;
    pending.sentMs = performance.now();
    // A failed write is a lost frame like any other: a reconnecting stream may be back for the next attempt.
    this.stream.write(pending.lines).catch(() => undefined);
    const deadlineMs = pending.startedMs + (pending.request.timeoutMs ?? this.options.timeoutMs);
    const left = deadlineMs - pending.sentMs;
    const repeatable = pending.request.repeatable ?? (pending.request.op === "read" || this.options.repeatWrites);
    const mayRepeat = repeatable && pending.attempts < (pending.request.tries ?? Infinity);
    const lastWait = pending.request.tries !== undefined && repeatable ? Math.min(left, this.waitMs(pending)) : left;
    pending.timer = setTimeout(() => this.expired(pending, mayRepeat), Math.max(1, mayRepeat ? Math.min(left, this.waitMs(pending)) : lastWait));
  }

  /** Wait before the next repeat: the measured round trip, up to four times that. Nobody shares the line, so there is no congestion to fear. */
  private waitMs(pending: Pending): number {
    const o = this.options;
    const base = this.stats.roundTripMs === 0 ? o.firstWaitMs : Math.max(o.minWaitMs, 20 + (this.perByteMs + 4 * this.deviationMs) * (pending.lines.length + REPLY_BYTES));
    return Math.min(o.maxWaitMs, base * 2 ** Math.min(2, Math.max(0, pending.attempts - 2)));
  }

  private expired(pending: Pending, mayRepeat: boolean): void {
    if (this.stream.isAway === true) {
      // Time without a cable does not count; when it is back the request is sent anew or waited for as long as it had left.
      pending.startedMs += AWAY_LOOK_MS;
      pending.timer = setTimeout(() => this.expired(pending, mayRepeat), AWAY_LOOK_MS);
      return;
    }
    const spentMs = performance.now() - pending.startedMs;
    if (mayRepeat && spentMs + 1 < (pending.request.timeoutMs ?? this.options.timeoutMs)) return this.send(pending);
    this.stats.timeouts++;
    const times = pending.attempts === 1 ? "once" : `${pending.attempts} times`;
    this.finish(
      pending,
      new LinkError("TIMEOUT", `no answer to ${pending.what} on ${this.stream.name} within ${(spentMs / 1000).toFixed(1)} s (sent ${times})`, "run genesis doctor to see whether the tile is alive and the cable is sound"),
    );
  }

  private received(bytes: Uint8Array): void {
    const droppedBefore = this.demux.dropped;
    const packets = this.demux.push(toByteString(bytes));
    this.stats.damaged += this.demux.dropped - droppedBefore;
    const { text } = this.demux;
    this.demux.text = "";
    if (text !== "") {
      const decoded = this.text.write(Buffer.from(text, "latin1"));
      if (decoded !== "") for (const listener of this.consoleListeners) listener(decoded);
    }
    for (const packet of packets) this.accept(packet);
  }

  private accept(packet: string): void {
    const header = smpHeader(packet);
    const pending = header && this.underWay.get(header.q);
    const wanted = pending && { op: pending.request.op === "read" ? 1 : 3, g: pending.request.group, i: pending.request.id };
    // Zephyr answers os/params to a read with op 3 in some versions; either reply op will do.
    if (!header || !pending || !wanted || (header.op & 1) === 0 || header.g !== wanted.g || header.i !== wanted.i) {
      this.stats.stray++;
      return;
    }
    this.stats.received++;
    if (pending.attempts === 1) this.measured(performance.now() - pending.sentMs, pending.lines.length);
    const { decode } = pending.request;
    const body = packet.substring(8);
    const reply = header.n === 0 ? {} : decode === undefined ? decodeCborString(body, true) : decode(fromByteString(body));
    if (reply === undefined || reply === null || typeof reply !== "object" || Array.isArray(reply) || reply instanceof Uint8Array) {
      this.finish(pending, new LinkError("BAD_REPLY", `the answer to ${pending.what} is not a CBOR map`, "the tile's software and this program do not match: update one of them"));
      return;
    }
    const error = refusalIn(reply, pending);
    if (error) this.finish(pending, error);
    else this.finish(pending, undefined, reply);
  }

  /** Round trips grow with what is sent, so they are kept per byte: mean and mean deviation (RFC 6298 §2). */
  private measured(roundTripMs: number, sentBytes: number): void {
    const s = this.stats;
    const perByteMs = roundTripMs / (sentBytes + REPLY_BYTES);
    if (s.roundTripMs === 0) {
      s.roundTripMs = roundTripMs;
      this.perByteMs = perByteMs;
      this.deviationMs = perByteMs / 2;
    } else {
      s.roundTripMs += (roundTripMs - s.roundTripMs) / 8;
      this.deviationMs += (Math.abs(perByteMs - this.perByteMs) - this.deviationMs) / 4;
      this.perByteMs += (perByteMs - this.perByteMs) / 8;
    }
  }

  private finish(pending: Pending, error: LinkError | undefined, reply?: HostCborMap): void {
    clearTimeout(pending.timer);
    pending.stop();
    if (this.underWay.get(pending.sequence) === pending) this.underWay.delete(pending.sequence);
    const at = this.waiting.indexOf(pending);
    if (at >= 0) this.waiting.splice(at, 1);
    if (error) pending.reject(error);
    else pending.resolve(reply ?? {});
    if (!this.isClosed) this.pump();
  }

  private failAll(reason: LinkError | undefined): void {
    this.isClosed = true;
    for (const pending of [...this.underWay.values(), ...this.waiting]) {
      this.finish(pending, new LinkError("PORT_LOST", `${this.stream.name} closed while waiting for ${pending.what}`, reason?.next ?? "check the cable and run the command again", undefined, reason));
    }
  }
}

function refusalIn(reply: HostCborMap, pending: Pending): LinkError | undefined {
  const words = (rc: number): string | undefined => (typeof reply["rsn"] === "string" ? reply["rsn"] : pending.request.errors?.[rc]);
  const err = reply["err"];
  if (err !== null && typeof err === "object" && !Array.isArray(err) && !(err instanceof Uint8Array)) {
    const { group, rc } = err;
    if (typeof rc === "number" && rc !== 0) return refusal(pending.what, typeof group === "number" ? group : pending.request.group, rc, true, words(rc));
  }
  const rc = reply["rc"];
  return typeof rc === "number" && rc !== 0 ? refusal(pending.what, pending.request.group, rc, false, words(rc)) : undefined;
}
