// What a module's tests import as "genesis/module-test": runs each test twice, with the code as it was written and with the text that ships.
//
//   moduleTests(import.meta.url, ({ start }) => {
//     test("is on at first", () => expect(start().pin("LED1")).toBe(1));
//   });

import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";
import { compileModule } from "./compile-module.ts";
import { FakeTile, type FakeOptions } from "./fake-gate.ts";
import type { ModuleManifest } from "./manifest.ts";
import { asPrinted, asWritten } from "./module-text.ts";

// Authors have one place to import from.
export type { FakeOptions, FakeTile } from "./fake-gate.ts";

export interface ModuleTest {
  manifest: ModuleManifest;
  /** A fake tile on which the module has just been started. */
  start(options?: FakeOptions): FakeTile;
}

/** Defines `tests` for both texts of the module that the test file stands beside, and holds every run to the quotas. @param url `import.meta.url` of the test file. */
export function moduleTests(url: string, tests: (module: ModuleTest) => void): void {
  const folder = path.dirname(fileURLToPath(url));
  const module = compileModule(fileURLToPath(new URL("../..", import.meta.url)), folder);
  const { manifest } = module;
  for (const [name, text] of [["as written", asWritten(module.source)], ["as it ships", asPrinted(module.text)]] as const) {
    describe(`${manifest.name} ${name}`, () => {
      const tiles: FakeTile[] = [];
      tests({
        manifest,
        start(options) {
          const tile = new FakeTile(manifest, text, options);
          tiles.push(tile);
          return tile;
        },
      });
      test("comes to Ready, within its bounds", ({ skip, task }) => {
        if (tiles.length === 0) skip();
        const runs = tiles.flatMap((tile) => tile.runs);
        const dearest = { fuel: Math.max(...runs.map((run) => run.fuel)), memory: Math.max(...runs.map((run) => run.memory)) };
        Object.assign(task.meta, { dearest });
        for (const { name: what, most } of module.bounds) {
          const found = what === "fuel" || what === "memory" ? dearest[what] : 0;
          if (most !== undefined && found > most) throw new Error(`${what}: a run took ${found}, and the text's bound is ${most}: this is a mistake of the verifier`);
        }
        if (!tiles.some((tile) => tile.services.isReady)) throw new Error("no test brought the module to Ready: it has to call SelfLabel.Ready, or a tile takes the version before back");
      });
    });
  }
}

/** Numbers as the bytes of a state or a record: each an int32 of four bytes, highest first. */
export function int32s(...numbers: number[]): string {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((value, index) => bytes.writeInt32BE(value, index * 4));
  return bytes.toString("latin1");
}
