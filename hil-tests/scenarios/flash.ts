// From a bare board to a tile, over the console alone, as `genesis flash` does it; and once more over the finished tile.
import { parseImage } from "../../host-tools/image/mcuboot.ts";
import { boardGeometry } from "../../host-tools/install/storage-map.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, running } from "../steps.ts";

export const scenario: Scenario = {
  name: "flash",
  summary: "Genesis is installed on a bare board over its console, verified, started; an update of the result works",
  needs: ["bare"],
  async run(stage) {
    const host = await stage.bareTile();
    const phases: string[] = [];
    const startedMs = performance.now();
    const tile = await stage.install(host, (phase) => {
      if (phases.at(-1) !== phase) phases.push(phase);
    });
    const seconds = (performance.now() - startedMs) / 1000;
    const image = await stage.image("v1");
    stage.record("flash bytes/s", Math.round(image.length / seconds));
    stage.log(`${image.length} bytes in ${seconds.toFixed(1)} s`);
    checkEqual(phases.filter((phase) => phase !== "backup"), ["look", "erase", "files", "image", "check", "first stage"], "phases of the installation");
    await checkRuns(tile.session, "1.0.0", true, "after flashing");
    checkEqual(Buffer.from((await running(tile.session)).hash).toString("hex"), parseImage(image).hash, "hash of the image that runs");
    const { board } = stage.rig;
    if (board !== undefined) checkEqual([tile.config.slot, tile.config.slots], [boardGeometry(board).slot, board.slots], "slots in the configuration");
    // Flashed again it stays what it is: same identity, same journal.
    const held = await stage.hold(tile);
    check(held.isTile, "the boot window answers on the flashed board");
    await held.release();
    await tile.reopen();
    await checkRuns(tile.session, "1.0.0", true, "after the boot window");
  },
};
