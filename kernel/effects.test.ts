// A run with more effects than the kernel can undo: stopped before the first one too many, so that all of it is undone.
import { describe, expect, it } from "vitest";
import { FaultKind, Op, Rights, TaskState } from "./gate.ts";
import { World } from "./host/world.ts";
import { inspect } from "./model/inspect-state.ts";

/** Signals and takes back its own notification `times` times, then signals it once more. */
function busyRun(times: number, isSly: boolean): { before: string; after: string; world: World; task: number } {
  const world = new World();
  const bell = world.notification();
  const fault = world.endpoint();
  const boss = world.task(9, { home: fault });
  const task = world.task(5);
  world.give(task, 1, bell, Rights.All);
  world.fault(task, fault, 7);
  world.start();
  const noise = () => {
    for (let i = 0; i < times; i++) {
      world.gate(Op.Signal, 1, 0, 0, 0, "");
      world.gate(Op.Poll, 1, 0, 0, 0, "");
    }
    world.gate(Op.Signal, 1, 0, 0, 0, "");
  };
  const bellOf = (): string => JSON.stringify(inspect(world.k).notifications);
  const before = bellOf();
  world.as(task, () => {
    if (!isSly) return noise();
    try {
      noise();
    } catch {
      // Goes on as if nothing had happened.
      world.gate(Op.Poll, 2, 0, 0, 0, "");
    }
  });
  const seen = world.events(boss);
  expect(seen.map((event) => event.label)).toEqual(times < 100 ? [] : [isSly ? FaultKind.Contract : FaultKind.Thrown]);
  return { before, after: bellOf(), world, task: task.id };
}

describe("a run with many effects", () => {
  it("keeps them while they can be undone", () => {
    const { before, after } = busyRun(20, false);
    expect(after).not.toBe(before);
  });
  for (const isSly of [false, true])
    it(`is a fault that leaves nothing when there are too many${isSly ? ", caught or not" : ""}`, () => {
      const { before, after, world, task } = busyRun(400, isSly);
      expect(after).toBe(before);
      expect(world.k._m[task]).toBe(TaskState.Faulted);
    });
});
