// Cases beyond the conformance suite, so that every operation is carried out and stopped.
import { BootSlot } from "../../boot.ts";
import { CapType, Event, FaultKind, Op, Rights } from "../../gate.ts";
import { addFull } from "../../conformance/scene.ts";
import type { Case } from "../../conformance/scene.ts";

export function moreCases(c: Case[]): void {
  addFull(c, "sched-context", "a timeout goes to the timeout endpoint", (w) => {
    const e = w.make(CapType.Endpoint, 0, 0);
    const guard = w.actor(9, e);
    const t = w.actor(5, 0);
    w.root(Op.TcbSetTimeoutEndpoint, t.tcb, 0, w.mint(e, Rights.Write, 7), 0);
    w.root(Op.SchedConfigure, BootSlot.SchedControl, 64, t.sc, 1000);
    w.act(t, () => {
      for (let i = 0; i < 65; i++) w.k.gate(Op.Now, 0, 0, 0, 0, "");
    });
    w.got(guard, Event.Fault, 7, FaultKind.Timeout, 1, 1);
  });
}
