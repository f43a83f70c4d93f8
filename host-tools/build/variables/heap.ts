// A model of the heap after boot: what exists, what holds what, and how many Espruino variables that is.

import { CLASS_CELLS, CONSTRUCTOR_CELLS, FUNCTION_CELLS, nameCells, PROTOTYPE_LINK_CELLS, SCOPE_CELLS, scopesCells, SMALL_INTEGER, stringCells, typedArrayCells } from "./costs.ts";
import type { ClassNode, FunctionNode } from "../dialect/tree.ts";

/** A value as far as it is known. `unknown` is what comes from the port or from arithmetic that can't be followed. */
export type Value =
  | { kind: "unknown" }
  | { kind: "undefined" }
  | { kind: "null" }
  | { kind: "boolean"; value: boolean | undefined }
  | { kind: "number"; value: number | undefined }
  | { kind: "string"; value: string | undefined; length: number | undefined }
  | Thing;

export interface FunctionThing {
  kind: "function";
  code: FunctionNode;
  scope: Scope;
}
export interface ClassThing {
  kind: "class";
  code: ClassNode;
  scope: Scope;
  members: Map<string, Value>;
}
export interface ObjectThing {
  kind: "object";
  fields: Map<string, Value>;
  prototype: ClassThing | undefined;
}
export interface ArrayThing {
  kind: "array";
  items: Value[];
}
export interface TypedThing {
  kind: "typed";
  length: number;
  bytes: number;
  /** A view on another array's buffer has no bytes of its own. */
  of: Value | undefined;
}
/** Things that take memory of their own and can be held by several names. */
export type Thing = FunctionThing | ClassThing | ObjectThing | ArrayThing | TypedThing;

export interface Scope {
  parent: Scope | undefined;
  names: Map<string, Value>;
  kind: "module" | "function" | "block";
}

/** Scopes that a function made here holds on to. A block without names is none. */
function chainLength(scope: Scope): number {
  let length = 0;
  for (let up: Scope | undefined = scope; up !== undefined; up = up.parent) if (isReal(up)) length++;
  return length;
}

function isReal(scope: Scope): boolean {
  return scope.kind !== "block" || scope.names.size > 0;
}

export const UNKNOWN: Value = { kind: "unknown" };
export const UNDEFINED: Value = { kind: "undefined" };

/** Cells that a value takes beside the name that holds it, not counting what a thing holds. */
function inlineCells(value: Value): number {
  switch (value.kind) {
    case "undefined":
      return 0;
    case "number":
      return value.value === undefined || (Number.isInteger(value.value) && Math.abs(value.value) <= SMALL_INTEGER) ? 0 : 1;
    case "string":
      return stringCells(value.length ?? 8);
    case "boolean":
    case "null":
      return 1;
    default:
      return 0;
  }
}

/** Counts everything that can be reached from some values; each thing and scope once. */
export class CellCounter {
  private readonly seen = new Set<Thing | Scope>();
  /** Cells by what they are, for people. */
  readonly byKind = new Map<string, number>();

  private add(kind: string, cells: number): void {
    this.byKind.set(kind, (this.byKind.get(kind) ?? 0) + cells);
  }

  /** A name and what it holds. */
  named(name: string, value: Value, kind: string): void {
    this.add(kind, nameCells(name) + inlineCells(value));
    this.value(value);
  }

  scope(scope: Scope): void {
    if (this.seen.has(scope)) return;
    this.seen.add(scope);
    const kind = scope.kind === "module" ? "module names" : "scopes kept by functions";
    if (isReal(scope)) this.add(kind, SCOPE_CELLS);
    for (const [name, value] of scope.names) this.named(name, value, kind);
    if (scope.parent !== undefined) this.scope(scope.parent);
  }

  value(value: Value): void {
    if (!("kind" in value) || value.kind === "unknown" || value.kind === "undefined" || value.kind === "null" || value.kind === "boolean" || value.kind === "number" || value.kind === "string") return;
    if (this.seen.has(value)) return;
    this.seen.add(value);
    switch (value.kind) {
      case "function":
        // An empty body keeps no text.
        this.add(value.scope.kind === "module" ? "module functions" : "functions made at boot", (isEmpty(value.code) ? 1 : FUNCTION_CELLS + scopesCells(chainLength(value.scope))) + value.code.params.length);
        this.scope(value.scope);
        break;
      case "class":
        this.add("classes", CLASS_CELLS + constructorCells(value.code));
        for (const [name, member] of value.members) this.named(name, member, "classes");
        this.scope(value.scope);
        break;
      case "object":
        this.add("objects", 1);
        for (const [name, field] of value.fields) this.named(name, field, "objects");
        if (value.prototype !== undefined) {
          this.add("objects", PROTOTYPE_LINK_CELLS);
          this.value(value.prototype);
        }
        break;
      case "array":
        this.add("arrays", 1);
        // An index that was jumped over holds nothing.
        for (const item of value.items) this.named("", (item as Value | undefined) ?? UNDEFINED, "arrays");
        break;
      case "typed":
        this.add("typed arrays", value.of === undefined ? typedArrayCells(value.bytes) : 1);
        if (value.of !== undefined) this.value(value.of);
        break;
    }
  }

  get total(): number {
    let sum = 0;
    for (const cells of this.byKind.values()) sum += cells;
    return sum;
  }
}

function isEmpty(code: FunctionNode): boolean {
  return code.body.type === "BlockStatement" && code.body.body.length === 0;
}

function constructorCells(code: ClassNode): number {
  for (const member of code.body.body) if (member.type === "MethodDefinition" && member.kind === "constructor") return CONSTRUCTOR_CELLS + member.value.params.length;
  return 0;
}
