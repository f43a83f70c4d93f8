// What a mutant of the kernel has to get past: short lives against the specification first, since those find most, then the conformance suite and the
// kernel's unit tests. Seeds are fixed, so that a mutant that lives today lives tomorrow. Run by Stryker only (README.md beside this file).
import { describe, expect, it } from "vitest";
import { cnodeCases } from "../../conformance/cases/cnode.ts";
import { endpointCases } from "../../conformance/cases/endpoint.ts";
import { lentContextCases } from "../../conformance/cases/lent-context.ts";
import { notificationCases } from "../../conformance/cases/notification.ts";
import { memoryCases } from "../../conformance/cases/memory.ts";
import { schedCases } from "../../conformance/cases/sched-context.ts";
import { faultCases } from "../../conformance/cases/fault.ts";
import { tcbCases } from "../../conformance/cases/task.ts";
import { kernelSubject } from "../../conformance/kernel-subject.ts";
import { runCases } from "../../conformance/run-cases.ts";
import type { Case } from "../../conformance/scene.ts";
import { newTally, play } from "../differential.ts";
import { randomTape } from "../tape.ts";

/** Operations of each life; later ones are longer. */
const LIVES: readonly number[] = [40, 40, 40, 40, 80, 80, 80, 80, 160, 160, 160, 160, ...Array.from({ length: 16 }, () => 250)];
const SEED = 20_261_122;

describe("kernel and specification", () => {
  for (const [i, operations] of LIVES.entries())
    it(`agree in life ${i}`, () => {
      expect(play(randomTape(SEED + i), operations, newTally())?.error.message).toBeUndefined();
    });
});

describe("conformance", () => {
  for (const [i, add] of [cnodeCases, endpointCases, notificationCases, tcbCases, faultCases, schedCases, lentContextCases, memoryCases].entries())
    it(`holds, part ${i}`, () => {
      const cases: Case[] = [];
      add(cases);
      const lines: string[] = [];
      runCases(cases, kernelSubject, true, (line) => lines.push(line));
      expect(lines.filter((line) => !/^@@[a-z-]+;1;/.test(line))).toEqual([]);
    });
});

await import("../../effects.test.ts");
await import("../../home.test.ts");
await import("../../edges.test.ts");
await import("../../lifetimes.test.ts");
await import("../../work.test.ts");
await import("../../transcript.test.ts");
await import("../../state.test.ts");
await import("../../boot.test.ts");
await import("../../scheduler.test.ts");
await import("../../inspect.test.ts");
await import("../../trace.test.ts");
await import("../../objects/endpoint.test.ts");
await import("../../objects/tcb.test.ts");
await import("../../objects/sched-context.test.ts");
await import("../../objects/cnode.test.ts");
await import("../../objects/untyped.test.ts");
await import("../../objects/frame.test.ts");
await import("../../objects/irq.test.ts");
await import("../../objects/domain.test.ts");
await import("../../power/power.test.ts");
