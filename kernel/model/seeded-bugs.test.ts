// Are bugs found? Each seeded one is built into the kernel; random lives have to end in a divergence from the specification, or a case of the
// conformance suite, which the specification passes, has to fail.
import { kernelConstants } from "../../host-tools/build/kernel-features.ts";
import { readFileSync } from "node:fs";
import path from "node:path";
import { build, type Plugin } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { table } from "../../host-tools/cli/table.ts";
import { SEEDED_BUGS } from "./seeded-bugs.ts";
import type { SeededBug } from "./seeded-bugs.ts";
import type * as Differential from "./differential.ts";
import type * as Tapes from "./tape.ts";
import type * as Cnode from "../conformance/cases/cnode.ts";
import type * as Endpoint from "../conformance/cases/endpoint.ts";
import type * as Notification from "../conformance/cases/notification.ts";
import type * as Memory from "../conformance/cases/memory.ts";
import type * as Task from "../conformance/cases/task.ts";
import type * as KernelSubject from "../conformance/kernel-subject.ts";
import type * as RunCases from "../conformance/run-cases.ts";
import type { Case } from "../conformance/scene.ts";

const kernel = path.resolve(import.meta.dirname, "..");
const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_122);
/** Operations after which the comparison gives up on a bug: that the conformance suite finds too, and that it does not. */
const PATIENCE = { found: 30_000, open: 400_000 };
const OF_A_LIFE = 600;

type Subject = typeof Differential & typeof Tapes & typeof RunCases & typeof KernelSubject & typeof Cnode & typeof Endpoint & typeof Notification & typeof Memory & typeof Task;
const CASES = ["cnode", "endpoint", "notification", "memory", "task"].map((name) => `export * from "./conformance/cases/${name}.ts";`).join(" ");

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

async function withSeeded(bug: SeededBug): Promise<Subject> {
  const built = await build({
    stdin: { contents: `export * from "./model/differential.ts"; export * from "./model/tape.ts"; export * from "./conformance/run-cases.ts"; export * from "./conformance/kernel-subject.ts"; ${CASES}`, resolveDir: kernel, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    define: { ...kernelConstants("full"), FULL: "true" },
    plugins: [withBug(bug)],
  });
  return (await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0]?.text ?? "").toString("base64")}`)) as Subject;
}

/** Bug, what the comparison needed, first case of the conformance suite that fails. */
const found: string[][] = [];

function failedCase(subject: Subject): string {
  const cases: Case[] = [];
  for (const add of [subject.cnodeCases, subject.endpointCases, subject.notificationCases, subject.tcbCases, subject.schedCases, subject.memoryCases]) add(cases);
  const lines: string[] = [];
  subject.runCases(cases, subject.kernelSubject, true, (line) => lines.push(line));
  return lines.find((line) => /^@@[a-z-]+;0;/.test(line))?.replace(/^@@[a-z-]+;0;[^;]*;/, "") ?? "–";
}

describe(`${SEEDED_BUGS.length} seeded bugs`, () => {
  afterAll(() => process.stdout.write(`\n${table(["bug", "compared until found", "case that finds it"], found)}\n`));

  for (const bug of SEEDED_BUGS) {
    it(bug.what, { timeout: 300_000 }, async () => {
      expect(readFileSync(path.join(kernel, bug.file), "utf8").split(bug.from).length, "the text occurs in the source").toBeGreaterThan(1);
      const subject = await withSeeded(bug);
      const tally = subject.newTally();
      const byCase = failedCase(subject);
      const patience = byCase === "–" ? PATIENCE.open : PATIENCE.found;
      let isFound = false;
      for (let life = seed; !isFound && tally.operations < patience; life++) isFound = subject.play(subject.randomTape(life), OF_A_LIFE, tally) !== undefined;
      found.push([bug.what, isFound ? `${tally.operations} operations` : "–", byCase]);
      expect(isFound || byCase !== "–", "found by the comparison or by the conformance suite").toBe(true);
    });
  }
});
