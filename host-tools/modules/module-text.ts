// A module's text brought to life on the host, as it was written or as it was printed: one instance for each start, and what a run of it came to.

import { runInNewContext } from "node:vm";

export type GateFunction = (op: number, address: number, label: number, a: number, b: number, data: string) => number;
type Run = (event: number, badge: number, label: number, a: number, b: number, data: string, fuel: number, memory: number) => number;

export interface Quotas {
  fuelPerRun: number;
  memoryBlocks: number;
}

/** How a run ended. Fuel and memory are what it took; 0 for a text without charges. */
export interface RunEnd {
  fuel: number;
  memory: number;
  /** Why the tile would end the module. */
  fault: string | undefined;
}

export interface Instance {
  run(event: number, badge: number, label: number, a: number, b: number, data: string): RunEnd;
}

/** Makes an instance whose gate is `gate`: evaluates module level anew. */
export type ModuleText = (gate: GateFunction, quotas: Quotas) => Instance;

const said = (thrown: unknown): string => `thrown: ${thrown instanceof Error ? thrown.message : String(thrown)}`;

/** The bundle of the author's code. It charges nothing. */
export function asWritten(source: string): ModuleText {
  const exported = /export\s*\{\s*(?:(\w+) as )?handle\s*\};?\s*$/.exec(source);
  const body = exported === null ? source.replace(/export\s+function\s+handle\b/, "function handle") : source.slice(0, exported.index);
  const make = runInNewContext(`(function(gate){"use strict";${body}\nreturn ${exported?.[1] ?? "handle"}})`) as (gate: GateFunction) => Run;
  return (gate) => {
    const handle = make(gate);
    return {
      run(event, badge, label, a, b, data) {
        try {
          handle(event, badge, label, a, b, data, 0, 0);
        } catch (thrown) {
          return { fuel: 0, memory: 0, fault: said(thrown) };
        }
        return { fuel: 0, memory: 0, fault: undefined };
      },
    };
  };
}

/** The verifier's print, with its charges; looked at in the order that the loader looks (host-tools/build/verify/README.md). */
export function asPrinted(text: string): ModuleText {
  const make = runInNewContext(text) as (gate: GateFunction, fuel: number, memory: number) => [run: Run, fuelLeft: () => number, memoryLeft: () => number, isTooDeep?: () => number];
  return (gate, { fuelPerRun, memoryBlocks }) => {
    const [run, fuelLeft, memoryLeft, isTooDeep] = make(gate, fuelPerRun, memoryBlocks);
    return {
      run(event, badge, label, a, b, data) {
        let thrown: string | undefined;
        try {
          run(event, badge, label, a, b, data, fuelPerRun, memoryBlocks);
        } catch (error) {
          thrown = said(error);
        }
        const [fuel, memory] = [fuelPerRun - fuelLeft(), memoryBlocks - memoryLeft()];
        if (isTooDeep?.() === 1) return { fuel, memory, fault: "recursion went too deep" };
        if (memoryLeft() < 0) return { fuel, memory, fault: `out of memory: more than quotas.memoryBlocks, ${memoryBlocks}` };
        if (fuelLeft() < 0) return { fuel, memory, fault: `out of fuel: more than quotas.fuelPerRun, ${fuelPerRun}` };
        return { fuel, memory, fault: thrown };
      },
    };
  };
}
