// Every scenario on the real interpreter; opt-in, because nobody publishes an Espruino for Linux: GENESIS_ESPRUINO=<binary>.
import { describeRig } from "./describe-rig.ts";

await describeRig("espruino", process.env.GENESIS_ESPRUINO ? undefined : "set GENESIS_ESPRUINO=<binary of Espruino for Linux> to run them");
