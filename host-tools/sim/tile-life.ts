/**
 * The life of a simulated tile, whatever engine runs its program: power, resets, the watchdog's appointment, and the event loop in virtual time.
 *
 * The idea: nothing runs on its own. The clock calls an entry (a timer, bytes, an edge), the program runs to the end of it, and whatever that
 * cost is time in which the tile hears nothing. Crash-only: a reset, a power cut and a watchdog forget the program; only the flash is carried over.
 * To add an engine: extend this with `boot`, `forget` and `drain` (sim-tile.ts is QuickJS, node-tile.ts plain Node).
 */
import type { NorFlash } from "./nor-flash.ts";
import { SimHardware } from "./sim-hardware.ts";
import type { HardwareOptions, ResetCause } from "./sim-hardware.ts";
import type { SimUart } from "./sim-uart.ts";
import type { SimWires } from "./sim-wires.ts";
import type { Scheduled, VirtualClock } from "./virtual-clock.ts";

export type TileState = "off" | "starting" | "running" | "hung";

/** From reset to the first line of boot code, µs. */
const resetUs = 20_000;
/** From a power cut to power, where nobody else decides, µs. */
export const powerBackUs = 100_000;

export abstract class TileLife {
  readonly hardware: SimHardware;
  /** Called at every start. */
  onStart: ((cause: ResetCause) => void) | undefined;
  /** Called when an armed power cut struck; without a listener the power comes back after `powerBackUs`. */
  onPowerCut: (() => void) | undefined;
  protected isHung = false;
  #state: TileState = "off";
  /** Changes at every start: events of an earlier life are ignored. */
  #life = 0;
  #busyUntilUs = 0;
  readonly #timers = new Map<number, Scheduled>();
  #watchdog: Scheduled | undefined;

  constructor(options: HardwareOptions) {
    this.hardware = new SimHardware(options);
    this.hardware.serials.forEach((uart, port) => (uart.onReceived = () => this.received(port as 0 | 1)));
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

  /** Pulls the plug, now. */
  powerOff(): void {
    this.#end();
    this.#state = "off";
    this.hardware.silence();
    this.hardware.charge?.off(this.clock.nowUs);
    this.hardware.flash.powerOff();
  }

  /** Pulses the reset line. */
  reset(): void {
    if (this.#state !== "off") this.#start("unknown", 0);
  }

  /** Switches off and lets go of the flash's file. */
  close(): void {
    this.powerOff();
    this.flash.close();
  }

  /** Starts the program; runs as the first entry of a life. */
  protected abstract boot(cause: ResetCause): void;
  /** Lets go of everything of the program. */
  protected abstract forget(): void;
  /** Runs what the entry left behind (queued events); called after each entry that came back. */
  protected abstract drain(): void;
  /** The entry is over and the tile lives on: prompts and the like. */
  protected abstract idle(): void;
  /** Bytes wait in a UART. */
  protected abstract received(port: 0 | 1): void;

  /** Goes on after Ctrl-C (`running`), or hangs again. */
  protected resume(state: "running" | "hung"): void {
    this.#state = state;
    this.#busyUntilUs = this.clock.nowUs;
  }

  /** Has this entry ended the program's life? */
  protected get isOver(): boolean {
    return this.isHung || this.hardware.stopping !== undefined || !this.hardware.flash.isPowered;
  }

  /** Runs something in the tile: now, or when it is no longer busy. */
  protected enter(run: () => void): void {
    if (this.#state !== "running") return;
    const { hardware, clock } = this;
    if (clock.nowUs < this.#busyUntilUs) {
      this.later(this.#busyUntilUs, () => this.enter(run));
      return;
    }
    hardware.meter.wake(clock.nowUs);
    hardware.charge?.wake(clock.nowUs);
    hardware.busyUs = 0;
    hardware.idle(); // it was, until now
    try {
      run();
      if (!this.isOver) this.drain();
    } catch (error) {
      // A power cut or reset that unwound everything; other errors are bugs of the simulator.
      if (!this.isOver) throw error;
    }
    this.#leave();
  }

  /** Schedules for this life only. */
  protected later(timeUs: number, run: () => void): Scheduled {
    const life = this.#life;
    return this.clock.at(timeUs, () => {
      if (life === this.#life) run();
    });
  }

  /** Asks for `run` as an entry at `upUs`; a timer of the same number is replaced. */
  protected startTimer(id: number, upUs: number, run: () => void): void {
    this.clearTimer(id);
    const atUs = Math.min(this.hardware.bootedUs + Math.ceil(upUs), Number.MAX_SAFE_INTEGER);
    const event = this.later(atUs, () => {
      this.#timers.delete(id);
      this.enter(run);
    });
    this.#timers.set(id, event);
  }

  clearTimer(id: number): void {
    const event = this.#timers.get(id);
    if (!event) return;
    this.clock.cancel(event);
    this.#timers.delete(id);
  }

  /** Forgets every timer. */
  protected clearTimers(): void {
    for (const event of this.#timers.values()) this.clock.cancel(event);
    this.#timers.clear();
  }

  /** Ends this life: no event of it will be heard. */
  #end(): void {
    this.#life++;
    this.clearTimers();
    this.forget();
    this.clock.cancel(this.#watchdog);
    this.#watchdog = undefined;
  }

  #start(cause: ResetCause, delayUs: number): void {
    this.#end();
    this.#state = "starting";
    const resetAtUs = this.clock.nowUs + delayUs;
    this.later(resetAtUs, () => this.hardware.silence());
    this.later(resetAtUs + resetUs, () => {
      this.hardware.begin(cause);
      this.#state = "running";
      this.isHung = false;
      this.#busyUntilUs = 0;
      this.onStart?.(cause);
      this.enter(() => this.boot(cause));
    });
  }

  /** After every entry: the time it took, and how it ended. */
  #leave(): void {
    const { hardware, clock } = this;
    hardware.meter.busy(hardware.busyUs);
    hardware.charge?.busy(clock.nowUs, hardware.busyUs);
    this.#busyUntilUs = clock.nowUs + hardware.busyUs;
    if (!hardware.flash.isPowered) {
      this.#end();
      this.#state = "off";
      hardware.silence();
      if (this.onPowerCut) this.onPowerCut();
      else this.#start("power", powerBackUs);
    } else if (hardware.stopping !== undefined) this.#start(hardware.stopping, hardware.busyUs);
    else if (this.isHung) {
      this.#state = "hung";
      this.isHung = false;
      hardware.busyUs = 0;
    } else {
      this.idle();
      hardware.busyUs = 0;
      hardware.idle();
      this.#guard();
    }
  }

  /** Keeps the watchdog's appointment. */
  #guard(): void {
    const dueUs = this.hardware.watchdogDueUs;
    if (dueUs === undefined || this.#watchdog?.run) return;
    this.#watchdog = this.later(Math.max(dueUs, this.#busyUntilUs), () => {
      const nowDueUs = this.hardware.watchdogDueUs;
      if (nowDueUs !== undefined && nowDueUs <= this.clock.nowUs) this.#start("watchdog", 0);
      else this.#guard();
    });
  }
}
