// Vitest for Stryker: the quick set alone, with the constants of profile full.
import path from "node:path";
import { defineConfig } from "vitest/config";
import { featureConstants } from "../../../host-tools/build/features.ts";
import { kernelConstants } from "../../../host-tools/build/kernel-features.ts";

const root = path.resolve(import.meta.dirname, "../../..");

export default defineConfig({
  root,
  define: { ...featureConstants("full"), ...kernelConstants("full"), FUEL: "false" },
  test: { include: ["kernel/model/mutation/quick-set.ts"], setupFiles: [path.join(root, "vitest.setup.ts")], testTimeout: 20_000, pool: "threads" },
});
