// Every scenario on simulated boards.
import { describeRig } from "./describe-rig.ts";

await describeRig("sim", undefined);
