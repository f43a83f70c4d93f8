// All states of two small worlds up to a bound, on the minified bundle. GENESIS_STATES sets the bound (`npm run assure`: more); the table is for docs/ASSURANCE.md.
import { describe, expect, it } from "vitest";
import { table } from "../../../host-tools/cli/table.ts";
import { explore, shippedKernel } from "./explore.ts";
import type { Exploration } from "./explore.ts";
import { PLANS } from "./world.ts";

/** At least so many states of the first world; the level in which they are reached is finished. */
const bound = Number(process.env["GENESIS_STATES"] ?? 700_000);

describe("exploration of the shipped kernel", () => {
  it("keeps all invariants in every state up to the bound", { timeout: 3_600_000 }, async () => {
    const create = await shippedKernel();
    const done: Exploration[] = [];
    for (const [i, plan] of PLANS.entries()) done.push(explore(create, plan, i ? bound / 4 : bound, () => undefined));
    const rows = done.map((one) => [one.world, String(one.depth), one.isComplete ? "all" : "up to depth", one.states.toLocaleString("en"), one.transitions.toLocaleString("en"), one.hash, `${one.seconds.toFixed(0)} s`]);
    process.stdout.write(`\n2 tasks × 3 slots, endpoint, notification, reply, scheduling context\n${table(["world", "depth", "", "states", "transitions", "hash", "time"], rows)}\n`);
    expect(done[0]?.isComplete === true || (done[0]?.states ?? 0) >= bound).toBe(true);
    expect(done[0]?.states).toBeGreaterThan(Math.min(bound, 661_569));
  });
});
