// Values: places where Espruino computes something else than JavaScript says, as far as the text shows it.

import type { Hit, Rule } from "../rule.ts";
import { calledMethod, nodesOf } from "../tree.ts";
import type { Node, Unit } from "../unit.ts";
import { isStringExpression } from "./names.ts";

type Words = Pick<Rule, "row" | "why" | "instead">;

function rule(id: string, severity: Rule["severity"], words: Words, find: (unit: Unit) => Iterable<Hit>): Rule {
  return { id, severity, ...words, find };
}

/** Text of a string or template piece. */
function stringValue(node: Node): string | undefined {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateElement") return node.value.cooked ?? node.value.raw;
  return undefined;
}

/** `Name.method(…)` on a global name. */
function isStaticCall(unit: Unit, node: Node, object: string, method: string): boolean {
  const called = calledMethod(node);
  if (called?.name !== method || called.callee.object.type !== "Identifier" || called.callee.object.name !== object) return false;
  const reference = unit.scopes.referenceAt(called.callee.object);
  return reference !== undefined && reference.variable === undefined;
}

const REGEX_TRAPS: readonly [RegExp, string][] = [
  [/[*+?}]\?/, "lazy quantifier"],
  [/\\[bB]/, "word boundary"],
  [/(?<!\\)\{\d/, "counted repetition {n,m}"],
  [/\(\?/, "(?: ), lookaround or named group"],
  [/(?<!\\)\|/, "alternation"],
  [/\((?:[^()\\]|\\.)*\((?!\?)/, "nested groups"],
  [/\((?:[^()\\]|\\.)*\)[*+?]/, "repeated group"],
  [/\\[1-9]/, "back reference"],
  [/\\[pPku]/, "Unicode class or named reference"],
];

export const valueRules: readonly Rule[] = [
  rule("non-ascii", "error", { row: "strings: Unicode build flag; bytes >= 0x80 are tokens", why: "Espruino reads raw bytes from 0x80 up as keywords, and other boards as single characters", instead: "the build writes ASCII: keep charset \"ascii\"" }, function* (unit) {
    for (let at = 0; at < unit.code.length; at++) {
      const code = unit.code.charCodeAt(at);
      if (code > 0x7e || (code < 0x20 && code !== 0x0a)) return void (yield { at, detail: `character code ${code}` });
    }
  }),
  rule("wide-string", "error", { row: "strings: bytes 0..255 on most boards", why: "most boards keep only the low byte, Linux and Bangle.js keep one character: lengths and bytes differ", instead: "write the UTF-8 bytes (\\xNN), or send a code and let the host say it" }, function* (unit) {
    for (const node of unit.nodes) {
      const text = stringValue(node);
      // eslint-disable-next-line no-control-regex
      if (text !== undefined && /[^\x00-\xff]/.test(text)) yield { at: node.start };
      if (isStaticCall(unit, node, "String", "fromCharCode") && node.type === "CallExpression") {
        for (const code of node.arguments) if (code.type === "Literal" && typeof code.value === "number" && code.value > 255) yield { at: code.start, detail: `code ${code.value}` };
      }
    }
  }),
  rule("code-point-escape", "error", { row: "template/strings: \\u{…}", why: "Espruino throws \"Invalid escape sequence\"", instead: "use \\xNN" }, function* (unit) {
    for (const node of unit.nodes) if (stringValue(node) !== undefined && /\\u\{/.test(unit.code.slice(node.start, node.end))) yield { at: node.start };
  }),
  rule("float-literal", "error", { row: "doubles: printing/JSON ~11 digits, parser 1 ulp off", why: "Espruino reads 0.3 one unit off and prints 11 digits, so floats differ between engines", instead: "use integers in a smaller unit (µs, mV, permille)" }, function* (unit) {
    for (const node of nodesOf(unit, "Literal")) if (typeof node.value === "number" && !Number.isInteger(node.value)) yield { at: node.start, detail: String(node.value) };
  }),
  rule("large-literal", "error", { row: "doubles: integer-valued literals over 2^63", why: "beyond 2^53 numbers have gaps, and Espruino reads literals over 2^63 as garbage", instead: "split the number in two" }, function* (unit) {
    for (const node of nodesOf(unit, "Literal")) if (typeof node.value === "number" && Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) yield { at: node.start, detail: String(node.value) };
  }),
  rule("unary-plus", "error", { row: "+\" 5 \" = NaN", why: "Espruino doesn't trim before it reads a number: +\" 5 \" is NaN", instead: "parseInt(text, 10)" }, function* (unit) {
    for (const node of nodesOf(unit, "UnaryExpression")) if (node.operator === "+") yield { at: node.start };
    for (const node of nodesOf(unit, "CallExpression")) if (node.callee.type === "Identifier" && node.callee.name === "Number") yield { at: node.start, detail: "Number(…)" };
  }),
  rule("product-bits", "error", { row: "32-bit ints: (a*b)|0 beyond 2^63", why: "a product over 2^53 has lost its low bits, and over 2^63 Espruino's |0 differs between processors", instead: "multiply in 16-bit halves (firmware/wire has the helper), or by a literal below 2^21" }, function* (unit) {
    for (const node of nodesOf(unit, "BinaryExpression")) {
      if (!["|", "&", "^", ">>", ">>>", "<<"].includes(node.operator)) continue;
      for (const side of [node.left as Node, node.right]) if (hasWideProduct(side)) yield { at: side.start };
    }
    for (const node of nodesOf(unit, "AssignmentExpression")) {
      if (["|=", "&=", "^=", ">>=", ">>>=", "<<="].includes(node.operator) && hasWideProduct(node.right)) yield { at: node.right.start };
    }
  }),
  rule("json-callback", "error", { row: "JSON: parse reviver and stringify replacer ignored", why: "Espruino ignores the second argument, and lays JSON out differently with a third", instead: "change the value before or after" }, function* (unit) {
    for (const node of nodesOf(unit, "CallExpression")) {
      if ((isStaticCall(unit, node, "JSON", "parse") || isStaticCall(unit, node, "JSON", "stringify")) && node.arguments.length > 1) yield { at: node.start };
    }
  }),
  rule("split-limit", "error", { row: "String methods: split limit ignored", why: "Espruino ignores the limit", instead: "look at the first elements only" }, function* (unit) {
    for (const node of nodesOf(unit, "CallExpression")) if (calledMethod(node)?.name === "split" && node.arguments.length > 1) yield { at: node.start };
  }),
  rule("object-create", "error", { row: "Object.create(p, props) throws; Object.create(null) still has built-ins", why: "Espruino throws on a second argument, and an object without prototype still answers to built-in names", instead: "assign the fields; for look-up tables put a prefix before the key" }, function* (unit) {
    for (const node of nodesOf(unit, "CallExpression")) {
      if (!isStaticCall(unit, node, "Object", "create")) continue;
      const prototype = node.arguments[0];
      if (node.arguments.length > 1 || (prototype?.type === "Literal" && prototype.value === null)) yield { at: node.start };
    }
  }),
  rule("error-options", "error", { row: "Error: cause ignored", why: "Espruino ignores the second argument of an error", instead: "put it into the message" }, function* (unit) {
    for (const node of nodesOf(unit, "NewExpression")) {
      if (node.callee.type === "Identifier" && /^(Type|Range|Reference|Syntax)?Error$/.test(node.callee.name) && node.arguments.length > 1) yield { at: node.start };
    }
  }),
  rule("parse-int", "error", { row: "numbers: parseInt as a callback", why: "parseInt takes the index as its base when a callback passes it", instead: "call it yourself, with base 10 or 16" }, function* (unit) {
    for (const reference of unit.scopes.references) {
      if (reference.variable !== undefined || reference.name !== "parseInt") continue;
      const parent = unit.parentOf(reference.node);
      if (parent?.type !== "CallExpression" || parent.callee !== reference.node || parent.arguments.length !== 2) yield { at: reference.node.start };
    }
  }),
  rule("sort-order", "warning", { row: "sort is not stable", why: "Espruino's sort moves equal elements", instead: "compare by a key that no two elements share" }, function* (unit) {
    for (const node of nodesOf(unit, "CallExpression")) if (calledMethod(node)?.name === "sort") yield { at: node.start };
  }),
  rule("apply-limit", "warning", { row: "apply max 256 args", why: "Espruino throws for more than 256 arguments", instead: "pass blocks of at most 256" }, function* (unit) {
    for (const node of nodesOf(unit, "CallExpression")) if (calledMethod(node)?.name === "apply") yield { at: node.start };
  }),
  rule("regex-feature", "error", { row: "regex", why: "Espruino's own matcher doesn't know it, or answers wrongly", instead: "loop over charCodeAt, or use a plainer expression" }, function* (unit) {
    for (const node of nodesOf(unit, "Literal")) {
      if (node.regex === undefined || node.regex === null) continue;
      const { pattern, flags } = node.regex;
      const trap = REGEX_TRAPS.find(([test]) => test.test(pattern.replace(/\[(?:[^\]\\]|\\.)*\]/g, "x")))?.[1];
      if (trap !== undefined) yield { at: node.start, detail: trap };
      else if (/[^gi]/.test(flags)) yield { at: node.start, detail: `flag ${flags}` };
    }
    for (const node of nodesOf(unit, "NewExpression")) if (node.callee.type === "Identifier" && node.callee.name === "RegExp") yield { at: node.start, detail: "pattern known only at run time" };
  }),
  rule("define-property", "error", { row: "Object.defineProperty", why: "Espruino ignores enumerable and configurable, and writable:false erases the value of a property that exists", instead: "assign the property" }, function* (unit) {
    for (const node of nodesOf(unit, "CallExpression")) {
      const name = calledMethod(node)?.name;
      if (name === "defineProperty" || name === "defineProperties") yield { at: node.start };
    }
  }),
];

/** A product that may pass 2^53: neither factor is a small literal. */
function hasWideProduct(node: Node): boolean {
  if (node.type === "BinaryExpression" && node.operator === "*") {
    const small = [node.left as Node, node.right].some((side) => side.type === "Literal" && typeof side.value === "number" && Math.abs(side.value) < 2 ** 21);
    return !small;
  }
  if (node.type === "BinaryExpression" && (node.operator === "+" || node.operator === "-")) return hasWideProduct(node.left as Node) || hasWideProduct(node.right);
  return node.type === "AssignmentExpression" && node.operator === "*=" && !isStringExpression(node.right);
}
