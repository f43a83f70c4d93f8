/**
 * Boots many tiles with an engine each in one process: `node bin/run-ts.mjs host-tools/bench/boots-quickjs.ts [tiles]`. Prints one JSON line,
 * as host-tools/sim/fleet-bench.ts does for tiles that share Node's engine.
 */
import { board } from "../../boards/sim/board.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { newIdentity } from "../install/tile-config.ts";
import { projectRoot } from "../sim/espruino-prelude.ts";
import { installedImage } from "../sim/installed-image.ts";
import { SimTile } from "../sim/sim-tile.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const VIRTUAL_S = 2;
const count = Number(process.argv[2] ?? 100);
const root = projectRoot();
const image = await buildTileImage(root, { name: "tile", version: "1.0.0", profile: board.profile, frozen: true });
const { pages } = installedImage(board, newIdentity("fleet"), image.file, buildFirstStage(root));

const startMs = performance.now();
const clock = new VirtualClock();
const tiles: SimTile[] = [];
for (let seed = 1; seed <= count; seed++) {
  const tile = await SimTile.create({ board, clock, image: pages, seed });
  tile.powerOn();
  tiles.push(tile);
}
clock.run(VIRTUAL_S * 1_000_000);
const seconds = Number(((performance.now() - startMs) / 1000).toFixed(2));
// A tile whose kernel runs has taken the console's port.
const running = tiles.filter((tile) => tile.state === "running" && tile.consolePort === -1).length;
const rssMb = Math.round(process.memoryUsage().rss / 1e6);
process.stdout.write(`${JSON.stringify({ tiles: count, running, seconds, rssMb, virtualS: VIRTUAL_S, complaints: [] })}\n`);
for (const tile of tiles) tile.close();
process.exitCode = running === count ? 0 : 1;
