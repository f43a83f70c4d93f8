// What fuel costs at work: the same service code with and without, on XS in virtual time.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { buildRuntime, repositoryRoot } from "../../qemu/runtime-build.ts";
import { testCacheDir } from "../../qemu/test-board.ts";
import { missingPrograms } from "../../qemu/toolchain.ts";
import { overheadOnQemu, overheadProbe, WORK } from "./overhead.ts";

/** Most that metered service code may take of what it took before. */
const MOST = 1.25;

describe.skipIf(missingPrograms().length > 0)("on XS in QEMU", () => {
  it("services at work take at most a quarter longer, and compute the same", async () => {
    const { elfPath } = await buildRuntime({ cacheDir: testCacheDir });
    const folder = mkdtempSync(path.join(tmpdir(), "genesis-fuel-"));
    try {
      const [plain, metered] = [await overheadOnQemu(elfPath, folder, await overheadProbe(repositoryRoot(), false)), await overheadOnQemu(elfPath, folder, await overheadProbe(repositoryRoot(), true))];
      expect(metered.map(({ what }) => what)).toEqual(WORK);
      metered.forEach((one, index) => {
        const before = plain[index]!;
        expect(one.sum, one.what).toBe(before.sum);
        expect(before.fuel).toBe(0);
        expect(one.fuel, one.what).toBeGreaterThan(100);
        expect(one.us / before.us, one.what).toBeLessThan(MOST);
        // The meter agrees with the fuel within the factor of cross-check.test.ts.
        expect(one.units / one.fuel, one.what).toBeLessThan(2.1);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
