// Forms that Espruino's parser refuses, one rule for each row. Most are a question about one node.

import type { Hit, Rule } from "../rule.ts";
import { ancestor, isClass, isFunction, memberName, nodesOf } from "../tree.ts";
import type { Node, Unit } from "../unit.ts";

type Words = Pick<Rule, "row" | "why" | "instead">;

/** A rule that is true or false of one node; a string is the detail. */
function nodeRule(id: string, words: Words, test: (node: Node, unit: Unit) => boolean | string): Rule {
  return {
    id,
    severity: "error",
    ...words,
    *find(unit: Unit): Generator<Hit> {
      for (const node of unit.nodes) {
        const found = test(node, unit);
        if (found !== false) yield { at: node.start, detail: found === true ? undefined : found };
      }
    },
  };
}

const refused = "Espruino stops with a syntax error here";

function hasSuperclass(node: Node): boolean {
  return isClass(node) && node.superClass !== null && node.superClass !== undefined;
}

export const syntaxRules: readonly Rule[] = [
  nodeRule("default-parameter", { row: "default params", why: refused, instead: "take the parameter as it comes and test it: `const n = limit === undefined ? 8 : limit;`" }, (node, unit) => {
    return node.type === "AssignmentPattern" && isFunction(unit.parentOf(node));
  }),
  nodeRule("rest-parameter", { row: "rest params", why: refused, instead: "pass an array as one argument" }, (node) => node.type === "RestElement"),
  nodeRule("spread", { row: "spread (call/new/array/object)", why: refused, instead: "use concat, Object.assign or a loop" }, (node) => node.type === "SpreadElement"),
  nodeRule("destructuring", { row: "destructuring", why: "Espruino does not know patterns: ReferenceError or SyntaxError", instead: "read the fields one by one: `const id = cap.id;`" }, (node, unit) => {
    const parent = unit.parentOf(node);
    return (node.type === "ObjectPattern" || node.type === "ArrayPattern") && parent?.type !== "Property" && parent?.type !== "ArrayPattern";
  }),
  nodeRule("computed-key", { row: "computed keys", why: refused, instead: "assign after creating the object: `o[key] = value;`" }, (node) => {
    return (node.type === "Property" || node.type === "MethodDefinition" || node.type === "PropertyDefinition") && node.computed;
  }),
  nodeRule("field-without-value", { row: "class: x; without value", why: refused, instead: "give it a value: `x = 0;`" }, (node) => node.type === "PropertyDefinition" && !node.value),
  nodeRule("private-name", { row: "class: #priv, #m()", why: refused, instead: "use a property that starts with an underscore: the build shortens it" }, (node) => node.type === "PrivateIdentifier"),
  nodeRule("static-block", { row: "class: static block", why: refused, instead: "set the value after the class" }, (node) => node.type === "StaticBlock"),
  nodeRule("generator", { row: "generators", why: refused, instead: "write a function that is called once for each step" }, (node) => isFunction(node) && node.generator),
  nodeRule("async", { row: "async/await, for await", why: "Espruino has neither async functions nor await", instead: "use a callback or a step of the tile's state machine" }, (node) => {
    return (isFunction(node) && node.async) || node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await);
  }),
  nodeRule("label", { row: "labels", why: "Espruino takes the label for a variable: ReferenceError", instead: "put the inner loop in a function and return from it, or use a flag" }, (node) => node.type === "LabeledStatement"),
  nodeRule("tagged-template", { row: "tagged templates, String.raw", why: refused, instead: "call the function with plain strings" }, (node) => node.type === "TaggedTemplateExpression"),
  nodeRule("optional-chain", { row: "?.", why: refused, instead: "test first: `a === undefined ? undefined : a.b`" }, (node) => node.type === "ChainExpression"),
  nodeRule("logical-assignment", { row: "??= ||= &&=", why: refused, instead: "write `a = a ?? b`" }, (node) => {
    return node.type === "AssignmentExpression" && (node.operator === "??=" || node.operator === "||=" || node.operator === "&&=");
  }),
  nodeRule("exponent", { row: "**", why: refused, instead: "multiply, or shift for powers of two below 2^31" }, (node) => {
    return (node.type === "BinaryExpression" && node.operator === "**") || (node.type === "AssignmentExpression" && node.operator === "**=");
  }),
  nodeRule("case-after-default", { row: "switch: case after default", why: "Espruino stops with \"CASE after DEFAULT unsupported\" when it gets there", instead: "put default last" }, (node, unit) => {
    const parent = unit.parentOf(node);
    return node.type === "SwitchCase" && node.test !== null && parent?.type === "SwitchStatement" && parent.cases.slice(0, parent.cases.indexOf(node)).some((earlier) => !earlier.test);
  }),
  nodeRule("in-inside-for-init", { row: "in inside for-init", why: "Espruino reads every `in` up to the first semicolon as for-in, also inside parentheses", instead: "compute it on the line before the loop" }, (node, unit) => {
    if (node.type !== "BinaryExpression" || node.operator !== "in") return false;
    const loop = ancestor(unit, node, (up) => up.type === "ForStatement");
    return loop?.type === "ForStatement" && !!loop.init && node.start >= loop.init.start && node.end <= loop.init.end;
  }),
  nodeRule("bigint", { row: "BigInt", why: refused, instead: "numbers are exact up to 2^53; split larger ones in two" }, (node) => node.type === "Literal" && typeof node.bigint === "string"),
  nodeRule("new-target", { row: "new.target", why: refused, instead: "pass a flag to the constructor" }, (node) => node.type === "MetaProperty"),
  nodeRule("module-syntax", { row: "import/export", why: "Espruino has no modules of this kind; a tile is one expression", instead: "import at the top of the TypeScript file, so that the build can bundle it" }, (node) => {
    return node.type === "ImportExpression" || node.type === "ImportDeclaration" || node.type.startsWith("Export");
  }),
  nodeRule("with-statement", { row: "with", why: "Espruino takes `with` for a function name", instead: "name the object" }, (node) => node.type === "WithStatement"),
  nodeRule("debugger", { row: "debugger", why: "it enters the on-device debugger: the tile hangs at `debug>`", instead: "remove it; use `genesis monitor`" }, (node) => node.type === "DebuggerStatement"),
  nodeRule("class-self-name", { row: "class name inside class expression", why: "Espruino does not bind the name of a class expression inside it (esbuild writes this form for a class that mentions itself)", instead: "make the instance in a function below the class instead of inside it" }, (node, unit) => {
    if (node.type !== "ClassExpression" || !node.id) return false;
    const own = unit.scopes.scopeOf(node).variables.get(node.id.name);
    return own !== undefined && own.references.length > 0 ? `the class uses its own name "${own.name}"` : false;
  }),
  nodeRule("extends-builtin", { row: "extends Error / Array / Uint8Array / Promise", why: "Espruino ends with \"Calling 'super' outside of class\", or the object is empty", instead: "write an own class with a message field, or throw a code" }, (node, unit) => {
    if (!hasSuperclass(node) || !isClass(node)) return false;
    const superclass = node.superClass;
    if (superclass?.type !== "Identifier") return superclass?.type === "ClassExpression" ? false : "the parent is not a plain name";
    const known = unit.scopes.referenceAt(superclass)?.variable;
    return known === undefined ? `extends ${superclass.name}` : false;
  }),
  nodeRule("super-method", { row: "super.m()", why: "Espruino looks the method up on the class of the instance: with a third level it calls itself for ever", instead: "give the base method another name and call it by `this`" }, (node) => node.type === "MemberExpression" && node.object.type === "Super"),
  nodeRule("field-uses-this", { row: "class: field using this", why: "`this` is undefined in a field's value on Espruino, and an arrow in a field has no instance", instead: "set the field in the constructor" }, (node, unit) => {
    if (node.type !== "ThisExpression") return false;
    const holder = ancestor(unit, node, (up) => up.type === "PropertyDefinition" || (isFunction(up) && up.type !== "ArrowFunctionExpression"));
    return holder?.type === "PropertyDefinition";
  }),
  nodeRule("static-inheritance", { row: "static inheritance", why: "a subclass has none of its parent's static members on Espruino", instead: "name the class that defines it" }, (node, unit) => {
    const name = memberName(node);
    if (node.type !== "MemberExpression" || name === undefined || node.object.type !== "Identifier") return false;
    const owner = unit.scopes.referenceAt(node.object)?.variable?.declaration;
    const body = isClass(owner) ? owner : owner?.type === "VariableDeclarator" && owner.init && isClass(owner.init) ? owner.init : undefined;
    if (body === undefined || !hasSuperclass(body) || name === "prototype" || name === "length") return false;
    return !body.body.body.some((member) => (member.type === "MethodDefinition" || member.type === "PropertyDefinition") && member.static && !member.computed && member.key.type === "Identifier" && member.key.name === name);
  }),
  nodeRule("arrow-arguments", { row: "arguments in an arrow", why: "Espruino gives an arrow function its own `arguments`", instead: "name the parameters" }, (node, unit) => {
    if (node.type !== "Identifier" || node.name !== "arguments") return false;
    return ancestor(unit, node, isFunction)?.type === "ArrowFunctionExpression";
  }),
  nodeRule("getter-statement", { row: "getter semantics", why: "Espruino doesn't call a getter whose value is thrown away", instead: "make it a method" }, (node) => {
    return node.type === "ExpressionStatement" && node.expression.type === "MemberExpression";
  }),
  nodeRule("for-in", { row: "for-in", why: "Espruino also visits methods of the class and keeps insertion order", instead: "use `for (const key of Object.keys(o))`, with keys that are not integers" }, (node) => node.type === "ForInStatement"),
  nodeRule("use-strict", { row: "'use strict' accepted and ignored", why: "Espruino ignores it: `this` of a plain call stays the global object", instead: "leave it out, and use no `this` in plain functions" }, (node) => node.type === "ExpressionStatement" && node.directive === "use strict"),
  nodeRule("this-in-function", { row: "sloppy this", why: "`this` of a plain function is the global object on Espruino, also in strict code", instead: "pass the object as an argument, or make it a method" }, (node, unit) => {
    if (node.type !== "ThisExpression") return false;
    let holder = ancestor(unit, node, (up) => isFunction(up) || up.type === "PropertyDefinition");
    while (holder?.type === "ArrowFunctionExpression") holder = ancestor(unit, holder, (up) => isFunction(up) || up.type === "PropertyDefinition");
    if (holder === undefined) return true;
    const parent = unit.parentOf(holder);
    return !(holder.type === "PropertyDefinition" || parent?.type === "MethodDefinition" || (parent?.type === "Property" && parent.value === holder));
  }),
  nodeRule("line-continuation", { row: "line continuation", why: "Espruino keeps the newline of a backslash-newline inside a string", instead: "close the string and add the next one" }, (node) => {
    return node.type === "Literal" && typeof node.value === "string" && /\\\r?\n/.test(node.raw ?? "");
  }),
];

/** Semicolons that the newline does not insert on Espruino. */
export const asiRule: Rule = {
  id: "semicolon-insertion",
  row: "ASI",
  severity: "error",
  why: "Espruino goes on to the next line after return, throw, break and before ++ and --",
  instead: "write the semicolon",
  *find(unit) {
    for (const node of nodesOf(unit, "ReturnStatement", "BreakStatement", "ContinueStatement")) {
      const bare = node.type === "ReturnStatement" ? !node.argument : !node.label;
      if (bare && unit.insertedSemicolons.includes(node.end) && unit.code[skipBlanks(unit.code, node.end)] === "\n") {
        const next = unit.code.slice(node.end).trimStart()[0];
        if (next !== undefined && next !== "}") yield { at: node.start };
      }
    }
    for (const node of nodesOf(unit, "UpdateExpression")) {
      if (!node.prefix) continue;
      const before = unit.code.slice(0, node.start).trimEnd();
      if (unit.code.slice(before.length, node.start).includes("\n") && unit.insertedSemicolons.includes(before.length)) yield { at: node.start };
    }
  },
};

function skipBlanks(code: string, from: number): number {
  let at = from;
  while (code[at] === " " || code[at] === "\t" || code[at] === "\r") at++;
  return at;
}
