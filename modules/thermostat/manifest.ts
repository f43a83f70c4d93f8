// thermostat: what it needs and may take.
import type { ModuleManifest } from "genesis/manifest";

export const manifest = {
  name: "thermostat",
  version: 2,
  needs: [
    { as: "sensor", service: "pins", pin: "SENSOR", mode: "analog", why: "the room's temperature" },
    { as: "heater", service: "pins", pin: "D4", mode: "output", safe: 0, why: "the relay of the heater" },
  ],
  quotas: { fuelPerRun: 15_000, memoryBlocks: 60, messageBytes: 32, energyUcPerPeriod: 500_000, periodMs: 3_600_000 },
  restart: { policy: "threshold", backoffMs: 5000, limit: 5 },
  state: { version: 2, bytes: 12 },
} as const satisfies ModuleManifest;
