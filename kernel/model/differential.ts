// The kernel against its specification: the same random life on both, compared after every single operation.
//
// A life is a small world (three tasks, two endpoints, …) in which random handlers invoke random operations, mostly on capabilities of the type
// that the operation needs, throw, run out of fuel or never come back, while time passes and devices interrupt. After every operation the answer
// and the whole abstract state must agree, and a refused operation must have left every word of the kernel's memory as it was. All decisions come
// from a tape, so a life can be repeated, and cut down to the few decisions that matter (tape.ts).

import { BootSlot, createKernel } from "../boot.ts";
import { CapType, device, Event, FaultKind, Op, Rights, retypeWhat, slotRef, Status, TaskState } from "../gate.ts";
import type { Gate, Handler } from "../gate.ts";
import { compose, isLeftOut } from "../conformance/compose.ts";
import { createGate } from "../kernel.ts";
import { interrupt, step } from "../scheduler.ts";
import { Reg, Tcb, UndoWords } from "../state.ts";
import type { KernelState } from "../state.ts";
import { difference } from "./compare.ts";
import { inspect } from "./inspect-state.ts";
import { violation } from "./invariants.ts";
import { createSpec } from "./spec/boot.ts";
import { interrupt as specInterrupt } from "./spec/device.ts";
import { gate as specGate, typeOf } from "./spec/gate.ts";
import { beginRun, endRun, prelude } from "./spec/step.ts";
import type { SpecRun } from "./spec/step.ts";
import { slotOf } from "./spec/cspace.ts";
import { mustGet } from "./spec/state.ts";
import type { SpecState, SpecTask } from "./spec/state.ts";
import type { Tape } from "./tape.ts";

declare const FULL: boolean;

const LIMITS = { words: 1020, bytes: 400, irqs: 2, slots: 32 };
const TASKS = 3;

export class Divergence extends Error {
  override name = "Divergence";
}

/** How often each operation was compared, and how often it was not refused. */
export interface Tally {
  operations: number;
  accepted: number;
  runs: number;
  lives: number;
  byOp: Map<number, { count: number; accepted: number }>;
  byStatus: Map<number, number>;
}

export function newTally(): Tally {
  return { operations: 0, accepted: 0, runs: 0, lives: 0, byOp: new Map(), byStatus: new Map() };
}

class Crash extends Error {}

export class Life {
  private readonly k: KernelState;
  private readonly gate: Gate;
  private s: SpecState;
  private run: SpecRun | undefined;
  private fuel = 0;
  private isHandlerDone = false;
  private failure: { kind: FaultKind; reason: string } | undefined;
  private problem: Divergence | undefined;
  private wreck: (() => void) | undefined;
  private readonly before: Int32Array;
  private readonly log: string[] = [];

  constructor(
    private readonly tape: Tape,
    private readonly tally: Tally,
    private readonly isLogged: boolean,
  ) {
    const native = { bytes: (data: string) => Uint8Array.from(data, (c) => c.charCodeAt(0)), text: (data: Uint8Array) => String.fromCharCode(...data) };
    this.k = createKernel(LIMITS, native, undefined);
    this.gate = createGate(this.k);
    this.s = createSpec(LIMITS, FULL);
    this.before = new Int32Array(this.k._m.length);
  }

  /** What happened, one line each. */
  get story(): readonly string[] {
    return this.log;
  }

  private say(text: () => string): void {
    if (this.isLogged) this.log.push(text());
  }

  private fail(text: string): never {
    this.say(() => text);
    this.problem ??= new Divergence(text);
    throw this.problem;
  }

  private compare(after: string): void {
    const found = difference(this.k, this.s, this.tape.drawn.length % 8 === 0) ?? (this.tape.drawn.length % 16 === 0 ? violation(inspect(this.k)) : undefined);
    if (found) this.fail(`after ${after}: ${found}`);
  }

