// Every scenario on the bare-metal board in QEMU, where QEMU and the cross-compiler are installed.
import { describeRig } from "./describe-rig.ts";
import { whyNoQemu } from "./rigs/qemu.ts";

await describeRig("qemu", whyNoQemu());
