// What comes out of the bundler: one ASCII expression, the same bytes every time, nothing foreign inside, errors at TypeScript lines.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TileBuildError } from "./build-errors.ts";
import { bundleTile, sha256Hex, type TileBundle } from "./bundle.ts";
import { readSourceMap } from "./source-map.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "genesis-bundle-"));
  await mkdir(path.join(root, "kernel"));
  await mkdir(path.join(root, "firmware/wire"), { recursive: true });
  await mkdir(path.join(root, "firmware/images"), { recursive: true });
  await writeFile(path.join(root, "kernel/state.ts"), `export const enum Limit { Tasks = 7 }\nexport interface State { _count: number; name: string }\nexport function createState(): State {\n  return { _count: Limit.Tasks, name: "k\\u00e9\\n" };\n}\n`);
  await writeFile(path.join(root, "firmware/wire/sum.ts"), `declare const FULL: boolean;\nexport function sum(a: number, b: number): number {\n  return FULL ? a + b : a - b;\n}\n`);
  await writeFile(path.join(root, "firmware/images/tile.ts"), `import { createState, Limit } from "../../kernel/state.ts";\nimport { sum } from "../wire/sum.ts";\nexport function boot(port: { print(text: string): void }, cfg: { id: number }): { step(nowUs: number): number } {\n  const state = createState();\n  return {\n    step: function (nowUs: number): number {\n      state._count = sum(sum(state._count, nowUs), Limit.Tasks);\n      port.print(state.name + cfg.id);\n      return state._count;\n    },\n  };\n}\n`);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const options = (entry: string) => ({ entry, profile: "full" as const, root, mangleCachePath: path.join(root, "names.json") });
const tile = (): Promise<TileBundle> => bundleTile(options("firmware/images/tile.ts"));

/** Write a file and bundle it; gives the error's text. */
async function refusal(text: string, more: Partial<Parameters<typeof bundleTile>[0]> = {}): Promise<string> {
  await writeFile(path.join(root, "firmware/images/bad.ts"), text);
  return bundleTile({ ...options("firmware/images/bad.ts"), ...more }).then(
    () => "built",
    (error: unknown) => (error instanceof TileBuildError ? error.message : `not a TileBuildError: ${String(error)}`),
  );
}

describe("the file", () => {
  it("is one ASCII expression whose value is boot", async () => {
    const { code } = await tile();
    expect(code).toMatch(/^[\n -~]+$/);
    const printed: string[] = [];
    // Evaluated as a tile's file is: by eval, in parentheses as any expression may stand.
    const boot = (0, eval)(`(${code})`) as (port: object, cfg: object) => { step(nowUs: number): number };
    const a = boot({ print: (text: string) => printed.push(text) }, { id: 1 });
    const b = boot({ print: (text: string) => printed.push(text) }, { id: 2 });
    expect([a.step(10), a.step(1), b.step(10)]).toEqual([24, 32, 24]);
    expect(printed).toEqual(["k\xe9\n1", "k\xe9\n1", "k\xe9\n2"]);
  });
  it("inlines const enums and defines, and shortens only names that begin with _", async () => {
    const { code } = await tile();
    expect(code).not.toContain("Tasks");
    expect(code).not.toContain("FULL");
    expect(code).not.toContain("_count");
    expect(code).toContain("name");
    const small = await bundleTile({ ...options("firmware/images/tile.ts"), profile: "small" });
    expect(small.code).not.toBe(code);
  });
  it("is the same bytes on every run", async () => {
    const [first, second, third] = [await tile(), await tile(), await tile()];
    expect([second.code, third.code]).toEqual([first.code, first.code]);
    expect(second.sourceMap).toBe(first.sourceMap);
    expect(first.sha256).toBe(sha256Hex(first.code));
  });
  it("is accounted for by subsystem, to the byte", async () => {
    const { bytesPerSubsystem, bytesPerFile, code } = await tile();
    expect(Object.keys(bytesPerSubsystem).sort()).toEqual(["build", "fuel", "images", "kernel", "wire"]);
    expect(Object.values(bytesPerSubsystem).reduce((sum, bytes) => sum + bytes, 0)).toBe(code.length);
    expect(bytesPerFile.map(([file]) => file)).toContain("kernel/state.ts");
  });
  it("maps back to the TypeScript", async () => {
    const { code, sourceMap } = await tile();
    const map = readSourceMap(sourceMap);
    const lines = code.split("\n");
    const line = lines.findIndex((text) => text.includes(".print("));
    const place = map.lookUp(line + 1, (lines[line] ?? "").indexOf(".print(") + 2);
    expect(place).toMatchObject({ file: expect.stringMatching(/firmware\/images\/tile\.ts$/) as string, line: 8 });
    expect(map.lookUp(1, 1)).toBeUndefined();
  });
});

