// detector: what it needs and may take.
import type { ModuleManifest } from "genesis/manifest";

export const manifest = {
  name: "detector",
  version: 1,
  needs: [
    { as: "sensor", service: "pins", pin: "SENSOR", mode: "analog", why: "the value that is watched" },
    { as: "log", service: "telemetry", rights: "append", why: "alarms: when they began, how high, when they ended" },
  ],
  quotas: { fuelPerRun: 15_000, memoryBlocks: 200, messageBytes: 64, energyUcPerPeriod: 1_000_000, periodMs: 3_600_000 },
  restart: { policy: "restart", backoffMs: 1000, limit: 0 },
  state: { version: 1, bytes: 48 },
} as const satisfies ModuleManifest;
