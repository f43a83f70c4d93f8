// A scene for one case: tasks that do what the case says, and what they saw.
//
// `act(task, job)` runs `job` as one run of the task's handler: the task is resumed, its handler gets the event and does the job. All other events
// are noted as numbers. A case calls `is(got, want)`; the first difference is what it failed with. Tile dialect: it runs on every engine.

import { BootSlot } from "../boot.ts";
import { CapType, Event, Op, retypeWhat, Rights, slotRef } from "../gate.ts";
import type { KernelUnderTest } from "./subject.ts";

export interface Actor {
  tcb: number;
  cnode: number;
  sc: number;
  reply: number;
  /** Events since the last look: event, badge, label, a, b each; and the data. */
  seen: number[];
  data: string[];
  job: (() => void) | undefined;
  /** Done on every event that is noted. */
  always: ((event: number) => void) | undefined;
}

export class Scene {
  k: KernelUnderTest;
  nowUs: number;
  failure: string;
  checks: number;
  free: number;

  constructor(k: KernelUnderTest) {
    this.k = k;
    this.nowUs = 1;
    this.failure = "";
    this.checks = 0;
    this.free = BootSlot.Free;
  }

  is(got: number | string, want: number | string): void {
    this.checks++;
    if (got !== want && !this.failure) this.failure = "check " + this.checks + ": " + got + ", not " + want;
  }

  /** An operation of the composition root that must succeed. */
  root(op: number, address: number, label: number, a: number, b: number): void {
    const status = this.k.root(op, address, label, a, b);
    if (status < 0 && !this.failure) this.failure = "setting up: op " + op + " at " + address + " answers " + status;
  }

  /** The answer of an operation of the composition root. */
  asks(op: number, address: number, label: number, a: number, b: number, want: number): void {
    this.is(this.k.root(op, address, label, a, b), want);
  }

  make(type: CapType, bits: number, bytes: number): number {
    const at = this.free++;
    this.root(Op.Retype, BootSlot.Untyped, retypeWhat(type, bits, 1), slotRef(BootSlot.CNode, 0, 0), at + bytes * 65536);
    return at;
  }

  /** A task with a CNode of 16 addresses; `home`: boot address of its endpoint, 0 none. It is started. */
  actor(priority: number, home: number): Actor {
    const tcb = this.make(CapType.Tcb, 0, 16);
    const cnode = this.make(CapType.CNode, 4, 0);
    const actor: Actor = { tcb: tcb, cnode: cnode, sc: this.make(CapType.SchedContext, 0, 0), reply: this.make(CapType.Reply, 0, 0), seen: [], data: [], job: undefined, always: undefined };
    this.root(Op.TcbSetSpace, tcb, 0, cnode, 0);
    this.root(Op.TcbSetReceive, tcb, 0, home, actor.reply);
    this.root(Op.ScBind, actor.sc, 0, tcb, 0);
    this.k.code(
      tcb,
      function (event, badge, label, a, b, data) {
        const job = actor.job;
        actor.job = undefined;
        if (job) {
          job();
          return;
        }
        actor.seen.push(event, badge, label, a, b);
        actor.data.push(data);
        if (actor.always) actor.always(event);
      },
      priority,
    );
    this.root(Op.TcbResume, tcb, 0, 0, 0);
    this.settle();
    actor.seen = [];
    actor.data = [];
    return actor;
  }

  /** Puts a capability derived from boot address `from` at address `at` of a task. Badge 0: a copy. */
  give(actor: Actor, at: number, from: number, rights: number, badge: number): void {
    this.root(badge ? Op.Mint : Op.Copy, actor.cnode, badge * 16 + rights, slotRef(0, at, 0), slotRef(BootSlot.CNode, from, 0));
  }

  settle(): void {
    this.k.settle(this.nowUs);
  }

  later(us: number): void {
    this.nowUs += us;
    this.settle();
  }

  act(actor: Actor, job: () => void): void {
    actor.job = job;
    this.root(Op.TcbResume, actor.tcb, 0, 0, 0);
    this.settle();
    if (this.hasJob(actor) && !this.failure) this.failure = "a task did not run";
    actor.job = undefined;
  }

  hasJob(actor: Actor): boolean {
    return actor.job !== undefined;
  }

  /** One operation as one run. */
  does(actor: Actor, op: number, address: number, label: number, a: number, b: number, data: string, want: number): void {
    this.act(actor, () => {
      this.is(this.k.gate(op, address, label, a, b, data), want);
    });
  }

  /** The first event not looked at yet is this one. */
  got(actor: Actor, event: Event, badge: number, label: number, a: number, b: number): void {
    const seen = actor.seen;
    this.is(seen.length ? seen[0] + " " + seen[1] + " " + seen[2] + " " + seen[3] + " " + seen[4] : "no event", event + " " + badge + " " + label + " " + a + " " + b);
    seen.splice(0, 5);
    actor.data.splice(0, 1);
  }

  nothing(actor: Actor): void {
    this.is(actor.seen.length ? "event " + actor.seen[0] : "nothing", "nothing");
    actor.seen = [];
    actor.data = [];
  }

  /** Identify, as the composition root. */
  cap(at: number): number {
    return this.k.root(Op.Identify, at, 0, 0, 0);
  }

  /** What Identify must answer. */
  word(type: CapType, rights: number, badge: number): number {
    return badge * 256 + type * 16 + rights;
  }

  /** A second capability in the boot CNode. */
  copy(from: number, rights: number): number {
    const at = this.free++;
    this.root(Op.Copy, BootSlot.CNode, rights, slotRef(0, at, 0), slotRef(BootSlot.CNode, from, 0));
    return at;
  }

  mint(from: number, rights: number, badge: number): number {
    const at = this.free++;
    this.root(Op.Mint, BootSlot.CNode, badge * 16 + rights, slotRef(0, at, 0), slotRef(BootSlot.CNode, from, 0));
    return at;
  }

  /** A worker that deletes and revokes for the case: it holds the boot CNode at address 15. */
  janitor(): Actor {
    const actor = this.actor(250, 0);
    this.give(actor, 15, BootSlot.CNode, Rights.All, 0);
    return actor;
  }

  /** Delete or Revoke of boot address `at`, to its end. */
  clears(janitor: Actor, op: Op, at: number): void {
    this.does(janitor, op, 15, 0, slotRef(0, at, 0), 0, "", 0);
    this.got(janitor, Event.Done, 0, 0, 0, 0);
  }
}

/** One case: object it is about, what it says, and the case itself. `isFull`, `isSmall`: only for that profile. */
export interface Case {
  object: string;
  name: string;
  isFull: boolean;
  isSmall: boolean;
  run: (w: Scene) => void;
}

export function add(cases: Case[], object: string, name: string, run: (w: Scene) => void): void {
  cases.push({ object: object, name: name, isFull: false, isSmall: false, run: run });
}

export function addFull(cases: Case[], object: string, name: string, run: (w: Scene) => void): void {
  cases.push({ object: object, name: name, isFull: true, isSmall: false, run: run });
}

export function addSmall(cases: Case[], object: string, name: string, run: (w: Scene) => void): void {
  cases.push({ object: object, name: name, isFull: false, isSmall: true, run: run });
}
