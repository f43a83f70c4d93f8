// A small world around the kernel for its tests: composes objects, records what handlers get, runs code "as" a task.
import { bootObject, bootOp, BootSlot, createKernel, setHandler } from "../boot.ts";
import { cancel } from "../cancel.ts";
import { CapType, Op, retypeWhat, Rights, slotRef, TaskState } from "../gate.ts";
import type { Event, Gate, Reader } from "../gate.ts";
import { createGate } from "../kernel.ts";
import { inspect } from "../model/inspect-state.ts";
import { createReader } from "../objects/frame.ts";
import { step } from "../scheduler.ts";
import { Reg, Tcb, use } from "../state.ts";
import type { KernelState, Limits } from "../state.ts";
import { runAs } from "./run-as.ts";

export interface Seen {
  event: Event;
  badge: number;
  label: number;
  a: number;
  b: number;
  data: string;
}

/** The abstract state as text, for "nothing has changed"; fuel is not part of it, charge is left out. */
export function snapshot(k: KernelState): string {
  return JSON.stringify(inspect(k), (key, value: unknown) => (key === "refills" || key === "consumed" ? undefined : value));
}

export interface TaskOptions {
  radix?: number;
  bytes?: number;
  /** Boot addresses. */
  home?: number;
  notification?: number;
  /** Without a scheduling context of its own. */
  isPassive?: boolean;
  /** Without a reply object. */
  isMute?: boolean;
}

class AssertionHolder {
  error: unknown;
}

/** Addresses of a task's parts in the boot CNode; `id`: its TCB. */
export interface Task {
  number: number;
  id: number;
  tcb: number;
  cnode: number;
  sc: number;
  reply: number;
}

export class World {
  readonly k: KernelState;
  readonly gate: Gate;
  readonly read: Reader;
  onEvent: (task: Task, seen: Seen) => void = () => undefined;
  private nextSlot: number = BootSlot.Free;
  private readonly seen: Seen[][] = [];
  private job: (() => void) | undefined;
  private readonly failed = new AssertionHolder();
  readonly tasks: Task[] = [];

  constructor(limits: Partial<Limits> = {}) {
    const native = { bytes: (data: string) => Uint8Array.from(data, (c) => c.charCodeAt(0)), text: (data: Uint8Array) => String.fromCharCode(...data) };
    this.k = createKernel({ words: 4000, bytes: 4000, irqs: 4, slots: 128, ...limits }, native, undefined);
    this.gate = createGate(this.k);
    this.read = createReader(this.k);
  }

  /** A boot operation; throws when it is refused. */
  boot(op: Op, address: number, label: number, a: number, b: number): void {
    use(this.k);
    bootOp(op, address, label, a, b);
  }

  /** Makes an object; its boot address. */
  make(type: CapType, bits = 0, bytes = 0): number {
    const at = this.nextSlot++;
    this.boot(Op.Retype, BootSlot.Untyped, retypeWhat(type, bits, 1), slotRef(BootSlot.CNode, 0, 0), at + bytes * 65536);
    return at;
  }

  endpoint(): number {
    return this.make(CapType.Endpoint);
  }

  notification(): number {
    return this.make(CapType.Notification);
  }

  /** Word address of what stands at boot address `at`. */
  object(at: number): number {
    return bootObject(this.k, at);
  }

