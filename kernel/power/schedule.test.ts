// Ranking and waking over the real kernel's tables.
import { describe, expect, it } from "vitest";
import { Op } from "../gate.ts";
import { World, type Task } from "../host/world.ts";
import { createEnergyContext } from "./energy-context.ts";
import { createPower, powerSettle, powerSupply, powerSwitch, type Power } from "./power.ts";
import { createJobs, jobReady, powerNextUs, powerPick, type Jobs } from "./schedule.ts";

const second = 1_000_000;
const sleep = Int32Array.of(11_000_000, 1, 32_000_000, 20_000, 113, 32_000_000);

interface Tile {
  w: World;
  p: Power;
  j: Jobs;
  tasks: Task[];
}

/** Tasks of these priorities, all at home. */
function tile(...priorities: number[]): Tile {
  const w = new World();
  const tasks = priorities.map((priority) => w.task(priority));
  w.start();
  return { w, p: createPower(16, 1, 32_000_000, sleep, 0), j: createJobs(), tasks };
}
const wake = ({ w }: Tile, task: Task): void => w.boot(Op.TcbResume, task.tcb, 0, 0, 0);
const always = (): boolean => true;
const pick = ({ w, p, j, tasks }: Tile, mayRun: (t: number) => boolean = always): number => tasks.findIndex(({ id }) => id === powerPick(w.k, p, j, (_k, t) => mayRun(t)));
const arm = ({ w }: Tile, task: Task, at: number): void => w.as(task, () => w.gate(Op.SetTimer, 0, 0, at, 0, ""));

describe("powerPick", () => {
  it("is the kernel's order without deadlines: priority, then first come", () => {
    const t = tile(5, 9, 9);
    expect(pick(t)).toBe(-1);
    for (const i of [0, 2, 1]) wake(t, t.tasks[i]!);
    expect(pick(t)).toBe(2);
    expect(pick(t, (id) => id !== t.tasks[2]!.id)).toBe(1);
    expect(pick(t, () => false)).toBe(-1);
  });
  it("prefers the earlier deadline among equals, and priority to any deadline", () => {
    const t = tile(9, 9, 5);
    t.j._relativeUs.set([5000, 3000, 1]);
    for (const task of t.tasks) {
      wake(t, task);
      jobReady(t.j, task.number, 0);
    }
    expect(pick(t)).toBe(1);
    jobReady(t.j, t.tasks[1]!.number, 2001);
    expect(pick(t)).toBe(0);
  });
  it("passes over tasks in debt and tasks that are shed", () => {
    const t = tile(9, 5, 1);
    for (const task of t.tasks) wake(t, task);
    t.p._energy[t.tasks[0]!.number] = createEnergyContext(100, second, 0);
    powerSwitch(t.p, 0, t.tasks[0]!.number, 6_500_000, 0);
    powerSettle(t.p, 50_000);
    t.w.k._now = 50_000;
    expect(pick(t)).toBe(1);
    t.p._criticality[t.tasks[1]!.number] = 0;
    powerSupply(t.p, 450, 0);
    expect(pick(t)).toBe(2);
    powerSupply(t.p, 900, 0);
    expect(pick(t)).toBe(1);
  });
});

describe("powerNextUs", () => {
  it("joins timers within their slack, and what the kernel needs itself has none", () => {
    const t = tile(1, 1, 1);
    arm(t, t.tasks[0]!, 1000);
    arm(t, t.tasks[1]!, 1500);
    arm(t, t.tasks[2]!, 9000);
    expect(powerNextUs(t.w.k, t.p, t.j, -1, 1)).toBe(1000);
    t.j._slackUs[t.tasks[0]!.number] = 700;
    expect(powerNextUs(t.w.k, t.p, t.j, -1, 1)).toBe(1500);
    expect(powerNextUs(t.w.k, t.p, t.j, 1200, 1)).toBe(1200);
    expect(powerNextUs(t.w.k, t.p, t.j, 800, 1)).toBe(800);
  });
  it("timers of shed tasks wake nobody; without timers there is nothing to wait for", () => {
    const t = tile(1, 1);
    expect(powerNextUs(t.w.k, t.p, t.j, -1, 1)).toBe(-1);
    arm(t, t.tasks[0]!, 1000);
    t.p._criticality[t.tasks[0]!.number] = 0;
    powerSupply(t.p, 450, 0);
    expect(powerNextUs(t.w.k, t.p, t.j, -1, 1)).toBe(-1);
    arm(t, t.tasks[1]!, 7000);
    expect(powerNextUs(t.w.k, t.p, t.j, -1, 1)).toBe(7000);
    powerSupply(t.p, 900, 0);
    expect(powerNextUs(t.w.k, t.p, t.j, -1, 1)).toBe(1000);
  });
  it("wakes when a debt is paid", () => {
    const t = tile(1);
    wake(t, t.tasks[0]!);
    t.p._energy[t.tasks[0]!.number] = createEnergyContext(100, second, 0);
    powerSwitch(t.p, 0, t.tasks[0]!.number, 1_000_000, 0);
    powerSwitch(t.p, 0, t.tasks[0]!.number, 0, 250_000); // 250 µC: −150, −50 at 1 s, 50 at 2 s
    powerSettle(t.p, 250_000);
    t.w.k._now = 250_000;
    expect(pick(t)).toBe(-1);
    expect(powerNextUs(t.w.k, t.p, t.j, -1, 1)).toBe(2 * second);
  });
});
