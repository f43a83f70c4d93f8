// The lemmas hold (two solvers), can fail (controls), use the code's constants, and restate what the code computes.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createKernel } from "../../boot.ts";
import { copyCap } from "../../derivation.ts";
import * as gate from "../../gate.ts";
import { GateLimit } from "../../gate.ts";
import { charge } from "../../objects/sched-context.ts";
import * as features from "../../power/features.ts";
import { PolicyLimit, SupplyFeature, TaskFeature } from "../../power/features.ts";
import * as ledger from "../../power/ledger.ts";
import { Charge, chargeNc, createLedger, settleAll, switchFlow } from "../../power/ledger.ts";
import * as policy from "../../power/policy.ts";
import { rankReady, shedLevel } from "../../power/policy.ts";
import * as layout from "../../state.ts";
import { Sc } from "../../state.ts";

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith(".smt2"));
const text = (file: string): string => readFileSync(path.join(folder, file), "utf8");
// Constant enums are values here, because tests are not bundled.
const enums = { ...gate, ...features, ...ledger, ...policy, ...layout } as unknown as Record<string, Record<string, unknown> | undefined>;

const solvers = [
  { name: "z3", args: ["-T:120"] },
  { name: "cvc5", args: ["--incremental", "--tlimit=120000"] },
].map((solver) => ({ ...solver, isThere: runs(solver.name) }));

