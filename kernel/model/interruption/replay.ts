// Carries out steps of the Promela model on the kernel, and reads the model's state back from the kernel's tables.
//
// A line of a trace is "@ step task what : state", numbers as in interruption.pml. "A run that never came back" is made by keeping the memory as it was
// inside the handler, which is what an engine leaves that ran out of stack: no catch, no finally, no commit.
import { BootSlot, setHandler } from "../../boot.ts";
import { CapType, Op, Rights, slotRef, TaskState } from "../../gate.ts";
import { World, type Task } from "../../host/world.ts";
import { signal } from "../../objects/notification.ts";
import { recover, run, step } from "../../scheduler.ts";
import { Ep, Limit, Nt, Reg, Rep, Slot, Tcb, use } from "../../state.ts";

export interface Step {
  step: number;
  task: number;
  what: number;
  state: string;
  line: string;
}

/** Numbers of interruption.pml; its test compares them. */
export const codes = { RUN: 1, KICK: 2, RESUME: 3, SUSPEND: 4, COPY: 5, SLICE: 6, RECOVER: 7, NOTHING: 0, CALL: 1, REPLY: 2, REVOKE: 3, THROW: 4, LOST: 5, S: 0, A: 1, B: 2, V: 3, NONE: 4, CAPS: 9 } as const;

/** Addresses in the boot CNode where the derived capabilities go. */
const firstCopy = 100;
/** Addresses in the tasks' own CNodes. */
const endpointAt = 1;
const rootAt = 2;

interface Kept {
  m: Int32Array;
  log: Int32Array | undefined;
  n: number;
  data: string[];
  next: number;
}

export function parseTrace(text: string): Step[] {
  return text.split("\n").filter((line) => line.startsWith("@")).map((line) => {
    const [left, right] = line.slice(1).split(":");
    const [number, task, what] = left!.trim().split(/\s+/).map(Number);
    return { step: number!, task: task!, what: what!, state: right!.trim().split(/\s+/).join(" "), line };
  });
}

export class ModelledKernel {
  readonly world = new World({ words: 900, slots: 112 });
  private readonly tasks: Task[];
  private readonly notifications: number[];
  private readonly endpoint: number;
  private readonly root: number;
  private job: () => void = () => undefined;

  constructor() {
    const w = this.world;
    this.endpoint = w.endpoint();
    this.root = w.endpoint();
    this.notifications = [0, 1, 2, 3].map(() => w.notification());
    this.tasks = this.notifications.map((notification, i) => w.task(10, { notification, home: i === codes.S ? this.endpoint : 0 }));
    for (const task of this.tasks) setHandler(w.k, task.tcb, () => this.job());
    for (const i of [codes.A, codes.B]) w.give(this.tasks[i]!, endpointAt, this.endpoint);
    w.give(this.tasks[codes.V]!, rootAt, BootSlot.CNode);
    for (const task of this.tasks) w.boot(Op.TcbResume, task.tcb, 0, 0, 0);
  }

  /** What a task's handler does when it does something. */
  private act(i: number): void {
    const { gate } = this.world;
    if (i === codes.S) gate(Op.Reply, 0, 1, 0, 0, "");
    else if (i === codes.V) gate(Op.Revoke, rootAt, 0, slotRef(0, this.root, 0), 0, "");
    else gate(Op.Call, endpointAt, 1, 0, 0, "");
  }

  private runTask(i: number, what: number): void {
    const { k } = this.world;
    let kept: Kept | undefined;
    this.job = () => {
      if (what !== codes.NOTHING) this.act(i);
      if (what === codes.THROW) throw new Error("as the model says");
      if (what === codes.LOST) kept = this.keep();
    };
    use(k);
    run(this.tasks[i]!.id);
    if (kept) this.putBack(kept);
  }

  /** @throws Error for a step that the model has not. */
  take({ step: number, task, what }: Step): void {
    const w = this.world;
    const { k } = w;
    const tcb = this.tasks[task]!.tcb;
    if (number === codes.RUN) this.runTask(task, what);
    else if (number === codes.KICK) {
      k._n = 0;
      const bell = w.object(this.notifications[task]!);
      signal(bell, 1);
    } else if (number === codes.RESUME) w.boot(Op.TcbResume, tcb, 0, 0, 0);
    else if (number === codes.SUSPEND) w.boot(Op.TcbSuspend, tcb, 0, 0, 0);
    else if (number === codes.COPY) {
      let at = firstCopy;
      while (this.isFull(at)) at++;
      w.boot(Op.Copy, BootSlot.CNode, Rights.All, slotRef(0, at, 0), slotRef(BootSlot.CNode, this.root, 0));
    } else if (number === codes.SLICE) step(k, k._now, 0);
    else if (number === codes.RECOVER) recover();
    else throw new Error(`the model has no step ${number}`);
  }

