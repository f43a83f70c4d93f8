// Weeks of winter on a small panel: does the tile stay up? The same jobs, battery and sky for every strategy; what differs is the order, and shedding.
import type { PowerTable } from "../sim/power-table.ts";
import { solarTrace, type SolarSite } from "../sim/solar.ts";
import type { Outcome, SimTask, Strategy, Supply } from "./scheduler-engine.ts";
import type { runOnKernel } from "./scheduler-kernel.ts";

const second = 1_000_000;
const nanoPerMah = 3.6e9;

/** Berlin from the 1st of December: the sun stands 14° high at noon, for eight hours. */
export const winter: Omit<SolarSite, "seed"> = { latitudeDeg: 52.5, dayOfYear: 335, days: 21, panelCm2: 2, efficiency: 0.15, volts: 3.3, meanCover: 0.75 };

/** A sensor tile: what matters most runs often and costs little; the radio costs nearly all. `criticality` as in kernel/power/features.ts. */
export const solarTasks: readonly SimTask[] = [
  { periodUs: 60 * second, deadlineUs: 10 * second, runUs: 20_000, offsetUs: 1 * second, slackUs: 5 * second, priority: 3, criticality: 3 },
  { periodUs: 120 * second, deadlineUs: 60 * second, runUs: 100_000, offsetUs: 7 * second, slackUs: 30 * second, priority: 2, criticality: 2 },
  { periodUs: 60 * second, deadlineUs: 60 * second, runUs: 2_000_000, radioUs: 2_000_000, offsetUs: 13 * second, slackUs: 30 * second, priority: 1, criticality: 1 },
  { periodUs: 300 * second, deadlineUs: 300 * second, runUs: 3_000_000, radioUs: 1_000_000, offsetUs: 29 * second, slackUs: 200 * second, priority: 0, criticality: 0 },
];

/** 20 mAh (a small supercapacitor bank or cell), half full. After a brown-out it starts again at 5 %, as a charger with hysteresis does. */
export function solarSupply(seed: number, site: Omit<SolarSite, "seed"> = winter): Supply {
  const capacityNc = 20 * nanoPerMah;
  return { capacityNc, startNc: capacityNc / 2, restartNc: capacityNc / 20, trace: solarTrace({ ...site, seed }), bootUs: 30 * second };
}

/** `run`: the model, or the kernel itself. */
export function runSolar(run: typeof runOnKernel, strategy: Strategy, table: PowerTable, seed: number, site: Omit<SolarSite, "seed"> = winter): Outcome {
  return run({ tasks: solarTasks, table, strategy, horizonUs: site.days * 86_400 * second, seed, supply: solarSupply(seed, site) });
}
