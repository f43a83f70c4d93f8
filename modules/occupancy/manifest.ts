// occupancy: what it needs and may take.
import type { ModuleManifest } from "genesis/manifest";

export const manifest = {
  name: "occupancy",
  version: 1,
  needs: [
    { as: "outer", service: "pins", pin: "D5", mode: "watch", why: "the light barrier outside of the door" },
    { as: "inner", service: "pins", pin: "D6", mode: "watch", why: "the light barrier inside of the door" },
    { as: "log", service: "telemetry", rights: "append", why: "how many came and went, each quarter of an hour" },
  ],
  quotas: { fuelPerRun: 15_000, memoryBlocks: 80, messageBytes: 32, energyUcPerPeriod: 1_000_000, periodMs: 3_600_000 },
  restart: { policy: "restart", backoffMs: 1000, limit: 0 },
  state: { version: 1, bytes: 4 },
} as const satisfies ModuleManifest;
