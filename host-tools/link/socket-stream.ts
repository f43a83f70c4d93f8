/**
 * Unix-domain and TCP sockets, and a child process's standard input and output, as ByteStreams.
 *
 * Idea: an emulator's serial line or a serial server on the network is a socket; a command that provides a tile is a
 * child process. All three are a readable and a writable half that end together.
 */
import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { ByteStreamBase } from "./byte-stream.ts";
import type { ByteStream } from "./byte-stream.ts";
import { LinkError } from "./link-errors.ts";

/** Any readable and writable half as one stream. */
export class DuplexStream extends ByteStreamBase {
  readonly name: string;
  private readonly input: Readable;
  private readonly output: Writable;
  private readonly end: () => void;

  /** `end` must make both halves close. */
  constructor(name: string, input: Readable, output: Writable, end: () => void) {
    super();
    this.name = name;
    this.input = input;
    this.output = output;
    this.end = end;
    input.on("data", (bytes: Buffer) => this.received(bytes));
    input.on("close", () => this.closed(this.lost()));
    input.on("end", () => this.closed(this.lost()));
    input.on("error", (error: Error) => this.closed(this.lost(error)));
    output.on("error", (error: Error) => this.closed(this.lost(error)));
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lost());
    return new Promise((resolve, reject) => this.output.write(bytes, (error) => (error ? reject(this.lost(error)) : resolve())));
  }

  close(): Promise<void> {
    this.closed(undefined);
    this.input.removeAllListeners("data");
    this.end();
    return Promise.resolve();
  }
}

/** Connects to `unix:<path>`, a plain absolute socket path, `tcp:<host>:<port>` or `<host>:<port>`. Rejects with PORT_MISSING. */
export function openSocket(address: string, timeoutMs = 5000): Promise<ByteStream> {
  const target = parseAddress(address);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(target);
    const fail = (why: string, cause?: unknown): void => {
      socket.destroy();
      reject(new LinkError("PORT_MISSING", `no connection to ${address}: ${why}`, "check that the tile or the emulator behind it is running", undefined, cause));
    };
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.once("error", (error) => {
      clearTimeout(timer);
      fail(error.message, error);
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      socket.setNoDelay(true);
      resolve(new DuplexStream(address, socket, socket, () => socket.destroy()));
    });
  });
}

function parseAddress(address: string): { path: string } | { host: string; port: number } {
  if (address.startsWith("unix:")) return { path: address.slice(5) };
  const tcp = /^(?:tcp:(?:\/\/)?)?(\[[^\]]+\]|[^:/]+):(\d+)$/.exec(address);
  if (tcp) return { host: (tcp[1] as string).replace(/^\[|\]$/g, ""), port: Number(tcp[2]) };
  return { path: address };
}

/** A child process's stdin and stdout as a stream; closing kills it (SIGKILL: Espruino ignores gentler signals). */
export function childStream(child: ChildProcess, name: string): ByteStream {
  if (!child.stdin || !child.stdout) throw new TypeError("child process needs piped stdin and stdout");
  const stream = new DuplexStream(name, child.stdout, child.stdin, () => child.kill("SIGKILL"));
  child.on("error", () => void stream.close());
  return stream;
}
