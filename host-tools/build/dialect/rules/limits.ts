// Limits: how deep the text may nest and call, and what a tile may keep at module level.
//
// Espruino runs straight from the text with a recursive parser: every bracket, block and call takes stack, and a stack overflow can't be caught.
// Figures: reference/espruino "Recursion / stack" (STM32F405, -Os): a call 336 B, three nested ifs 336 B more, five nested brackets 504 B more.

import type { Hit, Rule } from "../rule.ts";
import type { Variable } from "../scope.ts";
import { ancestor, calledMethod, isFunction, memberName, nodesOf, type FunctionNode } from "../tree.ts";
import type { Node, Unit } from "../unit.ts";

/** Stack that one level takes, bytes; `callback`: a function called by `map` or `sort`, with the call of that. */
export const STACK_BYTES: Readonly<Record<"call" | "callback" | "statement" | "bracket" | "tryStatement", number>> = { call: 336, callback: 1160, statement: 112, bracket: 101, tryStatement: 64 };
/** Most that one function may take between its own call and the next, bytes: eight such calls fit the 7,160 B a MDBT42Q can use. */
export const FRAME_LIMIT_BYTES = 895 + STACK_BYTES.call;
export const FUNCTION_NESTING_LIMIT = 6;

const STATEMENTS = new Set(["IfStatement", "ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement", "SwitchStatement"]);
const BRACKETS = new Set(["ArrayExpression", "ObjectExpression", "ConditionalExpression", "TemplateLiteral", "SequenceExpression"]);

/** Stack a node adds below its parent, bytes. `else if` chains and `a && b && c` go on at the same level. */
export function levelBytes(node: Node, parent: Node | undefined): number {
  let bytes = 0;
  if (STATEMENTS.has(node.type) && !(parent?.type === "IfStatement" && parent.alternate === node)) bytes += STACK_BYTES.statement;
  if (node.type === "TryStatement") bytes += STACK_BYTES.tryStatement;
  if (BRACKETS.has(node.type) && !(node.type === "ConditionalExpression" && parent?.type === "ConditionalExpression" && parent.alternate === node)) bytes += STACK_BYTES.bracket;
  const isArgument = (parent?.type === "CallExpression" || parent?.type === "NewExpression") && parent.callee !== node;
  const isIndex = parent?.type === "MemberExpression" && parent.computed && parent.property === node;
  return isArgument || isIndex ? bytes + STACK_BYTES.bracket : bytes;
}

/** Stack from the entry of its function down to a node, bytes. */
export function frameBytes(unit: Unit, node: Node): number {
  let bytes = STACK_BYTES.call;
  for (let at: Node | undefined = node; at !== undefined && !isFunction(at); at = unit.parentOf(at)) bytes += levelBytes(at, unit.parentOf(at));
  return bytes;
}

export const nestingDepth: Rule = {
  id: "nesting-depth",
  row: "Recursion / stack",
  severity: "error",
  why: `each level of brackets, blocks and calls takes stack, and an overflow can't be caught; one function may take ${FRAME_LIMIT_BYTES} B`,
  instead: "give the inner part a name (a local variable before it) or a function of its own",
  *find(unit): Generator<Hit> {
    const worst = new Map<Node, { at: number; bytes: number }>();
    for (const node of unit.nodes) {
      const owner = ancestor(unit, node, isFunction) ?? unit.program;
      const bytes = frameBytes(unit, node);
      if (bytes > (worst.get(owner)?.bytes ?? FRAME_LIMIT_BYTES)) worst.set(owner, { at: node.start, bytes });
    }
    for (const { at, bytes } of worst.values()) yield { at, detail: `about ${bytes} B of stack down to here` };
  },
};

