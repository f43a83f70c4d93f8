// A tile on the real interpreter: Espruino for Linux as a child process, and this rig as its board.
//
// The board's parts: flash is `espruino.flash` in the tile's folder; the console is stdin and stdout; the link is a pseudo-terminal ("link" inside the folder, its
// other end is `portPath`); watchdog, reset line and power switch are this class together with the shim. The process is ended with SIGKILL only:
// Espruino catches the gentler signals. Like a UART, the console goes on over restarts.
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ResetCause } from "../../firmware/update/boot-log.ts";
import { spawnEspruino } from "../../host-tools/espruino-process.ts";
import { type ByteStream, ByteStreamBase } from "../../host-tools/link/byte-stream.ts";
import { openSerial } from "../../host-tools/link/serial-stream.ts";
import { EspruinoStorage } from "../../host-tools/sim/espruino-storage.ts";
import { flashFile } from "../../host-tools/sim/flash-file.ts";
import { NorFlash } from "../../host-tools/sim/nor-flash.ts";
import type { CutPhase, TileHost } from "../../host-tools/tiles/tile-host.ts";
import { cutOrder, shimFiles, shimLoader, shimScript } from "./espruino-shim.ts";
import { openPtyPair, type PtyPair } from "./pty-pair.ts";

/** Espruino for Linux, 2v29: flash of its fake board. */
export const linuxFlash = { baseAddress: 0x1000_0000, flashBytes: 256 * 1024, pageBytes: 1024 } as const;

const enum Board {
  /** The watchdog is looked at this often, ms. */
  LookMs = 50,
  /** Time from the end of one process to the start of the next, ms. */
  ResetMs = 20,
  /** Processes in a row that end within a second: then the board stays off. */
  QuickEnds = 50,
}

export class EspruinoHost implements TileHost {
  readonly kind = "serial";
  readonly boardId = "espruino-linux";
  readonly linkPath = "link";
  readonly peerPath = "serial2";
  readonly name: string;
  readonly folder: string;
  readonly portPath: string;
  /** Causes of all starts so far, as numbers of ResetCause. */
  readonly starts: number[] = [];
  /** The end of what the console said. */
  transcript: string = "";
  private readonly binary: string;
  private readonly link: PtyPair;
  private readonly wires: PtyPair[] = [];
  private readonly consoles = new Set<ConsoleStream>();
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  private restart: NodeJS.Timeout | undefined;
  private look: NodeJS.Timeout | undefined;
  private isOn = false;
  private hasHung = false;
  private pastOperations = 0;
  private quickEnds = 0;
  /** A power cut to come: when, counted like flashOperations(), and how. */
  private cut: { at: number; phase: CutPhase } | undefined;

  private constructor(name: string, binary: string, folder: string, link: PtyPair) {
    this.name = name;
    this.binary = binary;
    this.folder = folder;
    this.portPath = path.join(folder, "host");
    this.link = link;
  }

  /** A board in `folder`, switched off. @throws Failure NO_SOCAT */
  static async create(name: string, binary: string, folder: string): Promise<EspruinoHost> {
    mkdirSync(folder, { recursive: true });
    return new EspruinoHost(name, binary, folder, await openPtyPair(path.join(folder, "link"), path.join(folder, "host")));
  }

  async open(): Promise<ByteStream> {
    await this.powerOn();
    return openSerial({ path: this.portPath, lock: false });
  }

  async openConsole(): Promise<ByteStream> {
    const stream = new ConsoleStream(`${this.name} console`, (bytes) => this.child?.stdin?.write(bytes), () => this.consoles.delete(stream));
    this.consoles.add(stream);
    await this.powerOn();
    return stream;
  }

  /** Storage of the board while it is off. */
  withStorage<T>(use: (storage: EspruinoStorage) => T): T {
    if (this.child !== undefined) throw new Error(`${this.name} is on: its flash belongs to it`);
    const flash = new NorFlash(linuxFlash, undefined, flashFile(path.join(this.folder, "espruino.flash")));
    try {
      return use(new EspruinoStorage(flash, linuxFlash.baseAddress, linuxFlash.flashBytes));
    } finally {
      flash.close();
    }
  }

  powerOn(): Promise<void> {
    if (this.isOn) return Promise.resolve();
    this.isOn = true;
    this.pastOperations = 0;
    this.cut = undefined;
    this.quickEnds = 0;
    this.look = setInterval(() => this.watch(), Board.LookMs);
    return this.start(ResetCause.Power);
  }

  async powerOff(): Promise<void> {
    this.isOn = false;
    clearTimeout(this.restart);
    clearInterval(this.look);
    this.child?.kill("SIGKILL");
    await this.ended;
  }

  /** Kills the process as it is; the board starts again with this cause. */
  async reset(cause: ResetCause = ResetCause.Unknown): Promise<void> {
    await this.powerOff();
    this.isOn = true;
    this.look = setInterval(() => this.watch(), Board.LookMs);
    await this.start(cause);
  }

