// What charge a tile took, computed from how long it was up, how long it ran, how often it woke, and the currents its board states.
//
// A model, not a measurement: a wake-up costs a fixed time on top of the running the tile reports; the rest of the time it idles; each state draws
// what the board's table (hal/board.ts, `power`) says. The simulator's meter and the estimate people see are this one formula.
import type { Board, PowerState } from "../hal/board.ts";

const US_PER_HOUR = 3_600_000_000;

/** What a wake-up takes before the tile's own clock sees it: start of the fast clock, Espruino's idle loop. An assumption of the model, µs. */
export const WAKE_US = 300;

/** Current of a state the board's table names, µA; undefined when it doesn't. */
export const currentUa = (power: readonly PowerState[], state: string): number | undefined => power.find((row) => row.state === state)?.currentUa;

export interface Usage {
  /** Time since the start, µs. */
  upUs: number;
  /** Part of it in which the processor ran, µs; more than `upUs` counts as all of it. */
  activeUs: number;
  /** Drawn while running and while not, µA. */
  runUa: number;
  idleUa: number;
}

/** Charge, µAh. */
export function chargeUah({ upUs, activeUs, runUa, idleUa }: Usage): number {
  return (activeUs * runUa + (Math.max(upUs, activeUs) - activeUs) * idleUa) / US_PER_HOUR;
}

export interface ChargeEstimate {
  /** Since the tile started, µAh. */
  chargeUah: number;
  /** Mean current since then, µA. */
  meanUa: number;
}

/**
 * What a tile took since its start, from its health (`up` and `active` in µs, `wakeups`) and its board; undefined when the board states no currents.
 * The tile that is asked has its link open, so where the board states what an open UART draws (`uart`), it idles at that and not at `sleep`.
 */
export function estimateCharge({ up, active, wakeups }: { up: number; active: number; wakeups: number }, { power }: Pick<Board, "power">): ChargeEstimate | undefined {
  const runUa = currentUa(power, "run");
  const idleUa = currentUa(power, "uart") ?? currentUa(power, "sleep");
  if (runUa === undefined || idleUa === undefined) return undefined;
  const upUs = Math.max(up, 1);
  const activeUs = Math.min(active + wakeups * WAKE_US, upUs);
  const charge = chargeUah({ upUs, activeUs, runUa, idleUa });
  return { chargeUah: charge, meanUa: (charge * US_PER_HOUR) / upUs };
}

const rounded = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

/** For people: "~1.2 µAh (mean ~1.0 mA)", marked as the estimate it is. */
export function chargeText(estimate: ChargeEstimate | undefined): string {
  if (estimate === undefined) return "charge unknown: the board states no currents";
  return `~${rounded(estimate.chargeUah)} µAh (mean ~${rounded(estimate.meanUa / 1000)} mA)`;
}
