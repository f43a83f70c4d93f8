// The executable specification as a subject of the suite.

import { FaultKind, Op, Status } from "../../gate.ts";
import type { Handler } from "../../gate.ts";
import { createSpec } from "../../model/spec/boot.ts";
import { interrupt } from "../../model/spec/device.ts";
import { gate } from "../../model/spec/gate.ts";
import { mustGet } from "../../model/spec/state.ts";
import { beginRun, endRun, prelude } from "../../model/spec/step.ts";
import type { KernelUnderTest } from "../subject.ts";
import { Size } from "../subject.ts";

/** Steps at one time after which the specification counts as hung. */
const TURNS = 400;

export function specSubject(): KernelUnderTest {
  let s = createSpec({ words: Size.Words, bytes: Size.Bytes, irqs: Size.Irqs, slots: Size.Slots }, true);
  const handlers = new Map<number, Handler>();
  let fuel = 0;
  return {
    gate: (op, address, label, a, b, data) => {
      fuel++;
      return gate(s, op, address, label, a, b, data);
    },
    root: (op, address, label, a, b) => {
      s.isBoot = true;
      const status = gate(s, op as Op, address, label, a, b, "");
      s.isBoot = false;
      s.doom = 0;
      return status;
    },
    code: (tcb, handler, priority) => {
      const boot = mustGet(s.slots, s.boot.slotIds.cspace);
      const t = mustGet(s.tasks, mustGet(s.slots, boot.object + 4 * tcb).object);
      Object.assign(t, { hasCode: true, priority, mcp: 255 });
      handlers.set(t.id, handler);
    },
    settle: (nowUs) => {
      for (let n = 0; n < TURNS; n++) {
        const id = prelude(s, nowUs);
        if (!id && !s.work && s.workQueue.length === 0) return;
        const run = id ? beginRun(s, id) : undefined;
        if (!run) continue;
        fuel = 0;
        let failure: { kind: FaultKind; reason: string } | undefined;
        try {
          const m = run.message;
          mustGet(handlers, run.task)(run.event, m.badge, m.label, m.a, m.b, m.data);
        } catch (error) {
          failure = { kind: FaultKind.Thrown, reason: String(error).slice(0, 64) };
        }
        s = endRun(s, run, fuel, failure);
      }
      throw new Error(`the specification does not come to rest: ${Status.NotReady}`);
    },
    interrupt: (kind, number) => interrupt(s, kind, number),
  };
}
