// Random modules: what the verifier accepts does nothing but call the gate, and does what was written. (`npm run assure -- verifier`: many more, and on from where it stopped.)
import { afterAll, beforeAll, expect, it } from "vitest";
import { fuzzOne, type FuzzResult } from "./testing/fuzz.ts";
import { newWorld, type World } from "./testing/oracle.ts";

const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_122);
const PROGRAMS = 2_000;

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.dispose());

it(`${PROGRAMS} modules from seed ${seed}`, { timeout: 600_000 }, () => {
  const counts = { accepted: 0, rejected: 0, wrong: 0 };
  const wrong: { seed: number; result: FuzzResult }[] = [];
  for (let index = 0; index < PROGRAMS; index++) {
    const result = fuzzOne(world, seed + index, index % 4 === 0);
    counts[result.verdict]++;
    if (result.verdict === "wrong") wrong.push({ seed: seed + index, result });
  }
  console.log(`modules from seed ${seed}: ${counts.accepted} accepted, ${counts.rejected} rejected`);
  expect(wrong.slice(0, 3).map((one) => `seed ${one.seed}: ${one.result.wrong.join("\n")}\n${one.result.source}`)).toEqual([]);
  // Neither side may be idle.
  expect(counts.accepted).toBeGreaterThan(PROGRAMS / 6);
  expect(counts.rejected).toBeGreaterThan(PROGRAMS / 5);
});