  task(priority: number, options: TaskOptions = {}): Task {
    const tcb = this.make(CapType.Tcb, 0, options.bytes ?? 64);
    const cnode = this.make(CapType.CNode, options.radix ?? 4);
    const sc = options.isPassive ? 0 : this.make(CapType.SchedContext);
    const reply = options.isMute ? 0 : this.make(CapType.Reply);
    this.boot(Op.TcbSetSpace, tcb, 0, cnode, 0);
    this.boot(Op.TcbSetReceive, tcb, 0, options.home ?? 0, reply);
    this.k._m[this.object(tcb) + Tcb.Priority] = priority;
    this.k._m[this.object(tcb) + Tcb.Mcp] = 255;
    if (sc) this.boot(Op.ScBind, sc, 0, tcb, 0);
    if (options.notification) this.boot(Op.TcbBindNotification, tcb, 0, options.notification, 0);
    const id = this.object(tcb);
    const task: Task = { number: this.k._m[id + Tcb.Number]!, id, tcb, cnode, sc, reply };
    this.tasks[task.number] = task;
    this.seen[task.number] = [];
    setHandler(this.k, tcb, (event, badge, label, a, b, data) => {
      const job = this.job;
      this.job = undefined;
      const seen = { event, badge, label, a, b, data };
      try {
        if (job) job();
        else {
          this.seen[task.number]!.push(seen);
          this.onEvent(task, seen);
        }
      } catch (error) {
        if (error instanceof Error && error.name === "AssertionError") this.failed.error = error;
        throw error;
      }
    });
    return task;
  }

  /** Gives `task` a capability at `at`, derived from the boot address `from`. */
  give(task: Task, at: number, from: number, rights: number = Rights.All, badge = 0): void {
    const isBadged = badge > 0;
    this.boot(isBadged ? Op.Mint : Op.Copy, task.cnode, isBadged ? badge * 16 + rights : rights, slotRef(0, at, 0), slotRef(BootSlot.CNode, from, 0));
  }

  fault(task: Task, endpoint: number, badge: number): void {
    const at = this.nextSlot++;
    this.boot(Op.Mint, BootSlot.CNode, badge * 16 + Rights.Write, slotRef(0, at, 0), slotRef(BootSlot.CNode, endpoint, 0));
    this.boot(Op.TcbSetSpace, task.tcb, 0, task.cnode, at);
  }

  /** Starts every task and forgets the Start events. */
  start(): void {
    for (const task of this.tasks) this.boot(Op.TcbResume, task.tcb, 0, 0, 0);
    this.run();
    for (const list of this.seen) list.length = 0;
  }

  stepOnce(budget: number): number {
    const next = step(this.k, this.k._now, budget);
    this.check();
    return next;
  }

  run(nowUs?: number): number {
    let next = 0;
    let left = 200;
    if (nowUs !== undefined) this.k._now = nowUs;
    do next = this.stepOnce(8);
    while (next === this.k._now && left-- > 0);
    if (left < 0) throw new Error("the kernel does not come to rest");
    return next;
  }

  private check(): void {
    const error = this.failed.error;
    this.failed.error = undefined;
    if (error) throw error as Error;
  }

  /** Runs `job` as one run of the handler of `task`, which is at home or ready; the kernel runs nothing else. */
  asHeld(task: Task, job: () => void): void {
    this.job = job;
    runAs(this.k, task.id);
    this.job = undefined;
    this.check();
  }

  /** The same, then the kernel runs. */
  as(task: Task, job: () => void): void {
    this.asHeld(task, job);
    this.run();
  }

  /** The handler of `task` runs `job` and never comes back. */
  asLost(task: Task, job: () => void): void {
    use(this.k);
    cancel(task.id);
    this.k._n = 0;
    this.k._m[task.id + Tcb.State] = TaskState.Ready;
    this.k._m[task.id + Tcb.Event] = -1;
    this.k._m[Reg.Running] = task.id;
    this.k._m[Reg.Pending] = 0;
    this.k._m[Reg.Doom] = 0;
    this.k._isOpen = true;
    job();
  }

  /** The operation answers `status` and nothing changes. */
  refuses(op: Op, at: number, label: number, a: number, b: number, data: string, status: number): void {
    const before = snapshot(this.k);
    const got = this.gate(op, at, label, a, b, data);
    if (got !== status) throw Object.assign(new Error(`op ${op} at ${at}: expected ${status}, got ${got}`), { name: "AssertionError" });
    if (snapshot(this.k) !== before) throw Object.assign(new Error(`op ${op} at ${at} was refused but changed the tables`), { name: "AssertionError" });
  }

  /** What `task`'s handler got since the last look. */
  events(task: Task): Seen[] {
    return this.seen[task.number]!.splice(0);
  }
}
