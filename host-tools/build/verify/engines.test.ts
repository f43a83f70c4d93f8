// What the inference says about operators, intrinsics and methods is true on each engine: for odd values of every kind that the rules let through.
import { describe, expect, it } from "vitest";
import { missingPrograms } from "../../qemu/toolchain.ts";
import { linesInNode, linesInQuickJs, linesOnEspruino } from "../script-lines.ts";
import { ARRAY_METHODS, BYTES_METHODS, MATH, STRING_METHODS, type Method } from "./intrinsics.ts";
import { Kind } from "./kinds.ts";
import { withQemu } from "./testing/with-qemu.ts";
import { verifyModule } from "./verify.ts";

const NUMBERS = ["0", "1", "-1", "1.5", "(0/0)", "(1/0)", "(-1/0)", "-0", "10000000000", "-2147483648", "4294967295", "1e21", "300"];
const BOOLEANS = ["true", "false"];
const NOTHINGS = ["void 0", "null"];
const NUMERIC = [...NUMBERS, ...BOOLEANS, ...NOTHINGS];
const STRINGS = ['""', '"a"', '"5"', '"\\xff\\x00"', '"constructor"'];
const OBJECTS = ["[]", "[1]", "{}", "{$a:1}", "new Uint8Array(2)", "new Float64Array(1)"];
const ANY = [...NUMERIC, ...STRINGS, ...OBJECTS];

/** An expression of `x` and `y`, and the types it may have; "!" for a throw. */
type Check = [expression: string, types: string];

