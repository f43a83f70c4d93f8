// A small world around the kernel for its tests: makes objects, records what handlers get, runs code "as" a task.
import { FaultKind } from "../gate.ts";
import type { CapType, Event, Gate, Op, Rights } from "../gate.ts";
import { createEndpoint } from "../objects/endpoint.ts";
import { derive } from "../objects/cnode.ts";
import { createNotification, signal } from "../objects/notification.ts";
import { createTask, fault, start } from "../objects/tcb.ts";
import { createGate, install } from "../kernel.ts";
import { step } from "../scheduler.ts";
import { createState, Tcb } from "../state.ts";
import type { KernelState, Limits } from "../state.ts";

export interface Seen {
  event: Event;
  badge: number;
  label: number;
  a: number;
  b: number;
  data: string;
}

/** Every table of the kernel as text, for "bit-identical" comparisons. */
export function snapshot(k: KernelState): string {
  const out: string[] = [];
  for (const [name, value] of Object.entries(k)) {
    if (name === "_handlers") continue;
    out.push(name + "=" + (typeof value === "number" ? value : Array.from(value as ArrayLike<number | string>).join(",")));
  }
  return out.join(";");
}

export class World {
  k: KernelState;
  gate: Gate;
  onEvent: (task: number) => void = () => undefined;
  private seen: Seen[][] = [];

  constructor(limits: Partial<Limits> = {}) {
    this.k = createState({ tasks: 4, slots: 40, notifications: 4, messages: 16, dataBytes: 64, ...limits });
    this.gate = createGate(this.k);
  }

  endpoint(capacity: number): number {
    return createEndpoint(this.k, capacity);
  }

  notification(): number {
    return createNotification(this.k);
  }

  tryTask(priority: number, slots: number): number {
    return createTask(this.k, () => undefined, priority, slots, 255, 255);
  }

  task(priority: number, slots: number, endpoint: number, notification = 255): number {
    const t: number = createTask(
      this.k,
      (event, badge, label, a, b, data) => {
        this.seen[t]!.push({ event, badge, label, a, b, data });
        this.onEvent(t);
      },
      priority,
      slots,
      endpoint,
      notification,
    );
    this.seen[t] = [];
    return t;
  }

  cap(task: number, at: number, type: CapType, object: number): void {
    install(this.k, task, at, type, object);
  }

  derive(task: number, at: number, from: number, fromAt: number, rights: Rights | number, badge: number): void {
    derive(this.k, this.k._tcb[Tcb.Base + task]! + at, this.k._tcb[Tcb.Base + from]! + fromAt, rights, badge);
  }

  /** Starts every task and forgets the Start events. */
  boot(): void {
    for (let t = 0; t < this.k._tasks; t++) start(this.k, t);
    this.run();
    for (const list of this.seen) list.length = 0;
  }

  signal(n: number, bits: number): void {
    signal(this.k, n, bits);
  }

  stepOnce(budget: number): number {
    return step(this.k, this.k._now, budget);
  }

  run(nowUs?: number): number {
    let next = 0;
    let left = 100;
    if (nowUs !== undefined) this.k._now = nowUs;
    do next = step(this.k, this.k._now, 8);
    while (next === this.k._now && left-- > 0);
    return next;
  }

  /** Runs `job` as if it were the handler of `task`, then lets the kernel run. A throw is the task's fault, as in the scheduler. */
  as(task: number, job: () => void): void {
    this.k._running = task + 1;
    try {
      job();
    } catch (e) {
      // A failed expectation belongs to the test.
      if (e instanceof Error && e.name === "AssertionError") throw e;
      fault(this.k, task, FaultKind.Thrown, "" + e);
    }
    this.k._running = 0;
    this.run();
  }

  /** The handler of `task` throws. */
  asThrown(task: number): void {
    this.k._running = task + 1;
    fault(this.k, task, FaultKind.Thrown, "thrown");
    this.k._running = 0;
  }

  /** Like `as`, but the kernel does not run afterwards. */
  asHeld(task: number, job: () => void): void {
    this.k._running = task + 1;
    job();
    this.k._running = 0;
  }

  /** The operation answers `status` and no table changes. */
  refuses(op: Op, at: number, label: number, a: number, b: number, data: string, status: number): void {
    const before = snapshot(this.k);
    const got = this.gate(op, at, label, a, b, data);
    if (got !== status) throw Object.assign(new Error(`op ${op} at ${at}: expected ${status}, got ${got}`), { name: "AssertionError" });
    if (snapshot(this.k) !== before) throw Object.assign(new Error(`op ${op} at ${at} was refused but changed the tables`), { name: "AssertionError" });
  }

  /** What `task`'s handler got since the last look. */
  events(task: number): Seen[] {
    return this.seen[task]!.splice(0);
  }
}