  cutPowerAt(operation: number, phase: CutPhase): Promise<void> {
    this.cut = { at: this.pastOperations + this.operationsNow() + operation, phase };
    this.orderCut();
    return Promise.resolve();
  }

  /** An armed power cut is still to come; resets don't change that, switching the board on forgets it. */
  get isCutArmed(): boolean {
    return this.cut !== undefined && !existsSync(this.file("died"));
  }

  flashOperations(): Promise<number> {
    return Promise.resolve(this.pastOperations + this.operationsNow());
  }

  async connectSerial2(other: TileHost): Promise<void> {
    if (!(other instanceof EspruinoHost)) throw new TypeError("Serial2 of an Espruino tile joins that of another Espruino tile");
    this.wires.push(await openPtyPair(path.join(this.folder, this.peerPath), path.join(other.folder, other.peerPath)));
  }

  async close(): Promise<void> {
    await this.powerOff();
    for (const pair of [...this.wires, this.link]) await pair.close();
  }

  private file(name: keyof typeof shimFiles): string {
    return path.join(this.folder, shimFiles[name]);
  }

  private operationsNow(): number {
    return statSync(this.file("operations"), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Tells the process of the cut to come, in its own count. */
  private orderCut(): void {
    if (this.cut !== undefined) writeFileSync(this.file("cut"), cutOrder(this.cut.at - this.pastOperations, this.cut.phase));
  }

  private start(cause: ResetCause): Promise<void> {
    for (const name of ["kick", "watchdog", "operations", "cut", "died"] as const) rmSync(this.file(name), { force: true });
    this.orderCut();
    this.withStorage((storage) => {
      if (storage.read(shimLoader.name) !== shimLoader.script) storage.write(shimLoader.name, shimLoader.script);
    });
    writeFileSync(this.file("script"), shimScript(cause));
    this.hasHung = false;
    this.starts.push(cause);
    const startedMs = performance.now();
    const child = spawnEspruino(this.binary, this.folder);
    this.child = child;
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (bytes: Buffer) => {
      this.transcript = (this.transcript + bytes.toString("latin1")).slice(-4000);
      for (const console of this.consoles) console.receive(bytes);
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code) => {
        this.child = undefined;
        this.afterEnd(code, performance.now() - startedMs);
        resolve();
      });
    });
    return new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => reject(new Error(`${this.binary} does not start: ${error.message}. Set GENESIS_ESPRUINO to an Espruino for Linux.`)));
    });
  }

  /** A process has ended: says why to the next one. */
  private afterEnd(code: number | null, livedMs: number): void {
    this.pastOperations += this.operationsNow();
    let cause = code === 1 ? ResetCause.Software : ResetCause.Crash;
    const died = read(this.file("died"));
    if (died !== undefined) {
      cause = ResetCause.Power;
      this.cut = undefined;
      if (died !== "-") this.tearPage(Number(died));
    } else if (this.hasHung) cause = ResetCause.Watchdog;
    if (!this.isOn) return;
    this.quickEnds = livedMs < 1000 ? this.quickEnds + 1 : 0;
    if (this.quickEnds >= Board.QuickEnds) {
      this.isOn = false;
      clearInterval(this.look);
      for (const console of this.consoles) console.receive(Buffer.from("\r\nrig: ended at once fifty times, stays off\r\n"));
      return;
    }
    this.restart = setTimeout(() => void this.start(cause), Board.ResetMs);
  }

  /** An erase that lost its power half way: the first half of the page is blank. */
  private tearPage(address: number): void {
    this.withStorage((storage) => {
      const { flash } = storage;
      const page = flash.pageOf(address);
      if (page === undefined) return;
      const rest = flash.read(page + linuxFlash.pageBytes / 2, linuxFlash.pageBytes / 2);
      flash.erasePage(page);
      flash.program(page + linuxFlash.pageBytes / 2, rest);
    });
  }

  /** The watchdog: once it is armed, a kick has to come in time. */
  private watch(): void {
    const seconds = read(this.file("watchdog"));
    if (seconds === undefined || this.child === undefined || this.hasHung) return;
    const lastMs = Math.max(modifiedMs(this.file("watchdog")), modifiedMs(this.file("kick")));
    if (Date.now() - lastMs < Number(seconds) * 1000) return;
    this.hasHung = true;
    this.child.kill("SIGKILL");
  }
}

/** Stdin and stdout of whichever process is the board at the moment. */
class ConsoleStream extends ByteStreamBase {
  readonly name: string;
  private readonly send: (bytes: Uint8Array) => void;
  private readonly forget: () => void;

  constructor(name: string, send: (bytes: Uint8Array) => void, forget: () => void) {
    super();
    this.name = name;
    this.send = send;
    this.forget = forget;
  }

  receive(bytes: Uint8Array): void {
    this.received(bytes);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lost());
    this.send(bytes);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.forget();
    this.closed(undefined);
    return Promise.resolve();
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}

function modifiedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
