// The sentence that says how much of the scenarios an entry covers.
import { expect, it } from "vitest";
import { coverage, type EspruinoOutcome, type EspruinoResult } from "./espruino-results.ts";

const outcome = (scenario: string, variant: string, verdict: EspruinoOutcome["verdict"], reason?: string): EspruinoOutcome => ({ scenario, variant, verdict, seconds: 1, ...(reason === undefined ? {} : { reason }) });
const entry = (outcomes: readonly EspruinoOutcome[]): EspruinoResult => ({ bundleSha256: "", profile: "small", espruino: "2v29", heapVariables: 2500, recordedOn: "2026-11-23", outcomes });

it("counts scenarios, not runs, and gives each reason once", () => {
  const ran = [outcome("boot", "after-reboot", "passed"), outcome("boot", "as-is", "failed", "late")];
  expect(coverage(entry(ran))).toBe("1 of 1 scenarios ran.");
  const skipped = ["resume", "update"].flatMap((name) => [outcome(name, "after-reboot", "skipped", "no upload"), outcome(name, "as-is", "skipped", "no upload")]);
  expect(coverage(entry([...ran, ...skipped, outcome("detect", "as-is", "skipped", "no sensor")]))).toBe("1 of 4 scenarios ran; resume, update did not: no upload; detect did not: no sensor.");
});