function* checks(): Generator<Check> {
  const pairs = function* (left: readonly string[], right: readonly string[]): Generator<[string, string]> {
    for (const x of left) for (const y of right) yield [x, y];
  };
  const let2 = (x: string, y: string, body: string): string => `function(){var x=${x},y=${y};return ${body}}`;
  for (const op of ["-", "*", "/", "%", "|", "&", "^", "<<", ">>", ">>>"]) {
    for (const [x, y] of pairs(NUMERIC, NUMERIC)) {
      // Espruino makes undefined of it: one side has to be proven.
      if (x === "void 0" && y === "void 0") continue;
      yield [let2(x, y, `x${op}y`), "number"];
      yield [`function(){var x=${x},y=${y};x${op}=y;return x}`, "number"];
    }
  }
  for (const [x, y] of [...pairs(NUMERIC, [...NUMBERS, ...BOOLEANS]), ...pairs([...NUMBERS, ...BOOLEANS], NUMERIC)]) yield [let2(x, y, "x+y"), "number"];
  for (const [x, y] of [...pairs(STRINGS, [...NUMERIC, ...STRINGS]), ...pairs(NUMERIC, STRINGS)]) yield [let2(x, y, "x+y"), "string"];
  for (const op of ["<", ">", "<=", ">="]) for (const [x, y] of [...pairs(NUMERIC, NUMERIC), ...pairs(STRINGS, STRINGS)]) if (x !== "void 0" || y !== "void 0") yield [let2(x, y, `x${op}y`), "boolean"];
  for (const op of ["==", "!="]) for (const [x, y] of [...pairs(NUMERIC, NUMERIC), ...pairs([...STRINGS, ...NOTHINGS], [...STRINGS, ...NOTHINGS]), ...pairs(ANY, NOTHINGS)]) yield [let2(x, y, `x${op}y`), "boolean"];
  for (const [x, y] of pairs(ANY, ANY)) yield [let2(x, y, "x===y"), "boolean"];
  for (const x of NUMERIC) for (const body of ["-x", "~x", "x++", "++x", "x--", "(x++,x)"]) yield [let2(x, "0", body), "number"];
  for (const x of ANY) {
    yield [let2(x, "0", "!x"), "boolean"];
    yield [let2(x, "0", "typeof x"), "string"];
    yield [let2(x, "0", "void x"), "undefined"];
    // && gives its left side only where that is no object, || and ?? only where it is not nothing.
    const nothing = NOTHINGS.includes(x);
    if (OBJECTS.includes(x)) yield [let2(x, '"r"', "x&&y"), "string"];
    if (nothing) for (const op of ["||", "??"]) yield [let2(x, '"r"', `x${op}y`), "string"];
  }
  const methodChecks = function* (objects: readonly string[], methods: ReadonlyMap<string, Method>, types: (method: Method) => string): Generator<Check> {
    for (const object of objects) {
      for (const [name, method] of methods) {
        const one = method.takes[0] === Kind.String ? STRINGS : NUMBERS;
        for (const a of method.takes.length === 0 ? [""] : one) for (const b of method.takes.length > 1 ? ["", ...NUMBERS] : [""]) yield [let2(object, "0", `x.${name}(${[a, b].filter((part) => part !== "").join(",")})`), types(method)];
      }
    }
  };
  const typeOf = (mask: number): string => (mask === Kind.Number ? "number" : mask === Kind.String ? "string" : mask === Kind.Boolean ? "boolean" : "object");
  yield* methodChecks([...STRINGS, '"abcdefghijklmnopqrstuvwxyz"'], STRING_METHODS, (method) => typeOf(method.gives));
  yield* methodChecks(["[]", "[1,2]"], ARRAY_METHODS, (method) => (method.takes.length === 0 ? "number undefined" : "number"));
  yield* methodChecks(["new Uint8Array(3)", "new Float64Array(3)"], BYTES_METHODS, () => "object");
  for (const [name, intrinsic] of MATH) for (const [x, y] of pairs(NUMBERS, intrinsic.isVariadic ? NUMBERS : ["1"])) yield [let2(x, y, intrinsic.isVariadic ? `Math.${name}(x,y)` : `Math.${name}(x)`), "number"];
  for (const x of NUMBERS) yield [let2(x, "0", "String.fromCharCode(x&255)"), "string"];
  for (const x of [...STRINGS, '"12x"', '"-7"', '" 5"', '"0x1f"', '"1e5"', '"99999999999999999999"']) for (const base of ["10", "16"]) yield [let2(x, "0", `parseInt(x,${base})`), "number"];
  for (const key of NUMBERS) {
    // Some engines throw for an index that is no index: no value comes of that.
    for (const list of ["[1,2]", "new Uint8Array(2)", "new Float64Array(2)"]) {
      yield [let2(list, key, "x[y]"), "number undefined !"];
      yield [`function(){var x=${list},y=${key};x[y]=5;return x[y]}`, "number undefined !"];
      yield [`function(){var x=${list},y=${key};x[y]=5;return x.length}`, "number !"];
      yield [`function(){var x=${list},y=${key};x[y]=5;for(y of x)if(typeof y=="string")return y;return 1}`, "number !"];
    }
    yield [`function(){var x=[1],y=${key};x[y]=5;x.push(6);return x.pop()}`, "number undefined !"];
    yield [let2('"abc"', key, "x[y]"), "string undefined !"];
    yield [`function(){var x={};x["$"+${key}]=5;return x["$"+${key}]}`, "number"];
    yield [`function(){try{throw ${key}}catch(e){e=typeof e=="object"?"error":""+e;return e}}`, "string"];
  }
  for (const list of ["[]", '""', "new Uint8Array(0)", '"ab"', "[1]", "new Uint8Array(1)"]) yield [let2(list, "0", "x.length"), "number"];
  for (const field of ["$constructor", "$toString", "$__proto__", "$length", "$on", "$emit", "$replaceWith", "$", "$prototype", "$valueOf"]) {
    for (const object of ["{}", "{$a:1}"]) {
      yield [let2(object, "0", `x.${field}`), "undefined"];
      yield [let2(object, `"${field.slice(1)}"`, `x["$"+y]`), "undefined"];
      yield [`function(){var x=${object};x.${field}=5;return x.${field}}`, "number"];
    }
  }
  // What is missing is undefined, whatever stands outside under that name.
  yield ["function(){function f(outer){return outer}return f()}", "undefined"];
  yield ["function(){function f(outer){outer=1;return outer}return f()}", "number"];
  yield ["function(){var outer;return outer}", "undefined"];
  yield ["function(){var outer;for(outer of [1,2]){}return outer}", "number"];
  yield ["function(){var x;try{void 0[\"$a\"]}catch(e){x=typeof e==\"object\"?\"error\":\"\"+e}return x}", "string undefined"];
  for (const nothing of NOTHINGS) for (const use of ["x.$a", "x.$a=1", "x[0]", "x[0]=1", "x.length", "x.push(1)", "x.charCodeAt(0)", "x.$a++"]) yield [let2(nothing, "0", use), "!"];
}

function script(all: readonly Check[]): string {
  const lines = all.map(([expression], index) => `c(${index},${expression});`);
  return `print("@@START");var outer="outside";function c(i,f){var t;try{t=typeof f()}catch(e){t="!"}print("@"+i+" "+t)}\n${lines.join("\n")}\nprint("@@END");`;
}

