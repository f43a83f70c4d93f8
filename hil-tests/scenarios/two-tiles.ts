// Two tiles wired by their Serial2. First the wire: both are held in their boot windows, and a few lines of console code send every byte value, both ways at once.
// Then the tiles: both kernels run, and their neighbor services find each other, miss nothing, and notice when the other one started anew.
import { neighborApi } from "../../firmware/neighbor/api.ts";
import type { ShapeValue } from "../../firmware/api.ts";
import { callRead, callWrite } from "../../host-tools/link/service-client.ts";
import { check, checkEqual, type Scenario, type Stage, type StageTile } from "../scenario.ts";
import { checkRuns, until } from "../steps.ts";

/** Console code: sends 0 … 255 in four pieces and keeps what comes. On Linux the UART is the terminal "serial2" in the tile's folder. */
const LISTEN = `(Serial2.setup(115200,{path:"serial2"}),global.hilGot="",Serial2.on("data",function(d){hilGot+=d}),0)`;
const SEND = `(function(){for(var p=0;p<256;p+=64){var s="";for(var i=p;i<p+64;i++)s+=String.fromCharCode(i);Serial2.write(s)}return 0})()`;

type Status = ShapeValue<(typeof neighborApi)["commands"]["status"]["read"]["reply"]>;

/** Waits until `tile` has heard of its neighbor what `isEnough` asks for. @throws CheckFailure */
async function heardBy(stage: Stage, tile: StageTile, isEnough: (status: Status) => boolean, what: string): Promise<Status> {
  return until(
    async () => {
      const status = await callRead(tile.session.client, neighborApi, "status", {});
      return isEnough(status) ? status : undefined;
    },
    stage.patienceMs,
    `${what} at ${tile.config.name}`,
  );
}

export const scenario: Scenario = {
  name: "two-tiles",
  summary: "two tiles joined by Serial2 exchange all byte values both ways at once; then their kernels find each other as neighbors, and one notices that the other restarted",
  needs: ["two-tiles", "neighbor"],
  async run(stage) {
    const tiles = await stage.wiredTiles({ windowMs: 2000, peer: "Serial2" });
    const held = [await stage.hold(tiles[0]), await stage.hold(tiles[1])] as const;
    for (const { isTile } of held) check(isTile, "the first stage answers in the boot window");
    for (const { console } of held) await console.evalLine(LISTEN);
    for (const { console } of held) await console.evalLine(SEND);
    const every = Array.from({ length: 256 }, (_, index) => index);
    for (const [index, { console }] of held.entries()) {
      const isThere = `hilGot.length>=256&&hilGot.charCodeAt(hilGot.length-1)==255`;
      const got = await until(async () => (await console.evalLine(isThere)) === true ? await console.evalLine(`hilGot.split("").map(function(c){return c.charCodeAt(0)})`) : undefined, stage.patienceMs, `256 bytes at tile ${index + 1}`);
      // Before them, a hello of the other tile's kernel may have come, which ran until that tile was held.
      checkEqual((got as number[]).slice(-256), every, `bytes that arrived at tile ${index + 1}`);
    }
    for (const { console } of held) await console.evalLine(`(Serial2.removeAllListeners("data"),delete global.hilGot,0)`);
    for (const console of held) await console.release();
    for (const tile of tiles) await checkRuns(await tile.reopen(), "1.0.0", true, "after the exchange");

    for (const tile of tiles) await callWrite(tile.session.client, neighborApi, "status", { every: 1 });
    for (const [index, tile] of tiles.entries()) {
      const status = await heardBy(stage, tile, ({ heard }) => heard >= 5, "five hellos");
      checkEqual([status.id, status.lost, status.dropped], [tiles[1 - index]?.config.id, 0, 0], `neighbor of ${tile.config.name}, hellos lost, frames dropped`);
      check(status.n >= status.heard && status.sent >= 2, `the numbers of the hellos at ${tile.config.name} are those of the neighbor: ${JSON.stringify(status)}`);
    }
    const [staying, leaving] = tiles;
    const { restarts } = await heardBy(stage, staying, () => true, "an answer");
    await leaving.session.restart(stage.patienceMs);
    const after = await heardBy(stage, staying, (status) => status.restarts > restarts, "the neighbor's restart");
    checkEqual([after.id, after.restarts], [leaving.config.id, restarts + 1], `neighbor of ${staying.config.name} after its restart`);
    await heardBy(stage, leaving, ({ id }) => id === staying.config.id, "the first hello after the restart");
    stage.record("hellos heard", after.heard);
  },
};
