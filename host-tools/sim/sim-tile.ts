/**
 * A simulated tile on QuickJS: power, resets, the boot of an Espruino, its console, its event loop in virtual time.
 *
 * The idea: nothing runs on its own. The clock calls an entry (a timer, bytes, an edge), the engine runs to the end of it, and whatever that cost is time in
 * which the tile hears nothing. Crash-only: a reset, a power cut and a watchdog throw the engine away; only the flash is carried over.
 * A program that never returns is interrupted: the watchdog resets it when it is on, else the tile hangs until Ctrl-C on its console or power-off.
 */
import type { QuickJSWASMModule } from "quickjs-emscripten";
import { EspruinoConsole } from "./espruino-console.ts";
import { readPrelude } from "./espruino-prelude.ts";
import { hostOperations } from "./quickjs-host.ts";
import type { HostTile } from "./quickjs-host.ts";
import { loadQuickJs, QuickJsEngine } from "./quickjs-engine.ts";
import { SimHardware } from "./sim-hardware.ts";
import type { HardwareOptions, ResetCause } from "./sim-hardware.ts";
import type { SimUart } from "./sim-uart.ts";
import type { SimWires } from "./sim-wires.ts";
import type { Scheduled, VirtualClock } from "./virtual-clock.ts";
import type { NorFlash } from "./nor-flash.ts";

export type TileState = "off" | "starting" | "running" | "hung";

/** What a fleet, a rig and a command need of a simulated tile, whatever its engine. */
export interface SimulatedTile {
  readonly hardware: SimHardware;
  readonly clock: VirtualClock;
  readonly flash: NorFlash;
  readonly serial1: SimUart;
  readonly serial2: SimUart;
  readonly wires: SimWires;
  readonly state: TileState;
  powerOn(): void;
  powerOff(): void;
  /** Pulses the reset line. */
  reset(): void;
  /** Called at every start. */
  onStart: ((cause: ResetCause) => void) | undefined;
  /** Called when an armed power cut struck; without a listener the power comes back after `powerBackUs`. */
  onPowerCut: (() => void) | undefined;
}

/** From reset to the first line of boot code, µs. */
const resetUs = 20_000;
/** From a power cut to power, where nobody else decides. */
export const powerBackUs = 100_000;
/** A program that runs for so long and has no watchdog hangs. */
const hangUs = 60_000_000;
/** Espruino's version whose behaviour is imitated. */
export const simVersion = "2v29.0";

export class SimTile implements SimulatedTile, HostTile {
  readonly hardware: SimHardware;
  console: EspruinoConsole;
  consolePort = 0;
  readonly version = simVersion;
  readonly boardName: string;
  onStart: ((cause: ResetCause) => void) | undefined;
  onPowerCut: (() => void) | undefined;
  readonly #quickjs: QuickJSWASMModule;
  readonly #prelude: string;
  #engine: QuickJsEngine | undefined;
  #state: TileState = "off";
  /** Changes at every start: events of an earlier life are ignored. */
  #life = 0;
  #busyUntilUs = 0;
  #isHung = false;
  #wanted: { file: string | undefined } | undefined;
  readonly #timers = new Map<number, Scheduled>();
  readonly #watched = new Set<number>();
  #watchdog: Scheduled | undefined;

