// The fixpoint: what each variable, parameter, result, element and field may hold, over all runs.
//
// Flow-insensitive: the order of statements does not count, only what may come to where. Bodies (functions, module code) are looked at again while
// something they read has grown; then once more to report and to note for the printer how each member and each + is meant.

import { isVariable, type GuestFunction, type GuestModule, type Node, type Variable } from "./guest.ts";
import { Heap, STRING, UNDEFINED, type Value } from "./heap.ts";
import { valueOf } from "./infer-expression.ts";
import { Kind, kindWords, NOTHING, PRIMITIVE, within } from "./kinds.ts";
import type { Reject } from "./syntax.ts";

/** How a member is meant: a built-in of the engine, a field under its prefixed name, an element by number, a field by computed name. */
export type Access = "built-in" | "field" | "element" | "map";

/** What the printer has to know. */
export interface Facts {
  access: Map<Node, Access>;
  /** A + or += that joins strings: kinds of both sides. */
  joins: Map<Node, { left: number; right: number }>;
  /** Assignments that may make a new element or field. */
  grows: Set<Node>;
}

export interface Typing extends Facts {
  module: GuestModule;
  heap: Heap;
  /** Body that is looked at. */
  body: GuestFunction | GuestModule;
  /** Does nothing before the last pass. */
  reject: Reject;
  isFinal: boolean;
  /** A shape for each literal. */
  shapes: Map<Node, Value>;
  value(node: Node): Value;
}

/** Infers kinds and reports what is not proven. */
export function infer(module: GuestModule, reject: Reject): Typing {
  const heap = new Heap();
  const typing: Typing = {
    module, heap, body: module, reject: () => undefined, isFinal: false, shapes: new Map(), access: new Map(), joins: new Map(), grows: new Set(),
    value: (node) => valueOf(typing, node),
  };
  module.handle.parameters.forEach((parameter, index) => heap.flow({ mask: index === 5 ? Kind.String : Kind.Number }, parameter.cell));
  for (const variable of [...module.variables, ...module.functions.flatMap((one) => [...one.parameters, ...one.locals])]) {
    if (variable.mayBeUnset) heap.flow(UNDEFINED, variable.cell);
    if (variable.kind === "catch") heap.flow(STRING, variable.cell);
  }
  const bodies: (GuestFunction | GuestModule)[] = [module, ...module.functions];
  for (const body of bodies) heap.stale.add(body);
  for (const body of heap.stale) {
    heap.stale.delete(body);
    look(typing, body as GuestFunction | GuestModule);
  }
  Object.assign(typing, { reject, isFinal: true });
  for (const body of bodies) look(typing, body);
  if (heap.stale.size > 0) throw new Error("kinds were still growing: the fixpoint has missed a reader");
  return typing;
}

function look(typing: Typing, body: GuestFunction | GuestModule): void {
  typing.body = body;
  if ("declarators" in body) {
    for (const { node } of body.declarators) statement(typing, { type: "VariableDeclaration", kind: "var", declarations: [node], start: node.start, end: node.end });
    return;
  }
  for (const one of body.node.body.body) statement(typing, one);
  if (canEnd(body.node.body)) typing.heap.flow(UNDEFINED, body.result);
}

function variableOf(typing: Typing, id: Node): Variable | undefined {
  const found = id.type === "Identifier" ? typing.module.meanings.get(id) : undefined;
  return isVariable(found) ? found : undefined;
}

function statement(typing: Typing, node: Node): void {
  const { heap, value } = typing;
  switch (node.type) {
    case "VariableDeclaration":
      for (const one of node.declarations) {
        const variable = variableOf(typing, one.id);
        const given = one.init ? value(one.init) : UNDEFINED;
        if (variable !== undefined) heap.flow(given, variable.cell);
      }
      return;
    case "ExpressionStatement":
      return void value(node.expression);
    case "BlockStatement":
      for (const one of node.body) statement(typing, one);
      return;
    case "IfStatement":
      value(node.test);
      statement(typing, node.consequent);
      if (node.alternate) statement(typing, node.alternate);
      return;
    case "ForStatement":
      if (node.init?.type === "VariableDeclaration") statement(typing, node.init);
      else if (node.init) value(node.init);
      for (const part of [node.test, node.update]) if (part) value(part);
      return statement(typing, node.body);
    case "ForOfStatement":
      forOf(typing, node);
      return statement(typing, node.body);
    case "WhileStatement":
    case "DoWhileStatement":
      value(node.test);
      return statement(typing, node.body);
    case "ReturnStatement": {
      const given = node.argument ? value(node.argument) : UNDEFINED;
      if ("result" in typing.body) heap.flow(given, typing.body.result);
      return;
    }
    case "ThrowStatement": {
      const { mask } = value(node.argument);
      if (!within(mask, Kind.Number | Kind.String)) typing.reject("throw", node.start, `this may be ${kindWords(mask)}`);
      return;
    }
    case "TryStatement":
      statement(typing, node.block);
      if (node.handler) statement(typing, node.handler.body);
      if (node.finalizer) statement(typing, node.finalizer);
      return;
    case "SwitchStatement":
      for (const part of [node.discriminant, ...node.cases.map((one) => one.test)]) {
        const mask = part ? value(part).mask : 0;
        if (part && !within(mask, PRIMITIVE)) typing.reject("switch", part.start, `this may be ${kindWords(mask)}`);
      }
      for (const one of node.cases) for (const inner of one.consequent) statement(typing, inner);
      return;
    default:
  }
}

function forOf(typing: Typing, node: Extract<Node, { type: "ForOfStatement" }>): void {
  const { heap, value } = typing;
  const list = value(node.right);
  if (!within(list.mask, Kind.Array | Kind.String | Kind.Bytes)) typing.reject("iterate", node.right.start, `this may be ${kindWords(list.mask & (Kind.Record | PRIMITIVE | NOTHING) & ~Kind.String)}`);
  let item: Value = { mask: (list.mask & Kind.String ? Kind.String : 0) | (list.mask & Kind.Bytes ? Kind.Number : 0) };
  if (list.mask & Kind.Array && list.shape !== undefined) {
    const shape = heap.shape(list.shape);
    item = heap.join(item, heap.read(shape.element, typing.body));
    if (shape.hasGaps) item = heap.join(item, UNDEFINED);
  }
  const id = node.left.type === "VariableDeclaration" ? node.left.declarations[0]!.id : node.left;
  const variable = variableOf(typing, id);
  if (variable === undefined) typing.reject("gate-callee", id.start, "assigned by for-of");
  else if (variable.kind === "const" && node.left.type !== "VariableDeclaration") typing.reject("constant", id.start, variable.name);
  else heap.flow(item, variable.cell);
}

/** False only where no run gets behind the statement. */
function canEnd(node: Node): boolean {
  switch (node.type) {
    case "ReturnStatement":
    case "ThrowStatement":
      return false;
    case "BlockStatement":
      return node.body.every(canEnd);
    case "IfStatement":
      return !node.alternate || canEnd(node.consequent) || canEnd(node.alternate);
    case "TryStatement":
      return canEnd(node.block) || (node.handler ? canEnd(node.handler.body) : false);
    default:
      return true;
  }
}
