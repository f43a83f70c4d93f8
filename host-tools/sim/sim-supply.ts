// The supply of a simulated tile: a battery, and what a solar panel puts into it.
//
// What is drawn is the account of the hardware (hardware-charge.ts), not the tile's own ledger. `E.getBattery` reads it in whole per cent, as boards with a battery do;
// who runs the simulation asks `leftNc` and switches the tile off when nothing is left.
import { harvestedNc } from "./solar.ts";

export class SimSupply {
  readonly capacityNc: number;
  readonly #trace: Float64Array;
  #leftNc: number;
  #drawnNc: number | undefined;
  #harvestedNc = 0;

  /** @param startNc what is in it when it is asked first. @param trace harvest as solarTrace makes it; all 0: no panel. */
  constructor(capacityNc: number, startNc: number, trace: Float64Array) {
    this.capacityNc = capacityNc;
    this.#leftNc = Math.min(startNc, capacityNc);
    this.#trace = trace;
  }

  /** Charge left at `nowUs` (never falling), when `drawnNc` have been drawn in all; 0: the tile has no power. */
  leftNc(nowUs: number, drawnNc: number): number {
    const harvested = harvestedNc(this.#trace, nowUs);
    if (this.#drawnNc === undefined) [this.#drawnNc, this.#harvestedNc] = [drawnNc, harvested];
    this.#leftNc = Math.max(0, Math.min(this.capacityNc, this.#leftNc + harvested - this.#harvestedNc - (drawnNc - this.#drawnNc)));
    this.#harvestedNc = harvested;
    this.#drawnNc = drawnNc;
    return this.#leftNc;
  }
}
