// What an engine's real failure has left, judged on the host: the words that the engine reports are loaded into a kernel here and looked at.
import type { Op } from "../../gate.ts";
import { run } from "../../scheduler.ts";
import { Limit, Reg, use } from "../../state.ts";
import type { KernelState } from "../../state.ts";
import { inspect } from "../inspect-state.ts";
import { violation } from "../invariants.ts";
import { differ, textOf } from "./crash-subject.ts";
import { createProbe } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** What the engine tells of one try. */
export interface Report {
  op: number;
  /** Of the gate; -99 when it never answered. */
  answer: number;
  /** `Reg.Running` as the failure left it. */
  running: number;
  /** After the next entry: addresses and values that differ from the scene, in turn; messages of the tasks. */
  words: number[];
  texts: string[];
}

export class Judge {
  private readonly probe: Probe = createProbe();
  private readonly faulted: string;
  private readonly untouched: string;
  private readonly idle: string;
  /** States behind the run with an operation: right behind it, and when the kernel's own work for it is done. */
  private readonly done = new Map<number, readonly string[]>();

  constructor() {
    const { probe } = this;
    probe.reset(() => undefined);
    this.untouched = textOf(probe.k);
    probe.enter();
    this.idle = textOf(probe.k);
    probe.reset(() => {
      throw new Error("stopped");
    });
    probe.enter();
    this.faulted = textOf(probe.k);
  }

  get scene(): Int32Array {
    return this.probe.words;
  }

  get worker(): number {
    return this.probe.worker;
  }

  private doneOf(op: Op): readonly string[] {
    const { probe } = this;
    let texts = this.done.get(op);
    if (texts === undefined) {
      probe.reset(() => probe.act(op));
      use(probe.k);
      run(probe.worker);
      // The scene accepts every operation.
      if (probe.answer < 0) throw new Error(`operation ${op} answers ${probe.answer}`);
      const committed = textOf(probe.k);
      probe.reset(() => probe.act(op));
      probe.enter();
      texts = [committed, textOf(probe.k)];
      this.done.set(op, texts);
    }
    return texts;
  }

  /** "fault", "done", "untouched", or "nothing": the run came back without having done the operation. @throws Error when it is none of these, or not what the place of the failure asks for */
  judge({ op, answer, running, words, texts }: Report): "fault" | "done" | "untouched" | "nothing" {
    const done = this.doneOf(op as Op);
    const k: KernelState = this.probe.k;
    this.probe.reset(() => undefined);
    for (let i = 0; i < words.length; i += 2) k._m[words[i]!] = words[i + 1]!;
    k._data = [...texts];
    const wrong = violation(inspect(k));
    if (wrong) throw new Error(`operation ${op}: ${wrong}`);
    if (k._m[Reg.Running]) throw new Error(`operation ${op}: somebody runs behind the next entry`);
    const got = textOf(k);
    if (got === this.faulted) {
      if (running > Limit.Kernel && running !== this.worker) throw new Error(`operation ${op}: ${running} ran, and the worker is blamed`);
      return "fault";
    }
    if (running > Limit.Kernel) throw new Error(`operation ${op}: stopped in a run, but it is no fault of its task: ${differ(got, this.faulted)}`);
    if (done.includes(got)) return "done";
    if (got === this.untouched) return "untouched";
    if (got === this.idle && answer === -99) return "nothing";
    throw new Error(`operation ${op}: neither undone nor done: ${differ(got, done[0]!)}`);
  }
}

