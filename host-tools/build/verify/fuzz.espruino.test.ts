// Random modules on real Espruino beside Node: the same gate calls, fuel and memory. Numbers at the gate are compared to ten digits, which is what Espruino prints.
import { describe, expect, it } from "vitest";
import { ModuleRejected } from "./rules.ts";
import { eventsOf } from "./testing/fuzz.ts";
import { ProgramWriter } from "./testing/fuzz-program.ts";
import { inNode, onEspruino, type GuestOutcome, type GuestRun } from "./testing/run.ts";
import { verifyModule } from "./verify.ts";

const binary = process.env["GENESIS_ESPRUINO"]?.split(",")[0];
const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_122);
const MODULES = process.env["GENESIS_ASSURE"] === "1" ? 10_000 : 60;

function* runs(): Generator<{ seed: number; run: GuestRun }> {
  for (let next = seed, found = 0; found < MODULES; next += 6) {
    let text: string;
    try {
      text = verifyModule(new ProgramWriter(next, 0).module(), { stackBytes: 100_000 }).text;
    } catch (error) {
      if (error instanceof ModuleRejected) continue;
      throw error;
    }
    found++;
    const events = eventsOf(next).map((one) => ({ ...one, numbers: one.numbers.map((n) => (Number.isInteger(n) && Math.abs(n) < 1e6 ? n : 7)) as unknown as GuestRun["events"][number]["numbers"], fuel: 60_000, memory: 800 }));
    yield { seed: next, run: { text, events } };
  }
}

function told(outcomes: GuestOutcome[] | string | undefined): unknown {
  if (!Array.isArray(outcomes)) return outcomes;
  const digits = (call: string): string => call.replace(/-?\d+\.\d+(e-?\d+)?/g, (number) => Number(number).toPrecision(8));
  return outcomes.map((one) => (one.fuel < 0 ? { stopped: true, memory: one.memory < 0, deep: one.deep } : { ...one, gate: one.gate.map(digits) }));
}

describe.skipIf(binary === undefined)("random modules on Espruino", () => {
  it(`${MODULES} modules from seed ${seed}`, { timeout: 60_000 + MODULES * 1_000 }, async () => {
    for (const { seed: from, run } of runs()) {
      const wanted = told(inNode([run])[0]);
      expect(told((await onEspruino(binary!, [run]))[0]), `seed ${from}`).toEqual(wanted);
    }
  });
});
