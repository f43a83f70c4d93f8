// What may stand in a finally: nothing that leaves it otherwise than at its end.
//
// Measured on Espruino 2v29: what is thrown inside of finally is lost when the block before it ended or returned, return, break and continue out of it are
// ignored, and a try inside of it loses what was being thrown. Only engine errors inside of finally (a field of undefined) are left to differ.

import { isGuestFunction, reachable, type GuestFunction, type GuestModule, type Node } from "./guest.ts";
import { partsOf, type Reject } from "./syntax.ts";

export function checkFinally(module: GuestModule, reject: Reject): void {
  const throwing = new Set<GuestFunction>();
  for (const one of module.functions) if (has(one.node.body, (node) => node.type === "ThrowStatement")) throwing.add(one);
  const mayThrow = (one: GuestFunction): boolean => [...reachable([one])].some((callee) => throwing.has(callee));

  const inside = (node: Node, inLoop: boolean, inSwitch: boolean): void => {
    if (node.type === "ReturnStatement" || node.type === "ThrowStatement" || node.type === "TryStatement") return reject("finally", node.start, `${node.type} inside of finally`);
    if ((node.type === "BreakStatement" && !inLoop && !inSwitch) || (node.type === "ContinueStatement" && !inLoop)) return reject("finally", node.start, "a jump out of finally");
    const callee = node.type === "CallExpression" && node.callee.type === "Identifier" ? module.meanings.get(node.callee) : undefined;
    if (isGuestFunction(callee) && mayThrow(callee)) reject("finally", node.start, `${callee.name} throws, and is called inside of finally`);
    const isLoop = node.type.startsWith("For") || node.type === "WhileStatement" || node.type === "DoWhileStatement";
    for (const part of partsOf(node)) inside(part, inLoop || isLoop, inSwitch || node.type === "SwitchStatement");
  };
  const visit = (node: Node): void => {
    if (node.type === "TryStatement" && node.finalizer) inside(node.finalizer, false, false);
    for (const part of partsOf(node)) if (part.type.endsWith("Statement") || part.type === "SwitchCase" || part.type === "CatchClause") visit(part);
  };
  for (const one of module.functions) visit(one.node.body);
}

function has(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || partsOf(node).some((part) => has(part, test));
}
