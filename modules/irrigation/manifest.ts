// irrigation: what it needs and may take.
import type { ModuleManifest } from "genesis/manifest";

export const manifest = {
  name: "irrigation",
  version: 1,
  needs: [
    { as: "moisture", service: "pins", pin: "A1", mode: "analog", why: "how wet the soil is" },
    { as: "valve", service: "pins", pin: "D7", mode: "output", safe: 0, why: "the water valve; closed when the module does not run" },
    { as: "clock", service: "clock", rights: "read", why: "waters only at the hours that are allowed" },
    { as: "log", service: "telemetry", rights: "append", why: "when the valve was open, and why it closed" },
  ],
  quotas: { fuelPerRun: 15_000, memoryBlocks: 100, messageBytes: 32, energyUcPerPeriod: 1_000_000, periodMs: 3_600_000 },
  restart: { policy: "quarantine", backoffMs: 10_000, limit: 3 },
  state: { version: 1, bytes: 16 },
} as const satisfies ModuleManifest;
