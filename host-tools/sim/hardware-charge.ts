// What a simulated tile's hardware draws, from what it does: the processor's wake-ups and runs, its UART, the loads on its pins.
//
// It knows nothing of the tile's software, so it is what the kernel's ledger (kernel/power) is checked against. The model: an entry wakes the chip,
// which takes the board's time and that of the engine's event loop; then it runs as long as the entry took; an entry within that time only
// lengthens it. UARTs are set up while the tile has power, since the console has one before the program does; asleep it is in the shallowest state.
import type { Board } from "../../hal/board.ts";
import { powerTable } from "./power-table.ts";
import { PowerTruth } from "./power-truth.ts";
import type { SimWires } from "./sim-wires.ts";

export class HardwareCharge {
  readonly #truth = new PowerTruth();
  readonly #runNa: number;
  readonly #uartNa: number;
  readonly #sleepNa: number;
  readonly #wakeUs: number;
  #isOn = false;
  #isAwake = false;
  #awakeUntilUs = 0;

  /** @param eventLoopUs what the engine adds to the chip's own wake-up. @throws RangeError for a board that states no currents. */
  constructor(board: Board, eventLoopUs: number) {
    const { runNa, sleep, devices } = powerTable(board, eventLoopUs);
    const [sleepNa = 0, wakeUs = 0] = sleep;
    this.#runNa = runNa;
    this.#uartNa = devices.get("uart") ?? 0;
    this.#sleepNa = sleepNa;
    this.#wakeUs = wakeUs;
  }

  /** The chip runs: what it is connected to draws on its own account (`watchPins` of PowerTruth). */
  watchPins(wires: SimWires, loadsNa: Readonly<Record<string, number>>, nowUs: () => number): void {
    this.#truth.watchPins(wires, loadsNa, nowUs);
  }

  /** Something runs from `nowUs` on. */
  wake(nowUs: number): void {
    this.#fallAsleep(nowUs);
    if (this.#isAwake) return;
    if (!this.#isOn) this.#truth.draw("uart", this.#uartNa, nowUs);
    this.#isOn = this.#isAwake = true;
    this.#truth.draw("processor", this.#runNa, nowUs);
    this.#awakeUntilUs = nowUs + this.#wakeUs;
  }

  /** What was entered at `nowUs` took so long on top. */
  busy(nowUs: number, durationUs: number): void {
    this.#awakeUntilUs = Math.max(this.#awakeUntilUs, nowUs) + durationUs;
  }

  /** Without power nothing draws. */
  off(nowUs: number): void {
    this.#fallAsleep(nowUs);
    this.#isOn = this.#isAwake = false;
    for (const part of ["processor", "uart"]) this.#truth.draw(part, 0, nowUs);
  }

  /** Charge up to `nowUs` since it was made, nC: of a part (`processor`, `uart`, a pin), or of all. */
  chargeNc(nowUs: number, part?: string): number {
    this.#fallAsleep(nowUs);
    return this.#truth.chargeNc(nowUs, part);
  }

  #fallAsleep(nowUs: number): void {
    if (!this.#isAwake || nowUs <= this.#awakeUntilUs) return;
    this.#isAwake = false;
    this.#truth.draw("processor", this.#sleepNa, this.#awakeUntilUs);
  }
}