describe("a file that is started once", () => {
  const makers = ["one", "two", "three"].map((name, index) => `function ${name}(n: number): number { return n > ${index} ? n + index(${index}) : 0; }`).join("\n");
  const text = `function index(n: number): number { return n * 2; }\n${makers}\nexport function boot(port: { n: number }): object {\n  const sum = one(port.n) + two(port.n) + three(port.n) + one(0) + two(0) + three(0);\n  return {\n    step: function (nowUs: number): number { return nowUs + sum; },\n  };\n}\n`;
  const started = async (isStartedOnce: boolean): Promise<TileBundle> => {
    await writeFile(path.join(root, "firmware/images/once.ts"), text);
    return bundleTile({ ...options("firmware/images/once.ts"), isStartedOnce });
  };
  it("lets go of what only the start needs, and is accounted for and mapped as ever", async () => {
    const [plain, lean] = [await started(false), await started(true)];
    expect(lean.code).not.toBe(plain.code);
    expect(lean.code).toMatch(/&&\((\w+=){4}0\);/);
    expect(Object.values(lean.bytesPerSubsystem).reduce((sum, bytes) => sum + bytes, 0)).toBe(lean.code.length);
    const board: { n: number; global?: object } = { n: 9 };
    board.global = board;
    for (const { code } of [plain, lean]) expect(((0, eval)(`(${code})`) as (port: object) => { step(n: number): number })(board).step(1)).toBe(34);
    const place = ({ code, sourceMap }: TileBundle): unknown => {
      const lines = code.split("\n");
      const line = lines.findIndex((candidate) => candidate.includes("step:"));
      return readSourceMap(sourceMap).lookUp(line + 1, (lines[line] ?? "").indexOf("step:") + 1);
    };
    expect(place(lean)).toEqual(place(plain));
    expect(place(lean)).toMatchObject({ line: 8 });
    expect((await started(true)).code).toBe(lean.code);
  });
});

describe("the dictionary of names", () => {
  it("is written sorted, and a frozen build accepts exactly what it holds", async () => {
    await tile();
    const names = JSON.parse(await readFile(path.join(root, "names.json"), "utf8")) as Record<string, string>;
    expect(Object.keys(names)).toEqual(Object.keys(names).sort());
    expect(names).toHaveProperty("_count");
    expect((await bundleTile({ ...options("firmware/images/tile.ts"), updateMangleCache: false })).code).toBe((await tile()).code);
    expect(await refusal("export function boot(): object { return { _brandNew: 1 }; }", { updateMangleCache: false })).toContain("_brandNew");
  });
  it("keeps its names when another name comes in before them", async () => {
    const before = (await tile()).code;
    expect(await refusal("export function boot(): object { return { _aaa: 1, _bbb: 2 }; }")).toBe("built");
    expect((await tile()).code).toBe(before);
  });
  it("never makes up a word that is reserved on Espruino", async () => {
    const fields = Array.from({ length: 4000 }, (_, index) => `_f${index}: 1`).join(", ");
    await writeFile(path.join(root, "firmware/images/many.ts"), `export function boot(): object { return { ${fields} }; }`);
    const cachePath = path.join(root, "many.json");
    await bundleTile({ ...options("firmware/images/many.ts"), mangleCachePath: cachePath });
    const short = Object.values(JSON.parse(await readFile(cachePath, "utf8")) as Record<string, string>);
    expect(short.length).toBe(4000);
    for (const word of ["of", "at", "is", "in", "do", "if", "on", "as"]) expect(short).not.toContain(word);
  });
});

describe("refusals", () => {
  it.each([
    ["esbuild's gate", "export function boot(): number {\n  const f = (a: number, b = 2): number => a + b;\n  return f(1);\n}", "bad.ts:2:"],
    ["the dialect", "export function boot(cfg: { list: number[] }): number {\n  const list = cfg.list;\n  list.length = 0;\n  return 1;\n}", "bad.ts:3:3: error length-assignment"],
    ["a label", "export function boot(): number {\n  a: for (;;) { for (;;) break a; }\n  return 1;\n}", "bad.ts:2:3: error label"],
    ["state in a module", "let runs = 0;\nexport function boot(): number {\n  return runs++;\n}", "bad.ts:1:5: error module-state"],
    ["a class that names itself", "class A { static make(): A { return new A(); } }\nexport function boot(): A { return A.make(); }", "error class-self-name"],
    ["spread", "export function boot(a: number[]): number { return Math.max(...a); }", "error"],
    ["destructuring", "export function boot({ a }: { a: number }): number { return a; }", "error"],
    ["async", "export async function boot(): Promise<number> { return 1; }", "error"],
    ["an unknown global", "export function boot(): unknown { return Date; }", "time is integer microseconds"],
    ["a float", "export function boot(): number { return 0.5; }", "error float-literal"],
    ["a Node module", 'import { readFileSync } from "node:fs";\nexport function boot(): unknown { return readFileSync; }', "node:fs"],
    ["a package", 'import pc from "picocolors";\nexport function boot(): unknown { return pc; }', "picocolors"],
    ["no export", "function boot(): number { return 1; }\nboot();", "exports nothing"],
    ["another export", "export function start(): number { return 1; }", "no `boot`"],
    ["text that is no TypeScript", "export function boot( {", "error esbuild"],
  ])("%s", async (_name, text, message) => {
    const told = await refusal(text);
    expect(told).toContain(message);
    expect(told).not.toContain("not a TileBuildError");
  });
  it("an npm package that resolves is refused as well", async () => {
    await mkdir(path.join(root, "node_modules/tiny"), { recursive: true });
    await writeFile(path.join(root, "node_modules/tiny/package.json"), '{"name":"tiny","main":"index.js"}');
    await writeFile(path.join(root, "node_modules/tiny/index.js"), "export const one = 1;");
    expect(await refusal('import { one } from "tiny";\nexport function boot(): unknown { return one; }')).toContain("node_modules/tiny");
  });
});
