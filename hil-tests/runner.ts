// Runs scenarios on a rig, each in both variants, and tells how it went. What a rig can't do is skipped with the reason, never passed.
import { performance } from "node:perf_hooks";
import { type Feature, isFeature } from "../host-tools/build/features.ts";
import { describeFailure } from "../host-tools/cli/failure.ts";
import type { ImageStore } from "./images.ts";
import { NEEDS, type Rig, type Scenario, type Variant, VARIANTS } from "./scenario.ts";
import { RigStage } from "./stage.ts";

export type Verdict = "passed" | "failed" | "skipped";

export interface Outcome {
  scenario: string;
  rig: string;
  variant: Variant;
  verdict: Verdict;
  /** Why it failed or was skipped; empty when it passed. */
  reason: string;
  /** Features its images were built with, beyond the rig's profile. */
  extra: readonly Feature[];
  /** What to do about a failure, where that is known. */
  next?: string | undefined;
  seconds: number;
  seed: number;
  /** What the scenario logged. */
  log: string[];
  /** Numbers it measured. */
  measured: Record<string, number | string>;
}

export interface RunOptions {
  seed: number;
  images: ImageStore;
  onLog?(text: string): void;
  /** Ends everything when it aborts: the scenario that runs fails as interrupted. */
  signal?: AbortSignal | undefined;
}

/** What the rig lacks for the scenario, in words; undefined when it can run. */
export function whySkipped(scenario: Scenario, rig: Rig): string | undefined {
  const extra = extraFeatures(scenario, rig);
  const lacking = scenario.needs.filter((need) => !rig.can.has(need) && !(extra as string[]).includes(need));
  return lacking.length === 0 ? undefined : `the rig ${rig.name} ${lacking.map((need) => NEEDS[need]).join(" and ")}`;
}

/** Features that the scenario's images must be built with, beyond the rig's profile. */
export function extraFeatures(scenario: Scenario, rig: Rig): Feature[] {
  return scenario.needs.filter((need) => isFeature(need)).filter((feature) => !rig.can.has(feature) && rig.extraFeatures?.has(feature) === true);
}

/** Runs one scenario once. Never rejects: a failure is an outcome. */
export async function runScenario(scenario: Scenario, rig: Rig, variant: Variant, options: RunOptions): Promise<Outcome> {
  const outcome: Outcome = { scenario: scenario.name, rig: rig.name, variant, verdict: "passed", reason: "", extra: extraFeatures(scenario, rig), seconds: 0, seed: options.seed, log: [], measured: {} };
  const lacking = whySkipped(scenario, rig);
  if (lacking !== undefined) return { ...outcome, verdict: "skipped", reason: lacking };
  const startedMs = performance.now();
  const stage = new RigStage({
    rig,
    variant,
    seed: options.seed,
    images: options.images,
    extra: outcome.extra,
    log(text) {
      outcome.log.push(`${((performance.now() - startedMs) / 1000).toFixed(1)} s: ${text}`);
      options.onLog?.(text);
    },
  });
  try {
    await untilAborted(scenario.run(stage), options.signal);
  } catch (thrown) {
    const { message } = describeFailure(thrown);
    outcome.verdict = "failed";
    // A check's message is for people; anything else is a defect somewhere, and its place helps to find it.
    const isExpected = thrown instanceof Error && (thrown.name === "CheckFailure" || typeof (thrown as { exitCode?: unknown }).exitCode === "number");
    outcome.reason = isExpected ? (thrown as Error).message : thrown instanceof Error ? (thrown.stack ?? thrown.message) : message;
    outcome.next = isExpected ? (thrown as { next?: string }).next : undefined;
    outcome.log.push(...stage.lastWords());
    for (const line of stage.lastWords()) options.onLog?.(line);
  }
  try {
    await stage.close();
  } catch (thrown) {
    if (outcome.verdict === "passed") Object.assign(outcome, { verdict: "failed", reason: `the tiles did not close: ${describeFailure(thrown).message}` });
  }
  outcome.measured = stage.measured;
  outcome.seconds = (performance.now() - startedMs) / 1000;
  return outcome;
}

/** Runs each scenario in each variant, one after the other; `onOutcome` hears of each as it ends. */
export async function runAll(scenarios: readonly Scenario[], rig: Rig, options: RunOptions, onOutcome: (outcome: Outcome) => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const scenario of scenarios) {
    for (const variant of VARIANTS) {
      if (options.signal?.aborted) return outcomes;
      const outcome = await runScenario(scenario, rig, variant, options);
      outcomes.push(outcome);
      onOutcome(outcome);
    }
  }
  return outcomes;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  work.catch(() => undefined); // when the abort wins, whatever the work does then is of no interest
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(Object.assign(new Error("interrupted"), { name: "AbortError" }));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
