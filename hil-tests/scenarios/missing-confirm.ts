// Nobody confirms a good image: it may run until the next restart and no longer.
import { confirmImage, testImage, uploadImage } from "../../host-tools/link/smp-image.ts";
import { parseImage } from "../../host-tools/image/mcuboot.ts";
import { checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns } from "../steps.ts";

export const scenario: Scenario = {
  name: "missing-confirm",
  summary: "an image that is tried but never confirmed is gone after the next restart; tried again and confirmed, it stays",
  needs: ["upload"],
  async run(stage) {
    const tile = await stage.tile();
    const { session } = tile;
    const v2 = await stage.image("v2");
    const { digest } = parseImage(v2);
    await uploadImage(session.client, v2);
    await testImage(session.client, digest);
    await session.restart(stage.patienceMs);
    await checkRuns(session, "2.0.0", false, "on trial");
    checkEqual((await session.health()).kind, 1, "kind of this start (1: a trial)");
    await session.restart(stage.patienceMs);
    await checkRuns(session, "1.0.0", true, "after a restart without confirmation");
    await testImage(session.client, digest);
    await session.restart(stage.patienceMs);
    await confirmImage(session.client);
    await checkRuns(session, "2.0.0", true, "once it is confirmed");
    await session.restart(stage.patienceMs);
    await checkRuns(session, "2.0.0", true, "after a restart with confirmation");
  },
};
