// The whole conformance suite, stopped after every write. Its own file, so that the small profile can be bundled and asked the same.
import { cnodeCases } from "../../conformance/cases/cnode.ts";
import { endpointCases } from "../../conformance/cases/endpoint.ts";
import { lentContextCases } from "../../conformance/cases/lent-context.ts";
import { notificationCases } from "../../conformance/cases/notification.ts";
import { memoryCases } from "../../conformance/cases/memory.ts";
import { schedCases } from "../../conformance/cases/sched-context.ts";
import { faultCases } from "../../conformance/cases/fault.ts";
import { tcbCases } from "../../conformance/cases/task.ts";
import { runCases } from "../../conformance/run-cases.ts";
import type { Case } from "../../conformance/scene.ts";
import { crashSubject, newCrashTally } from "./crash-subject.ts";
import type { CrashTally } from "./crash-subject.ts";
import { moreCases } from "./more-cases.ts";

declare const FULL: boolean;

/** @returns what was counted, and each finding with the case it was found in; at most `most` of them */
export function stopEverything(most: number): { tally: CrashTally; findings: string[] } {
  const cases: Case[] = [];
  for (const add of [cnodeCases, endpointCases, notificationCases, tcbCases, faultCases, schedCases, lentContextCases, memoryCases, moreCases]) add(cases);
  const tally = newCrashTally();
  const findings: string[] = [];
  for (const one of cases) {
    const mine: string[] = [];
    runCases([one], () => crashSubject(tally, mine), FULL, (line) => {
      if (/^@@[^;]*;0/.test(line)) mine.push(line);
    });
    findings.push(...mine.map((text) => `${one.object}: ${one.name}: ${text}`));
    if (findings.length >= most) break;
  }
  return { tally, findings };
}
