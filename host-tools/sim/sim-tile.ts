/**
 * A simulated tile on QuickJS: Espruino's boot order, its console and its API around one isolated engine per life.
 *
 * A program that never returns is interrupted: the watchdog resets the tile when it is on, else it hangs until Ctrl-C on its console or power-off.
 */
import type { QuickJSWASMModule } from "quickjs-emscripten";
import { EspruinoConsole } from "./espruino-console.ts";
import { readPrelude } from "./espruino-prelude.ts";
import { hostOperations } from "./quickjs-host.ts";
import type { HostTile } from "./quickjs-host.ts";
import { loadQuickJs, QuickJsEngine } from "./quickjs-engine.ts";
import { errorFlagBits } from "./sim-hardware.ts";
import type { HardwareOptions } from "./sim-hardware.ts";
import { TileLife } from "./tile-life.ts";

/** A program that runs for so long and has no watchdog hangs. */
const hangUs = 60_000_000;
/** Espruino's version whose behaviour is imitated. */
export const simVersion = "2v29.0";

export class SimTile extends TileLife implements HostTile {
  console: EspruinoConsole;
  consolePort = 0;
  readonly version = simVersion;
  readonly boardName: string;
  readonly #quickjs: QuickJSWASMModule;
  readonly #prelude: string;
  #engine: QuickJsEngine | undefined;
  #wanted: { file: string | undefined } | undefined;
  readonly #watched = new Set<number>();

  private constructor(quickjs: QuickJSWASMModule, prelude: string, options: HardwareOptions) {
    super(options);
    this.#quickjs = quickjs;
    this.#prelude = prelude;
    this.boardName = `GENESIS_${options.board.id.toUpperCase().replaceAll("-", "_")}`;
    this.console = this.#newConsole();
    this.wires.onEdge = (pin, level) => {
      const atS = this.hardware.upUs / 1_000_000;
      if (this.#watched.has(pin)) this.enter(() => this.#engine?.dispatch("edge", pin * 4 + level + 1, atS));
    };
  }

  /** A tile that is switched off; loads the engine. */
  static async create(options: HardwareOptions, prelude: string = readPrelude()): Promise<SimTile> {
    return new SimTile(await loadQuickJs(), prelude, options);
  }

  // ---- what the native functions ask for (HostTile)

  setTimer(id: number, upUs: number): void {
    this.startTimer(id, upUs, () => this.#engine?.dispatch("timer", id));
  }

  watchPin(pin: number, on: boolean): void {
    if (on) this.#watched.add(pin);
    else this.#watched.delete(pin);
  }

  restart(file: string | undefined): void {
    this.#wanted = { file };
  }

  setDepth(isDeep: boolean): void {
    this.#engine?.setDepth(isDeep);
  }

  memory(): { usage: number; total: number; stackFree: number; blocksize: number } {
    return this.#engine?.memory() ?? { usage: 0, total: 0, stackFree: 0, blocksize: 13 };
  }

  // ---- life (TileLife)

  protected override boot(): void {
    const { storage } = this.hardware;
    this.consolePort = 0;
    this.console = this.#newConsole();
    if (!storage.isValid()) {
      this.console.write("Storage is corrupt.\nErasing Storage Area...\n");
      storage.eraseAll();
      this.console.write("Erase complete.\n");
    }
    this.console.write(`\n${this.boardName} ${simVersion}\nQuickJS, reset: ${this.hardware.cause}\n`);
    this.#load("");
  }

  protected override forget(): void {
    this.#watched.clear();
    this.#wanted = undefined;
    this.#engine?.dispose();
    this.#engine = undefined;
  }

  protected override drain(): void {
    this.#engine?.drain();
    while (this.#wanted && !this.isOver) {
      const { file } = this.#wanted;
      this.#wanted = undefined;
      this.#engine?.dispatch("kill");
      this.clearTimers();
      this.forget();
      this.#load(file);
      this.#engine!.drain();
    }
  }

  protected override idle(): void {
    this.console.prompt();
  }

  protected override received(port: 0 | 1): void {
    const uart = this.hardware.serials[port];
    if (this.state === "hung") {
      const bytes = uart.take();
      if (port !== this.consolePort) return;
      if (this.console.isDebugging) this.console.receive(bytes);
      else if (bytes.includes("\x03")) this.console.enterDebugger();
      return;
    }
    this.enter(() => {
      const bytes = uart.take();
      let at = 0;
      while (at < bytes.length && port === this.consolePort && !this.isOver && !this.#wanted) this.console.receive(bytes[at++]!);
      if (at < bytes.length && !this.isOver) this.#engine?.dispatch("data", bytes.slice(at), port);
    });
  }

  /** Espruino's order: .boot0 to .boot3, .bootrst or else .bootcde (not after reset()), `init`; then the file of load(file). */
  #load(file: string | undefined): void {
    this.#engine = this.#newEngine();
    const run = (name: string): boolean => {
      const source = this.hardware.storage.read(name);
      if (source !== undefined && !this.isOver) this.#engine?.evaluate(source, () => false);
      return source !== undefined;
    };
    for (let i = 0; i < 4; i++) run(`.boot${i}`);
    if (!run(".bootrst") && file === "") run(".bootcde");
    if (!this.isOver) this.#engine.dispatch("init");
    if (file) run(file);
  }

  #newEngine(): QuickJsEngine {
    const { hardware } = this;
    const variables = hardware.board.variables ?? 12_000;
    const limits = { variables, calls: variables < 5000 ? 36 : 100 };
    return new QuickJsEngine(this.#quickjs, this.#prelude, hostOperations(this), limits, {
      isStopped: () => this.#isStopped(),
      guard: () => hardware.assertRuns(),
      onAbandoned: () => {
        if (this.isOver) return;
        hardware.errorFlags |= errorFlagBits.lowMemory | errorFlagBits.memory;
        this.console.write("Execution Interrupted\n");
      },
    });
  }

  #newConsole(): EspruinoConsole {
    return new EspruinoConsole({
      identity: `Espruino ${simVersion} ${this.boardName}`,
      transmit: (bytes) => {
        // A program that was stopped in the middle says nothing more.
        if (this.consolePort >= 0 && !this.isOver) this.hardware.serials[this.consolePort as 0 | 1].send(bytes, this.hardware.busyUs);
      },
      execute: (line) => this.#engine?.evaluate(line, () => this.console.showing),
      packet: (data, type) => this.#engine?.dispatch("packet", data, type),
      after: (delayUs, run) => {
        const event = this.later(this.clock.nowUs + delayUs, run);
        return () => this.clock.cancel(event);
      },
      leaveDebugger: (stops) => this.resume(stops ? "running" : "hung"),
    });
  }

  /** Asked while JavaScript runs, every 10,000 loop passes or calls. */
  #isStopped(): boolean {
    const { hardware } = this;
    hardware.busyUs += hardware.timing.tickUs;
    if (this.isOver) return true;
    const dueUs = hardware.watchdogDueUs;
    if (dueUs !== undefined && this.clock.nowUs + hardware.busyUs >= dueUs) hardware.stopping = "watchdog";
    else this.isHung = hardware.busyUs > hangUs;
    return this.isOver;
  }
}
