// The simulated boards' figure for memory is an estimate; here it is held against what the real interpreter said of the same two images (results/espruino.json).
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Profile } from "../hal/board.ts";
import { readEspruinoResults } from "../host-tools/docs/espruino-results.ts";
import { listImages } from "../host-tools/link/smp-image.ts";
import { echo, info } from "../host-tools/link/smp-os.ts";
import { ImageStore } from "./images.ts";
import { SimRig } from "./rigs/sim.ts";
import { RigStage } from "./stage.ts";

const root = path.resolve(import.meta.dirname, "..");
const rig = await SimRig.open(root);
afterAll(() => rig.close());

/** Variables in use on the interpreter after boot: all that scenario `boot` recorded. */
function recorded(profile: Profile): number[] {
  return readEspruinoResults(root).entries.flatMap((entry) =>
    entry.profile === profile ? entry.outcomes.flatMap(({ scenario, measured }) => (scenario === "boot" && typeof measured?.["memory in use"] === "number" ? [measured["memory in use"]] : [])) : [],
  );
}

/** Variables in use on a simulated board, after what scenario `boot` does before it looks. */
async function simulated(profile: Profile): Promise<number> {
  const stage = new RigStage({ rig, variant: "as-is", seed: 1, images: new ImageStore(root), extra: [], log: () => undefined });
  try {
    const { session } = await stage.tile({ oneSlot: profile === "small" });
    for (const text of ["hello", "", "x".repeat(200)]) await echo(session.client, text);
    await info(session.client);
    await listImages(session.client);
    const { total, free } = await session.health();
    return total - free;
  } finally {
    await stage.close();
  }
}

describe("memory in use after boot, simulated board against the interpreter: within 10 %", () => {
  it.each(["full", "small"] as const)("profile %s", async (profile) => {
    const truth = recorded(profile);
    expect(truth.length).toBeGreaterThanOrEqual(2);
    const estimate = await simulated(profile);
    for (const variables of truth) {
      expect(estimate).toBeGreaterThan(variables * 0.9);
      expect(estimate).toBeLessThan(variables * 1.1);
    }
  });
});
