// The kernel as a subject of the conformance suite that stops after every single write of every entry, on the side, and comes back.
//
// Each entry of the suite (a run with all it brings, an interrupt) is carried out once with its writes recorded. Then, for every n: the state after n writes
// is loaded into a twin, something enters there, and what it finds must be
//   - while a task ran: the state before that run, and the task faulted (as if its handler had thrown at once), charge and the reason excepted;
//   - else: the state at the last commit;
//   - in any case every invariant of the tables, then and after all that is ready has run.
// Coming back is stopped after every write, too, once in each run.
import { bootObject, createKernel } from "../../boot.ts";
import { Event, FaultKind, TaskState } from "../../gate.ts";
import { createGate } from "../../kernel.ts";
import { interrupt, run, step } from "../../scheduler.ts";
import { Limit, Reg, Tcb, use } from "../../state.ts";
import type { KernelState } from "../../state.ts";
import { compose, isLeftOut } from "../../conformance/compose.ts";
import type { KernelUnderTest } from "../../conformance/subject.ts";
import { Size } from "../../conformance/subject.ts";
import { inspect } from "../inspect-state.ts";
import { violation } from "../invariants.ts";
import { apply, load, recorded, twin } from "./recorder.ts";
import type { Write } from "./recorder.ts";

const LIMITS = { words: Size.Words, bytes: Size.Bytes, irqs: Size.Irqs, slots: Size.Slots };
const TURNS = 400;
/** A device that nobody claims: its interrupt is an entry that does nothing but find out. */
const NOBODY = { kind: 7, number: 4000 };

export interface CrashTally {
  /** Entries with all their writes; stops (one for each write); stops while coming back. */
  entries: number;
  stops: number;
  again: number;
  /** Stops while a task ran. */
  faults: number;
  /** Different states found after coming back. */
  states: number;
  /** Operations by number that were carried out in an entry that was stopped everywhere. */
  ops: Set<number>;
}

export function newCrashTally(): CrashTally {
  return { entries: 0, stops: 0, again: 0, faults: 0, states: 0, ops: new Set() };
}

export class CrashFinding extends Error {
  override name = "CrashFinding";
}

/** The abstract state as text. Left out: charge, what kind of fault it was, and whose turn a yield has made it: that may get lost, or be left for later. */
export function textOf(k: KernelState): string {
  const s = inspect(k);
  for (const t of s.tasks) {
    const isFault = (t.state === TaskState.Ready && t.event === Event.Fault) || t.state === TaskState.Faulted;
    if (isFault && (t.message.label === FaultKind.Thrown || t.message.label === FaultKind.Interrupted)) Object.assign(t.message, { label: 0, data: "" });
  }
  return JSON.stringify(s, (key, value: unknown) => (key === "refills" || key === "consumed" || key === "yieldTo" ? undefined : value));
}

/** First difference of two such texts, for a person. */
export function differ(got: string, want: string): string {
  const found = JSON.parse(got) as Record<string, unknown>;
  const expected = JSON.parse(want) as Record<string, unknown>;
  for (const key of Object.keys(expected)) {
    const [a, b] = [found[key], expected[key]];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    if (!Array.isArray(a) || !Array.isArray(b)) return `${key}: ${JSON.stringify(a)}, not ${JSON.stringify(b)}`;
    for (let i = 0; i < Math.max(a.length, b.length); i++) if (JSON.stringify(a[i]) !== JSON.stringify(b[i])) return `${key}[${i}]: ${JSON.stringify(a[i])}, not ${JSON.stringify(b[i])}`;
  }
  return "nothing";
}

class Stopper {
  private readonly before: KernelState;
  private readonly wreck: KernelState;
  private readonly trial: KernelState;
  private readonly commit: KernelState;
  private readonly aside: KernelState;
  private readonly last: Int32Array;

  constructor(
    k: KernelState,
    private readonly tally: CrashTally,
  ) {
    const make = (): KernelState => twin(k, LIMITS);
    [this.before, this.wreck, this.trial, this.commit, this.aside] = [make(), make(), make(), make(), make()];
    this.last = new Int32Array(k._m.length);
  }

  /** Remembers the state before an entry. */
  begin(k: KernelState): void {
    load(this.before, k);
  }

  /** Stops after each of the entry's writes. @throws CrashFinding */
  stopEverywhere(writes: readonly Write[]): void {
    const { wreck, commit } = this;
    load(wreck, this.before);
    load(commit, this.before);
    this.tally.entries++;
    let expected = textOf(commit);
    let faultOf = 0;
    let faulted = "";
    let wasRunning = 0;
    // The state found is not the one found before, or is not to be what that was.
    let isFresh = true;
    for (let n = 0; n <= writes.length; n++) {
      const running = wreck._m[Reg.Running]!;
      if (running > Limit.Kernel) {
        if (faultOf !== running) {
          // The boot TCB stands for the composition root: nobody is told of its fault.
          faulted = running === wreck._boot ? expected : this.faultOf(running);
          faultOf = running;
          isFresh = true;
        }
        this.tally.faults++;
      }
      const want = running > Limit.Kernel ? faulted : expected;
      this.stop(wreck, want, isFresh, () => `stopped after write ${n} of ${writes.length} (running ${running}; last: ${JSON.stringify(writes[n - 1])})`);
      isFresh = false;
      // Once in each run, at its very end: coming back is stopped as well.
      const write = writes[n];
      if (!write) break;
      if (running > Limit.Kernel && isRunning(write)) this.stopAgain(want);
      apply(wreck, write);
      const now = wreck._m[Reg.Running]!;
      // Done: a run or the kernel's own work is over, or a new transaction of the kernel's begins.
      if (now <= Limit.Kernel && (now !== wasRunning || (write.area === "field" && write.key === "_n" && write.value === 0))) {
        load(commit, wreck);
        expected = textOf(commit);
        isFresh = true;
        faultOf = 0;
      }
      wasRunning = now;
    }
  }

