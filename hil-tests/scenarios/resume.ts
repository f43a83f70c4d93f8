// The cable falls out in the middle of an upload, twice: the upload goes on where the tile stood, also when the tile lost its power meanwhile.
import { listImages, uploadImage } from "../../host-tools/link/smp-image.ts";
import { parseImage } from "../../host-tools/image/mcuboot.ts";
import { isLinkError } from "../../host-tools/link/link-errors.ts";
import { check, checkEqual, type Scenario, type StageTile } from "../scenario.ts";

/** Uploads until `stopBytes` are there; gives where it began. */
async function uploadUntil(tile: StageTile, image: Uint8Array, stopBytes: number): Promise<void> {
  const stop = new AbortController();
  try {
    await uploadImage(tile.session.client, image, { signal: stop.signal, onProgress: ({ sentBytes }) => sentBytes >= stopBytes && stop.abort() });
  } catch (error) {
    if (isLinkError(error, "INTERRUPTED")) return;
    throw error;
  }
  check(false, "the upload is interrupted");
}

export const scenario: Scenario = {
  name: "resume",
  summary: "an interrupted upload goes on where it stopped, over a lost connection and over a power failure, and is whole in the end",
  needs: ["upload"],
  async run(stage) {
    const tile = await stage.tile();
    const v2 = await stage.image("v2");
    const third = Math.floor(v2.length / 3);
    await uploadUntil(tile, v2, third);
    await tile.reopen();
    await uploadUntil(tile, v2, 2 * third);
    if (tile.host.powerOff !== undefined) await tile.host.powerOff();
    const { client } = await tile.reopen();
    const result = await uploadImage(client, v2);
    check(result.resumedAtBytes >= third, `the upload goes on after ${third} bytes at least, not at ${result.resumedAtBytes}`);
    stage.log(`resumed at ${result.resumedAtBytes} of ${v2.length} bytes`);
    const other = (await listImages(client)).find((slot) => !slot.active);
    check(other !== undefined, "the uploaded image is listed");
    checkEqual([other.version, Buffer.from(other.hash).toString("hex")], ["2.0.0", parseImage(v2).hash], "version and hash of the uploaded image");
  },
};
