// cold-chain: what it needs and may take.
import type { ModuleManifest } from "genesis/manifest";

export const manifest = {
  name: "cold-chain",
  version: 1,
  needs: [
    { as: "sensor", service: "pins", pin: "SENSOR", mode: "analog", why: "the temperature of the goods" },
    { as: "log", service: "telemetry", rights: "append", why: "the record that the receiver of the goods reads" },
  ],
  quotas: { fuelPerRun: 15_000, memoryBlocks: 150, messageBytes: 64, energyUcPerPeriod: 1_000_000, periodMs: 3_600_000 },
  restart: { policy: "restart", backoffMs: 1000, limit: 0 },
  state: { version: 1, bytes: 20 },
} as const satisfies ModuleManifest;
