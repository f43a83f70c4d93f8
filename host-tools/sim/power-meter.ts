/**
 * How often a simulated tile woke up, how long it was awake, and what charge that took from the board's currents.
 *
 * A model, not a measurement: every wake-up costs a fixed time, running code and flash operations cost what the tile reports,
 * the rest of the time it sleeps; each state draws what the board's table says (`run` and `sleep`).
 */
import type { PowerState } from "../../hal/board.ts";
import { chargeUah, currentUa } from "../charge.ts";

export class PowerMeter {
  wakeups = 0;
  activeUs = 0;
  readonly #runUa: number;
  readonly #sleepUa: number;
  readonly #wakeUs: number;
  #sinceUs: number;
  #awakeUntilUs = -1;

  constructor(power: readonly PowerState[], wakeUs: number, nowUs: number) {
    this.#runUa = currentUa(power, "run") ?? 0;
    this.#sleepUa = currentUa(power, "sleep") ?? 0;
    this.#wakeUs = wakeUs;
    this.#sinceUs = nowUs;
  }

  /** The tile began to run at `nowUs`; work at the same moment is the same wake-up. */
  wake(nowUs: number): void {
    if (nowUs <= this.#awakeUntilUs) return;
    this.wakeups++;
    this.activeUs += this.#wakeUs;
    this.#awakeUntilUs = nowUs;
  }

  /** The tile was busy for so long on top of the wake-up. */
  busy(durationUs: number): void {
    this.activeUs += durationUs;
  }

  /** Charge since the tile got power, µAh. */
  chargeUah(nowUs: number): number {
    return chargeUah({ upUs: nowUs - this.#sinceUs, activeUs: this.activeUs, runUa: this.#runUa, idleUa: this.#sleepUa });
  }
}
