// One random module through the verifier and, where it is accepted, through the world of traps and beside its original.
import { checkDialect } from "../../dialect/check.ts";
import { ModuleRejected } from "../rules.ts";
import { verifyModule } from "../verify.ts";
import { ProgramWriter, random } from "./fuzz-program.ts";
import type { World } from "./oracle.ts";
import { inNode, original, PLENTY, type GuestEvent, type GuestOutcome } from "./run.ts";

export interface FuzzResult {
  source: string;
  verdict: "accepted" | "rejected" | "wrong";
  /** What was wrong: an escape, another behaviour, a mistake of the verifier. */
  wrong: string[];
}

/** Chances of a slip per 1,000 draws: none, rarely, often. */
const SLIPS = [0, 0, 1, 3, 10, 40] as const;

/** Confusions in each of those. */
const CONFUSIONS = [0, 0, 1, 2, 0, 1] as const;

export function eventsOf(seed: number): GuestEvent[] {
  const next = random(seed ^ 0x5bd1e995);
  const number = (): number => [0, 1, 2, 3, 5, -1, 255, 65536, 4294967295, 0.5, 1e12][next() % 11]!;
  const data = (): string => ["", "abc", "constructor", "\xffsco", "0", "12"][next() % 6]!;
  return Array.from({ length: 2 }, () => ({ numbers: [number(), number(), number(), number(), number()], data: data() }));
}

/** Runs the program of a seed. `isCompared`: also beside its original in Node. */
export function fuzzOne(world: World, seed: number, isCompared: boolean): FuzzResult {
  const source = new ProgramWriter(seed, SLIPS[seed % SLIPS.length]!).module(CONFUSIONS[seed % SLIPS.length]);
  let text: string;
  try {
    text = verifyModule(source, { stackBytes: 100_000 }).text;
  } catch (error) {
    if (error instanceof ModuleRejected) return { source, verdict: "rejected", wrong: [] };
    return { source, verdict: "wrong", wrong: [`the verifier broke: ${error instanceof Error ? error.stack : String(error)}`] };
  }
  const events = eventsOf(seed);
  const wrong = world.run(text, [...events, ...starved(events[0]!)]).escapes;
  for (const found of checkDialect(text, { kind: "tile" })) if (found.severity === "error") wrong.push(`outside of the tile dialect: ${found.ruleId} at ${found.column}`);
  if (isCompared) wrong.push(...compare(source, text, events));
  return { source, verdict: wrong.length > 0 ? "wrong" : "accepted", wrong };
}

/** The same event with too little of everything. */
function starved(event: GuestEvent): GuestEvent[] {
  return [{ ...event, fuel: 150 }, { ...event, fuel: 4_000 }, { ...event, memory: 3 }, { ...event, memory: 40 }];
}

function compare(source: string, text: string, events: readonly GuestEvent[]): string[] {
  const [found] = inNode([{ text, events }]);
  if (found === undefined) return ["printed nothing"];
  // Loading that is stopped or throws: the original has nobody who stops it.
  if (typeof found === "string") return [];
  const stopped = found.findIndex(({ fuel, memory, deep }) => fuel < 0 || memory < 0 || deep > 0);
  const whole = stopped < 0 ? found : found.slice(0, stopped);
  const wanted = original(source, events.slice(0, whole.length));
  return whole.flatMap((one: GuestOutcome, index) => {
    if (PLENTY - one.fuel === 0) return ["nothing was charged"];
    const [a, b] = [one.gate.join("|"), wanted[index]!.gate.join("|")];
    if (a !== b) return [`event ${index}: gate calls ${a}\n  as written: ${b}`];
    return one.thrown === wanted[index]!.thrown ? [] : [`event ${index}: threw ${one.thrown}, as written ${wanted[index]!.thrown}`];
  });
}
