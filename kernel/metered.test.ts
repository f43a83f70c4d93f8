// Coming back in a metered image: what a run that was stopped has burnt is charged from the meter while its handler ran, and never less than nothing.
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { kernelConstants } from "../host-tools/build/kernel-features.ts";
import type * as Boot from "./boot.ts";
import type * as Scheduler from "./scheduler.ts";
import { BootPart, BootSlot, BootWords } from "./boot.ts";
import { Op, TaskState } from "./gate.ts";
import { Limit, Reg, Sc, Tcb } from "./state.ts";

/** A metered kernel; `meter` reads and sets the counter. */
type Metered = typeof Boot & typeof Scheduler & { meter(left?: number): number };

async function metered(): Promise<Metered> {
  const built = await build({
    stdin: { contents: `export * from "./boot.ts"; export * from "./scheduler.ts";`, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    banner: { js: `let $ = ${Limit.Unlimited}; export function meter(left) { if (left !== undefined) $ = left; return $; }` },
    define: { ...kernelConstants("full"), FULL: "true", FUEL: "true" },
  });
  return (await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0]?.text ?? "").toString("base64")}`)) as Metered;
}

describe("a metered run that never came back", () => {
  for (const [what, isOpen, meter, fuel, burnt] of [
    ["in its handler", true, 900, 1000, 100],
    ["while its end was carried out", false, Limit.Unlimited, 1000, 0],
    ["and coming back from it was stopped, too", false, Limit.Unlimited, 900, 100],
  ] as const)
    it(`${what}: ${burnt} are charged`, async () => {
      const x = await metered();
      const k = x.createKernel({ words: BootWords.Task + 16, bytes: 16, irqs: 0, slots: 16 }, undefined, undefined);
      const t = x.bootTask(BootSlot.Free, () => undefined, 5, 2, 8);
      x.bootOp(Op.SchedConfigure, BootSlot.SchedControl, 1000, BootSlot.Free + BootPart.SchedContext, 5000);
      expect(x.step(k, 1, 4)).toBe(-1);
      const { _m: m, _d: d } = k;
      const sc = m[t + Tcb.Sc]!;
      const before = d[(sc + Sc.Consumed) >> 1]!;
      // As `run` leaves it when the engine stops.
      m[Reg.Running] = t;
      m[t] = TaskState.Ready;
      m[t + Tcb.Event] = -1;
      m[Reg.Fuel] = fuel;
      k._isOpen = isOpen;
      x.meter(meter);
      x.interrupt(k, 7, 4000);
      expect(d[(sc + Sc.Consumed) >> 1]! - before).toBe(burnt);
      expect(m[t]).toBe(TaskState.Faulted);
      expect([k._isOpen, x.meter()]).toEqual([false, Limit.Unlimited]);
    });
});
