// A kernel with power management under a clock that its test holds, and tasks that say what they do.
import { expect } from "vitest";
import { Event, Op } from "../gate.ts";
import { World, type Task } from "./world.ts";
import { step } from "../scheduler.ts";
import { chargeNc } from "../power/ledger.ts";
import { createPower, type Power } from "../power/power.ts";

export const second = 1_000_000;
/** Runs at 32 mA; sleeps at 11 mA, and from 413 µs on that pay at 20 µA. */
export const table = [32_000_000, 1, 11_000_000, 301, 301, 20_000, 413, 413];

/** Time in which `n` task's handlers run, and what they say. */
export class Tile {
  readonly w = new World();
  readonly tasks: Task[];
  readonly p: Power;
  nowUs = 0;
  runUs = 100;
  readonly order: number[] = [];
  onRun: (i: number, event: Event, a: number) => void = () => undefined;

  constructor(priorities: number[], words: readonly number[] = table) {
    this.tasks = priorities.map((priority) => this.w.task(priority));
    this.p = this.w.k._power = createPower(2, words, () => this.nowUs, {});
    this.w.onEvent = (task, { event, a }) => {
      const i = this.tasks.indexOf(task);
      this.order.push(i);
      this.onRun(i, event, a);
      this.nowUs += this.runUs;
    };
  }
  gate(op: Op, a: number): void {
    expect(this.w.gate(op, 0, 0, a, 0, "")).toBe(0);
  }
  start(...which: number[]): void {
    for (const i of which) this.w.boot(Op.TcbResume, this.tasks[i]!.tcb, 0, 0, 0);
  }
  step(): number {
    return step(this.w.k, this.nowUs, 100);
  }
  /** Steps and sleeps until `endUs`; how often it woke. */
  run(endUs: number): number {
    for (let wakeUps = 0; ; wakeUps++) {
      const next = this.step();
      if (next < 0 || next >= endUs) {
        this.nowUs = Math.max(this.nowUs, endUs);
        return wakeUps;
      }
      this.nowUs = Math.max(this.nowUs, next);
    }
  }
  row(i: number): number {
    return chargeNc(this.p._ledger, this.tasks[i]!.number + 1);
  }
  get system(): number {
    return chargeNc(this.p._ledger, 0);
  }
}
