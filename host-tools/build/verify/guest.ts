// A guest module as the verifier sees it: its functions, its variables, and what each name in the text stands for.
//
// The world is closed: functions are no values, so each call names its callee; what a name means is known before anything runs.

import type { AnyNode, FunctionDeclaration, Identifier, Program, VariableDeclarator } from "acorn";
import type { Cell } from "./heap.ts";

export type Node = AnyNode;

/** Where a variable certainly has got its value: from `from` up to `until`, offsets in the source. */
export interface Reach {
  from: number;
  until: number;
}

export interface Variable {
  name: string;
  kind: "parameter" | "var" | "let" | "const" | "catch";
  /** undefined: it belongs to the module. */
  owner: GuestFunction | undefined;
  cell: Cell;
  /** One for each declaration. */
  reaches: Reach[];
  /** Uses in the code that it belongs to; those of module variables in functions are in GuestFunction.uses. */
  references: Identifier[];
  /** May be read before it has a value. */
  mayBeUnset: boolean;
}

export interface GuestFunction {
  name: string;
  node: FunctionDeclaration;
  parameters: Variable[];
  locals: Variable[];
  result: Cell;
  /** Functions it calls by name, in text order, with repetitions. */
  calls: GuestFunction[];
  /** Module variables it names. */
  uses: Set<Variable>;
  callsGate: boolean;
}

/** What an identifier in the text stands for. */
export type Meaning = Variable | GuestFunction | "gate" | "intrinsic";

export interface GuestModule {
  text: string;
  program: Program;
  functions: GuestFunction[];
  variables: Variable[];
  /** Module-level declarators in text order. */
  declarators: { node: VariableDeclarator; calls: GuestFunction[]; callsGate: boolean }[];
  handle: GuestFunction;
  meanings: Map<Identifier, Meaning>;
}

export function isVariable(meaning: Meaning | undefined): meaning is Variable {
  return typeof meaning === "object" && "reaches" in meaning;
}

export function isGuestFunction(meaning: Meaning | undefined): meaning is GuestFunction {
  return typeof meaning === "object" && "parameters" in meaning;
}

/** Functions that a start set can come to run, itself included. */
export function reachable(start: Iterable<GuestFunction>): Set<GuestFunction> {
  const found = new Set(start);
  for (const one of found) for (const next of one.calls) found.add(next);
  return found;
}
