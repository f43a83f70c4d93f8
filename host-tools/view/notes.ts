// What a reader has to know to read a view rightly, a line each: what letters mean, what is not shown, what fuel and time count, what is the view's own work.
import type { Board } from "../../hal/board.ts";
import { CapabilityCommand } from "../../firmware/smp/capability-api.ts";
import { Event } from "../../kernel/gate.ts";
import { defaultTiming } from "../sim/sim-hardware.ts";
import type { Timeline } from "./timeline.ts";

/** Below the devices: what reaches hardware past the kernel. */
export const PLAIN_VALUES_NOTE = "not here: flash, journal and analogRead (ADC): JavaScript values that the composition root gave to services, no capabilities";

/** Below the capabilities. Letters: `rightsText`; names such as "boot 8": `Capability.holder` and `place`. */
export const CAPABILITY_NOTES: readonly string[] = [
  "rights: R receive, wait or read; W send, signal, write or control; G pass capabilities on; P (GrantReply) call and get a reply",
  'boot: the composition root, which made every object; "boot 8" is address 8 of its CNode, of which --all shows the rest',
  "not here: capabilities in CNodes that are the root of no task's CSpace; the tile does not tell them",
];

/** What fuel counts. `perRun`: units a run may burn, which metered images tell, others not. */
export function fuelNote(perRun: number | null): string {
  return perRun === null
    ? "fuel: gate calls only, not the code between them: this image is not metered; those built now are (genesis update)"
    : `fuel: units of code and gate calls: this image is metered, a run of any task but health may burn ${perRun}`;
}

/** Of a clock too coarse for single runs; undefined where the board's is not, or the board is unknown. */
export function clockNote(board: Pick<Board, "engine"> | undefined): string | undefined {
  if (board?.engine !== "quickjs") return undefined;
  return `clock: the simulator's moves within runs in steps of ${defaultTiming.tickUs / 1000} ms, one in some 10,000 calls and loop passes: runs take 0 µs or whole steps, right on average only`;
}

/**
 * Which runs are the trace's own work, and what to do when all are; undefined when none is told, as where the tasks have other names.
 * `place`: options that name the tile ("--tile sim:porch").
 */
export function ownWorkNote({ runs, names }: Pick<Timeline, "runs" | "names">, place: string): string | undefined {
  // Labels are command * 2 + write (docs/PROTOCOL.md); the question for the names of tasks, group 0, has the same number.
  const own = runs.filter(({ task, event, argument }) => names.get(task) === "os" && event === Event.Message && argument >> 1 === CapabilityCommand.Trace);
  if (own.length === 0) return undefined;
  const isWell = runs.every(({ durationUs, isDoomed }) => durationUs !== undefined && !isDoomed);
  const others = runs.filter((run) => names.get(run.task) !== "link" && !own.includes(run));
  if (isWell && others.every(({ task, event }) => names.get(task) === "health" && event === Event.Timer)) {
    return `idle: link and os ran to answer this trace only${others.length > 0 ? ", health by its timer" : ""}; to see more, give the tile work meanwhile, such as genesis caps ${place} in another terminal`;
  }
  return `own work: os answered this trace in ${own.length} of the runs, each with about three of link`;
}
