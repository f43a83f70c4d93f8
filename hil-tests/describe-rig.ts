// All scenarios of the project on one rig as Vitest cases, each in both variants. What can't run here is reported as skipped, with the reason in its name.
import { afterAll, beforeAll, describe, it } from "vitest";
import path from "node:path";
import { ImageStore } from "./images.ts";
import { openRig } from "./rigs/open-rig.ts";
import { runScenario, whySkipped } from "./runner.ts";
import { type Rig, VARIANTS } from "./scenario.ts";
import { loadScenario, scenarioNames } from "./scenarios.ts";

const root = path.resolve(import.meta.dirname, "..");
/** Longest time a scenario may take, ms. */
const LIMIT_MS = process.env.GENESIS_ASSURE ? 3_600_000 : 600_000;
/** Scenarios at once on one rig: tiles wait more than they work. */
const AT_ONCE = 2;

/** Rigs to run on: GENESIS_RIGS, or all that this computer has. */
export function isWanted(rig: string): boolean {
  const named = process.env.GENESIS_RIGS;
  return named === undefined || named === "" || named.split(",").includes(rig);
}

/** @param lacking why the rig can't run here at all, or undefined. */
export async function describeRig(name: string, lacking: string | undefined): Promise<void> {
  const scenarios = await Promise.all(scenarioNames(root).map(loadScenario));
  if (lacking !== undefined || !isWanted(name)) {
    describe.skip(`scenarios on ${name} (${lacking ?? "not in GENESIS_RIGS"})`, () => {
      for (const { name: scenario } of scenarios) for (const variant of VARIANTS) it(`${scenario} (${variant})`, () => undefined);
    });
    return;
  }
  const queue = new Turns(AT_ONCE);
  describe.concurrent(`scenarios on ${name}`, () => {
    const images = new ImageStore(root);
    const seed = Number(process.env.GENESIS_SEED ?? 1);
    let rig: Rig;
    beforeAll(async () => {
      rig = await openRig({ name, root, home: path.resolve(process.env.GENESIS_HOME ?? path.join(root, ".genesis")), baud: 115_200, environment: process.env });
    });
    afterAll(() => rig?.close());
    for (const scenario of scenarios) {
      for (const variant of VARIANTS) {
        it(`${scenario.name} (${variant})`, { timeout: LIMIT_MS }, async (context) => {
          const why = whySkipped(scenario, rig);
          if (why !== undefined) context.skip(why);
          const outcome = await queue.take(() => runScenario(scenario, rig, variant, { seed, images }));
          if (outcome.verdict === "failed") throw new Error([`${outcome.reason}`, ...(outcome.next === undefined ? [] : [`next: ${outcome.next}`]), `seed: ${seed}`, ...outcome.log].join("\n"));
        });
      }
    }
  });
}

/** Lets so many run at once and the others wait. */
class Turns {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.free = atOnce;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