  private below(n: number): number {
    return this.tape.below(n);
  }

  private oneOf<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** One operation on both sides, by the running handler or (isBoot) by the composition root. */
  private operate(op: Op, address: number, label: number, a: number, b: number, data: string, isBoot: boolean): number {
    const { k, s } = this;
    const name = (): string => `${isBoot ? "root" : `task ${mustGet(s.tasks, s.running).number}`}: op ${op} (${address}, ${label}, ${a}, ${b}, ${JSON.stringify(data)})`;
    // Profile small: left to the composition root.
    const isOfRoot = isLeftOut(op);
    if (isOfRoot && (!isBoot || op < Op.Copy || op === Op.Delete || op === Op.Revoke)) return Status.IllegalOperation;
    const isLow = k._n > (FULL ? UndoWords.Full - UndoWords.FullReserve : UndoWords.Small - UndoWords.SmallReserve);
    this.before.set(k._m);
    if (isBoot) {
      k._n = 0;
      k._m[Reg.Running] = k._boot;
    }
    const got = isOfRoot ? compose(k._boot, op, address, label, a, b) : this.gate(op, address, label, a, b, data);
    if (isBoot) k._m[Reg.Running] = 0;
    else this.fuel++;
    if (k._n > k._log.length) this.fail(`${name()}: the undo log is too short: ${k._n} of ${k._log.length}`);
    this.tally.operations++;
    const row = this.tally.byOp.get(op) ?? { count: 0, accepted: 0 };
    row.count++;
    this.tally.byOp.set(op, row);
    if (got < 0) {
      this.tally.byStatus.set(got, (this.tally.byStatus.get(got) ?? 0) + 1);
      this.unchanged(name);
    } else {
      row.accepted++;
      this.tally.accepted++;
    }
    if (isLow && got === Status.NotEnoughMemory) return got;
    s.isBoot = isBoot;
    const want = specGate(s, op, address, label, a, b, data);
    s.isBoot = false;
    if (isBoot) s.doom = 0;
    this.say(() => `${name()} → ${got}`);
    if (got !== want) this.fail(`${name()}: kernel ${got}, specification ${want}`);
    // Refused: not a word of the kernel has changed, and the specification checks before it changes anything.
    if (got >= 0) this.compare(this.isLogged ? name() : `op ${op}`);
    return got;
  }

  /** A refused operation has left every word as it was, the reason to fault excepted. */
  private unchanged(name: () => string): void {
    const { _m: m } = this.k;
    for (let i = 0; i < m.length; i++) if (m[i] !== this.before[i] && i !== Reg.Doom && i !== Reg.Fuel) this.fail(`${name()} was refused and changed word ${i} from ${this.before[i]} to ${m[i]}`);
  }

  private boot(op: Op, address: number, label: number, a: number, b: number): number {
    return this.operate(op, address, label, a, b, "", true);
  }

  /** Code for every task that has none. */
  private giveCode(): void {
    for (const t of this.s.tasks.values()) {
      if (t.hasCode || this.below(3) === 0) continue;
      t.hasCode = true;
      this.k._handlers[t.number] = this.handler(t.id);
    }
  }

