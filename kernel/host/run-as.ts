// Lets a test act as a task: one run of its handler, now, whatever it was waiting for at home.
import { cancel } from "../cancel.ts";
import { Event } from "../gate.ts";
import { run } from "../scheduler.ts";
import type { KernelState } from "../state.ts";
import { use } from "../state.ts";
import { wake } from "../wake.ts";

/** Runs the handler of the task behind TCB `t` once, with Event.Timer; nothing else runs. */
export function runAs(k: KernelState, t: number): void {
  use(k);
  k._n = 0;
  cancel(t);
  wake(t, Event.Timer);
  run(t);
}
