// A folder compiled: places in the author's files, bounds beside the quotas, and everything that is not accepted.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readSourceMap } from "../build/source-map.ts";
import { compileModule, type Complaint, ModuleRefused, sourceMapOf } from "./compile-module.ts";
import { readManifest } from "./manifest-file.ts";
import { writeNeeds } from "./needs-file.ts";
import { writeSkeleton } from "./skeleton.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const world = mkdtempSync(path.join(os.tmpdir(), "genesis module-"));
afterAll(() => rmSync(world, { recursive: true, force: true }));

const folder = path.join(world, "blink");
beforeEach(() => cpSync(path.join(root, "modules", "blink"), folder, { recursive: true }));

function change(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(path.join(folder, file), "utf8");
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  writeFileSync(path.join(folder, file), changed);
}

function complaints(): (Complaint & { at: string })[] {
  try {
    compileModule(root, folder);
    return [];
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error;
    return error.complaints.map((one) => ({ ...one, at: `${path.relative(folder, one.file)}:${readFileSync(one.file, "utf8").split("\n")[one.line - 1]!.slice(one.column - 1)}` }));
  }
}

describe("a module", () => {
  it("is the same text wherever its folder lies", () => {
    const [here, there] = [compileModule(root, folder), compileModule(root, path.join(root, "modules", "blink"))];
    expect(here.text).toBe(there.text);
    expect(here.text).not.toContain("\n");
    expect(here.bounds).toEqual([
      { name: "fuel", most: expect.any(Number), quota: 10_000 },
      { name: "memory", most: 0, quota: 20 },
      { name: "load fuel", most: expect.any(Number), quota: 10_000 },
      { name: "load memory", most: expect.any(Number), quota: 20 },
    ]);
  });

  it("has a map from the text back to the author's files", () => {
    const module = compileModule(root, folder);
    const map = readSourceMap(sourceMapOf(module, path.join(world, "dist", "modules")));
    const source = readFileSync(path.join(folder, "module.ts"), "utf8").split("\n");
    const found = map.lookUp(1, module.text.indexOf("g(12,") + 1)!;
    expect(found.file).toBe("../../blink/module.ts");
    expect(source[found.line - 1]!.slice(found.column - 1)).toBe("gate(Op.SetTimer, 0, 0, nextUs);");
  });
});

it("a new one has a tsconfig of its own only outside of the checkout's modules", () => {
  const checkout = path.join(world, "checkout");
  expect(writeSkeleton(checkout, path.join(checkout, "modules"), "inside").files).toEqual(["manifest.ts", "module.test.ts", "module.ts", "needs.ts"]);
  expect(writeSkeleton(checkout, world, "outside").files).toContain("tsconfig.json");
  expect(JSON.parse(readFileSync(path.join(world, "outside", "tsconfig.json"), "utf8"))).toMatchObject({ extends: path.join(checkout, "modules", "tsconfig.author.json") });
});

describe("is not accepted", () => {
  it("with the verifier's reasons, at the place in the author's file", () => {
    change("module.ts", "const nowUs = gate(Op.Now);", "const nowUs = Date.now();");
    expect(complaints()).toMatchObject([{ rule: { number: 9, id: "ambient-name" }, at: expect.stringMatching(/^module\.ts:Date\.now\(\);/) }]);
  });

  it("when it uses a name that is no longer in an enum", () => {
    change("manifest.ts", 'as: "led"', 'as: "lamp"');
    writeNeeds(folder, readManifest(path.join(folder, "manifest.ts")));
    expect(complaints()).toMatchObject([{ reason: "Need has no member Led", instead: "write one of Need.Lamp", at: expect.stringMatching(/^module\.ts:Need\.Led/) }]);
  });

  it("when its text can come to more than the manifest allows", () => {
    change("manifest.ts", "fuelPerRun: 10_000, memoryBlocks: 20", "fuelPerRun: 8_000, memoryBlocks: 6");
    expect(complaints()).toMatchObject([
      { reason: expect.stringMatching(/^fuel may come to 8\d\d\d, and quotas\.fuelPerRun is 8000/), instead: expect.stringMatching(/^write quotas\.fuelPerRun: 8\d\d\d or more/), at: expect.stringMatching(/^manifest\.ts:/) },
      { reason: "load memory may come to 7, and quotas.memoryBlocks is 6" },
    ]);
  });

  it.each([["gate(Op.Now)", "gate(2, 2, 0, 0, 0, '')", "operation 2 of the gate is used"], ["gate(Op.Now)", "gate(label, 0, 0, 0, 0, '')", "an operation of the gate is computed"]])("when it asks the gate for something else: %s", (from, to, reason) => {
    change("module.ts", from, to);
    expect(complaints()).toMatchObject([{ reason, instead: expect.stringContaining("Op.Call") }]);
  });

  it("when needs.ts is stale, a file is missing or can't be read", () => {
    change("needs.ts", "Led = 2", "Led = 3");
    expect(() => compileModule(root, folder)).toThrow(expect.objectContaining({ code: "STALE" }));
    cpSync(path.join(root, "modules", "blink"), folder, { recursive: true });
    change("module.ts", "./needs.ts", "./none.ts");
    expect(() => compileModule(root, folder)).toThrow(expect.objectContaining({ code: "BUNDLE", message: expect.stringMatching(/module\.ts:6: Could not resolve/) }));
    change("module.ts", "import { Need }", "import { Need");
    expect(() => compileModule(root, folder)).toThrow(expect.objectContaining({ code: "BUNDLE" }));
  });
});
