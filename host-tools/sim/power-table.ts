// A board's currents as the kernel's integer tables: nA for running, rows of SleepState, and one current for each peripheral.
import type { Board } from "../../hal/board.ts";
import { PolicyLimit } from "../../kernel/power/features.ts";
import { breakEvenUs, SleepState } from "../../kernel/power/sleep-states.ts";
import { WAKE_US } from "../charge.ts";

export interface PowerTable {
  runNa: number;
  /** Rows of kernel/power/sleep-states.ts, shallowest first. */
  sleep: Int32Array;
  /** nA on top of the processor's. */
  devices: ReadonlyMap<string, number>;
}

/**
 * @param overheadUs time of running that every wake-up costs besides the chip's own (the engine's event loop), µs.
 * @throws RangeError for a board that states no currents, or sleep states that don't get deeper.
 */
export function powerTable(board: Pick<Board, "id" | "power">, overheadUs: number = 0): PowerTable {
  const nano = (currentUa: number): number => Math.round(currentUa * 1000);
  const run = board.power.find(({ state }) => state === "run");
  const sleeps = board.power.filter(({ wakeUs }) => wakeUs !== undefined);
  if (run === undefined || sleeps.length === 0) throw new RangeError(`${board.id} states no current for "run" and for a sleep state: fill in \`power\` in its board.ts`);
  const runNa = nano(run.currentUa);
  const deeper = sleeps.every((row, i) => i === 0 || row.currentUa < sleeps[i - 1]!.currentUa);
  if (!deeper) throw new RangeError(`${board.id}: sleep states have to stand in order, shallowest first`);
  return {
    runNa,
    sleep: Int32Array.from(sleeps.flatMap(({ currentUa, wakeUs = 0 }) => [nano(currentUa), wakeUs + overheadUs, runNa])),
    devices: new Map(board.power.filter(({ isExtra }) => isExtra === true).map(({ state, currentUa }) => [state, nano(currentUa)])),
  };
}

/** The same for a tile's configuration (`PowerWord` of kernel/power/power.ts); undefined where the board states no currents, or its profile keeps no ledger. */
export function tilePower(board: Board): number[] | undefined {
  if (board.profile !== "full" || !board.power.some(({ state }) => state === "run") || !board.power.some(({ wakeUs }) => wakeUs !== undefined)) return undefined;
  const { runNa, sleep, devices } = powerTable(board, WAKE_US);
  const states = Array.from({ length: Math.min(sleep.length / SleepState.Words, PolicyLimit.SleepStates) }, (_, state) => {
    const at = state * SleepState.Words;
    return [sleep[at + SleepState.CurrentNa]!, sleep[at + SleepState.WakeUs]!, breakEvenUs(sleep, state)];
  });
  // A UART that is set up draws something, also where nobody has said how much: the tile tells by it that it must not sleep deeper.
  return [runNa, Math.max(devices.get("uart") ?? 0, 1), ...states.flat()];
}