function wrong(all: readonly Check[], lines: readonly string[]): string[] {
  const found = new Map(lines.flatMap((line) => [...line.matchAll(/^@(\d+) (\S+)/g)].map((one): [number, string] => [Number(one[1]), one[2]!])));
  return all.flatMap(([expression, types], index) => (types.split(" ").includes(found.get(index) ?? "missing") ? [] : [`${expression}: ${found.get(index) ?? "missing"}, not ${types}`]));
}

const all = [...checks()];
const espruino = process.env["GENESIS_ESPRUINO"]?.split(",")[0];

/** Values that have to be the same: what text methods give for odd arguments. */
const VALUES = ((): string[] => {
  const texts = ['""', '"a"', '"12"', '"-1"', '"a1"', '"abcabc"', '"\\xff\\x00\\xff"', '"aa"'];
  const numbers = ["0", "1", "-1", "1.5", "99", "(0/0)", "-3", "2"];
  const calls = texts.flatMap((x) => [
    ...texts.flatMap((y) => [`${x}.startsWith(${y})`, `${x}.endsWith(${y})`, `${x}<${y}`, `${x}===${y}`, `I(${x},${y},0)`, `I(${x},${y},1)`, `I(${x},${y},99)`, `I(${x},${y},-1)`]),
    ...numbers.flatMap((n) => [`${x}.charCodeAt(${n})`, `${x}.charAt(${n})`, `${x}.substring(${n})`, ...numbers.map((m) => `${x}.substring(${n},${m})`)]),
    `parseInt(${x},10)`, `parseInt(${x},16)`, `${x}.length`,
  ]);
  return calls;
})();
const helper = (): string => /function I\(.*?\}(?=function)/.exec(verifyModule("export function handle(e, b, l, x, y, data) { gate(data.indexOf(data)); }").text)![0];
const valueScript = (values: readonly string[]): string => `var $=1e9;print("@@START");${helper()}function c(i,f){var r=f();if(typeof r=="string"){var s="",k;for(k=0;k<r.length;k++)s+=r.charCodeAt(k)+".";r="t"+s}print("@"+i+" "+r)}\n${values.map((value, index) => `c(${index},function(){return ${value}});`).join("\n")}\nprint("@@END");`;
const valuesOf = (lines: readonly string[]): string[] => lines.flatMap((line) => [...line.matchAll(/^@(\d+) (\S*)/g)].map((one) => one[2]!));

const valuesInNode = (values: readonly string[]): string[] => valuesOf(linesInNode(valueScript(values)));
const parts = <T>(list: readonly T[], size: number): T[][] => Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

async function differing(run: (script: string) => Promise<string[]>): Promise<string[]> {
  const failed: string[] = [];
  for (const part of parts(VALUES, 400)) {
    const [found, wanted] = [valuesOf(await run(valueScript(part))), valuesInNode(part)];
    part.forEach((value, index) => {
      if (found[index] !== wanted[index]) failed.push(`${value}: ${found[index]}, not ${wanted[index]}`);
    });
  }
  return failed;
}

describe("values of text", () => {
  it("are those of the language in Node", () => {
    expect(valuesInNode(VALUES)).toHaveLength(VALUES.length);
    const searches = VALUES.filter((value) => value.startsWith("I("));
    expect(valuesInNode(searches)).toEqual(valuesInNode(searches.map((value) => value.replace(/^I\((".*?"),(".*?"),(.*)\)$/, "$1.indexOf($2,$3)"))));
  });

  it.skipIf(espruino === undefined)("are the same on Espruino", { timeout: 300_000 }, async () => {
    expect(await differing((script) => linesOnEspruino(espruino!, script))).toEqual([]);
  });

  it.skipIf(missingPrograms().length > 0)("are the same in XS on QEMU", { timeout: 300_000 }, async () => {
    await withQemu(async (run) => expect(await differing(run)).toEqual([]));
  });
});

describe("kinds of results", () => {
  it("in Node", () => {
    expect(wrong(all, linesInNode(script(all)))).toEqual([]);
  });

  it("in QuickJS", async () => {
    expect(wrong(all, await linesInQuickJs(script(all)))).toEqual([]);
  });

  it.skipIf(espruino === undefined)("on Espruino", { timeout: 600_000 }, async () => {
    const failed: string[] = [];
    for (const part of parts(all, 800)) failed.push(...wrong(part, await linesOnEspruino(espruino!, script(part))));
    expect(failed).toEqual([]);
  });

  it.skipIf(missingPrograms().length > 0)("in XS on QEMU", { timeout: 600_000 }, async () => {
    const failed: string[] = [];
    await withQemu(async (run) => {
      for (const part of parts(all, 800)) failed.push(...wrong(part, await run(script(part))));
    });
    expect(failed).toEqual([]);
  });
});