  /** Use `SimTile.create`, which loads the engine. */
  private constructor(quickjs: QuickJSWASMModule, prelude: string, options: HardwareOptions) {
    this.#quickjs = quickjs;
    this.#prelude = prelude;
    this.hardware = new SimHardware(options);
    this.boardName = `GENESIS_${options.board.id.toUpperCase().replaceAll("-", "_")}`;
    this.console = this.#newConsole();
    this.hardware.serials.forEach((uart, port) => (uart.onReceived = () => this.#received(port as 0 | 1)));
    this.hardware.wires.onEdge = (pin, level) => {
      const what = pin * 4 + level + 1;
      const atS = this.hardware.upUs / 1_000_000;
      if (this.#watched.has(pin)) this.#enter(() => this.#engine?.dispatch("edge", what, atS));
    };
  }

  /** A tile that is switched off. */
  static async create(options: HardwareOptions, prelude: string = readPrelude()): Promise<SimTile> {
    return new SimTile(await loadQuickJs(), prelude, options);
  }

  get clock(): VirtualClock {
    return this.hardware.clock;
  }
  get flash(): NorFlash {
    return this.hardware.flash;
  }
  get serial1(): SimUart {
    return this.hardware.serials[0];
  }
  get serial2(): SimUart {
    return this.hardware.serials[1];
  }
  get wires(): SimWires {
    return this.hardware.wires;
  }
  get state(): TileState {
    return this.#state;
  }

  powerOn(): void {
    if (this.#state === "off") this.#start("power", 0);
  }

  powerOff(): void {
    this.#end();
    this.#state = "off";
    this.hardware.silence();
    this.hardware.flash.powerOff();
  }

  reset(): void {
    if (this.#state !== "off") this.#start("unknown", resetUs);
  }

  /** Frees the engine and the flash store. */
  close(): void {
    this.powerOff();
    this.flash.close();
  }

  // ---- what the native functions ask for (HostTile)

  setTimer(id: number, upUs: number): void {
    this.clearTimer(id);
    const life = this.#life;
    const atUs = this.hardware.bootedUs + Math.ceil(upUs);
    const event = this.clock.at(Math.min(atUs, Number.MAX_SAFE_INTEGER), () => {
      if (life !== this.#life) return;
      this.#timers.delete(id);
      this.#enter(() => this.#engine?.dispatch("timer", id));
    });
    this.#timers.set(id, event);
  }

  clearTimer(id: number): void {
    this.clock.cancel(this.#timers.get(id));
    this.#timers.delete(id);
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

  // ---- life

  #newConsole(): EspruinoConsole {
    return new EspruinoConsole({
      identity: `Espruino ${simVersion} ${this.boardName}`,
      transmit: (bytes) => {
        if (this.consolePort >= 0) this.hardware.serials[this.consolePort as 0 | 1].send(bytes);
      },
      execute: (line) => this.#engine?.evaluate(line, this.console.showing),
      packet: (data, type) => this.#engine?.dispatch("packet", data, type),
      after: (delayUs, run) => {
        const life = this.#life;
        const event = this.clock.after(delayUs, () => {
          if (life === this.#life) run();
        });
        return () => this.clock.cancel(event);
      },
      leaveDebugger: (stops) => {
        this.#state = stops ? "running" : "hung";
      },
    });
  }

  /** Ends this life: no event of it will be heard. */
  #end(): void {
    this.#life++;
    this.#forgetProgram();
    this.clock.cancel(this.#watchdog);
    this.#watchdog = undefined;
  }

  #forgetProgram(): void {
    for (const event of this.#timers.values()) this.clock.cancel(event);
    this.#timers.clear();
    this.#watched.clear();
    this.#engine?.dispose();
    this.#engine = undefined;
  }

  #start(cause: ResetCause, delayUs: number): void {
    this.#end();
    this.#state = "starting";
    const life = this.#life;
    this.clock.after(delayUs, () => {
      if (life === this.#life) this.hardware.silence();
    });
    this.clock.after(delayUs + resetUs, () => {
      if (life !== this.#life) return;
      this.hardware.begin(cause);
      this.#state = "running";
      this.#isHung = false;
      this.#busyUntilUs = 0;
      this.consolePort = 0;
      this.console = this.#newConsole();
      this.onStart?.(cause);
      this.#enter(() => this.#boot({ banner: true, bootCode: true, file: undefined }));
    });
  }

  /** Espruino's order: check of Storage, .boot0 to .boot3, .bootrst or else .bootcde, `init`; then the file of load(file). */
  #boot(how: { banner: boolean; bootCode: boolean; file: string | undefined }): void {
    const { hardware, console } = this;
    const { storage } = hardware;
    if (how.banner && !storage.isValid()) {
      console.write("Storage is corrupt.\nErasing Storage Area...\n");
      storage.eraseAll();
      console.write("Erase complete.\n");
    }
    this.#engine = this.#newEngine();
    if (how.banner) console.write(`\n${this.boardName} ${simVersion}\nQuickJS, reset: ${hardware.cause}\n`);
    const run = (name: string): boolean => {
      const source = storage.read(name);
      if (source !== undefined) this.#engine?.evaluate(source, false);
      return source !== undefined;
    };
    for (let i = 0; i < 4; i++) run(`.boot${i}`);
    if (!run(".bootrst") && how.bootCode) run(".bootcde");
    this.#engine.dispatch("init");
    if (how.file) run(how.file);
  }

  #newEngine(): QuickJsEngine {
    const { hardware } = this;
    const { board } = hardware;
    const limits = { variables: board.variables ?? 12_000, calls: (board.variables ?? 12_000) < 5000 ? 36 : 100 };
    const isStopped = (): boolean => this.#isStopped();
    return new QuickJsEngine(this.#quickjs, this.#prelude, hostOperations(this), limits, isStopped, () => hardware.assertRuns());
  }

  /** Asked while JavaScript runs. */
  #isStopped(): boolean {
    const { hardware } = this;
    hardware.busyUs += hardware.timing.tickUs;
    if (hardware.stopping !== undefined || !hardware.flash.isPowered) return true;
    const dueUs = hardware.watchdogDueUs;
    if (dueUs !== undefined && this.clock.nowUs + hardware.busyUs >= dueUs) {
      hardware.stopping = "watchdog";
      return true;
    }
    this.#isHung = hardware.busyUs > hangUs;
    return this.#isHung;
  }

  /** Runs something in the tile: now, or when it is no longer busy. */
  #enter(run: () => void): void {
    if (this.#state !== "running") return;
    const { hardware, clock } = this;
    if (clock.nowUs < this.#busyUntilUs) {
      const life = this.#life;
      clock.at(this.#busyUntilUs, () => {
        if (life === this.#life) this.#enter(run);
      });
      return;
    }
    hardware.meter.wake(clock.nowUs);
    hardware.busyUs = 0;
    try {
      run();
      if (!this.#isHung) this.#engine?.drain();
      while (this.#wanted && !this.#isHung && hardware.stopping === undefined) {
        const { file } = this.#wanted;
        this.#wanted = undefined;
        this.#engine?.dispatch("kill");
        this.#forgetProgram();
        this.#boot({ banner: false, bootCode: file === "", file });
        this.#engine?.drain();
      }
    } catch (error) {
      // A power cut or reset outside of the engine (the check of Storage): handled below.
      if (hardware.stopping === undefined && hardware.flash.isPowered) throw error;
    }
    this.#leave();
  }

  /** After every entry: the time it took, and how it ended. */
  #leave(): void {
    const { hardware, clock } = this;
    hardware.meter.busy(hardware.busyUs);
    this.#busyUntilUs = clock.nowUs + hardware.busyUs;
    if (!hardware.flash.isPowered) {
      this.#end();
      this.#state = "off";
      hardware.silence();
      if (this.onPowerCut) this.onPowerCut();
      else this.#start("power", powerBackUs);
      return;
    }
    if (hardware.stopping !== undefined) {
      const cause = hardware.stopping === "off" ? "power" : hardware.stopping;
      this.#start(cause, hardware.busyUs);
      return;
    }
    if (this.#isHung) {
      this.#state = "hung";
      this.#isHung = false;
      return;
    }
    this.console.prompt();
    hardware.busyUs = 0;
    hardware.idle();
    this.#guard();
  }

  /** Keeps the watchdog's appointment. */
  #guard(): void {
    const dueUs = this.hardware.watchdogDueUs;
    if (dueUs === undefined || this.#watchdog?.run) return;
    const life = this.#life;
    this.#watchdog = this.clock.at(Math.max(dueUs, this.#busyUntilUs), () => {
      if (life !== this.#life) return;
      this.#watchdog = undefined;
      const nowDueUs = this.hardware.watchdogDueUs;
      if (nowDueUs !== undefined && nowDueUs <= this.clock.nowUs) this.#start("watchdog", 0);
      else this.#guard();
    });
  }

  /** Bytes have arrived on a port. */
  #received(port: 0 | 1): void {
    const uart = this.hardware.serials[port];
    if (this.#state === "hung") {
      const bytes = uart.take();
      if (port !== this.consolePort) return;
      if (this.console.isDebugging) this.console.receive(bytes);
      else if (bytes.includes("\x03")) this.console.enterDebugger();
      return;
    }
    this.#enter(() => {
      const bytes = uart.take();
      let at = 0;
      while (at < bytes.length && port === this.consolePort && !this.#isOver()) this.console.receive(bytes[at++]!);
      if (at < bytes.length && !this.#isOver()) this.#engine?.dispatch("data", bytes.slice(at), port);
    });
  }

  #isOver(): boolean {
    return this.#isHung || this.hardware.stopping !== undefined || !this.hardware.flash.isPowered || this.#wanted !== undefined;
  }
}