  /** What a task's run is when its handler throws at once. */
  private faultOf(t: number): string {
    const { aside } = this;
    load(aside, this.commit);
    use(aside);
    // On its way home: as if it had got an event.
    if (aside._m[t + Tcb.Event] === Limit.GoHome) aside._m[t + Tcb.Event] = Event.Timer;
    aside._handlers[aside._m[t + Tcb.Number]!] = () => {
      throw new Error("stopped");
    };
    run(t);
    return textOf(aside);
  }

  private stop(wreck: KernelState, want: string, isFresh: boolean, where: () => string): void {
    const { trial, last, aside } = this;
    load(trial, wreck);
    this.tally.stops++;
    this.enter(trial, where);
    trial._m[Reg.Fuel] = 0;
    if (!isFresh && Buffer.compare(bytesOf(trial._m), bytesOf(last)) === 0) return;
    last.set(trial._m);
    this.check(trial, want, where);
    // And life goes on.
    load(aside, trial);
    this.tally.states++;
    for (let i = 0; i < aside._handlers.length; i++) if (aside._handlers[i]) aside._handlers[i] = () => undefined;
    for (let i = 0; i < TURNS && step(aside, aside._now, 8) === aside._now; i++);
    const wrong = violation(inspect(aside));
    if (wrong) throw new CrashFinding(`${where()}, then all ran: ${wrong}`);
  }

  /** Coming back from `wreck` is stopped after each of its writes, and come back from. */
  private stopAgain(want: string): void {
    const { trial, wreck } = this;
    const writes: Write[] = [];
    load(trial, wreck);
    interrupt(recorded(trial, writes), NOBODY.kind, NOBODY.number);
    const half = twin(trial, LIMITS);
    load(half, wreck);
    for (let n = 0; n <= writes.length; n++) {
      const where = (): string => `stopped after write ${n} of ${writes.length} while coming back (last: ${JSON.stringify(writes[n - 1])})`;
      load(trial, half);
      this.tally.again++;
      this.enter(trial, where);
      this.check(trial, want, where);
      const write = writes[n];
      if (write) apply(half, write);
    }
  }

  private enter(k: KernelState, where: () => string): void {
    try {
      interrupt(k, NOBODY.kind, NOBODY.number);
    } catch (error) {
      throw new CrashFinding(`${where()}: ${String(error)}`);
    }
  }

  private check(k: KernelState, want: string, where: () => string): void {
    const got = textOf(k);
    const wrong = got === want ? violation(inspect(k)) : differ(got, want);
    if (wrong) throw new CrashFinding(`${where()}: ${wrong}`);
  }
}

function isRunning(write: Write): boolean {
  return write.area === "_m" && write.key === String(Reg.Running);
}

function bytesOf(words: Int32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

/** A kernel for one case. What it finds is collected in `findings`. */
export function crashSubject(tally: CrashTally, findings: string[]): KernelUnderTest {
  const native = { bytes: (data: string) => Uint8Array.from(data, (c) => c.charCodeAt(0)), text: (data: Uint8Array) => String.fromCharCode(...data) };
  const k = createKernel(LIMITS, native, undefined);
  const writes: Write[] = [];
  const noted = recorded(k, writes);
  const stopper = new Stopper(k, tally);
  const gate = createGate(k);
  const entry = <T>(work: () => T): T => {
    stopper.begin(k);
    writes.length = 0;
    const result = work();
    try {
      stopper.stopEverywhere(writes);
    } catch (error) {
      if (!(error instanceof CrashFinding)) throw error;
      findings.push(error.message);
    }
    use(k);
    return result;
  };
  return {
    gate: (op, address, label, a, b, data) => {
      const status = gate(op, address, label, a, b, data);
      if (status >= 0) tally.ops.add(op);
      return status;
    },
    root: (op, address, label, a, b) => {
      const running = k._m[Reg.Running]!;
      const isInside = running !== 0;
      if (isLeftOut(op)) {
        k._n = 0;
        return compose(k._boot, op, address, label, a, b);
      }
      const work = (): number => {
        const m = isInside ? k._m : noted._m;
        const kernel = isInside ? k : noted;
        kernel._n = 0;
        // All of it or nothing, as in a handler's run.
        kernel._isOpen = true;
        m[Reg.Running] = k._boot;
        const status = gate(op, address, label, a, b, "");
        m[Reg.Running] = running;
        kernel._isOpen = isInside;
        return status;
      };
      // Inside of a run the composition root belongs to the case, not to the kernel.
      if (isInside) return work();
      use(noted);
      const status = entry(work);
      if (status >= 0) tally.ops.add(op);
      return status;
    },
    code: (tcb, handler, priority) => {
      const t = bootObject(k, tcb);
      k._m[t + Tcb.Priority] = priority;
      k._m[t + Tcb.Mcp] = 255;
      k._handlers[k._m[t + Tcb.Number]!] = handler;
    },
    settle: (nowUs) => {
      for (let i = 0; i < TURNS && entry(() => step(noted, nowUs, 1)) === nowUs; i++);
    },
    interrupt: (kind, number) => entry(() => interrupt(noted, kind, number)),
  };
}