function runs(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function expected(file: string): { answer: string; lemma: string }[] {
  return [...text(file).matchAll(/^; expect (unsat|sat): (.*)$/gm)].map(([, answer, lemma]) => ({ answer: answer!, lemma: lemma! }));
}

describe.each(files)("%s", (file) => {
  it("names the answer it expects of every question, and has a control", () => {
    const answers = expected(file).map(({ answer }) => answer);
    expect(answers).toHaveLength(text(file).split("(check-sat)").length - 1);
    expect(answers).toContain("unsat");
    expect(answers).toContain("sat");
  });
  it("has the code's constants", () => {
    const constants = [...text(file).matchAll(/\(define-fun (\w+)\.(\w+) \(\) \w+ (#x[0-9a-f]+|\d+)\)/g)];
    expect(constants.length).toBeGreaterThan(1);
    for (const [, from, member, value] of constants) expect([`${from}.${member}`, Number(value!.replace("#", "0"))]).toEqual([`${from}.${member}`, enums[from!]?.[member!]]);
    expect(constants.length).toBe(text(file).match(/define-fun \w+\.\w+/g)!.length);
  });
  for (const { name, args, isThere } of solvers) {
    it.skipIf(!isThere)(`${name} proves it${isThere ? "" : ` (skipped: ${name} is not installed)`}`, () => {
      const answers = execFileSync(name, [...args, path.join(folder, file)], { encoding: "utf8" }).trim().split("\n");
      expect(answers.map((answer, i) => `${answer}: ${expected(file)[i]?.lemma}`)).toEqual(expected(file).map(({ answer, lemma }) => `${answer}: ${lemma}`));
    });
  }
});

/** What z3 computes for terms over a file's definitions, under assertions about its constants. */
function evaluate(file: string, queries: readonly { assertions?: string; terms: string[] }[]): number[][] {
  const body = text(file);
  const definitions = body.slice(0, body.indexOf("; expect"));
  const questions = queries.map(({ assertions = "", terms }) => `(push 1)${assertions}(check-sat)(get-value (${terms.join(" ")}))(pop 1)`).join("\n");
  const out = execFileSync("z3", ["-in"], { input: `${definitions}\n${questions}\n`, encoding: "utf8", maxBuffer: 1 << 26 });
  return out.split(/^sat$/m).slice(1).map((part) => [...part.matchAll(/ (#x[0-9a-f]+|\(- \d+\)|\d+)\)(?=\)|\n|$)/g)].map(([, value]) => (value!.startsWith("#") ? Number(value!.replace("#", "0")) | 0 : Number(value!.replace(/[()\s]/g, "")))));
}

let state = 12345;
/** Random integer in [0, n). */
function random(n: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * n);
}
const hex = (value: number): string => `#x${(value >>> 0).toString(16).padStart(8, "0")}`;
const times = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make);

describe.skipIf(!solvers[0]!.isThere)("the restatement computes what the code computes (z3)", () => {
  it("rank and shed level", () => {
    const cases = times(300, () => ({ priority: random(256), due: random(3) === 0 ? random(4_000_000) - 1_000_000 : random(2 * PolicyLimit.Far) - PolicyLimit.Far, battery: random(1001), shed: random(4) }));
    const got = evaluate("rank.smt2", cases.map(({ priority, due, battery, shed }) => ({ terms: [`(rank ${hex(priority)} ${hex(due)})`, `(shed ${hex(battery)} ${hex(shed)})`] })));
    const row = new Int32Array(TaskFeature.Words);
    row[TaskFeature.FuelLeft] = row[TaskFeature.ChargeLeft] = 1;
    const supply = new Int32Array(SupplyFeature.Words);
    expect(got).toEqual(cases.map(({ priority, due, battery, shed }) => {
      row[TaskFeature.Priority] = priority;
      row[TaskFeature.ToDeadline] = due;
      supply[SupplyFeature.Battery] = battery;
      supply[SupplyFeature.Shed] = shed;
      return [rankReady(row), shedLevel(supply)];
    }));
  });
  it("derivation of a capability", () => {
    const k = createKernel({ words: 400, bytes: 0, irqs: 0, slots: 8 }, undefined, undefined);
    const [from, to] = [k._boot + 200, k._boot + 204];
    const cases = times(200, () => ({ type: 2 + random(2), rights: random(16), flags: random(4) << 8, mask: random(16), badge: random(3), next: random(3) }));
    const got = evaluate("rights.smt2", cases.map(({ type, rights, flags, mask, badge, next }) => ({ terms: [`(derive ${hex(flags | (type << 4) | rights)} ${hex(mask)} ${badge !== next})`] })));
    expect(got).toEqual(cases.map(({ type, rights, flags, mask, badge, next }) => {
      k._n = 0;
      for (let i = from; i < to + 4; i++) k._m[i] = 0;
      k._m[from] = flags | (type << 4) | rights;
      k._m[from + 2] = badge;
      copyCap(from, to, mask, next);
      return [k._m[to]];
    }));
  });
  it("a charge to a scheduling context", () => {
    const k = createKernel({ words: 400, bytes: 0, irqs: 0, slots: 8 }, undefined, undefined);
    const sc = (k._boot + 200) & ~1;
    const cases = times(200, () => {
      const count = 1 + random(3);
      const fuels = [0, 1, 2].map((i) => (i < count ? random(300) : 0));
      if (fuels[0]! < GateLimit.BudgetMin) fuels[0] = GateLimit.BudgetMin + random(9);
      return { count, fuels, fuel: 1 + random(400) };
    });
    const got = evaluate("budget.smt2", cases.map(({ count, fuels, fuel }) => ({
      assertions: `(assert (and (= count ${count}) (= fuel ${fuel}) (= f1 ${fuels[0]}) (= f2 ${fuels[1]}) (= f3 ${fuels[2]})))`,
      terms: ["n3", "a3", "b3", "c3"],
    })));
    // The definitions stand behind the assertions of the file's beginning, so a case outside them would have no answer.
    expect(got).toHaveLength(cases.length);
    expect(got).toEqual(cases.map(({ count, fuels, fuel }) => {
      k._n = 0;
      for (let i = 0; i < 24; i++) k._m[sc + i] = 0;
      k._m[sc + Sc.Budget] = fuels.reduce((a, b) => a + b, 0);
      k._m[sc + Sc.Count] = count;
      for (let i = 0; i < 3; i++) k._m[sc + Sc.Refill + 2 + 4 * i] = fuels[i]!;
      k._d[(sc + Sc.Period) >> 1] = 1000;
      charge(sc, fuel);
      const now = k._m[sc + Sc.Count]!;
      return [now, ...[0, 1, 2].map((i) => (i < now ? k._m[sc + Sc.Refill + 2 + 4 * i]! : 0))];
    }));
  });
  it("an entry of the ledger", () => {
    const cases = times(100, () => ({ na: random(0x7fffffff), seconds: random(4_398_046), slip: random(1_000_000), rest: random(1_000_000) }));
    const got = evaluate("ledger.smt2", cases.map(({ na, seconds, slip, rest }) => ({
      assertions: `(assert (and (= na ${na}) (= seconds ${seconds}) (= slip ${slip}) (= rest ${rest})))`,
      terms: ["(+ (* na seconds) whole)", "next"],
    })));
    expect(got).toEqual(cases.map(({ na, seconds, slip, rest }) => {
      const l = createLedger(0, 0, 0);
      l._rest[0] = rest;
      switchFlow(l, 0, 0, na, 0);
      settleAll(l, seconds * Charge.UsPerS + slip);
      return [chargeNc(l, 0), l._rest[0]];
    }));
  });
});
