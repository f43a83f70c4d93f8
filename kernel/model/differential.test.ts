// The kernel against its executable specification: a million operations, compared one by one. GENESIS_SEED draws others; `npm run assure` compares 10⁸.
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { kernelConstants } from "../../host-tools/build/kernel-features.ts";
import { createPower } from "../power/power.ts";
import { newTally, play } from "./differential.ts";
import type * as Differential from "./differential.ts";
import type * as Tapes from "./tape.ts";
import { randomTape, recordedTape, shrink } from "./tape.ts";

const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_122);
/** Operations compared; `npm run assure` sets GENESIS_OPERATIONS. */
const operations = Number(process.env["GENESIS_OPERATIONS"] ?? 1_000_000);
const OF_A_LIFE = 600;
/** Attempts at a shorter story, once a divergence is found. */
const TRIES = 400;

/** What to read when they differ: the shortest story found, and how to repeat it. */
function report(from: number, record: readonly number[]): string {
  const isDifferent = (shorter: readonly number[]): boolean => play(recordedTape(shorter), OF_A_LIFE, newTally()) !== undefined;
  const found = play(recordedTape(shrink(record, isDifferent, TRIES)), OF_A_LIFE, newTally(), true);
  return [`life ${from} (GENESIS_SEED=${seed}):`, ...(found?.story ?? []), String(found?.error.message)].join("\n");
}

describe("kernel and specification", () => {
  it(`agree on ${operations.toLocaleString("en")} operations, answers and full state`, { timeout: Math.max(600_000, operations / 2) }, () => {
    const tally = newTally();
    for (let life = seed; tally.operations < operations; life++) {
      const tape = randomTape(life);
      if (play(tape, OF_A_LIFE, tally)) expect.fail(report(life, tape.drawn));
    }
    const accepted = [...tally.byOp].filter(([, row]) => row.accepted > 0).length;
    process.stdout.write(`kernel = specification: ${tally.operations} operations (${tally.accepted} accepted, ${accepted} kinds), ${tally.runs} steps, ${tally.lives} lives, ${tally.overflows} runs with too many effects, undo log ${tally.mostLogged} words, seed ${seed}\n`);
    // Every operation has been carried out, not only refused.
    expect(accepted).toBeGreaterThanOrEqual(47);
    // Runs that cannot be undone any further have been seen, and what the kernel itself writes always fitted.
    expect(tally.overflows).toBeGreaterThan(0);
    expect(tally.crowded).toBeGreaterThan(0);
  });

  it("agree in profile small, where the composition root alone makes and hands out", { timeout: 600_000 }, async () => {
    const built = await build({
      stdin: { contents: `export * from "./differential.ts"; export * from "./tape.ts";`, resolveDir: import.meta.dirname, loader: "ts" },
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      define: { ...kernelConstants("small"), FULL: "false" },
    });
    const small = (await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0]?.text ?? "").toString("base64")}`)) as typeof Differential & typeof Tapes;
    const tally = small.newTally();
    for (let life = seed; tally.operations < operations / 10; life++) {
      const found = small.play(small.randomTape(life), OF_A_LIFE, tally);
      if (found) expect.fail(`life ${life} (GENESIS_SEED=${seed}): ${found.error.message}`);
    }
    process.stdout.write(`kernel = specification, profile small: ${tally.operations} operations (${tally.accepted} accepted), ${tally.overflows} runs with too many effects, undo log ${tally.mostLogged} words\n`);
    expect(tally.accepted).toBeGreaterThan(tally.operations / 4);
  });

  it("agree with power management on: without slack, deadlines and energy contexts it changes no order and no time", { timeout: 600_000 }, () => {
    const tally = newTally();
    for (let life = seed; tally.operations < operations / 10; life++) {
      const found = play(randomTape(life), OF_A_LIFE, tally, false, (k) => (k._power = createPower(1, [4_000_000, 1, 3000, 303, 303], () => k._now, {})));
      if (found) expect.fail(`life ${life} (GENESIS_SEED=${seed}): ${found.error.message}`);
    }
    expect(tally.accepted).toBeGreaterThan(tally.operations / 4);
  });

  it("agree on lives that fast-check draws and shrinks", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1 << 20), { maxLength: 2000, size: "max" }), (record) => {
        const found = play(recordedTape(record), OF_A_LIFE, newTally());
        if (found) throw found.error;
      }),
      { numRuns: 200 },
    );
  });
});
