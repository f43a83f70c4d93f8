// A bad line: bytes get lost, doubled, flipped, and noise comes between them. Samples go in and telemetry comes out, each exactly once.
import { LossyStream } from "../../host-tools/link/testing/lossy-line.ts";
import { TileSession } from "../../host-tools/tiles/tile-session.ts";
import { check, type Scenario } from "../scenario.ts";
import { checkBatches, feed, samplesFor, telemetryEnd, telemetryFrom } from "../steps.ts";

const SAMPLES = 600;
const BATCH = 24;

export const scenario: Scenario = {
  name: "telemetry-lossy",
  summary: "a replay of 600 samples and its telemetry cross a line that loses one byte in 500, doubles, flips and adds noise: nothing is lost or doubled, and a restart keeps it",
  needs: ["sensor"],
  async run(stage) {
    const tile = await stage.tile();
    const from = await telemetryEnd(tile.session);
    const values = samplesFor(SAMPLES, stage.seed);
    tile.session.client.close();
    const line = new LossyStream(tile.session.stream, { seed: stage.seed, loseOneIn: 500, doubleOneIn: 2000, flipOneIn: 2000, noiseOneIn: 4000 });
    const lossy = new TileSession(tile.host, line);
    await lossy.ready(stage.patienceMs);
    await feed(lossy, 0x1000 + stage.seed, values, BATCH);
    checkBatches(await telemetryFrom(lossy, from), values, BATCH);
    check(line.faultCount >= 5, `the line did harm: ${line.faultCount} faults`);
    stage.log(`${line.faultCount} faults on the line, ${lossy.client.stats.repeated} requests repeated`);
    lossy.client.close();
    const session = await tile.reopen();
    await session.restart(stage.patienceMs);
    checkBatches(await telemetryFrom(session, from), values, BATCH);
  },
};