  /** Three tasks with a CNode each that holds a few of the things in the boot CNode. */
  build(): void {
    const root = slotRef(BootSlot.CNode, 0, 0);
    let free: number = BootSlot.Free;
    const make = (type: CapType, bits: number, bytes: number): number => {
      this.boot(Op.Retype, BootSlot.Untyped, retypeWhat(type, bits, 1), root, free + bytes * 65536);
      return free++;
    };
    const things = [make(CapType.Endpoint, 0, 0), make(CapType.Endpoint, 0, 0), make(CapType.Notification, 0, 0), make(CapType.Untyped, 5 + this.below(3), 60), make(CapType.Frame, 0, 32)];
    const tcbs: number[] = [];
    const extra: number[] = [];
    for (let i = 0; i < TASKS; i++) {
      const cnode = make(CapType.CNode, 3 + this.below(2), 0);
      const tcb = make(CapType.Tcb, 0, 4 + 4 * this.below(2));
      const reply = this.below(6) ? make(CapType.Reply, 0, 0) : 0;
      const sc = this.below(5) ? make(CapType.SchedContext, 0, 0) : 0;
      const home = this.below(4) ? (things[this.below(2)] as number) : 0;
      this.boot(Op.TcbSetSpace, tcb, FULL && this.below(6) === 0 ? (28 - this.below(2)) * 65536 : 0, cnode, this.below(3) ? (things[0] as number) : 0);
      this.boot(Op.TcbSetReceive, tcb, 0, home, reply);
      const id = this.k._m[this.k._m[this.k._boot + Tcb.CSpace + 1]! + 4 * tcb + 1]!;
      const priority = 1 + this.below(3);
      this.k._m[id + Tcb.Priority] = priority;
      this.k._m[id + Tcb.Mcp] = 3;
      Object.assign(mustGet(this.s.tasks, id), { priority, mcp: 3 });
      if (sc) {
        this.boot(Op.ScBind, sc, 0, tcb, 0);
        if (this.below(3) === 0) this.boot(Op.SchedConfigure, BootSlot.SchedControl, 64 + this.below(200), sc, 100 + this.below(1000));
      }
      tcbs.push(tcb);
      extra.push(...[reply, sc].filter((x) => x));
      things.push(cnode);
    }
    // In half of the lives all talk to each other with all rights.
    const isTalkative = this.below(2) === 0;
    const gifts = [...things, ...tcbs, ...extra, BootSlot.CNode];
    for (const cnode of things.slice(5)) {
      this.boot(Op.Copy, cnode, 15, slotRef(0, 1, 0), slotRef(BootSlot.CNode, cnode, 0));
      for (let at = 2; at < 8; at++) {
        const gift = at < 4 ? (things[this.below(isTalkative ? 1 : 3)] as number) : at === 4 && this.below(2) ? (things[4] as number) : this.oneOf(gifts);
        const rights = isTalkative || this.below(3) ? Rights.All : this.below(16);
        this.boot(this.below(2) ? Op.Mint : Op.Copy, cnode, this.below(4) * 16 + rights, slotRef(0, at, 0), slotRef(BootSlot.CNode, gift, 0));
      }
    }
    if (this.below(3) === 0) this.boot(Op.TcbBindNotification, tcbs[0] as number, 0, things[2] as number, 0);
    if (this.below(4) === 0) this.boot(Op.Move, things[5] as number, 0, slotRef(0, 7, 0), slotRef(BootSlot.CNode, this.oneOf([BootSlot.IrqControl, BootSlot.SchedControl, BootSlot.Domain]), 0));
    if (this.below(4) === 0) this.boot(Op.IrqGet, BootSlot.IrqControl, device(this.below(2), this.below(4), 1 + this.below(3)), slotRef(things[5] as number, 6, 0), 0);
    this.s.tasks.forEach((t) => {
      t.hasCode = true;
      this.k._handlers[t.number] = this.handler(t.id);
    });
    for (const tcb of tcbs) this.boot(Op.TcbResume, tcb, 0, 0, 0);
  }

  private handler(id: number): Handler {
    return (event, badge, label, a, b, data) => {
      try {
        this.handle(id, event, badge, label, a, b, data);
      } catch (error) {
        if (error instanceof Divergence || !(error instanceof Crash)) this.problem ??= error instanceof Divergence ? error : new Divergence(error instanceof Error ? (error.stack ?? error.message) : String(error));
        throw error;
      }
    };
  }

