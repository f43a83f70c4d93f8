// Vitest for `npm run assure`: the project's own settings, with a fast-check that draws more cases.
import { kernelConstants } from "../build/kernel-features.ts";
import path from "node:path";
import { defineConfig } from "vitest/config";
import { featureConstants } from "../build/features.ts";

const root = path.resolve(import.meta.dirname, "../..");

export default defineConfig({
  root,
  define: { ...featureConstants("full"), ...kernelConstants("full") },
  resolve: { alias: [{ find: /^fast-check$/, replacement: path.join(root, "host-tools", "assure", "fast-check-long.ts") }] },
  test: {
    include: ["{hal,kernel,firmware,host-tools,boards}/**/*.test.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 300_000,
    // expect.poll looks until it fits; how long that takes on a busy computer is nothing to fail for.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
    pool: "forks",
  },
});
