// blink: what it needs and may take.
import type { ModuleManifest } from "genesis/manifest";

export const manifest = {
  name: "blink",
  version: 1,
  needs: [{ as: "led", service: "pins", pin: "LED1", mode: "output", safe: 0, why: "the light that blinks" }],
  quotas: { fuelPerRun: 10_000, memoryBlocks: 20, messageBytes: 16, energyUcPerPeriod: 100_000, periodMs: 60_000 },
  restart: { policy: "restart", backoffMs: 1000, limit: 0 },
  state: { version: 0, bytes: 0 },
} as const satisfies ModuleManifest;
