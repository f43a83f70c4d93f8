// Nothing is hoisted on Espruino: a name exists only once its declaration has been executed.
//
// Two passes over every function body. Direct: a name used above its declaration. Reaching: at each place where code may RUN something
// (a call, an argument, a return), follow every function that could be run from there and ask which names it touches; one that is
// declared further down in a body that is still executing doesn't exist yet. Storing a function (`const f = …`, `{f: …}`, a class) runs nothing.

import type { Hit, Rule } from "../rule.ts";
import type { Reference, Scope, Variable } from "../scope.ts";
import { ancestor, isClass, isDeferred, isFunction, isInside, type FunctionNode } from "../tree.ts";
import type { Node, Unit } from "../unit.ts";

/** Nearest deferred code around a node: the body in which it runs. */
function bodyOf(unit: Unit, node: Node): Node {
  return ancestor(unit, node, (up) => isDeferred(up, unit.parentOf(up))) ?? unit.program;
}

function isAfter(unit: Unit, variable: Variable, at: number, body: Node): boolean {
  return variable.existsFrom > at && bodyOf(unit, variable.declaration) === body && variable.kind !== "parameter" && variable.kind !== "self";
}

/** Where a value ends up: kept under a variable, or used (run, passed on, returned) on the spot. */
function keptBy(unit: Unit, value: Node): Variable | undefined {
  let node = value;
  for (let parent = unit.parentOf(node); parent !== undefined; node = parent, parent = unit.parentOf(node)) {
    switch (parent.type) {
      case "VariableDeclarator":
        return unit.scopes.declaredBy(parent);
      case "AssignmentExpression":
        return parent.right === node && parent.operator === "=" ? rootVariable(unit, parent.left) : undefined;
      case "Property":
      case "ObjectExpression":
      case "ArrayExpression":
      case "LogicalExpression":
        break;
      case "ConditionalExpression":
        if (parent.test === node) return undefined;
        break;
      case "MethodDefinition":
      case "PropertyDefinition":
      case "ClassBody":
        break;
      case "ClassExpression":
        break;
      case "ClassDeclaration":
        return unit.scopes.declaredBy(parent);
      default:
        return undefined;
    }
  }
  return undefined;
}

function rootVariable(unit: Unit, target: Node): Variable | undefined {
  let node = target;
  while (node.type === "MemberExpression") node = node.object;
  if (node.type !== "Identifier") return undefined;
  return unit.scopes.referenceAt(node)?.variable;
}

interface Graph {
  /** Every variable that running this code may touch, directly or through functions it can reach. */
  touchedBy(code: Node): ReadonlySet<Variable>;
  touchedThrough(variable: Variable): ReadonlySet<Variable>;
  keeper(node: Node): Variable | undefined;
}

function buildGraph(unit: Unit): Graph {
  const keepers = new Map<Node, Variable | undefined>();
  const keeper = (node: Node): Variable | undefined => {
    if (!keepers.has(node)) keepers.set(node, keptBy(unit, node));
    return keepers.get(node);
  };
  const bodies = new Map<Variable, Node[]>();
  const aliases = new Map<Variable, Variable[]>();
  const add = <K, V>(map: Map<K, V[]>, key: K, value: V): void => void (map.get(key)?.push(value) ?? map.set(key, [value]));
  for (const node of unit.nodes) {
    if (!isDeferred(node, unit.parentOf(node))) continue;
    const owner = node.type === "FunctionDeclaration" ? unit.scopes.declaredBy(node) : keeper(node);
    if (owner !== undefined) add(bodies, owner, node);
  }
  const inside = new Map<Node, Set<Variable>>();
  for (const reference of unit.scopes.references) {
    if (reference.variable === undefined) continue;
    const kept = keeper(reference.node);
    if (kept !== undefined && kept !== reference.variable) add(aliases, kept, reference.variable);
    for (let up: Node | undefined = reference.node; up !== undefined; up = unit.parentOf(up)) {
      // What a function declares itself is fresh each time it runs; only what it takes from outside may not exist yet.
      if (!isDeferred(up, unit.parentOf(up)) || isInside(reference.variable.id, up)) continue;
      const set = inside.get(up) ?? new Set<Variable>();
      inside.set(up, set.add(reference.variable));
    }
  }
  // A variable is touched when running code names it. A value kept under another name is followed for what it may run, but isn't touched by that.
  const closure = (code: Iterable<Variable>, held: Iterable<Variable>): ReadonlySet<Variable> => {
    const touched = new Set<Variable>(code);
    const followed = new Set<Variable>([...touched, ...held]);
    for (const variable of followed) {
      for (const next of aliases.get(variable) ?? []) followed.add(next);
      for (const body of bodies.get(variable) ?? []) {
        for (const next of inside.get(body) ?? []) {
          touched.add(next);
          followed.add(next);
        }
      }
    }
    return touched;
  };
  const cache = new Map<Variable, ReadonlySet<Variable>>();
  return {
    keeper,
    touchedBy: (code) => closure(inside.get(code) ?? [], []),
    touchedThrough: (variable) => {
      const known = cache.get(variable) ?? closure([], [variable]);
      cache.set(variable, known);
      return known;
    },
  };
}

