// A tile starts, answers, says what it is, and starts again when asked and when the power comes back.
import { echo, info } from "../../host-tools/link/smp-os.ts";
import { listImages } from "../../host-tools/link/smp-image.ts";
import type { TileSession } from "../../host-tools/tiles/tile-session.ts";
import { readTasks } from "../../host-tools/view/kernel-tables.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";

/** What the tile's ledger says it used since its start, nC, and the time of that, µs. */
async function ledger(session: TileSession): Promise<{ nc: number; up: number }> {
  const { tasks, systemNc } = await readTasks(session.client, new Map());
  const nc = tasks.reduce((sum, { chargeNc }) => sum + (chargeNc ?? NaN), systemNc ?? NaN);
  return { nc, up: (await session.health()).up };
}

export const scenario: Scenario = {
  name: "boot",
  summary: "a tile starts from its flash, answers on its link, and does so again after a restart and after a power failure",
  needs: [],
  async run(stage) {
    const tile = await stage.tile();
    const { client } = tile.session;
    for (const text of ["hello", "", "x".repeat(200)]) checkEqual(await echo(client, text), text, `echo of ${text.length} characters`);
    check((await info(client)).includes("1.0.0"), "os/info names the version 1.0.0");
    const [image, ...others] = await listImages(client);
    check(image !== undefined && others.length === 0, "one image is listed");
    checkEqual([image.version, image.active, image.confirmed, image.pending], ["1.0.0", true, true, false], "version, active, confirmed, pending");

    const health = await tile.session.health();
    checkEqual([health.faults, health.down, health.flags], [0, 0, ""], "faults, tasks given up, error flags");
    const used = health.total - health.free - (stage.rig.overheadBlocks ?? 0);
    stage.record("memory in use", used);
    stage.record("memory in all", health.total);
    stage.log(`${used} of ${health.total} in use, up ${(health.up / 1e6).toFixed(1)} s, ${health.wakeups} wake-ups`);

    const [runNa, uartNa] = tile.config.power ?? [];
    if (runNa !== undefined && uartNa !== undefined) {
      const from = await ledger(tile.session);
      for (let i = 0; i < 20; i++) await echo(client, "x".repeat(100));
      const to = await ledger(tile.session);
      const meanNa = ((to.nc - from.nc) * 1e6) / (to.up - from.up);
      // Never less than the open line draws, never more than all of it; 5 % for the time between its two answers.
      check(meanNa > 0.95 * uartNa && meanNa < 1.05 * (runNa + uartNa), `a mean current of ${Math.round(meanNa / 1000)} µA by its ledger, between ${uartNa / 1000} and ${(runNa + uartNa) / 1000}`);
      stage.record("mean current by its ledger, µA", Math.round(meanNa / 1000));
      stage.log(`${(to.nc / 3.6e6).toFixed(3)} µAh since its start, ${(meanNa / 1e6).toFixed(2)} mA while it answers`);
    }

    await tile.session.restart(stage.patienceMs);
    check((await tile.session.health()).up < health.up + 5e6, "a restart sets the time since start back");
    if (tile.host.powerOff === undefined) return;
    await tile.host.powerOff();
    const session = await tile.reopen();
    checkEqual((await listImages(session.client)).map((slot) => slot.version), ["1.0.0"], "images after a power failure");
  },
};