export const functionNesting: Rule = {
  id: "function-nesting",
  row: "Memory in JsVars: closure 6 (own scope)",
  severity: "error",
  why: `a function inside a function is made anew on every call of the outer one, and each scope makes every name slower to find; the limit is ${FUNCTION_NESTING_LIMIT}`,
  instead: "move it out and pass what it needs",
  *find(unit): Generator<Hit> {
    for (const node of unit.nodes) {
      if (!isFunction(node)) continue;
      let depth = 1;
      for (let up = ancestor(unit, node, isFunction); up !== undefined; up = ancestor(unit, up, isFunction)) depth++;
      if (depth === FUNCTION_NESTING_LIMIT + 1) yield { at: node.start, detail: `${depth} functions deep` };
    }
  },
};

/** Functions that call themselves, directly or in a circle, by name. */
export const recursion: Rule = {
  id: "recursion",
  row: "Recursion / stack: infinite recursion was NOT survived",
  severity: "warning",
  why: "a tile has stack for about ten calls; the text can't show that the depth is bounded",
  instead: "use a loop with an own stack in a typed array, or check a depth argument that starts at a small constant",
  *find(unit): Generator<Hit> {
    const calls = new Map<Variable, Set<Variable>>();
    const ownerOf = new Map<Node, Variable>();
    for (const variable of unit.scopes.variables) {
      const code: Node | null | undefined = variable.kind === "function" ? variable.declaration : variable.declaration.type === "VariableDeclarator" ? variable.declaration.init : undefined;
      if (code && isFunction(code)) ownerOf.set(code, variable);
    }
    for (const reference of unit.scopes.references) {
      const parent = unit.parentOf(reference.node);
      if (reference.variable === undefined || parent?.type !== "CallExpression" || parent.callee !== reference.node) continue;
      for (let up: FunctionNode | undefined = ancestor(unit, reference.node, isFunction); up !== undefined; up = ancestor(unit, up, isFunction)) {
        const owner = ownerOf.get(up);
        if (owner === undefined) continue;
        calls.set(owner, (calls.get(owner) ?? new Set()).add(reference.variable));
        break;
      }
    }
    for (const start of calls.keys()) {
      const seen = new Set(calls.get(start));
      for (const next of seen) for (const further of calls.get(next) ?? []) seen.add(further);
      if (seen.has(start)) yield { at: start.id.start, detail: `"${start.name}" can call itself` };
    }
  },
};

/** The body that runs once when the file is evaluated: that of the wrapping function, or the file. */
function moduleBody(unit: Unit): Node {
  const only = unit.program.body.length === 1 ? unit.program.body[0] : undefined;
  if (only?.type !== "ExpressionStatement" || only.expression.type !== "CallExpression") return unit.program;
  return isFunction(only.expression.callee) ? only.expression.callee : unit.program;
}

