// The lint bites: every folder's forbidden import and every source-level form of the tile dialect, on a copy of the house with one bad file.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
let house = "";

beforeAll(async () => {
  house = await mkdtemp(path.join(tmpdir(), "genesis-lint-"));
  await cp(path.join(root, ".oxlintrc.json"), path.join(house, ".oxlintrc.json"));
  await mkdir(path.join(house, "host-tools/build/lint"), { recursive: true });
  await cp(path.join(root, "host-tools/build/lint/tile-dialect.mjs"), path.join(house, "host-tools/build/lint/tile-dialect.mjs"));
  await symlink(path.join(root, "node_modules"), path.join(house, "node_modules"));
});
afterAll(() => rm(house, { recursive: true, force: true }));

/** Rules that oxlint reports for one file of this text. */
async function lint(file: string, text: string): Promise<string[]> {
  await mkdir(path.dirname(path.join(house, file)), { recursive: true });
  await writeFile(path.join(house, file), text);
  const output = await new Promise<string>((resolve) => {
    execFile(path.join(root, "node_modules/.bin/oxlint"), ["--format", "json", file], { cwd: house }, (_error, stdout) => resolve(stdout));
  });
  await rm(path.join(house, file));
  const report = JSON.parse(output) as { diagnostics: { code: string }[]; number_of_files: number };
  expect(report.number_of_files, "the file was linted").toBe(1);
  return report.diagnostics.map((diagnostic) => diagnostic.code);
}

const RESTRICTED = "eslint(no-restricted-imports)";

it.each([
  ["hal/x.ts", "../kernel/gate.ts"],
  ["hal/x.ts", "node:fs"],
  ["boards/b/board.ts", "../../firmware/wire/cbor.ts"],
  ["kernel/x.ts", "../firmware/wire/cbor.ts"],
  ["kernel/x.ts", "../host-tools/cli.ts"],
  ["kernel/objects/x.ts", "node:fs"],
  ["kernel/x.ts", "../hal/flash.ts"],
  ["kernel/x.ts", "@noble/ciphers/chacha.js"],
  ["firmware/wire/x.ts", "../../host-tools/cli.ts"],
  ["firmware/wire/x.ts", "@noble/ciphers/chacha.js"],
  ["firmware/wire/x.ts", "node:buffer"],
  ["firmware/security/x.ts", "cbor-x"],
  ["host-tools/x.ts", "../hil-tests/rig.ts"],
  ["host-tools/x.ts", "@noble/ciphers/chacha.js"],
])("%s may not import %s", async (file, from) => {
  expect(await lint(file, `import { a } from "${from}";\nexport const b = a;\n`)).toContain(RESTRICTED);
});

it.each([
  ["kernel/x.ts", "./state.ts"],
  ["firmware/wire/x.ts", "../../kernel/gate.ts"],
  ["firmware/security/x.ts", "@noble/ciphers/chacha.js"],
  ["host-tools/x.ts", "../firmware/wire/cbor.ts"],
  ["host-tools/x.ts", "node:fs"],
  ["firmware/wire/x.test.ts", "node:fs"],
])("%s may import %s", async (file, from) => {
  expect(await lint(file, `import { a } from "${from}";\nexport const b = a;\n`)).toEqual([]);
});

it("the kernel may import hal's types", async () => {
  expect(await lint("kernel/x.ts", `import type { Flash } from "../hal/flash.ts";\nexport type F = Flash;\n`)).toEqual([]);
});

it.each([
  ["no-default-value", "export function f(a = 1): number { return a; }"],
  ["no-rest-or-spread", "export function f(...a: number[]): number { return a[0]!; }"],
  ["no-rest-or-spread", "export const a = (b: number[]): number[] => [...b];"],
  ["no-destructuring", "export function f(o: { a: number }): number { const { a } = o; return a; }"],
  ["no-length-assignment", "export function f(a: { length: number }): void { a.length = 0; }"],
  ["no-builtin-superclass", "export class Oops extends Error {}"],
  ["no-parameter-property", "export class P { constructor(readonly _a: number) {} }"],
  ["no-regex", "export const r = /a/;"],
  ["no-loop-variable-closure", "export function f(a: (() => number)[]): void { for (let i = 0; i < 3; i++) { a.push(() => i); } }"],
])("tile code: %s", async (rule, text) => {
  expect(await lint("firmware/wire/x.ts", `${text}\n`)).toContain(`tile-dialect(${rule})`);
  expect(await lint("host-tools/x.ts", `${text}\n`)).not.toContain(`tile-dialect(${rule})`);
});

it.each([
  ["eslint(no-labels)", "export function f(): void { a: for (;;) { for (;;) break a; } }"],
  ["typescript(no-explicit-any)", "export function f(a: any): unknown { return a; }"],
  ["eslint(max-lines)", `${"export {};\n".repeat(401)}`],
])("everywhere: %s", async (rule, text) => {
  expect(await lint("host-tools/x.ts", `${text}\n`)).toContain(rule);
});
