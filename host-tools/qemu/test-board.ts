// A QEMU board for tests: started in a folder of its own, spoken to over a Unix socket, gone afterwards.
// oxlint-disable no-control-regex -- control codes are what the console speaks
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { startQemu, type QemuMachine } from "./machine.ts";
import { buildRuntime, repositoryRoot } from "./runtime-build.ts";

/** Objects and downloads of tests are those of the product: one build serves both. */
export const testCacheDir = path.join(repositoryRoot(), ".genesis", "cache");

const CONNECT_RETRY_MS = 20;

/** Connects to a Unix socket that may not listen yet. */
export async function connectSocket(file: string): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(file);
    const error = await new Promise<Error | undefined>((resolve) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("error", resolve);
    });
    if (!error) return socket;
    if (attempt > 250) throw error;
    await new Promise((resolve) => setTimeout(resolve, CONNECT_RETRY_MS));
  }
}

/** Collects what a line says; bytes are codes 0..255 of a string. */
export class Line {
  readonly #socket: Socket;
  #text = "";
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data) => {
      this.#text += data.toString("latin1");
      this.#wake?.();
    });
    socket.on("error", () => undefined);
  }

  send(bytes: string): void {
    this.#socket.write(Buffer.from(bytes, "latin1"));
  }

  /** What came and was not taken yet. */
  get pending(): string {
    return this.#text;
  }

  /** Waits for `what` and takes everything up to and including it. @throws Error with what came instead. */
  async until(what: string | RegExp, timeoutMs = 10_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const at = typeof what === "string" ? this.#text.indexOf(what) : this.#text.search(what);
      if (at >= 0) {
        const length = typeof what === "string" ? what.length : (what.exec(this.#text)?.[0].length ?? 0);
        const taken = this.#text.slice(0, at + length);
        this.#text = this.#text.slice(at + length);
        return taken;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${String(what)} did not come in ${timeoutMs} ms; the board said ${JSON.stringify(this.#text.slice(-600))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Takes what comes within a time. */
  async quiet(ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const taken = this.#text;
    this.#text = "";
    return taken;
  }

  /** Stops reading, as a host does that is busy with something else. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }
}

export interface TestBoardOptions {
  icount?: boolean;
  serial1?: boolean;
  hardware?: boolean;
  /** Use this folder and keep it (to start the same board again). */
  folder?: string;
  /** Keep the board halted until the console is connected, so that nothing of its boot is missed. */
  wait?: boolean;
}

export interface TestBoard {
  machine: QemuMachine;
  folder: string;
  console: Line;
  serial2: Line | undefined;
  hardware: Socket | undefined;
  /** Evaluates an expression by an EVAL packet and returns its E.toJS text. @throws Error when the board answers NAK. */
  evaluate(expression: string, timeoutMs?: number): Promise<string>;
  /** Runs a line without echo, then waits until the board took it. */
  run(line: string): Promise<string>;
  stop(): Promise<void>;
}

/** One packet of Espruino's protocol. */
export function packet(type: number, data: string): string {
  const header = (type << 13) | data.length;
  return `\x10\x01${String.fromCharCode(header >> 8, header & 255)}${data}`;
}

/** Starts a board on the runtime of this checkout and waits for its prompt. */
export async function startTestBoard(options: TestBoardOptions = {}): Promise<TestBoard> {
  const { elfPath } = await buildRuntime({ cacheDir: testCacheDir });
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), "genesis-qemu-"));
  const socket = (name: string): { socketPath: string; wait: boolean } => ({ socketPath: path.join(folder, name), wait: name === "u0" && (options.wait ?? true) });
  const machine = await startQemu({
    elfPath,
    flashPath: path.join(folder, "flash.bin"),
    icount: options.icount ?? false,
    serial0: socket("u0"),
    ...(options.serial1 ? { serial1: socket("u1") } : {}),
    ...(options.hardware ? { hardware: socket("u2") } : {}),
  });
  const console = new Line(await connectSocket(machine.serial0));
  const serial2 = machine.serial1 ? new Line(await connectSocket(machine.serial1)) : undefined;
  const hardware = machine.hardware ? await connectSocket(machine.hardware) : undefined;
  const board: TestBoard = {
    machine,
    folder,
    console,
    serial2,
    hardware,
    async evaluate(expression, timeoutMs) {
      console.send(packet(1, expression));
      const before = await console.until(/[\x06\x15]/, timeoutMs);
      if (before.endsWith("\x15")) throw new Error(`the board refused ${expression}: ${await console.quiet(200)}`);
      const head = await console.until(/\x10\x01[\s\S]{2}/);
      const length = ((head.charCodeAt(head.length - 2) & 0x1f) << 8) | head.charCodeAt(head.length - 1);
      return length ? console.until(new RegExp(`^[\\s\\S]{${length}}`)) : "";
    },
    async run(line) {
      const mark = `=${Math.random().toString(36).slice(2)}=`;
      console.send(`\x10${line}\n\x10Serial1.write(${JSON.stringify(mark.slice(0, 4))}+${JSON.stringify(mark.slice(4))})\n`);
      const said = await console.until(mark);
      return said.slice(0, -mark.length);
    },
    async stop() {
      console.close();
      serial2?.close();
      hardware?.destroy();
      await machine.kill();
      if (!options.folder) rmSync(folder, { recursive: true, force: true });
    },
  };
  if (options.wait ?? true) await console.until(/>$/, 20_000);
  return board;
}