/**
 * May naming a value here run it? Calling it or one of its methods does, and so may handing it on (argument, return, throw).
 * Comparing, testing, indexing and arithmetic don't run functions of ours: the dialect has no getters and no valueOf.
 */
function mayRun(unit: Unit, name: Node): boolean {
  let node = name;
  for (let parent = unit.parentOf(node); parent !== undefined; node = parent, parent = unit.parentOf(node)) {
    switch (parent.type) {
      case "MemberExpression":
        if (parent.object !== node) return false;
        break;
      case "CallExpression":
      case "NewExpression":
      case "ReturnStatement":
      case "ThrowStatement":
        return true;
      case "ConditionalExpression":
        if (parent.test === node) return false;
        break;
      case "LogicalExpression":
      case "SequenceExpression":
      case "ArrayExpression":
      case "ObjectExpression":
      case "Property":
        break;
      default:
        return parent.type === "ArrowFunctionExpression" && parent.body === node;
    }
  }
  return false;
}

/** `port.require(…)`: a method of an object that came from outside, under a name that nothing here assigns, is none of our functions. */
function callsForeignMethod(unit: Unit, variable: Variable, node: Node): boolean {
  const member = unit.parentOf(node);
  if (variable.kind !== "parameter" || member?.type !== "MemberExpression" || member.object !== node || member.computed || member.property.type !== "Identifier") return false;
  const call = unit.parentOf(member);
  if (call?.type !== "CallExpression" || call.callee !== member) return false;
  const { name } = member.property;
  return !variable.references.some((reference) => {
    const target = unit.parentOf(reference.node);
    const assignment = target === undefined ? undefined : unit.parentOf(target);
    return target?.type === "MemberExpression" && assignment?.type === "AssignmentExpression" && assignment.left === target && (target.computed || target.property.type !== "Identifier" || target.property.name === name);
  });
}

function line(unit: Unit, at: number): number {
  return unit.code.slice(0, at).split("\n").length;
}

function* findUses(unit: Unit): Generator<Hit> {
  const graph = buildGraph(unit);
  for (const reference of unit.scopes.references) {
    const { variable, node } = reference;
    if (variable === undefined) continue;
    const body = bodyOf(unit, node);
    if (isAfter(unit, variable, node.start, body)) {
      yield { at: node.start, detail: `"${variable.name}" is used above its declaration on line ${line(unit, variable.existsFrom)} of the shipped file` };
      continue;
    }
    if (graph.keeper(node) !== undefined || !mayRun(unit, node) || callsForeignMethod(unit, variable, node)) continue;
    for (const touched of graph.touchedThrough(variable)) {
      if (touched === variable || !isAfter(unit, touched, node.start, body)) continue;
      yield { at: node.start, detail: `"${variable.name}" may run here and needs "${touched.name}", which is declared further down` };
      break;
    }
  }
  for (const node of unit.nodes) {
    if (!isDeferred(node, unit.parentOf(node)) || node.type === "FunctionDeclaration" || graph.keeper(node) !== undefined) continue;
    const body = bodyOf(unit, node);
    for (const touched of graph.touchedBy(node)) {
      if (!isAfter(unit, touched, node.start, body)) continue;
      yield { at: node.start, detail: `this function may run here and needs "${touched.name}", which is declared further down` };
      break;
    }
  }
}

