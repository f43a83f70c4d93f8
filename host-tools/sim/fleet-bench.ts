/**
 * Boots many tiles in one process and says what that took: `node bin/run-ts.mjs host-tools/sim/fleet-bench.ts [tiles] [virtual seconds]`.
 *
 * Every tile runs the real first stage and the real image from its own flash (pages shared until written) through its boot window and hash check until
 * its kernel runs. Prints one JSON line. Budget (docs/DESIGN.md): 10,000 tiles in 10 s and 1 GB.
 */
import { board } from "../../boards/sim/board.ts";
import { buildFirstStage, buildTileImage } from "../build/tile-image.ts";
import { newIdentity } from "../install/tile-config.ts";
import { projectRoot } from "./espruino-prelude.ts";
import { installedImage } from "./installed-image.ts";
import { FleetProgram, NodeTile } from "./node-tile.ts";
import { VirtualClock } from "./virtual-clock.ts";

const count = Number(process.argv[2] ?? 10_000);
const virtualS = Number(process.argv[3] ?? 2);
const root = projectRoot();
const image = await buildTileImage(root, { name: "tile", version: "1.0.0", profile: board.profile, frozen: true });
const firstStage = await buildFirstStage(root, true);
const installed = installedImage(board, newIdentity("fleet"), image.file, firstStage.code);

globalThis.gc?.();
const rssBefore = process.memoryUsage().rss;
const startMs = performance.now();
const clock = new VirtualClock();
const program = new FleetProgram();
const tiles: NodeTile[] = [];
for (let seed = 1; seed <= count; seed++) {
  const tile = new NodeTile({ board, clock, image: installed.pages, seed, program, serial: seed.toString(16).padStart(16, "0") });
  tile.powerOn();
  tiles.push(tile);
}
clock.run(virtualS * 1_000_000);
const seconds = (performance.now() - startMs) / 1000;
const rss = process.memoryUsage().rss;
// A tile whose kernel runs has taken the console's port.
const running = tiles.filter((tile) => tile.state === "running" && tile.consolePort === -1).length;
const complaints = tiles.flatMap((tile) => tile.output);
process.stdout.write(
  `${JSON.stringify({
    tiles: count,
    running,
    seconds: Number(seconds.toFixed(2)),
    rssMb: Math.round(rss / 1e6),
    addedMb: Math.round((rss - rssBefore) / 1e6),
    kbPerTile: Number(((rss - rssBefore) / 1e3 / count).toFixed(1)),
    ownedPages: tiles.reduce((sum, tile) => sum + tile.flash.ownedPages, 0),
    scripts: program.size,
    virtualS,
    complaints: complaints.slice(0, 3),
  })}\n`,
);
process.exitCode = running === count ? 0 : 1;
