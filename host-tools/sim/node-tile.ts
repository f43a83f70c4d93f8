/**
 * A simulated tile in plain Node, for fleets: the same boot code and image bytes as on a board, compiled once for all tiles.
 *
 * The idea: the first stage and the image are scripts whose only way to the world is the port; a `FleetProgram` compiles each distinct script once and
 * hands the same functions to every tile with its own port. Weaker than sim-tile.ts on purpose: tiles share one JavaScript heap (no limits of memory and
 * stack), a program that never returns can't be interrupted, and there is no console to type at.
 */
import type { EspruinoMemory, WatchEvent } from "../../hal/espruino.ts";
import { createNodePort } from "./node-port.ts";
import type { NodePort, NodePortTile } from "./node-port.ts";
import { simVersion } from "./sim-tile.ts";
import { TileStopped } from "./sim-hardware.ts";
import type { HardwareOptions } from "./sim-hardware.ts";
import { PowerCut } from "./nor-flash.ts";
import { TileLife } from "./tile-life.ts";

/** Texts shorter than this are not worth looking up. */
const LONG_TEXT = 4096;

/** Scripts compiled once, by their text. */
export class FleetProgram {
  readonly #texts = new Map<string, string>();
  readonly #boots = new Map<string, (global: NodePort, process: undefined) => void>();
  readonly #values = new Map<string, unknown>();

  /** A boot script (`.bootcde`) as a function of its global object. */
  boot(source: string): (global: NodePort) => void {
    let compiled = this.#boots.get(source);
    if (!compiled) {
      // `process` is shadowed: what a tile sees of the host is its port.
      compiled = new Function("global", "process", source) as (global: NodePort, process: undefined) => void;
      this.#boots.set(source, compiled);
    }
    return compiled as (global: NodePort) => void;
  }

  /** The value of a script: an image's is a function of its port. */
  value(source: string): unknown {
    let value = this.#values.get(source);
    if (value === undefined) {
      value = (new Function("process", `return (${source.trim().replace(/;$/, "")}\n)`) as (process: undefined) => unknown)(undefined);
      this.#values.set(source, value);
    }
    return value;
  }

  /** One copy of a long text, however often it is read. */
  share(text: string): string {
    if (text.length < LONG_TEXT) return text;
    const kept = this.#texts.get(text);
    if (kept === undefined) this.#texts.set(text, text);
    return kept ?? text;
  }

  /** Distinct scripts so far. */
  get size(): number {
    return this.#boots.size + this.#values.size;
  }
}

export interface NodeTileOptions extends HardwareOptions {
  program: FleetProgram;
  /** Espruino variables that the image is known to use; Node can't tell. */
  variablesInUse?: number;
}

export class NodeTile extends TileLife implements NodePortTile {
  consolePort = 0;
  readonly version = simVersion;
  readonly boardName: string;
  /** What the tile printed and the errors nobody caught, newest last; at most 50 lines. */
  readonly output: string[] = [];
  readonly #program: FleetProgram;
  readonly #variablesInUse: number;
  /** Global object of this life, for programs given as strings. */
  #port: NodePort | undefined;
  #lastTimer = 0;
  #listeners: [((data: string) => void)[], ((data: string) => void)[]] = [[], []];
  #watches: { id: number; pin: number; edge: string; repeat: boolean; lastTime: number; callback: (event: WatchEvent) => void }[] = [];

  constructor(options: NodeTileOptions) {
    super(options);
    this.#program = options.program;
    this.#variablesInUse = options.variablesInUse ?? 0;
    this.boardName = `GENESIS_${options.board.id.toUpperCase().replaceAll("-", "_")}`;
    this.wires.onEdge = (pin, level) => this.#edge(pin, level);
  }

  // ---- what the port asks for (NodePortTile)

  startTimeout(callback: (() => void) | string, delayMs: number): number {
    if (typeof callback === "string") return this.startTimeout(() => this.#program.boot(`with(global){${callback}}`)(this.#port as NodePort), delayMs);
    const id = ++this.#lastTimer;
    this.startTimer(id, this.hardware.upUs + (delayMs > 0 ? delayMs * 1000 : 0), () => this.#attempt(callback));
    return id;
  }

  setWatch(callback: (event: WatchEvent) => void, pin: number, options: { repeat: boolean; edge: string }): number {
    const id = ++this.#lastTimer;
    this.#watches.push({ id, pin, edge: options.edge, repeat: options.repeat, lastTime: 0, callback });
    return id;
  }

  clearWatch(id: number): void {
    this.#watches = this.#watches.filter((watch) => watch.id !== id);
  }

  print(text: string): void {
    this.output.push(text);
    if (this.output.length > 50) this.output.shift();
  }

  evaluate(code: string): unknown {
    return this.#program.value(code);
  }

  share(text: string): string {
    return this.#program.share(text);
  }

  memory(): EspruinoMemory {
    const total = this.hardware.board.variables ?? 12_000;
    return { free: total - this.#variablesInUse, usage: this.#variablesInUse, total, blocksize: 13 };
  }

  // ---- life (TileLife)

  protected override boot(): void {
    this.consolePort = 0;
    const script = this.hardware.storage.read(".bootcde");
    if (script === undefined) return this.print("no .bootcde");
    const port = createNodePort(this, this.#listeners);
    this.#port = port;
    this.#attempt(() => this.#program.boot(script)(port));
  }

  protected override forget(): void {
    this.#listeners = [[], []];
    this.#watches = [];
  }

  protected override drain(): void {
    // Nothing is queued: every callback is an entry of its own.
  }

  protected override idle(): void {
    // No console.
  }

  protected override received(port: 0 | 1): void {
    this.enter(() => {
      const bytes = this.hardware.serials[port].take();
      if (bytes === "" || port === this.consolePort) return;
      for (const listener of this.#listeners[port].slice()) this.#attempt(() => listener(bytes));
    });
  }

  #edge(pin: number, level: number): void {
    const time = this.hardware.wallS;
    for (const watch of this.#watches.filter((one) => one.pin === pin)) {
      if ((watch.edge === "rising" && level !== 1) || (watch.edge === "falling" && level === 1)) continue;
      this.enter(() => {
        if (!watch.repeat) this.clearWatch(watch.id);
        const { lastTime } = watch;
        watch.lastTime = time;
        this.#attempt(() => watch.callback({ state: level === 1, time, lastTime }));
      });
    }
  }

  /** Runs a callback; what it throws is printed, as on a board. */
  #attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof TileStopped || error instanceof PowerCut || this.isOver) return;
      this.print(`Uncaught ${String(error)}`);
    }
  }
}