function* findOutsideBlock(unit: Unit): Generator<Hit> {
  for (const variable of unit.scopes.variables) {
    if (variable.kind !== "var" && variable.kind !== "function") continue;
    if (variable.writtenIn === variable.scope) continue;
    for (const reference of variable.references) {
      if (isInside(reference.node, variable.writtenIn.node)) continue;
      yield { at: reference.node.start, detail: `"${variable.name}" is declared in a block that may not have run` };
      break;
    }
  }
}

function* findAcrossCases(unit: Unit): Generator<Hit> {
  for (const variable of unit.scopes.variables) {
    const home: Scope = variable.writtenIn;
    if (home.node.type !== "SwitchStatement") continue;
    const owner = home.node.cases.find((candidate) => isInside(variable.id, candidate));
    if (owner === undefined) continue;
    const other = variable.references.find((reference: Reference) => isInside(reference.node, home.node) && !isInside(reference.node, owner));
    if (other !== undefined) yield { at: other.node.start, detail: `"${variable.name}" is declared in another case` };
  }
}

function* findUnreachable(unit: Unit): Generator<Hit> {
  for (const node of unit.nodes) {
    if (node.type !== "FunctionDeclaration") continue;
    const parent = unit.parentOf(node);
    if (parent === undefined || !("body" in parent) || !Array.isArray(parent.body)) continue;
    const before = (parent.body as Node[]).slice(0, (parent.body as Node[]).indexOf(node));
    if (before.some((statement) => statement.type === "ReturnStatement")) yield { at: node.start, detail: `"${node.id?.name ?? ""}" stands after return` };
  }
}

export const useBeforeDeclaration: Rule = {
  id: "use-before-declaration",
  row: "function hoisting; var hoisting",
  severity: "error",
  why: "Espruino does not hoist: a name exists only after its declaration has been executed, so this is a ReferenceError or writes a global",
  instead: "declare functions and variables above the first place that can run them",
  *find(unit) {
    yield* findUses(unit);
    yield* findUnreachable(unit);
  },
};

export const blockDeclaration: Rule = {
  id: "declaration-in-block",
  row: "var hoisting",
  severity: "error",
  why: "Espruino creates a var or function when its block runs; where the block is skipped, the name doesn't exist and an assignment creates a global",
  instead: "declare it at the top of the function",
  find: findOutsideBlock,
};

export const caseScope: Rule = {
  id: "declaration-across-cases",
  row: "var hoisting",
  severity: "error",
  why: "Espruino skips the declaration together with its case, so the other case uses a name that doesn't exist",
  instead: "declare it before the switch, or put braces around each case",
  find: findAcrossCases,
};

/** Functions written inside a loop's head or body that see the loop's own variable. */
function* findLoopClosures(unit: Unit): Generator<Hit> {
  for (const variable of unit.scopes.variables) {
    if (variable.kind !== "let" && variable.kind !== "const") continue;
    const loop = variable.writtenIn.node;
    if (loop.type !== "ForStatement" && loop.type !== "ForInStatement" && loop.type !== "ForOfStatement") continue;
    const head = loop.type === "ForStatement" ? loop.init : loop.left;
    if (head === null || head === undefined || !isInside(variable.id, head)) continue;
    for (const reference of variable.references) {
      const catcher = ancestor(unit, reference.node, (up): up is FunctionNode => isFunction(up) || isClass(up));
      if (catcher !== undefined && isInside(catcher, loop)) {
        yield { at: reference.node.start, detail: `a function here captures the loop variable "${variable.name}"` };
        break;
      }
    }
  }
}

export const loopClosure: Rule = {
  id: "loop-closure",
  row: "let in for(let..), for(let x of) captured by closures",
  severity: "error",
  why: "Espruino has one binding for the whole loop, so every such function sees the last value",
  instead: "copy it inside the body: `const own = i;` and use `own` in the function (a let inside the body is fresh each turn)",
  find: findLoopClosures,
};
