// A fake gate for a module's unit tests: the kernel's side of the contract (firmware/modules/guest-api.ts) in virtual time, strict where a tile is.
//
// A run is a transaction, as in the kernel: its one Call, its Reply and its timer count when the handler returns, and not at all when it faults. A fault ends
// the module and is thrown at the test as a ModuleFault; `restart` begins anew with what was saved.

import { Address, Event, Op, Status } from "../../firmware/modules/guest-api.ts";
import { type Answer, FakeServices, type SavedState, type TelemetryRecord } from "./fake-services.ts";
import type { ModuleManifest } from "./manifest.ts";
import type { Instance, ModuleText } from "./module-text.ts";

/** One use of the gate. */
export interface GateUse {
  atUs: number;
  op: number;
  address: number;
  label: number;
  a: number;
  b: number;
  data: string;
  result: number;
}

/** One run of the handler: why, what it asked for, what it took. */
export interface HandlerRun {
  event: number;
  badge: number;
  label: number;
  a: number;
  b: number;
  data: string;
  uses: GateUse[];
  fuel: number;
  memory: number;
}

export class ModuleFault extends Error {
  override readonly name = "ModuleFault";
}

export interface FakeOptions {
  /** What an earlier start saved. */
  state?: SavedState;
  /** Wall clock at the start, ms since 1970; without it the clock is not set. */
  wallMs?: number;
  /** Levels and analog values before the start, by pin. */
  pins?: Readonly<Record<string, number>>;
  /** How long a service takes to answer, µs. */
  answerUs?: number;
  /** Answers a Call in a service's place; "dead": it dies instead; undefined: the service answers. */
  script?: (call: GateUse) => Answer | "dead" | undefined;
}

const START_US = 1_000_000;
/** Runs without time passing that no honest module needs. */
const RUNS_AT_ONCE_MAX = 1000;

export class FakeTile {
  readonly manifest: ModuleManifest;
  readonly services: FakeServices;
  /** Every run so far, over restarts. */
  readonly runs: HandlerRun[] = [];
  /** Virtual time since the tile's start, µs: modules start a second later. */
  nowUs = START_US;
  private readonly text: ModuleText;
  private readonly options: FakeOptions;
  private instance: Instance | undefined;
  private current: HandlerRun | undefined;
  /** First thing in this run that the kernel faults a task for. */
  private broken: string | undefined;
  private call: GateUse | undefined;
  private isWaiting = false;
  /** undefined: this run has not touched the timer. */
  private newTimerUs: number | undefined;
  private timerUs = 0;
  private word = 0;
  private answered: Answer | "dead" | undefined;
  private readonly messages: { message: Answer; done(answer: Answer | undefined): void }[] = [];
  private replyTo: ((answer: Answer | undefined) => void) | undefined;
  private newReply: Answer | undefined;
  private readonly plans: { atUs: number; action: () => void }[] = [];

  /** Starts a module. @throws ModuleFault as every function here that lets it run. */
  constructor(manifest: ModuleManifest, text: ModuleText, options: FakeOptions = {}) {
    this.manifest = manifest;
    this.text = text;
    this.options = options;
    this.services = new FakeServices(manifest, { nowUs: () => this.nowUs, at: (atUs, action) => void this.plans.push({ atUs, action }), notify: (bits) => void (this.word |= bits) });
    this.services.saved = options.state;
    this.services.wallMs = options.wallMs === undefined ? undefined : options.wallMs - START_US / 1000;
    for (const [pin, value] of Object.entries(options.pins ?? {})) this.services.setPin(pin, value);
    this.restart();
  }

  /** Telemetry that the module appended. */
  get telemetry(): readonly TelemetryRecord[] {
    return this.services.telemetry;
  }

  /** State as a restart would find it. */
  get saved(): SavedState | undefined {
    return this.services.saved;
  }

  get isRunning(): boolean {
    return this.instance !== undefined;
  }

  /** A pin's level or value. */
  pin(name: string): number {
    return this.services.pinOf(name).value;
  }

  /** Puts a level (0, 1) or an analog value (0 to 32767) on a pin, and lets the module run. */
  setPin(name: string, value: number): void {
    this.services.setPin(name, value);
    this.settle();
  }

  /** Lets virtual time pass. */
  advance(us: number): void {
    const endUs = this.nowUs + us;
    for (;;) {
      // A module that waits for an answer has no timer: it comes after that.
      const timer = this.timerUs > 0 && !this.isWaiting ? [this.timerUs] : [];
      this.nowUs = Math.max(this.nowUs, Math.min(endUs, ...timer, ...this.plans.map(({ atUs }) => atUs)));
      this.settle();
      if (this.nowUs >= endUs) return;
    }
  }

  /** Sends the module a message as the host would. @returns its answer; undefined when it gave none (yet), or ended. */
  send(label: number, a: number = 0, b: number = 0, data: string = ""): Answer | undefined {
    let given: Answer | undefined;
    this.messages.push({ message: { label, a, b, data: data.slice(0, this.manifest.quotas.messageBytes) }, done: (answer) => (given = answer) });
    this.settle();
    return given;
  }

  /** Stops the module, as the supervisor does before it installs another one. */
  stop(): void {
    this.instance = undefined;
    this.isWaiting = false;
    this.timerUs = this.word = 0;
    this.answered = undefined;
    this.replyTo?.(undefined);
    this.replyTo = undefined;
    this.plans.length = 0;
    this.services.stopped();
  }

