// These files are bundled as a tile is (all but admission are in tiles): as shipped they keep to the tile dialect.
import { build } from "esbuild";
import path from "node:path";
import { expect, it } from "vitest";
import * as admission from "./admission.ts";
import * as coalesce from "./coalesce.ts";
import * as energyContext from "./energy-context.ts";
import * as ledger from "./ledger.ts";
import * as policy from "./policy.ts";
import * as power from "./power.ts";
import * as sleepStates from "./sleep-states.ts";
import { checkDialect, formatFinding } from "../../host-tools/build/dialect/check.ts";

const modules: Record<string, object> = { admission, coalesce, "energy-context": energyContext, ledger, policy, power, "sleep-states": sleepStates };

it("keeps to the tile dialect", async () => {
  const lines: string[] = [];
  const names: string[] = [];
  for (const [name, module] of Object.entries(modules)) {
    const functions = Object.entries(module).filter(([, value]) => typeof value === "function").map(([key]) => key);
    expect(functions.length).toBeGreaterThan(0);
    names.push(...functions);
    lines.push(`import { ${functions.join(", ")} } from "./${name}.ts";`);
  }
  const { outputFiles } = await build({ stdin: { contents: `${lines.join("\n")}\nprint(${names.join(", ")});`, resolveDir: import.meta.dirname, loader: "ts" }, bundle: true, write: false, format: "esm", target: "es2015", minifySyntax: true, minifyWhitespace: true });
  expect(checkDialect(outputFiles[0]!.text, { kind: "first-stage" }).map(formatFinding)).toEqual([]);
});

it("policies have no loop", async () => {
  const { outputFiles } = await build({ entryPoints: [path.join(import.meta.dirname, "policy.ts")], bundle: true, write: false, format: "esm" });
  expect(outputFiles[0]!.text).not.toMatch(/\b(for|while|do)\b/);
});
