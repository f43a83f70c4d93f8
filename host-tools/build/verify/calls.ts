// The call graph: which functions are recursive, and in which order the others can be bounded.
//
// Functions are no values, so the graph is exact but for dead branches. Strongly connected components by Tarjan (SIAM J. Comput. 1(2), 1972), without recursion.

import type { GuestFunction } from "./guest.ts";

export interface CallGraph {
  /** Components, callees before callers. */
  components: readonly (readonly GuestFunction[])[];
  componentOf: ReadonlyMap<GuestFunction, readonly GuestFunction[]>;
  isRecursive(one: GuestFunction): boolean;
}

export function callGraph(functions: readonly GuestFunction[]): CallGraph {
  const components: GuestFunction[][] = [];
  const componentOf = new Map<GuestFunction, readonly GuestFunction[]>();
  const order = new Map<GuestFunction, number>();
  const low = new Map<GuestFunction, number>();
  const open: GuestFunction[] = [];
  for (const root of functions) {
    if (order.has(root)) continue;
    const path: { one: GuestFunction; callees: GuestFunction[]; at: number }[] = [];
    const enter = (one: GuestFunction): void => {
      low.set(one, order.size);
      order.set(one, order.size);
      open.push(one);
      path.push({ one, callees: [...new Set(one.calls)], at: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const next = top.callees[top.at++];
      if (next !== undefined) {
        if (!order.has(next)) enter(next);
        else if (!componentOf.has(next)) low.set(top.one, Math.min(low.get(top.one)!, order.get(next)!));
        continue;
      }
      path.pop();
      const caller = path.at(-1)?.one;
      if (caller !== undefined) low.set(caller, Math.min(low.get(caller)!, low.get(top.one)!));
      if (low.get(top.one) !== order.get(top.one)) continue;
      const component = open.splice(open.indexOf(top.one));
      components.push(component);
      for (const one of component) componentOf.set(one, component);
    }
  }
  const isRecursive = (one: GuestFunction): boolean => componentOf.get(one)!.length > 1 || one.calls.includes(one);
  return { components, componentOf, isRecursive };
}
