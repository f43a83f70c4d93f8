// The names of the printed text: short, since Espruino finds a name by walking a list, and none that the engine means something by.
//
// Module names are given first; what a function declares takes other ones, so that no name is shadowed. Field names are not changed, but get a prefix.

import { reachable, type GuestFunction, type GuestModule, type Variable } from "./guest.ts";

/** In front of every field and key. No engine has a member that begins with it, whatever follows (`_` would do for `__proto__`). */
export const FIELD_PREFIX = "$";

/** Names of the frame around the module: gate, fuel left, memory left, depth overrun, handle. */
export const FRAME = { gate: "g", fuel: "$", memory: "A", deep: "K", handle: "h" } as const;

/** Helpers, by what they do. */
export const HELPERS = { text: "C", length: "N", caught: "X", find: "I", fill: "F" } as const;

// E is Espruino's library; the rest are words of two letters in some grammar.
const TAKEN = new Set<string>([...Object.values(FRAME), ...Object.values(HELPERS), "E", "do", "if", "in", "of", "as", "is"]);
const FIRST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The n-th name: a…z, A…Z, aa, ab… without digits (A0 is a pin). */
export function* shortNames(taken: ReadonlySet<string>): Generator<string> {
  for (const one of FIRST) if (!taken.has(one)) yield one;
  for (const one of FIRST) for (const two of FIRST) if (!taken.has(one + two)) yield one + two;
  // 2,700 names are more than any text of the permitted size can use twice over, but three letters are still safe with a prefix no keyword has.
  for (const one of FIRST) for (const two of FIRST) for (const three of FIRST) yield `q${one}${two}${three}`;
}

export interface Names {
  of(named: Variable | GuestFunction): string;
  /** Name of the depth that a recursive function is given. */
  depthOf(one: GuestFunction): string;
  /** Functions that can run, in text order. */
  functions: readonly GuestFunction[];
}

export function giveNames(module: GuestModule): Names {
  const live = reachable([module.handle, ...module.declarators.flatMap((one) => one.calls)]);
  const functions = module.functions.filter((one) => live.has(one));
  const names = new Map<Variable | GuestFunction, string>();
  const depths = new Map<GuestFunction, string>();
  const globals = shortNames(TAKEN);
  const taken = new Set(TAKEN);
  names.set(module.handle, FRAME.handle);
  for (const one of [...module.variables, ...functions]) {
    if (one === module.handle) continue;
    const name = globals.next().value!;
    names.set(one, name);
    taken.add(name);
  }
  for (const one of functions) {
    const locals = shortNames(taken);
    for (const variable of [...one.parameters, ...one.locals]) names.set(variable, locals.next().value!);
    depths.set(one, locals.next().value!);
  }
  return { of: (named) => names.get(named)!, depthOf: (one) => depths.get(one)!, functions };
}
