// A bad line: bytes get lost, doubled, flipped, and noise comes between them. What the tile is told and what it tells arrives, each exactly once.
//
// Every tile keeps a record of each time its clock is set; a tile with a sensor also takes a replay and sums it up. Setting the clock twice to the same time gives two
// records (the host repeats a request whose answer was lost), so there an equal neighbour counts as the same one; samples have a position, and are checked to the last.
import { identityApi } from "../../firmware/identity/api.ts";
import { callWrite } from "../../host-tools/link/service-client.ts";
import { LossyStream } from "../../host-tools/link/testing/lossy-line.ts";
import { TileSession } from "../../host-tools/tiles/tile-session.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkBatches, feed, samplesFor, telemetryEnd, telemetryFrom } from "../steps.ts";

const SAMPLES = 600;
const BATCH = 24;
const CLOCKS = 40;
/** 2026-11-22 00:00 UTC, ms. */
const DAY_MS = 1_795_305_600_000;

export const scenario: Scenario = {
  name: "telemetry-lossy",
  summary: "settings of the clock, a replay of 600 samples where there is a sensor, and the telemetry of both cross a line that loses one byte in 500, doubles, flips and adds noise: nothing is lost or doubled, and a restart keeps it",
  needs: [],
  async run(stage) {
    const tile = await stage.tile();
    const from = await telemetryEnd(tile.session);
    tile.session.client.close();
    const line = new LossyStream(tile.session.stream, { seed: stage.seed, loseOneIn: 500, doubleOneIn: 2000, flipOneIn: 2000, noiseOneIn: 4000 });
    const lossy = new TileSession(tile.host, line);
    await lossy.ready(stage.patienceMs);
    const times = Array.from({ length: CLOCKS }, (_, index) => DAY_MS + index * 1000);
    for (const t of times) await callWrite(lossy.client, identityApi, "clock", { t, u: 500 });
    const values = samplesFor(SAMPLES, stage.seed);
    const hasSensor = stage.rig.can.has("sensor");
    if (hasSensor) await feed(lossy, 0x1000 + stage.seed, values, BATCH);
    const checkRecords = async (session: TileSession): Promise<void> => {
      const records = await telemetryFrom(session, from);
      const clocks = records.filter((record) => record.kind === "clock").map((record) => record.values["wallMs"]);
      checkEqual(clocks.filter((t, index) => t !== clocks[index - 1]), times, "times in the telemetry");
      check(clocks.length - CLOCKS <= lossy.client.stats.repeated, `${clocks.length} settings of the clock are no more than ${CLOCKS} and the requests that were repeated`);
      if (hasSensor) checkBatches(records, values, BATCH);
    };
    await checkRecords(lossy);
    check(line.faultCount >= 5, `the line did harm: ${line.faultCount} faults`);
    stage.log(`${line.faultCount} faults on the line, ${lossy.client.stats.repeated} requests repeated`);
    lossy.client.close();
    const session = await tile.reopen();
    await session.restart(stage.patienceMs);
    await checkRecords(session);
  },
};