  private handle(id: number, event: Event, badge: number, label: number, a: number, b: number, data: string): void {
    const { run, s, k } = this;
    if (run?.task !== id) this.fail(`kernel runs the task at ${id}, specification ${run ? run.task : "nobody"}`);
    const want = run.message;
    const got = { badge, label, a, b, data };
    this.say(() => `task ${mustGet(s.tasks, id).number} runs: event ${event} ${JSON.stringify(got)}`);
    if (event !== run.event || badge !== want.badge || label !== want.label || !Object.is(a, want.a) || !Object.is(b, want.b) || data !== want.data) this.fail(`event: kernel ${event} ${JSON.stringify(got)}, specification ${run.event} ${JSON.stringify(want)}`);
    this.compare("the start of a run");
    for (let n = this.below(3) ? this.below(5) : this.below(14); n > 0; n--) {
      this.randomOperation(false);
      this.giveCode();
    }
    const end = this.below(24);
    if (end === 1) {
      // Guest code, as the build meters it.
      const burnt = this.below(3) ? this.below(40) : 300;
      k._m[Reg.Fuel]! -= burnt;
      this.fuel += burnt;
    }
    if (end === 2) {
      this.failure = { kind: FaultKind.Thrown, reason: "Error: ouch" };
      throw new Crash("");
    }
    if (end === 3) this.crash();
    this.isHandlerDone = true;
  }

  /** The handler never comes back: the kernel's state is put back to this moment after the step. */
  private crash(): void {
    const { k } = this;
    this.failure = { kind: FaultKind.Interrupted, reason: "" };
    const memory = k._m.slice();
    const log = k._log.slice();
    const { _n: n, _next: next } = k;
    const fuel = k._m[Reg.Fuel]!;
    const texts = [...k._data];
    this.wreck = () => {
      k._m.set(memory);
      k._log.set(log);
      k._n = n;
      k._next = next;
      k._m[Reg.Fuel] = fuel;
      k._data = texts;
    };
    throw new Crash("");
  }

  /** The end of a run on the specification's side. */
  private settle(): void {
    const run = this.run as SpecRun;
    this.say(() => `the run ends: fuel ${this.fuel} of ${run.fuel ?? "any"}, doom ${this.s.doom}, ${this.failure ? `failure ${this.failure.kind}` : "returned"}`);
    this.s = endRun(this.s, run, this.fuel, this.failure ? { kind: this.failure.kind, reason: this.failure.kind === FaultKind.Thrown ? "Error" : "" } : undefined);
    this.run = undefined;
    this.failure = undefined;
  }

  /** One step of both. */
  turn(nowUs: number): void {
    const { k, s } = this;
    const id = prelude(s, nowUs);
    this.isHandlerDone = false;
    this.fuel = 0;
    const isBusy = s.work !== undefined || s.workQueue.length > 0;
    this.run = id ? beginRun(s, id) : undefined;
    const isExpected = this.run !== undefined;
    this.say(() => `step at ${nowUs}: ${id ? `task ${s.tasks.get(id)?.number ?? "?"}${this.run ? "" : " goes home"}` : "nobody"}`);
    const next = step(k, nowUs, 1);
    if (this.problem) throw this.problem;
    if (isExpected && !this.isHandlerDone && !this.failure) this.fail(`specification runs the task at ${id}, kernel nobody`);
    if (this.wreck) {
      this.wreck();
      this.wreck = undefined;
      this.settle();
      // Found out about at the next entry.
      if (this.below(2)) interrupt(k, 7, 4000);
      else {
        const now = nowUs + this.below(3);
        const who = prelude(this.s, now);
        if (step(k, now, 0) !== now && who) this.fail("kernel would sleep");
      }
      this.compare("a run that never came back");
      return;
    }
    if (isExpected) this.settle();
    if (this.problem) throw this.problem;
    const then = id || isBusy ? prelude(this.s, nowUs) : 0;
    this.compare("a step");
    const isMore = then > 0 || this.s.work !== undefined || this.s.workQueue.length > 0;
    if (isMore !== (next === nowUs)) this.fail(`step at ${nowUs} says ${next}, specification: ${isMore ? "more" : "nothing more"} to do`);
    const due = this.nextUs();
    if (!isMore && due !== undefined && (next < 0 || next > due)) this.fail(`step at ${nowUs} says ${next}, but something is due at ${due}`);
  }

