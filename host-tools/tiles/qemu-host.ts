// A tile on the QEMU board: its own folder with a flash file, started and stopped like a board with a plug.
//
// Serial lines are Unix sockets in a temporary folder (their paths have a length limit that project folders may exceed).
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import type { ByteStream } from "../link/byte-stream.ts";
import { openSocket } from "../link/socket-stream.ts";
import { socketTmpDir } from "../link/state-dir.ts";
import { type BoardStatus, HardwareChannel } from "../qemu/hardware-channel.ts";
import { type QemuMachine, startQemu } from "../qemu/machine.ts";
import type { CutPhase, TileHost } from "./tile-host.ts";

export interface QemuHostOptions {
  name: string;
  elfPath: string;
  /** Folder of this tile; the flash file in it is made when missing. */
  folder: string;
  /** Deterministic time that skips idling. */
  icount?: boolean;
}

export class QemuHost implements TileHost {
  readonly kind = "qemu";
  readonly boardId = "qemu-mps2-an385";
  readonly name: string;
  readonly flashPath: string;
  private readonly options: QemuHostOptions;
  private readonly sockets: string;
  private machine: QemuMachine | undefined;
  private channelSocket: Socket | undefined;
  private channel: HardwareChannel | undefined;
  private serial1: { socketPath: string; connect?: boolean } | undefined;

  constructor(options: QemuHostOptions) {
    this.options = options;
    this.name = options.name;
    mkdirSync(options.folder, { recursive: true });
    this.flashPath = path.join(options.folder, "flash.bin");
    this.sockets = mkdtempSync(path.join(socketTmpDir(), "genesis-"));
  }

  get portPath(): string {
    return `unix:${path.join(this.sockets, "serial1")}`;
  }

  get isOn(): boolean {
    return this.machine !== undefined;
  }

  /** Pins, voltages, bus devices and the power supply of the running machine. */
  get hardware(): HardwareChannel {
    if (this.channel === undefined) throw new Error(`${this.name} is off`);
    return this.channel;
  }

  async powerOn(): Promise<void> {
    if (this.machine) return;
    const hardwarePath = path.join(this.sockets, "hardware");
    const machine = await startQemu({
      elfPath: this.options.elfPath,
      flashPath: this.flashPath,
      icount: this.options.icount ?? false,
      serial0: { socketPath: path.join(this.sockets, "serial1") },
      ...(this.serial1 === undefined ? {} : { serial1: this.serial1 }),
      hardware: { socketPath: hardwarePath },
    });
    this.machine = machine;
    void machine.exited.then(() => {
      if (this.machine === machine) this.forget();
    });
    this.channelSocket = await connectWhenThere(hardwarePath);
    this.channelSocket.on("error", () => undefined);
    // QEMU makes its sockets in order, so the link's is there by now.
    this.channel = new HardwareChannel(this.channelSocket);
  }

  async powerOff(): Promise<void> {
    const machine = this.machine;
    if (machine === undefined) return;
    await machine.kill();
    this.forget();
  }

  async open(): Promise<ByteStream> {
    await this.powerOn();
    return openSocket(this.portPath);
  }

  async cutPowerAt(operation: number, phase: CutPhase): Promise<void> {
    await this.hardware.armPowerCut(operation, phase);
  }

  async flashOperations(): Promise<number> {
    return (await this.status()).flashOperations;
  }

  status(): Promise<BoardStatus> {
    return this.hardware.status();
  }

  /** Joins the Serial2 of two QEMU tiles; before they are powered on. */
  connectSerial2(other: TileHost): Promise<void> {
    if (!(other instanceof QemuHost)) throw new TypeError("Serial2 of a QEMU tile joins that of another QEMU tile");
    if (this.isOn || other.isOn) throw new Error("wire Serial2 before the tiles are switched on");
    const socketPath = path.join(this.sockets, "serial2");
    this.serial1 = { socketPath };
    other.serial1 = { socketPath, connect: true };
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.powerOff();
    rmSync(this.sockets, { recursive: true, force: true });
  }

  private forget(): void {
    this.machine = undefined;
    this.channelSocket?.destroy();
    this.channelSocket = undefined;
    this.channel = undefined;
  }
}

/** Connects to a socket that a process is about to make. Rejects with the last error after 10 s. */
async function connectWhenThere(socketPath: string): Promise<Socket> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    try {
      return await new Promise<Socket>((resolve, reject) => {
        const socket = connect(socketPath, () => resolve(socket));
        socket.once("error", reject);
      });
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