  private isFull(at: number): boolean {
    const { k } = this.world;
    return k._m[k._m[k._boot + Tcb.CSpace + Slot.Object]! + Slot.Words * at]! >> 4 !== CapType.Null;
  }

  private indexOf(id: number): number {
    const found = this.tasks.findIndex((task) => task.id === id);
    return found < 0 ? codes.NONE : found;
  }

  /** All that a step can change; the log only while a run is open. */
  keep(): Kept {
    const { k } = this.world;
    return { m: k._m.slice(), log: this.running === codes.NONE ? undefined : k._log.slice(), n: k._n, data: [...k._data], next: k._next };
  }

  putBack(kept: Kept): void {
    const { k } = this.world;
    k._m.set(kept.m);
    if (kept.log) k._log.set(kept.log);
    k._n = kept.n;
    k._next = kept.next;
    k._data.splice(0, k._data.length, ...kept.data);
  }

  /** The model's state, as in a trace. */
  get state(): string {
    const w = this.world;
    const m = w.k._m;
    const ids = this.tasks.map(({ id }) => id);
    const states = ids.map((id) => m[id + Tcb.State]!);
    const events = ids.map((id) => (m[id + Tcb.State] === TaskState.Ready ? m[id + Tcb.Event]! : 0));
    const pending = this.notifications.map((at) => (m[w.object(at) + Nt.Word] ? 1 : 0));
    const endpoint = w.object(this.endpoint);
    const queue: number[] = [];
    if (m[endpoint + Ep.IsSending]) for (let t = m[endpoint + Ep.Head]!; t; t = m[t + Tcb.Next]!) queue.push(this.indexOf(t));
    let copies = 0;
    for (let at = firstCopy; at < firstCopy + codes.CAPS; at++) copies += this.isFull(at) ? 1 : 0;
    const work = m[Reg.WorkOp] ? 2 : m[Reg.WorkQueue] ? 1 : 0;
    const caller = this.indexOf(m[w.object(this.tasks[codes.S]!.reply) + Rep.Caller]!);
    return [...states, ...events, ...pending, queue.length, queue[0] ?? 0, queue[1] ?? 0, caller, copies, work, m[Reg.WorkTask] ? 1 : 0, this.running].join(" ");
  }

  get running(): number {
    const t = this.world.k._m[Reg.Running]!;
    return t > Limit.Kernel ? this.indexOf(t) : codes.NONE;
  }
}

/** Takes a step and compares. @throws Error when kernel and model differ. */
function takeAndCompare(kernel: ModelledKernel, taken: Step, where: string): void {
  kernel.take(taken);
  // Inside a run that never came back the tables may be anything; what counts is that the next entry undoes it.
  const isLost = kernel.running !== codes.NONE;
  const got = isLost ? `${kernel.running}` : kernel.state;
  const want = isLost ? taken.state.split(" ").pop()! : taken.state;
  if (got !== want) throw new Error(`${where}, ${taken.line.trim()}: the kernel has ${got}`);
}

/** Replays a trace. @throws Error naming the first step after which kernel and model differ. */
export function replay(steps: readonly Step[]): void {
  const kernel = new ModelledKernel();
  steps.forEach((taken, i) => takeAndCompare(kernel, taken, `step ${i}`));
}

/**
 * Takes every transition of the model on the kernel, from each of its states (as the kernel first came to it).
 * @param pairs lines "< state" and "@ step" of a search compiled with -DPAIRS. @throws Error at the first difference.
 */
export function replayAll(pairs: string): { states: number; transitions: number } {
  const steps = new Map<string, string[]>();
  let from = "";
  for (const line of pairs.split("\n")) {
    if (line.startsWith("<")) from = line.slice(1).trim().replace(/ +/g, " ");
    else if (line.startsWith("@")) {
      const list = steps.get(from);
      if (list) list.push(line);
      else steps.set(from, [line]);
    }
  }
  const kernel = new ModelledKernel();
  const seen = new Set([kernel.state]);
  const open: { state: string; kept: Kept }[] = [{ state: kernel.state, kept: kernel.keep() }];
  let transitions = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    for (const line of steps.get(next.state) ?? []) {
      const [taken] = parseTrace(line);
      kernel.putBack(next.kept);
      takeAndCompare(kernel, taken!, `from ${next.state}`);
      transitions++;
      if (seen.has(taken!.state)) continue;
      seen.add(taken!.state);
      open.push({ state: taken!.state, kept: kernel.keep() });
    }
  }
  return { states: seen.size, transitions };
}
