// Where a tile runs, seen from outside: its port, and where the host can do it, its power, its reset line and its flash.
//
// A QEMU tile, a simulated tile and a board on a serial port are all TileHosts, so a command or a scenario written against this runs on each.
import type { ByteStream } from "../link/byte-stream.ts";

/** When, within flash operation n, the power goes: before it, after some of its words, after all of it. */
export type CutPhase = "before" | "torn" | "after";

export interface OpenOptions {
  raw?: boolean;
}

export interface TileHost {
  /** For people: "qemu", "sim:porch", "/dev/ttyACM0". */
  readonly name: string;
  /** `qemu`, `sim` or `serial`: what kind of host this is. */
  readonly kind: "qemu" | "sim" | "serial";
  /** Board id, or undefined when only the tile itself can say. */
  readonly boardId: string | undefined;
  /**
   * Opens the port that carries the link (and, unless `openConsole` exists, the console).
   * `raw`: alone, bytes untouched, for console protocols; other users of a shared port wait.
   */
  open(options?: OpenOptions): Promise<ByteStream>;
  /** Opens the console where it is another port than the link. */
  openConsole?(): Promise<ByteStream>;
  /** Serial-port path or socket for the link, as another program would name it. */
  readonly portPath?: string | undefined;
  /** Path the tile itself must open for its link (Linux Espruino: a pty), written into its config at install. */
  readonly linkPath?: string | undefined;
  /** Path the tile must open for its Serial2, likewise. */
  readonly peerPath?: string | undefined;
  /** Power on; resolves when the machine runs, not when the tile is ready. */
  powerOn?(): Promise<void>;
  /** Power off at once, as when the plug is pulled. */
  powerOff?(): Promise<void>;
  /** Takes the power away for a moment, where this process has it in hand: false where it has not. Open streams stay usable. */
  powerCycle?(): Promise<boolean>;
  /** Arms a power cut at the n-th flash operation from now (1 = the next). The host restarts the tile by itself afterwards. */
  cutPowerAt?(operation: number, phase: CutPhase): Promise<void>;
  /** Flash operations (erase and program) since power-on. */
  flashOperations?(): Promise<number>;
  /** Wires Serial2 of this tile to Serial2 of another of the same kind. */
  connectSerial2?(other: TileHost): Promise<void>;
  /** Ends whatever `powerOn` started. Flash stays. */
  close(): Promise<void>;
}