  /** Starts it anew: module level is evaluated again, and what was saved is there. */
  restart(): void {
    this.stop();
    this.services.started();
    this.instance = this.text((op, address, label, a, b, data) => this.gate(op, address, label, a, b, data), this.manifest.quotas);
    this.deliver(Event.Start, 0, 0, this.runs.filter((run) => run.event === Event.Start).length + 1, 0, "");
    this.settle();
  }

  /** Lets everything happen that is due now. */
  private settle(): void {
    for (let runs = 0; ; runs++) {
      if (runs > RUNS_AT_ONCE_MAX) throw new ModuleFault(`${RUNS_AT_ONCE_MAX} runs and no time has passed: does a timer stand in the past?`);
      for (const plan of this.plans.filter(({ atUs }) => atUs <= this.nowUs)) {
        this.plans.splice(this.plans.indexOf(plan), 1);
        plan.action();
      }
      if (this.instance === undefined || !this.next()) return;
    }
  }

  /** Delivers what comes first to a module that is home, or its answer. @returns false when nothing is due. */
  private next(): boolean {
    if (this.isWaiting) {
      const answer = this.answered;
      if (answer === undefined) return false;
      this.isWaiting = false;
      this.answered = undefined;
      if (answer === "dead") this.deliver(Event.DeadReply, 0, 0, 0, 0, "");
      else this.deliver(Event.Reply, 0, answer.label, answer.a, answer.b, answer.data.slice(0, this.manifest.quotas.messageBytes));
    } else if (this.word !== 0) {
      const word = this.word;
      this.word = 0;
      this.deliver(Event.Notification, word, 0, 0, 0, "");
    } else if (this.timerUs > 0 && this.timerUs <= this.nowUs) {
      const atUs = this.timerUs;
      this.timerUs = 0;
      this.deliver(Event.Timer, 0, 0, atUs, 0, "");
    } else {
      const first = this.replyTo === undefined ? this.messages.shift() : undefined;
      if (first === undefined) return false;
      this.replyTo = first.done;
      const { label, a, b, data } = first.message;
      this.deliver(Event.Message, 1, label, a, b, data);
    }
    return true;
  }

  /** One run, to its end. */
  private deliver(event: number, badge: number, label: number, a: number, b: number, data: string): void {
    const run: HandlerRun = { event, badge, label, a, b, data, uses: [], fuel: 0, memory: 0 };
    this.runs.push(run);
    this.current = run;
    this.broken = this.call = this.newTimerUs = this.newReply = undefined;
    const end = this.instance!.run(event, badge, label, a, b, data);
    this.current = undefined;
    run.fuel = end.fuel;
    run.memory = end.memory;
    const fault = this.broken ?? end.fault;
    if (fault !== undefined) {
      this.stop();
      throw new ModuleFault(`at event ${event}, ${this.nowUs} µs: ${fault}`);
    }
    this.commit();
  }

  private commit(): void {
    if (this.newTimerUs !== undefined) this.timerUs = this.newTimerUs;
    if (this.newReply !== undefined) {
      this.replyTo?.(this.newReply);
      this.replyTo = undefined;
    }
    const { call } = this;
    if (call === undefined) return;
    this.isWaiting = true;
    this.plans.push({ atUs: this.nowUs + (this.options.answerUs ?? 0), action: () => (this.answered = this.serve(call)) });
  }

  private serve(call: GateUse): Answer | "dead" {
    const scripted = this.options.script?.(call);
    if (scripted !== undefined) return scripted;
    const { address, label, a, b, data } = call;
    return address === Address.Self ? this.services.self(label, a, data) : this.services.need(this.manifest.needs[address - Address.FirstNeed]!, label, a, b, data);
  }

  /** The gate itself: checks in the kernel's order (kernel/README.md). */
  private gate(op: number, address: number, label: number, a: number, b: number, data: string): number {
    if (this.current === undefined) throw new Error("the gate is not open while the module loads");
    const use: GateUse = { atUs: this.nowUs, op, address: address | 0, label: label | 0, a, b, data, result: Status.Ok };
    this.current.uses.push(use);
    use.result = this.operate(use);
    return use.result;
  }

  private operate(use: GateUse): number {
    const { op, address, a, data } = use;
    const breaks = (why: string): number => {
      this.broken ??= why;
      return Status.IllegalOperation;
    };
    if (op === Op.Now) return this.nowUs;
    if (op === Op.SetTimer) {
      if (!Number.isInteger(a) || a < 0 || a > Number.MAX_SAFE_INTEGER) return Status.InvalidArgument;
      this.newTimerUs = a;
      return Status.Ok;
    }
    if (op !== Op.Call && op !== Op.Reply) return breaks(`a module has no operation ${op}: only Now, Call, Reply and SetTimer`);
    if (op === Op.Call && this.call !== undefined) return breaks("a second Call in one run: return, and go on when the answer comes (Event.Reply)");
    if (typeof data !== "string") return breaks("data is no byte string: pass \"\" where there is none");
    if (op === Op.Reply ? address !== 0 : address < Address.Self || address > this.manifest.needs.length + Address.Self) return Status.FailedLookup;
    if (data.length > this.manifest.quotas.messageBytes) return Status.TruncatedMessage;
    if (op === Op.Reply) this.newReply = { label: use.label, a, b: use.b, data };
    else this.call = use;
    return Status.Ok;
  }
}
