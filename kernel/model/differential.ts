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
import { agrees } from "./agree.ts";
import { difference } from "./compare.ts";
import { inspect } from "./inspect-state.ts";
import { violation } from "./invariants.ts";
import { RandomOperations } from "./random-operation.ts";
import { createSpec } from "./spec/boot.ts";
import { interrupt as specInterrupt } from "./spec/device.ts";
import { gate as specGate, overflow } from "./spec/gate.ts";
import { beginRun, endRun, prelude } from "./spec/step.ts";
import type { SpecRun } from "./spec/step.ts";
import { mustGet } from "./spec/state.ts";
import type { SpecState } from "./spec/state.ts";
import type { Tape } from "./tape.ts";

declare const FULL: boolean;

const LIMITS = { words: 1020, bytes: 400, irqs: 2, slots: 32 };
const TASKS = 3;
/** The undo log: what a run of a handler may fill, from where on it is crowded, and all of it. */
const ROOM = FULL ? UndoWords.Full : UndoWords.Small;
const CROWDED = ROOM - (FULL ? UndoWords.FullReserve : UndoWords.SmallReserve);
const LOG = ROOM + UndoWords.Commit;

export class Divergence extends Error {
  override name = "Divergence";
}

/** How often each operation was compared, and how often it was not refused. */
export interface Tally {
  operations: number;
  accepted: number;
  runs: number;
  lives: number;
  /** Runs with an effect too many; operations refused for lack of room; most words of the undo log that anything needed. */
  overflows: number;
  crowded: number;
  mostLogged: number;
  byOp: Map<number, { count: number; accepted: number }>;
  byStatus: Map<number, number>;
}

export function newTally(): Tally {
  return { operations: 0, accepted: 0, runs: 0, lives: 0, overflows: 0, crowded: 0, mostLogged: 0, byOp: new Map(), byStatus: new Map() };
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
  /** The run has had an effect too many: both sides only wait for its end. */
  private isOver = false;
  private readonly before: Int32Array;
  private readonly log: string[] = [];
  private readonly operations: RandomOperations;

  constructor(
    private readonly tape: Tape,
    private readonly tally: Tally,
    private readonly isLogged: boolean,
    prepare: (kernel: KernelState) => void,
  ) {
    const native = { bytes: (data: string) => Uint8Array.from(data, (c) => c.charCodeAt(0)), text: (data: Uint8Array) => String.fromCharCode(...data) };
    this.k = createKernel(LIMITS, native, undefined);
    this.gate = createGate(this.k);
    prepare(this.k);
    this.s = createSpec(LIMITS, FULL);
    this.before = new Int32Array(this.k._m.length);
    // Longer than in a tile, to see whether anything ever needs more.
    this.k._log = new Int32Array(2 * LOG);
    this.operations = new RandomOperations(tape, () => this.s, LIMITS.slots, (...asked) => this.operate(...asked));
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
    if (this.k._m[0]) this.fail(`after ${after}: word 0 is ${this.k._m[0]}`);
    // Every so often by the slow way, too, with all that only that one sees.
    const isSlow = this.tape.drawn.length % 64 === 0;
    if (!isSlow && agrees(this.k, this.s)) return;
    const found = difference(this.k, this.s, true) ?? violation(inspect(this.k));
    if (found) this.fail(`after ${after}: ${found}`);
    if (!isSlow || !agrees(this.k, this.s)) this.fail(`after ${after}: agree.ts sees a difference, and compare.ts none`);
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
    this.before.set(k._m);
    this.tally.operations++;
    if (isBoot) {
      k._n = 0;
      k._m[Reg.Running] = k._boot;
    } else this.fuel++;
    s.isCrowded = k._n > CROWDED;
    let got: number;
    try {
      got = isOfRoot ? compose(k._boot, op, address, label, a, b) : this.gate(op, address, label, a, b, data);
    } catch (error) {
      if (isBoot || k._n < ROOM || k._m[Reg.Doom] !== FaultKind.Contract) throw error;
      return this.over(name);
    }
    if (isBoot) k._m[Reg.Running] = 0;
    if (this.isOver) return got;
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
    if (s.isCrowded && got === Status.NotEnoughMemory) this.tally.crowded++;
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

  /** An effect too many: half of the handlers let the exception out, the others go on as if nothing had happened. */
  private over(name: () => string): number {
    this.say(() => `${name()}: an effect too many`);
    if (!this.isOver) {
      this.tally.overflows++;
      this.isOver = true;
      overflow(this.s);
    }
    if (this.below(2)) return Status.NotEnoughMemory;
    this.failure = { kind: FaultKind.Thrown, reason: "Error" };
    throw new Crash("");
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
    if (this.below(30) === 0) this.operations.busy(this.below(ROOM / 2));
    for (let n = this.below(3) ? this.below(5) : this.below(14); n > 0; n--) {
      this.operations.random(false);
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
    this.isOver = false;
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
    k._log.fill(0);
    const next = step(k, nowUs, 1);
    if (this.problem) throw this.problem;
    this.checkLog();
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

  /** How much of the undo log has this step needed? */
  private checkLog(): void {
    const { _log: log } = this.k;
    if (log[LOG]) this.fail(`the undo log is too short: more than ${LOG} words were written`);
    let n = LOG;
    while (n > this.tally.mostLogged && !log[n - 1]) n--;
    this.tally.mostLogged = n;
  }

  /** When time alone brings work. */
  private nextUs(): number | undefined {
    const times: number[] = [];
    for (const t of this.s.tasks.values()) {
      if (t.deadline && t.schedContext && (t.state === TaskState.BlockedOnReceive || t.state === TaskState.BlockedOnNotification)) times.push(t.deadline);
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
        this.operations.random(true);
        this.giveCode();
      }
      nowUs += this.oneOf([0, 0, 1, 20, 400]);
      this.turn(nowUs);
      this.tally.runs++;
      idle = this.tally.operations === count ? idle + 1 : 0;
    }
  }
}

/** Plays one life; the divergence, if there is one, with the story that led to it. */
export function play(tape: Tape, operations: number, tally: Tally, isLogged = false, prepare: (kernel: KernelState) => void = () => undefined): { error: Error; story: readonly string[] } | undefined {
  const life = new Life(tape, tally, isLogged, prepare);
  try {
    life.live(operations);
    return undefined;
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)), story: life.story };
  }
}
