// What a scenario is: one file that runs unchanged on every rig.
//
// A scenario gets a stage: tiles to order, images to put on them, and checks that throw. It runs twice on each tile: on a tile that was just
// restarted and on one that has been running, because the two differ more often than one thinks.
import type { TileHost } from "../host-tools/tiles/tile-host.ts";
import type { TileSession } from "../host-tools/tiles/tile-session.ts";

/** What a rig must be able to do for a scenario to run on it. */
export type Need = "power" | "power-cut" | "flash-count" | "two-tiles" | "watchdog";

export interface Rig {
  readonly name: string;
  readonly can: ReadonlySet<Need>;
  /** A powered tile with empty flash (or whatever the board holds), named for its role. Closed by the runner. */
  tile(role: string): Promise<TileHost>;
  /** Version and heap of the engine, for the record of results. */
  describe(): Promise<string>;
  close(): Promise<void>;
}

/** The images a stage offers: `v1`, `v2` (same program, next version), `broken` (hangs a second after start). */
export type StageImage = "v1" | "v2" | "broken";

export interface Stage {
  readonly rig: Rig;
  readonly variant: Variant;
  /** Seed for anything random; printed with a failure. */
  readonly seed: number;
  /** A tile with Genesis `v1` on it, ready. */
  tile(role?: string): Promise<TileSession>;
  /** A tile as the rig gives it, nothing installed. */
  bareTile(role?: string): Promise<TileHost>;
  image(name: StageImage): Promise<Uint8Array>;
  log(text: string): void;
}

/** On a tile that was restarted just before, or on one as it is. */
export type Variant = "after-reboot" | "as-is";
export const VARIANTS: readonly Variant[] = ["after-reboot", "as-is"];

export interface Scenario {
  name: string;
  summary: string;
  needs: readonly Need[];
  run(stage: Stage): Promise<void>;
}

/** Thrown by a check; the message says what was expected and what was there. */
export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
}

/** @throws CheckFailure unless `condition`. */
export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CheckFailure(what);
}

/** @throws CheckFailure unless both have the same JSON. */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const a = JSON.stringify(actual);
  const b = JSON.stringify(expected);
  if (a !== b) throw new CheckFailure(`${what}: expected ${b}, got ${a}`);
}
