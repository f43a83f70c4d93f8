// The suite on every engine that is here: specification, kernel in Node, its minified bundle in both profiles, QuickJS, XS on QEMU (where it is
// installed) and real Espruino (GENESIS_ESPRUINO). One table: object × engine, passed of all.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { table } from "../../host-tools/cli/table.ts";
import { buildRuntime } from "../../host-tools/qemu/runtime-build.ts";
import { findProgram } from "../../host-tools/qemu/toolchain.ts";
import { cnodeCases } from "./cases/cnode.ts";
import { endpointCases } from "./cases/endpoint.ts";
import { lentContextCases } from "./cases/lent-context.ts";
import { notificationCases } from "./cases/notification.ts";
import { memoryCases } from "./cases/memory.ts";
import { schedCases } from "./cases/sched-context.ts";
import { faultCases } from "./cases/fault.ts";
import { tcbCases } from "./cases/task.ts";
import { bundleInNode, bundleInQuickJs, bundleOnEspruino, bundleOnQemu, readVerdicts } from "./host/engines.ts";
import type { Verdict } from "./host/engines.ts";
import { specSubject } from "./host/spec-subject.ts";
import { kernelSubject } from "./kernel-subject.ts";
import { runCases } from "./run-cases.ts";
import type { Case } from "./scene.ts";
import type { KernelUnderTest } from "./subject.ts";

const espruino = process.env["GENESIS_ESPRUINO"] || undefined;
const hasQemu = ["qemu-system-arm", "arm-none-eabi-gcc"].every((program) => findProgram(program) !== undefined);
const home = path.resolve(process.env["GENESIS_HOME"] ?? path.join(import.meta.dirname, "..", "..", ".genesis"));

const cases: Case[] = [];
for (const add of [cnodeCases, endpointCases, notificationCases, tcbCases, faultCases, schedCases, lentContextCases, memoryCases]) add(cases);
const results = new Map<string, Verdict[]>();

function here(create: () => KernelUnderTest): Verdict[] {
  const lines: string[] = [];
  runCases(cases, create, true, (line) => lines.push(line));
  return readVerdicts(lines);
}

function check(engine: string, verdicts: Verdict[], count: number): void {
  results.set(engine, verdicts);
  expect(verdicts.filter((one) => one.checks === undefined)).toEqual([]);
  expect(verdicts.length).toBe(count);
}

const full = cases.filter((one) => !one.isSmall).length;
const small = cases.filter((one) => !one.isFull).length;

describe("conformance", () => {
  afterAll(() => {
    const engines = [...results.keys()];
    const objects = [...new Set(cases.map((one) => one.object))];
    const cell = (engine: string, fits: (one: Verdict) => boolean): string => {
      const mine = (results.get(engine) ?? []).filter(fits);
      return `${mine.filter((one) => one.checks !== undefined).length}/${mine.length}`;
    };
    const rows = objects.map((object) => [object, ...engines.map((engine) => cell(engine, (one) => one.object === object))]);
    rows.push(["all", ...engines.map((engine) => cell(engine, () => true))]);
    rows.push(["checks", ...engines.map((engine) => String((results.get(engine) ?? []).reduce((sum, one) => sum + (one.checks ?? 0), 0)))]);
    process.stdout.write(`\n${table(["object", ...engines], rows)}\n`);
  });

  it("specification", () => check("specification", here(specSubject), full));
  it("kernel in Node", () => check("kernel", here(kernelSubject), full));
  it("minified, profile full", async () => check("bundle full", await bundleInNode(true), full));
  it("minified, profile small", async () => check("bundle small", await bundleInNode(false), small));
  it("QuickJS", async () => check("QuickJS", await bundleInQuickJs(), full));
  it.skipIf(!hasQemu)("XS on QEMU", { timeout: 900_000 }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "genesis-conformance-"));
    try {
      const { elfPath } = await buildRuntime({ cacheDir: path.join(home, "cache") });
      check("XS on QEMU", await bundleOnQemu(elfPath, folder), full);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  it.skipIf(espruino === undefined)("Espruino", { timeout: 900_000 }, async () => check("Espruino", await bundleOnEspruino(espruino as string), full));
});
