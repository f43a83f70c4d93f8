// The rig `sim`: tiles on simulated boards in this process.
import type { Rig } from "../scenario.ts";
import { Failure } from "../../host-tools/cli/failure.ts";

export const SimRig = {
  open(): Promise<Rig> {
    return Promise.reject(new Failure("NO_SIM", 3, "the simulated board is not there yet"));
  },
};
