// Unit tests stand beside their sources; scenarios in hil-tests/ run on the rigs named by GENESIS_RIGS (default: sim, and qemu where it is installed).
import { kernelConstants } from "./host-tools/build/kernel-features.ts";
import { defineConfig } from "vitest/config";
import { featureConstants } from "./host-tools/build/features.ts";
import { kitFiles } from "./host-tools/modules/module-folder.ts";

export default defineConfig({
  define: { ...featureConstants("full"), ...kernelConstants("full"), FUEL: "false" },
  resolve: { alias: kitFiles(import.meta.dirname) },
  test: {
    include: ["{hal,kernel,firmware,host-tools,boards,hil-tests,modules}/**/*.test.ts"],
    setupFiles: ["./vitest.setup.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // expect.poll looks until it fits; how long that takes on a busy computer is nothing to fail for.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
    pool: "forks",
  },
});
