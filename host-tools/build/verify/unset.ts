// Facts about the order in which things run: which variables may be read before they have a value, and what runs while the module loads.

import { reachable, type GuestModule, type Variable } from "./guest.ts";
import type { Reject } from "./syntax.ts";

/** Marks variables that may be read unset; rejects let and const used above their declaration, and the gate called at load. */
export function findUnset(module: GuestModule, reject: Reject): void {
  const all = [...module.variables, ...module.functions.flatMap((one) => [...one.parameters, ...one.locals])];
  for (const variable of all) {
    for (const { start } of variable.references) {
      if (variable.reaches.some(({ from, until }) => start >= from && start < until)) continue;
      if (variable.kind === "var" || variable.kind === "parameter") variable.mayBeUnset = true;
      else reject("declaration-place", start, `"${variable.name}" is used above its declaration`);
    }
  }
  // A function that an initialiser comes to run sees the variables that are declared further down unset.
  const declaredAt = new Map<Variable, number>();
  module.declarators.forEach(({ node }, index) => {
    const variable = node.id.type === "Identifier" ? module.meanings.get(node.id) : undefined;
    if (typeof variable === "object" && "reaches" in variable && !declaredAt.has(variable)) declaredAt.set(variable, index);
  });
  module.declarators.forEach(({ node, calls, callsGate }, index) => {
    const run = reachable(calls);
    for (const one of run) for (const variable of one.uses) if (declaredAt.get(variable)! >= index) variable.mayBeUnset = true;
    const caller = [...run].find((one) => one.callsGate);
    if (callsGate || caller !== undefined) reject("gate-at-load", node.start, callsGate ? "the gate is called by an initialiser" : `${caller!.name} calls the gate and is run by an initialiser`);
  });
}