const MUTATORS = new Set(["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "set"]);

/** `p.global===p&&(f=g=0)`: on a board the file is evaluated for one start, and functions that only the start needs are let go (overlay/let-go.ts). */
function isLetGo(unit: Unit, name: Node): boolean {
  let whole = name;
  let parent = unit.parentOf(whole);
  for (; parent?.type === "AssignmentExpression" && parent.operator === "="; parent = unit.parentOf(whole)) whole = parent;
  if (whole.type !== "AssignmentExpression" || parent?.type !== "LogicalExpression" || parent.operator !== "&&" || parent.right !== whole) return false;
  let value: Node = whole;
  while (value.type === "AssignmentExpression") value = value.right;
  const test = parent.left;
  const port = test.type === "BinaryExpression" && test.operator === "===" && test.right.type === "Identifier" ? test.right.name : undefined;
  if (test.type !== "BinaryExpression" || test.left.type !== "MemberExpression" || test.left.object.type !== "Identifier") return false;
  return value.type === "Literal" && value.value === 0 && memberName(test.left) === "global" && test.left.object.name === port;
}

function mutation(unit: Unit, variable: Variable): string | undefined {
  const declarator = variable.declaration;
  for (const reference of variable.references) {
    if (reference.write && isLetGo(unit, reference.node)) continue;
    if (reference.write) return "assigned again";
    let target: Node = reference.node;
    let parent = unit.parentOf(target);
    while (parent?.type === "MemberExpression" && parent.object === target) {
      target = parent;
      parent = unit.parentOf(target);
    }
    if (target === reference.node) continue;
    if ((parent?.type === "AssignmentExpression" && parent.left === target) || parent?.type === "UpdateExpression") return "written to";
    if (parent?.type === "UnaryExpression" && parent.operator === "delete") return "deleted from";
    if (parent?.type === "CallExpression" && parent.callee === target) {
      const name = calledMethod(parent)?.name;
      if (name !== undefined && MUTATORS.has(name) && variable.kind !== "function") return `changed by .${name}()`;
    }
  }
  const init = declarator.type === "VariableDeclarator" ? declarator.init : undefined;
  if (init === null || init === undefined) return undefined;
  if (init.type === "ArrayExpression" && init.elements.length === 0) return "an empty array, which only makes sense as state";
  if (init.type === "ObjectExpression" && init.properties.length === 0) return "an empty object, which only makes sense as state";
  if (init.type === "NewExpression") return "an instance, which holds state";
  return undefined;
}

/** A register of the instance at work: only ever loaded, as a whole, from a parameter (`m = kernel._m`), so that what entered last says whose it is. */
function isRegister(unit: Unit, variable: Variable): boolean {
  const declarator = variable.declaration;
  if (declarator.type !== "VariableDeclarator" || declarator.init) return false;
  const parameters = new Set(unit.scopes.variables.filter((other) => other.kind === "parameter").flatMap((other) => other.references.map((reference) => reference.node as Node)));
  const writes = variable.references.filter((reference) => reference.write);
  return writes.length === 1 && writes.every(({ node }) => {
    const parent = unit.parentOf(node);
    if (parent?.type !== "AssignmentExpression" || parent.operator !== "=" || parent.left !== node) return false;
    const from = parent.right.type === "MemberExpression" && !parent.right.computed ? parent.right.object : parent.right;
    return parameters.has(from);
  });
}

export const moduleState: Rule = {
  id: "module-state",
  row: "design §3: instances, not globals",
  severity: "error",
  why: "the file is evaluated once and started for every tile in the process, so module-level state is shared between tiles",
  instead: "create it in boot() or in the function that boot() calls, and pass it on",
  *find(unit): Generator<Hit> {
    if (unit.kind !== "tile") return;
    const body = moduleBody(unit);
    for (const variable of unit.scopes.variables) {
      if (variable.scope.node !== body || variable.kind === "parameter") continue;
      const how = mutation(unit, variable);
      if (how !== undefined && !isRegister(unit, variable)) yield { at: variable.id.start, detail: `module-level "${variable.name}" is ${how}` };
    }
    for (const node of nodesOf(unit, "PropertyDefinition")) {
      if (node.static && node.value && node.value.type !== "Literal" && !isFunction(node.value)) yield { at: node.start, detail: "static field" };
    }
  },
};

export const strayText: Rule = {
  id: "comment",
  row: "Function body size, long names and comments cost time",
  severity: "error",
  why: "Espruino runs from the text: a comment is read again each time its function runs, and <!-- is an operator there",
  instead: "the build removes comments; keep legalComments \"none\"",
  *find(unit): Generator<Hit> {
    for (const at of unit.comments) yield { at };
  },
};

export const enumObject: Rule = {
  id: "enum-object",
  row: "enum/namespace patterns work, at the price of an object",
  severity: "warning",
  why: "an enum that isn't inlined becomes an object with two properties for each member, and every use a look-up",
  instead: "write `const enum`, with literal values: esbuild doesn't inline members that are computed from another file's enum",
  *find(unit): Generator<Hit> {
    for (const node of nodesOf(unit, "AssignmentExpression")) {
      if (node.left.type !== "MemberExpression" || !node.left.computed || node.left.property.type !== "AssignmentExpression") continue;
      if (node.right.type === "Literal" && typeof node.right.value === "string") yield { at: node.start, detail: `member "${node.right.value}"` };
    }
  },
};
