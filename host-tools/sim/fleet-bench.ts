/**
 * The fleet's measurement as a program: `node bin/run-ts.mjs host-tools/sim/fleet-bench.ts [tiles] [virtual seconds]`.
 * Prints one JSON line; ends with 1 when a tile did not come up.
 */
import { board } from "../../boards/sim/board.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { newIdentity } from "../install/tile-config.ts";
import { projectRoot } from "./espruino-prelude.ts";
import { bootFleet } from "./fleet.ts";
import { installedImage } from "./installed-image.ts";

const count = Number(process.argv[2] ?? 10_000);
const virtualS = Number(process.argv[3] ?? 2);
const root = projectRoot();
const image = await buildTileImage(root, { name: "tile", version: "1.0.0", profile: board.profile, frozen: true });
const firstStage = buildFirstStage(root);
const installed = installedImage(board, newIdentity("fleet"), image.file, firstStage);
const fleet = bootFleet(board, installed.pages, count, virtualS * 1_000_000);
const complaints = fleet.tiles.flatMap((tile) => tile.output).slice(0, 3);
process.stdout.write(
  `${JSON.stringify({
    tiles: count,
    running: fleet.running,
    seconds: Number(fleet.seconds.toFixed(2)),
    rssMb: Math.round(fleet.rssBytes / 1e6),
    kbPerTile: Number((fleet.addedBytes / 1e3 / count).toFixed(1)),
    ownedPages: fleet.ownedPages,
    imageBytes: image.file.length,
    virtualS,
    complaints,
  })}\n`,
);
process.exitCode = fleet.running === count ? 0 : 1;