  /** When time alone brings work. */
  private nextUs(): number | undefined {
    const times: number[] = [];
    for (const t of this.s.tasks.values()) {
      if (t.deadline && (t.state === TaskState.BlockedOnReceive || t.state === TaskState.BlockedOnNotification)) times.push(t.deadline);
      const first = this.s.schedContexts.get(t.schedContext)?.refills[0];
      if (t.state === TaskState.Ready && t.schedContext && first && first.atUs > this.s.nowUs && t.domain === this.s.domain.current) times.push(first.atUs);
    }
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Lives until `operations` have been compared or the tape ends. */
  live(operations: number): void {
    this.tally.lives++;
    this.build();
    let nowUs = 1;
    const end = this.tally.operations + operations;
    let idle = 0;
    while (this.tally.operations < end && this.tape.hasMore() && idle < 12) {
      const { operations: count } = this.tally;
      const what = this.below(16);
      if (what === 1) {
        const kind = this.below(2);
        const number = this.below(5);
        interrupt(this.k, kind, number);
        specInterrupt(this.s, kind, number);
        this.say(() => `interrupt ${kind}.${number}`);
        this.compare("an interrupt");
      } else if (what === 2 || idle > 0) {
        this.randomOperation(true);
        this.giveCode();
      }
      nowUs += this.oneOf([0, 0, 1, 20, 400]);
      this.turn(nowUs);
      this.tally.runs++;
      idle = this.tally.operations === count ? idle + 1 : 0;
    }
  }

  // Drawing operations.

  private get actor(): SpecTask {
    return this.s.isBoot || !this.s.running ? this.s.boot : mustGet(this.s.tasks, this.s.running);
  }

  /** Addresses at which the actor holds something of this type. */
  private addressesOf(type: CapType | undefined): number[] {
    const out: number[] = [];
    const end = this.s.running ? 16 : LIMITS.slots;
    for (let address = 1; address < end; address++) {
      const at = slotOf(this.s, this.actor, address);
      if (at > 0 && this.s.slots.get(at)?.type === type) out.push(address);
    }
    return out;
  }

  private address(type: CapType | undefined): number {
    if (this.below(8)) {
      const list = this.addressesOf(type);
      if (list.length > 0) return this.oneOf(list);
    }
    return this.below(40) ? this.below(18) : this.oneOf([-1, 65536, 2 ** 31, 2 ** 32 + 1, 300]);
  }

  private ref(isFull: boolean): number {
    const root = this.address(CapType.CNode) & 0xffff;
    if (this.below(40) === 0) return this.oneOf([-1, 0.5, Number.NaN, Infinity, 2 ** 53, slotRef(root, 0, 0)]);
    const depth = this.below(8) ? 0 : this.below(18);
    let index = this.below(17);
    if (this.below(3)) {
      // Towards a full or an empty slot, as the operation needs.
      const at = slotOf(this.s, this.actor, root);
      const cap = at > 0 ? this.s.slots.get(at) : undefined;
      const cnode = cap?.type === CapType.CNode ? this.s.cnodes.get(cap.object) : undefined;
      if (cnode) {
        const fitting = Array.from({ length: 2 ** cnode.radix - 1 }, (_, i) => i + 1).filter((i) => this.s.slots.has(cnode.id + 4 * i) === isFull);
        if (fitting.length > 0) index = this.oneOf(fitting);
      }
    }
    return slotRef(root, index, depth);
  }

  private data(): string {
    return "abcdefghijkl".slice(0, this.below(4) ? this.below(5) : this.below(12));
  }

  private small(): number {
    return this.below(30) ? this.below(6) : this.oneOf([-1, 255, 256, 2 ** 31, 2 ** 53 - 1, -0.5, Number.NaN]);
  }

  private randomOperation(isRoot: boolean): void {
    // A world in which nothing runs any more is brought back to life.
    if (isRoot && this.s.ready.length === 0 && this.below(2)) return this.draw(Op.TcbResume, true);
    if (!isRoot && this.below(4) === 0) {
      for (const op of this.oneOf(TOGETHER)) this.draw(op, false);
      return;
    }
    const op = this.below(6) ? this.oneOf(isRoot ? ROOT_OPS : COMMON) : isRoot ? this.oneOf(ROOT_OPS) : this.below(60) ? this.below(Op.Count) : this.oneOf([-1, 47, 1.5, Number.NaN, 1000]);
    this.draw(op as Op, isRoot);
  }

  private draw(op: Op, isRoot: boolean): void {
    const address = op === Op.Reply ? (this.below(3) ? 0 : this.address(CapType.Reply)) : op === Op.Attach || op === Op.Identify ? this.below(12) : op === Op.Write ? this.oneOf([0, this.address(CapType.Frame), this.address(CapType.Reply)]) : this.address(typeOf(op));
    let label = this.small();
    let a = this.small();
    let b = this.small();
    let data = "";
    if (op <= Op.ReplyRecv || op === Op.Write) data = this.data();
    if (this.below(400) === 0) data = 5 as unknown as string;
    if (op === Op.Recv || op === Op.NbRecv) a = this.below(2) ? 0 : this.address(CapType.Reply);
    else if (op === Op.SetTimer) a = this.below(5) ? this.s.nowUs + this.below(50) : this.small();
    else if (op === Op.SetReceiveSlot) a = this.ref(false);
    else if (op === Op.Lend) label = this.below(5);
    else if (op === Op.Copy || op === Op.Mint || op === Op.Move || op === Op.Mutate) {
      label = this.below(5) * 16 + (this.below(2) ? 15 : this.below(16));
      if (op !== Op.Copy && this.below(6) === 0) label = (this.below(12) * 65536 + this.below(4)) * 16;
      // The destination's root is the capability invoked.
      const at = slotOf(this.s, this.actor, address);
      const cap = at > 0 ? this.s.slots.get(at) : undefined;
      const cnode = cap?.type === CapType.CNode ? this.s.cnodes.get(cap.object) : undefined;
      const free = cnode ? Array.from({ length: 2 ** cnode.radix - 1 }, (_, i) => i + 1).filter((i) => !this.s.slots.has(cnode.id + 4 * i)) : [];
      a = free.length > 0 && this.below(4) ? slotRef(0, this.oneOf(free), 0) : this.ref(false);
      b = this.ref(true);
    } else if (op === Op.Rotate) {
      a = this.ref(this.below(2) === 0);
      b = this.ref(true);
      label = this.below(3) ? this.ref(true) : a;
    } else if (op === Op.Delete || op === Op.Revoke || op === Op.CancelBadgedSends) a = this.ref(true);
    else if (op === Op.Retype) {
      label = retypeWhat(this.below(14), this.below(4) ? 1 + this.below(4) : this.below(20), this.below(8) ? 1 + this.below(2) : this.below(10));
      a = this.below(4) ? slotRef(this.address(CapType.CNode) & 0xffff, 0, 0) : this.ref(true);
      b = (1 + this.below(16)) + (this.below(3) ? 0 : this.below(20)) * 65536;
      if (this.below(30) === 0) b = this.small();
    } else if (op === Op.TcbSetSpace) {
      label = this.below(4) ? 0 : (this.below(2) ? 28 : this.below(34)) * 65536 + this.below(2);
      a = this.address(CapType.CNode);
      b = this.below(2) ? 0 : this.address(CapType.Endpoint);
    } else if (op === Op.TcbSetTimeoutEndpoint) a = this.below(4) ? this.address(CapType.Endpoint) : 0;
    else if (op === Op.TcbSetReceive) {
      a = this.below(4) ? this.address(CapType.Endpoint) : 0;
      b = this.below(4) ? this.address(CapType.Reply) : 0;
    } else if (op === Op.TcbSetPriority || op === Op.TcbSetMcp || op === Op.DomainSet) a = this.address(CapType.Tcb);
    else if (op === Op.TcbBindNotification || op === Op.IrqSetNotification) a = this.address(CapType.Notification);
    else if (op === Op.ScBind) a = this.address(this.below(3) ? CapType.Tcb : CapType.Notification);
    else if (op === Op.SchedConfigure) {
      a = this.address(CapType.SchedContext);
      label = this.below(3) ? 64 + this.below(100) : this.below(70);
      b = this.below(8) ? 1 + this.below(2000) : this.small();
    } else if (op === Op.IrqGet) {
      label = device(this.below(10), this.below(6), this.below(4));
      if (this.below(20) === 0) label = device(1, 4090, this.below(20));
      a = this.ref(false);
    } else if (op === Op.DomainConfigure) {
      label = this.below(3);
      b = this.below(3) ? this.below(60) : 0;
      a = this.below(2);
    }
    this.operate(op, address, label, a, b, data, isRoot);
  }
}

const COMMON: readonly Op[] = [
  Op.Send, Op.NbSend, Op.Call, Op.Call, Op.Call, Op.Reply, Op.ReplyRecv, Op.Recv, Op.Signal, Op.Attach, Op.Copy, Op.Mint, Op.Retype, Op.Delete, Op.Revoke, Op.TcbSetReceive, Op.ScBind, Op.ScUnbind,
  Op.Send, Op.NbSend, Op.Call, Op.Call, Op.Reply, Op.Reply, Op.ReplyRecv, Op.Recv, Op.NbRecv, Op.Signal, Op.Wait, Op.Poll, Op.SetTimer, Op.Attach, Op.Lend, Op.SetReceiveSlot, Op.Write,
  Op.Copy, Op.Mint, Op.Move, Op.Delete, Op.Revoke, Op.Retype, Op.TcbResume, Op.TcbResume, Op.TcbSuspend, Op.CancelBadgedSends,
];
/** Operations that mean something together. */
const TOGETHER: readonly (readonly Op[])[] = [
  [Op.Lend, Op.Call], [Op.Lend, Op.Attach, Op.Call], [Op.Attach, Op.Call], [Op.Attach, Op.Send], [Op.Attach, Op.NbSend], [Op.Attach, Op.Reply], [Op.SetReceiveSlot, Op.Recv], [Op.Attach, Op.ReplyRecv], [Op.Write, Op.Reply],
];
const ROOT_OPS: readonly Op[] = [
  Op.TcbResume, Op.TcbResume, Op.TcbResume, Op.Signal, Op.Signal, Op.Copy, Op.Mint, Op.Move, Op.Mutate, Op.Rotate, Op.Retype, Op.TcbSetSpace, Op.TcbSetReceive, Op.TcbSetPriority, Op.TcbSetMcp, Op.TcbSetTimeoutEndpoint,
  Op.TcbBindNotification, Op.TcbUnbindNotification, Op.ScBind, Op.ScBind, Op.ScUnbind, Op.ScConsumed, Op.SchedConfigure, Op.IrqGet, Op.IrqAck, Op.IrqSetNotification, Op.IrqClear, Op.DomainSet, Op.DomainConfigure, Op.CancelBadgedSends,
];

/** Plays one life; the divergence, if there is one, with the story that led to it. */
export function play(tape: Tape, operations: number, tally: Tally, isLogged = false): { error: Error; story: readonly string[] } | undefined {
  const life = new Life(tape, tally, isLogged);
  try {
    life.live(operations);
    return undefined;
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)), story: life.story };
  }
}
