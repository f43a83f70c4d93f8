// Ground truth of charge: what a simulated board draws, integrated from what its hardware does, whatever the tile's software believes.
//
// Parts (the processor, a radio, a pin's load) draw currents that change at transitions. The kernel's ledger is compared with this: a driver that
// leaves a radio on, or switches it behind the kernel's back, shows up as a difference or on its own row. Exact: sums of nA·µs in BigInt.
import type { SimWires } from "./sim-wires.ts";

interface Part {
  na: bigint;
  sinceUs: number;
  fc: bigint;
}

export class PowerTruth {
  readonly #parts = new Map<string, Part>();

  /** From `nowUs` (integer) on `part` draws `currentNa` (integer). @throws RangeError when time runs backwards. */
  draw(part: string, currentNa: number, nowUs: number): void {
    const found = this.#settle(part, nowUs);
    found.na = BigInt(currentNa);
  }

  /** Charge of a part, or of all, up to `nowUs`, nC. */
  chargeNc(nowUs: number, part?: string): number {
    let sum = 0n;
    for (const name of part === undefined ? this.#parts.keys() : [part]) sum += this.#settle(name, nowUs).fc;
    return Number(sum) / 1_000_000;
  }

  /** Loads on output pins (an LED, a radio's enable line): drawn while the pin is driven high. `nowUs`: the world's clock. */
  watchPins(wires: SimWires, loadsNa: Readonly<Record<string, number>>, nowUs: () => number): void {
    const before = wires.onOutput;
    wires.onOutput = (pin, state) => {
      before?.(pin, state);
      const load = loadsNa[pin];
      if (load === undefined) return;
      const share = state.mode === "af_output" ? state.output / 65_535 : state.mode.includes("output") || state.mode === "opendrain" ? state.output : 0;
      this.draw(pin, Math.round(load * share), nowUs());
    };
  }

  #settle(name: string, nowUs: number): Part {
    let found = this.#parts.get(name);
    if (found === undefined) this.#parts.set(name, (found = { na: 0n, sinceUs: nowUs, fc: 0n }));
    if (nowUs < found.sinceUs) throw new RangeError(`time runs backwards for ${name}: ${nowUs} after ${found.sinceUs}`);
    found.fc += found.na * BigInt(nowUs - found.sinceUs);
    found.sinceUs = nowUs;
    return found;
  }
}
