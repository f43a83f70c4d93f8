// Are bugs found? Each seeded one is built into the kernel; random lives have to end in a divergence from the specification, or a case of the
// conformance suite, which the specification passes, has to fail. Each runs in a process of its own: a bug may well be a loop that never ends.
import { kernelConstants } from "../../host-tools/build/kernel-features.ts";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build, type Plugin } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { table } from "../../host-tools/cli/table.ts";
import { SEEDED_BUGS } from "./seeded-bugs.ts";
import type { SeededBug } from "./seeded-bugs.ts";

const kernel = path.resolve(import.meta.dirname, "..");
const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_122);
/** Operations after which the comparison gives up on a bug: that the conformance suite finds too, and that it does not. */
const PATIENCE = { found: 30_000, open: 400_000 };
const OF_A_LIFE = 600;
/** Who takes longer never ends, ms: with the short patience, and with the long one. */
const LIMIT_MS = { found: 20_000, open: 120_000 };

const CASES = ["cnode", "endpoint", "notification", "memory", "task", "fault", "sched-context", "lent-context"].map((name) => `export * from "./conformance/cases/${name}.ts";`).join(" ");

function withBug(bug: SeededBug): Plugin {
  const file = path.join(kernel, bug.file);
  return {
    name: "seeded-bug",
    setup(to) {
      to.onLoad({ filter: /\.ts$/ }, ({ path: loaded }) => {
        if (loaded !== file) return undefined;
        return { contents: readFileSync(file, "utf8").replace(bug.from, () => bug.to), loader: "ts" };
      });
    },
  };
}

async function withSeeded(bug: SeededBug): Promise<string> {
  const built = await build({
    stdin: { contents: `export * from "./model/differential.ts"; export * from "./model/tape.ts"; export * from "./conformance/run-cases.ts"; export * from "./conformance/kernel-subject.ts"; ${CASES}`, resolveDir: kernel, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    define: { ...kernelConstants("full"), FULL: "true" },
    plugins: [withBug(bug)],
  });
  return built.outputFiles[0]?.text ?? "";
}

/** What `code` prints with the bundle's exports as `s`; undefined when it never ends. */
function inProcess(bundle: string, code: string, limitMs: number): string | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), "seeded-bug-"));
  try {
    writeFileSync(path.join(folder, "bug.mjs"), bundle);
    writeFileSync(path.join(folder, "main.mjs"), `import * as s from "./bug.mjs";\n${code}`);
    const { stdout, signal, status, stderr } = spawnSync(process.execPath, [path.join(folder, "main.mjs")], { timeout: limitMs, killSignal: "SIGKILL", encoding: "utf8" });
    if (signal) return undefined;
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bug, what the comparison needed, first case of the conformance suite that fails. */
const found: string[][] = [];

/** Prints the first case of the suite that fails. */
const FIRST_FAILED = `const cases = [];
for (const add of [s.cnodeCases, s.endpointCases, s.notificationCases, s.tcbCases, s.faultCases, s.schedCases, s.lentContextCases, s.memoryCases]) add(cases);
const lines = [];
s.runCases(cases, s.kernelSubject, true, (line) => lines.push(line));
console.log(lines.find((line) => /^@@[a-z-]+;0;/.test(line))?.replace(/^@@[a-z-]+;0;[^;]*;/, "") ?? "–");`;

/** Prints how many operations it takes until the comparison finds it; "–" when the patience is used up. */
const compared = (patience: number): string => `const tally = s.newTally();
let found;
for (let life = ${seed}; !found && tally.operations < ${patience}; life++) found = s.play(s.randomTape(life), ${OF_A_LIFE}, tally);
console.log(found ? tally.operations + " operations" : "–");`;

describe(`${SEEDED_BUGS.length} seeded bugs`, () => {
  afterAll(() => process.stdout.write(`\n${table(["bug", "compared until found", "case that finds it"], found)}\n`));

  for (const bug of SEEDED_BUGS) {
    it(bug.what, { timeout: 300_000 }, async () => {
      expect(readFileSync(path.join(kernel, bug.file), "utf8").split(bug.from).length, "the text occurs in the source").toBeGreaterThan(1);
      const bundle = await withSeeded(bug);
      const byCase = inProcess(bundle, FIRST_FAILED, LIMIT_MS.found) ?? "never ends";
      const patience = byCase === "–" ? "open" : "found";
      const byComparison = inProcess(bundle, compared(PATIENCE[patience]), LIMIT_MS[patience]) ?? "never ends";
      found.push([bug.what, byComparison, byCase]);
      expect(byComparison !== "–" || byCase !== "–", "found by the comparison or by the conformance suite").toBe(true);
    });
  }
});
