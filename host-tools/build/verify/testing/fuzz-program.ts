// Random guest modules: mostly such as a person writes, with kinds that fit; and with a given chance anywhere the opposite, such as an attacker tries.
//
// Everything comes from one seed. A slip picks what does not belong: another kind, a banned name in some spelling, a key that is text, a value that is missing.

import { gadget } from "./gadgets.ts";

type Kind = "number" | "string" | "boolean" | "numbers" | "strings" | "record" | "bytes" | "map";
const KINDS: readonly Kind[] = ["number", "string", "boolean", "numbers", "strings", "record", "bytes", "map"];

interface Local {
  name: string;
  kind: Kind;
  fixed: boolean;
}

interface Func {
  name: string;
  takes: Kind[];
  gives: Kind;
}

/** A generator of 32-bit numbers (mulberry32): the same on every host. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const HOSTILE_NAMES = ["constructor", "__proto__", "prototype", "toString", "valueOf", "on", "emit", "replaceWith", "length", "push", "call", "apply", "bind", "caller", "arguments", "eval", "\\u0063onstructor", "then", "toJSON", "_proto__", "$", "_", "name", "map", "sort", "slice", "concat"];
const HOSTILE_GLOBALS = ["globalThis", "global", "E", "process", "eval", "Function", "Object", "Array", "JSON", "Date", "setTimeout", "this", "arguments", "new.target", "print", "gate", "Math", "String", "Uint8Array", "parseInt", "undefined", "NaN", "handle", "$", "A", "g", "Symbol", "Reflect", "console"];
const HOSTILE_TEXTS = ["constructor", "__proto__", "_proto__", "\\xffsco", "\\xffcod", "length", "push", "", "0", "-0", "NaN", "1e3", "\\u263a", "\\xe2\\x98\\xba", "toString", "on", "$", "undefined"];
const HOSTILE_NUMBERS = ["-1", "(0 / 0)", "(1 / 0)", "-(0)", "4294967295", "9007199254740991", "(1 / 3)", "2147483648", "(0 - 2147483649)"];
const HOSTILE_FORMS = ["(() => 1)", "(function () { return this; })", "[][\"constructor\"]", "({}).constructor", "/x/.constructor", "`${[]}`", "new Function(\"return 1\")", "(0, eval)", "delete [].length", "\"a\" in {}", "[] instanceof Array", "[...\"ab\"]", "({ ...{} })", "({ get x() { return 1; } })", "({ [\"a\"]: 1 })", "class {}", "({ __proto__: [] })", "a?.b", "1n", "2 ** 3", "typeof process", "void eval", "[, 1]", "await 1", "import(\"x\")", "gate", "gate.call(1)", "handle", "String(1)", "[].push", "data.constructor", "data[\"length\"]", "Math[\"max\"](1)"];

export class ProgramWriter {
  private readonly next: () => number;
  /** Chance of a slip, of 1,000 draws. */
  private readonly slips: number;
  private scopes: Local[][] = [[]];
  private functions: Func[] = [];
  private count = 0;
  private loops = 0;
  private inFinally = false;

  constructor(seed: number, slips: number) {
    this.next = random(seed);
    this.slips = slips;
  }

  private below(n: number): number {
    return this.next() % n;
  }
  private one<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
  private get slip(): boolean {
    return this.below(1000) < this.slips;
  }
  private name(): string {
    const names = ["x", "y", "n", "list", "text", "i", "data2", "e", "f", "$", "A", "g"];
    return `${this.one(names)}${this.count++}`;
  }

  /** A whole module. `confusions`: so many of gadgets.ts in handle. */
  module(confusions: number = 0): string {
    const gadgets = Array.from({ length: confusions }, (_, index) => gadget((below) => this.below(below), 1000 + index));
    const parts: string[] = gadgets.map(({ top }) => top);
    for (let i = this.below(4); i > 0; i--) parts.push(this.declaration());
    for (let i = this.below(4); i > 0; i--) parts.push(this.func());
    if (this.slip) parts.push(this.one(["gate(1);", "for (;;) ;", "let gate = 1;", "var Math = 1;", "class K {}", "import x from \"y\";", "const f = () => 1;", "const early = late(); function late() { return [1][after]; } let after = 1;", "\"use strict\";"]));
    if (this.below(5) === 0) parts.push(this.declaration());
    this.scopes.push([
      ...["event", "badge", "label", "a", "b"].map((name): Local => ({ name, kind: "number", fixed: false })),
      { name: "data", kind: "string", fixed: false },
    ]);
    parts.push(`export function handle(event, badge, label, a, b, data) {\n${gadgets.map(({ body }) => `${body}\n`).join("")}${this.block(5 + this.below(8), 3)}\n}`);
    this.scopes.pop();
    return parts.join("\n");
  }

  private func(): string {
    const one: Func = { name: `f${this.count++}`, takes: Array.from({ length: this.below(4) }, () => this.one(KINDS)), gives: this.one(KINDS) };
    const isRecursive = this.below(5) === 0;
    if (isRecursive) one.takes = ["number", ...one.takes];
    const outer = [this.loops, this.inFinally] as const;
    [this.loops, this.inFinally] = [0, false];
    const names = one.takes.map(() => this.name());
    this.scopes.push(one.takes.map((kind, index): Local => ({ name: names[index]!, kind, fixed: isRecursive && index === 0 })));
    const body = [this.block(1 + this.below(4), 2)];
    if (isRecursive) body.push(`if (${names[0]} > 0 && ${names[0]} < 5) return ${one.name}(${[`${names[0]} - 1`, ...one.takes.slice(1).map((kind) => this.value(kind, 1))].join(", ")});`);
    if (!this.slip) body.push(`return ${this.value(one.gives, 2)};`);
    this.scopes.pop();
    [this.loops, this.inFinally] = outer;
    this.functions.push(one);
    return `function ${one.name}(${names.join(", ")}) {\n${body.join("\n")}\n}`;
  }

  private block(statements: number, depth: number): string {
    this.scopes.push([]);
    const lines = Array.from({ length: statements }, () => this.statement(depth));
    this.scopes.pop();
    return lines.join("\n");
  }

  private declaration(): string {
    const kind = this.one(KINDS);
    const word = this.one(["let", "const", "var", "let"]);
    const value = this.value(kind, 2);
    const name = this.name();
    if (this.slip) return `${word === "const" ? "let" : word} ${name};${this.declare(name, kind, false)}`;
    const text = `${word} ${name} = ${value};`;
    this.declare(name, kind, word === "const");
    return text;
  }
  private declare(name: string, kind: Kind, fixed: boolean): string {
    this.scopes.at(-1)!.push({ name, kind, fixed });
    return "";
  }
  private locals(kind: Kind): Local[] {
    return this.scopes.flat().filter((one) => one.kind === kind || this.slip);
  }

  private statement(depth: number): string {
    const inner = (): string => `{ ${this.block(1 + this.below(3), depth - 1)} }`;
    switch (this.below(depth > 0 ? 19 : 10)) {
      case 0:
      case 1:
        return this.declaration();
      case 2:
      case 3:
        return this.gateCall();
      case 4:
      case 5:
      case 6:
        return `${this.assignment()};`;
      case 7:
        return `${this.value(this.one(KINDS), 2).replace(/^[{]/, "0, {")};`.replace(/^(.*\])(;)$/, "void ($1)$2").replace(/^([\w$.]+);$/, "void $1;");
      case 8:
        if (this.slip) return this.one([`throw ${this.value(this.one(KINDS), 1)};`, "debugger;", "lab: for (;;) break lab;", `with (data) gate(1);`, "for (const k in {}) gate(1);", "function inner() {}", "var late1 = 1;", `throw ${this.value("string", 1)};`]);
        return `if (${this.value("boolean", 1)}) ${this.gateCall()}`;
      case 9: {
        const list = this.locals("numbers")[0];
        return list === undefined ? this.gateCall() : `${list.name}.push(${this.value("number", 1)});`;
      }
      case 10:
      case 11:
        return `if (${this.value("boolean", 2)}) ${inner()}${this.below(2) ? ` else ${inner()}` : ""}`;
      case 12: {
        const name = this.name();
        this.scopes.push([{ name, kind: "number", fixed: true }]);
        this.loops++;
        const text = `for (${this.one(["let", "var"])} ${name} = 0; ${name} < ${this.below(5)}; ${name}++) ${inner()}`;
        this.loops--;
        this.scopes.pop();
        return text;
      }
      case 13: {
        const kind = this.one(["numbers", "strings", "string", "bytes"] as const);
        const list = this.value(kind, 1);
        const name = this.name();
        this.scopes.push([{ name, kind: kind === "numbers" || kind === "bytes" ? "number" : "string", fixed: this.below(2) === 0 }]);
        this.loops++;
        const text = `for (${this.one(["let", "const", "var"])} ${name} of ${list}) ${inner()}`.replace(/^for \(const/, this.scopes.at(-1)![0]!.fixed ? "for (const" : "for (let");
        this.loops--;
        this.scopes.pop();
        return text;
      }
      case 14: {
        const name = this.name();
        const outside = this.inFinally;
        const before = inner();
        const isNamed = this.below(4) > 0;
        this.scopes.push(isNamed ? [{ name, kind: "string", fixed: false }] : []);
        const handler = isNamed ? ` catch (${name}) ${inner()}` : this.below(2) ? ` catch ${inner()}` : "";
        this.scopes.pop();
        this.inFinally = true;
        const last = handler === "" || this.below(3) === 0 ? ` finally { ${this.gateCall()} ${this.assignment()}; }` : "";
        this.inFinally = outside;
        return `try ${before}${handler}${last}`;
      }
      case 15: {
        const kind = this.one(["number", "string"] as const);
        const cases = Array.from({ length: this.below(4) }, () => `case ${this.literal(kind)}: ${this.gateCall()}${this.below(3) ? " break;" : ""}`);
        return `switch (${this.value(kind, 1)}) { ${cases.join(" ")} default: ${inner()} }`;
      }
      case 16:
        return `try { throw ${this.value(this.one(["number", "string"]), 1)}; } catch (err${this.count}) { gate(1, 2, 3, 4, 5, ${this.slip ? "" : '"" + '}err${this.count++}); }`;
      case 17:
        return this.loops > 0 && !this.inFinally ? this.one(["continue;", "break;", `if (${this.value("boolean", 1)}) continue;`, `if (${this.value("boolean", 1)}) break;`]) : this.gateCall();
      default: {
        const name = this.name();
        this.loops++;
        const text = `let ${name} = ${this.below(4)}; while (${name}-- > 0) ${inner()}`;
        this.loops--;
        return text;
      }
    }
  }

  private gateCall(): string {
    const numbers = Array.from({ length: this.below(5) }, () => this.value("number", 2));
    if (this.slip) numbers.push(this.value(this.one(KINDS), 1));
    if (numbers.length < 4 || this.below(2)) return `gate(${[String(this.below(30)), ...numbers].join(", ")});`;
    return `gate(${[String(this.below(30)), ...numbers.slice(0, 4), this.value("string", 2)].join(", ")});`;
  }

  private assignment(): string {
    const kind = this.one(KINDS);
    const target = this.one(this.locals(kind).filter((one) => !one.fixed || this.slip));
    if (target === undefined) return `gate(${this.below(9)})`;
    switch (kind) {
      case "number":
        return this.one([`${target.name} = ${this.value(kind, 2)}`, `${target.name} ${this.one(["+=", "-=", "|=", "&=", "^=", ">>=", "%="])} ${this.value(kind, 2)}`, `${target.name}${this.one(["++", "--"])}`, `${this.one(["++", "--"])}${target.name}`]);
      case "string":
        return this.one([`${target.name} = ${this.value(kind, 2)}`, `${target.name} += ${this.value(this.one(["string", "number"]), 1)}`, `${target.name} = ${target.name}.substring(0, 9)`]);
      case "numbers":
        return this.one([`${target.name}[${this.value("number", 1)} & 7] = ${this.value("number", 1)}`, `${target.name} = ${this.value(kind, 1)}`, `${target.name}.pop()`]);
      case "bytes":
        return this.one([`${target.name}[${this.value("number", 1)} & 7] = ${this.value("number", 1)}`, `${target.name}[1] += ${this.value("number", 1)}`, `${target.name}.fill(${this.value("number", 1)})`]);
      case "record":
        return this.one([`${target.name}.n = ${this.value("number", 1)}`, `${target.name}.t += ${this.value("string", 1)}`, `${target.name}.n++`, `${target.name}["n"] -= 2`, ...(this.slip ? [`${target.name}.${this.one(HOSTILE_NAMES)} = ${this.value(this.one(KINDS), 1)}`, `${target.name}[${this.value("string", 1)}] = ${this.value(this.one(KINDS), 1)}`] : [])]);
      case "map":
        return `${target.name}[${this.slip ? this.value(this.one(KINDS), 1) : this.value(this.one(["string", "number"]), 1)}] = ${this.value("number", 1)}`;
      default:
        return `${target.name} = ${this.value(kind, 2)}`;
    }
  }

  private literal(kind: Kind): string {
    switch (kind) {
      case "number":
        return this.below(8) === 0 ? this.one(HOSTILE_NUMBERS) : String(this.below(20));
      case "string":
        return this.below(4) === 0 ? `"${this.one(HOSTILE_TEXTS.filter((one) => one !== "__proto__"))}"` : this.one(['"abc"', '"x"', '""', '"\\x00\\xff"', '"1"']);
      case "boolean":
        return this.one(["true", "false"]);
      case "numbers":
        return this.one(["[1, 2, 3]", "[0]", "[7, 8]"]);
      case "strings":
        return this.one(['["a", "b"]', '["constructor"]', '[""]']);
      case "record":
        return `{ n: ${this.below(9)}, t: "t${this.below(9)}", l: [${this.below(9)}] }`;
      case "bytes":
        return `new ${this.one(["Uint8Array", "Int16Array", "Float64Array", "Int32Array"])}(8)`;
      case "map":
        return `{ k: ${this.below(9)} }`;
    }
  }

  private value(kind: Kind, depth: number): string {
    if (this.slip) {
      return this.one([
        () => this.value(this.one(KINDS), depth), () => this.one(HOSTILE_GLOBALS), () => this.one(HOSTILE_FORMS), () => "undefined", () => "null", () => `${this.value("numbers", 0)}[${this.value(this.one(KINDS), 0)}]`,
        () => `${this.value(this.one(KINDS), 0)}.${this.one(HOSTILE_NAMES)}`, () => `${this.value(this.one(KINDS), 0)}["${this.one(HOSTILE_TEXTS)}"]`, () => `${this.value(this.one(KINDS), 0)} + ${this.value(this.one(KINDS), 0)}`, () => `${this.value("map", 0)}[${this.value(this.one(KINDS), 0)}]`,
      ])();
    }
    const known = this.locals(kind);
    if (known.length > 0 && this.below(3) > 0) return this.one(known).name;
    if (depth <= 0) return kind === "record" || kind === "map" ? `(${this.literal(kind)})` : this.literal(kind);
    const v = (of: Kind): string => this.value(of, depth - 1);
    const func = this.functions.filter((one) => one.gives === kind);
    if (func.length > 0 && !this.inFinally && this.below(4) === 0) {
      const one = this.one(func);
      return `${one.name}(${one.takes.map((of) => v(of)).join(", ")})`;
    }
    if (this.below(8) === 0) return `(${v("boolean")} ? ${v(kind)} : ${v(kind)})`;
    switch (kind) {
      case "number":
        return this.one([
          () => `(${v(kind)} ${this.one(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"])} ${this.below(100)})`, () => `(${v(kind)} ${this.one(["+", "-", "&", "^"])} ${v(kind)})`, () => `${v("string")}.length`, () => `(${v("numbers")}[${v(kind)}] | 0)`, () => `(${v("bytes")}[${v(kind)} & 7] ?? 0)`,
          () => `${v("record")}.n`, () => `(${v("map")}[${v("string")}] | 0)`, () => `Math.${this.one(["floor", "abs", "ceil"])}(${v(kind)})`, () => `Math.max(${v(kind)}, ${v(kind)})`, () => `${v("string")}.charCodeAt(${v(kind)})`, () => `-${v(kind)}`, () => `~${v(kind)}`, () => `${v("string")}.indexOf(${v("string")})`, () => `parseInt(${v("string")}, 10)`, () => `gate(${this.below(9)})`, () => `(${v(kind)}, ${v(kind)})`, () => `+${v(kind)}`, () => `(${v("numbers")}.pop() ?? 4)`,
        ])();
      case "string":
        return this.one([() => `(${v(kind)} + ${v(this.one(["string", "number", "boolean"]))})`, () => `("" + ${v("number")})`, () => `${v(kind)}.substring(${this.below(3)}, ${this.below(9)})`, () => `\`<\${${v("number")}}\${${v(kind)}}>\``, () => `${v("record")}.t`, () => `String.fromCharCode(${v("number")})`, () => `(${v("strings")}[${v("number")}] ?? "z")`, () => `${v(kind)}.charAt(${v("number")})`, () => `typeof ${v(this.one(KINDS))}`, () => `(${v(kind)} || ${v(kind)})`])();
      case "boolean":
        return this.one([() => `${v("number")} ${this.one(["<", ">", "<=", ">=", "===", "!=="])} ${v("number")}`, () => `${v("string")} === ${v("string")}`, () => `!${v(kind)}`, () => `(${v(kind)} && ${v(kind)})`, () => `(${v("map")}[${v("string")}] === undefined)`, () => `${v("string")}.startsWith(${v("string")})`, () => `(${v("numbers")}[${v("number")}] == null)`])();
      case "numbers":
        return this.one([() => `[${v("number")}, ${v("number")}]`, () => `${v("record")}.l`, () => this.literal(kind)])();
      case "record":
        return `({ n: ${v("number")}, t: ${v("string")}, l: ${v("numbers")} })`;
      default:
        return kind === "map" ? `(${this.literal(kind)})` : this.literal(kind);
    }
  }
}
