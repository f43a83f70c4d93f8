// Two tiles wired by their Serial2: every byte value crosses, both ways at once.
//
// The tile image of today has no service on Serial2 (the mesh comes later), so the scenario holds both tiles in their boot windows and lets a few lines of console
// code exchange the bytes over the same driver that the services will use; then both tiles go on.
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, until } from "../steps.ts";

/** Console code: sends 0 … 255 in four pieces and keeps what comes. On Linux the UART is the terminal "serial2" in the tile's folder. */
const LISTEN = `(Serial2.setup(115200,{path:"serial2"}),global.hilGot="",Serial2.on("data",function(d){hilGot+=d}),0)`;
const SEND = `(function(){for(var p=0;p<256;p+=64){var s="";for(var i=p;i<p+64;i++)s+=String.fromCharCode(i);Serial2.write(s)}return 0})()`;

export const scenario: Scenario = {
  name: "two-tiles",
  summary: "two tiles joined by Serial2 exchange all byte values both ways at once, then both go on as tiles",
  needs: ["two-tiles"],
  async run(stage) {
    const tiles = await stage.wiredTiles({ windowMs: 2000 });
    const held = [await stage.hold(tiles[0]), await stage.hold(tiles[1])] as const;
    for (const { isTile } of held) check(isTile, "the first stage answers in the boot window");
    for (const { console } of held) await console.evalLine(LISTEN);
    for (const { console } of held) await console.evalLine(SEND);
    const every = Array.from({ length: 256 }, (_, index) => index);
    for (const [index, { console }] of held.entries()) {
      const got = await until(async () => ((await console.evalLine("hilGot.length")) as number) >= 256 ? await console.evalLine(`hilGot.split("").map(function(c){return c.charCodeAt(0)})`) : undefined, stage.patienceMs, `256 bytes at tile ${index + 1}`);
      checkEqual(got, every, `bytes that arrived at tile ${index + 1}`);
    }
    for (const { console } of held) await console.evalLine(`(Serial2.removeAllListeners("data"),delete global.hilGot,0)`);
    for (const console of held) await console.release();
    for (const tile of tiles) await checkRuns(await tile.reopen(), "1.0.0", true, "after the exchange");
  },
};
