// The scheduler against what one would write by hand, EDF, fixed priority and round robin: deadlines missed, wake-ups, charge; and weeks on a solar panel.
//
// All of them are tickless on the same engine (scheduler-engine.ts) with the same handlers, seeds, sleep states and the same choice of sleep state: what
// differs is who runs first, and whether timers share wake-ups within the slack that admission control grants. Genesis is the kernel itself
// (scheduler-kernel.ts), the others are models beside it. No real board is involved.
import { type Figure, figure, notMeasured } from "./figures.ts";
import { powerTable, type PowerTable } from "../sim/power-table.ts";
import { defaultTiming } from "../sim/sim-hardware.ts";
import { type Outcome, runSchedule, type SimTask, strategies } from "./scheduler-engine.ts";
import { runOnKernel } from "./scheduler-kernel.ts";
import { runSolar, solarTasks, winter } from "./scheduler-solar.ts";
import { randomSet, withSlack } from "./task-sets.ts";
import type { Section } from "./section.ts";

/** Share of the processor that the handlers need, per cent. A sensor tile lives below 1. */
const UTILISATIONS = [0.1, 0.5, 1, 5, 20, 50, 80] as const;
/** Slack that the application allows, share of the period; admission may grant less. */
const SLACKS = [0, 0.1, 0.25, 0.5] as const;
/** Of each load: 280 in all. */
const SETS = 40;
const GOAL = 0.7;
const TASKS = 8;
const HORIZON_US = 30_000_000;
/** The first one's images carry power management; the second one has no room for a tile, but a second sleep state. */
const BOARDS = ["bangle2", "espruino-wifi"] as const;
const SUNS = 12;
const others = ["interval", "edf", "fixed", "roundRobin"] as const;

interface Sum {
  released: number;
  late: number;
  wakeUps: number;
  chargeNc: number;
}

export interface Row {
  utilisation: number;
  sets: number;
  admitted: number;
  granted: number;
  sums: Record<string, Sum>;
  /** Sets with at most `GOAL` of EDF's charge, and sets with more misses than EDF, at the largest slack. */
  cheap: number;
  worse: number;
}

function add(sums: Record<string, Sum>, name: string, { released, late, wakeUps, chargeNc }: Outcome): void {
  const sum = (sums[name] ??= { released: 0, late: 0, wakeUps: 0, chargeNc: 0 });
  sum.released += released;
  sum.late += late;
  sum.wakeUps += wakeUps;
  sum.chargeNc += chargeNc;
}

/** All strategies over `SETS` sets of one utilisation. */
export function compareSets(table: PowerTable, utilisationPercent: number, sets: number): Row {
  const row: Row = { utilisation: utilisationPercent, sets, admitted: 0, granted: 0, sums: {}, cheap: 0, worse: 0 };
  const wakeUs = Math.max(...table.sleep.filter((_, i) => i % 3 === 1));
  for (let seed = 0; seed < sets; seed++) {
    const made = randomSet({ seed: Math.round(utilisationPercent * 10_000) + seed, tasks: TASKS, utilisation: utilisationPercent / 100, shortestUs: 50_000, longestUs: 10_000_000 });
    const run = (name: string, tasks: readonly SimTask[], strategy: (typeof strategies)[keyof typeof strategies]): Outcome => {
      const outcome = (strategy === strategies.genesis ? runOnKernel : runSchedule)({ tasks, table, strategy, horizonUs: HORIZON_US, seed });
      add(row.sums, name, outcome);
      return outcome;
    };
    const edf = others.map((name) => run(name, made, strategies[name]))[1]!;
    // What no scheduler can save: the same work at the same times, with wake-ups that take no time.
    add(row.sums, "floor", runSchedule({ tasks: made, table: { ...table, sleep: table.sleep.map((value, i) => (i % 3 === 1 ? 0 : value)) }, strategy: strategies.edf, horizonUs: HORIZON_US, seed }));
    // Sleep choice: the same program where nobody asks for more than the shallowest sleep (on Espruino, without setDeepSleep).
    if (table.sleep.length > 3) add(row.sums, "shallow", runSchedule({ tasks: made, table: { ...table, sleep: table.sleep.slice(0, 3) }, strategy: strategies.interval, horizonUs: HORIZON_US, seed }));
    for (const share of SLACKS) {
      const { tasks, granted, isAdmitted } = withSlack(made, share, wakeUs);
      const outcome = run(`genesis${share}`, tasks, strategies.genesis);
      if (share !== SLACKS[SLACKS.length - 1]) continue;
      row.admitted += isAdmitted ? 1 : 0;
      row.granted += granted / sets;
      row.cheap += outcome.chargeNc <= GOAL * edf.chargeNc ? 1 : 0;
      row.worse += outcome.late > edf.late ? 1 : 0;
    }
  }
  return row;
}

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
const percent = (value: number): string => `${round(value * 100, 1)} %`;

/** Could any scheduler reach the goal? Not when the work itself is more. */
function isWithinReach({ sums }: Row): boolean {
  return sums.floor!.chargeNc <= GOAL * sums.edf!.chargeNc;
}

export function showRow(board: string, row: Row): Figure[] {
  const { sums, utilisation, sets } = row;
  const edf = sums.edf!;
  const at = (share: number): Sum => sums[`genesis${share}`]!;
  const id = `${board}.u${utilisation}`;
  const ofEdf = (sum: Sum, digits: number = 3): number => round(sum.chargeNc / edf.chargeNc, digits);
  const ratio = (share: number): number => ofEdf(at(share));
  const shallow = sums.shallow === undefined ? "" : `; a setInterval program that stays in the shallowest sleep: ${ofEdf(sums.shallow, 2)}`;
  const floor = `with wake-ups that cost nothing ${ofEdf(sums.floor!)}${isWithinReach(row) ? "" : `, so that ${GOAL} is out of reach`}`;
  const charges = others.filter((name) => name !== "edf").map((name) => `${strategies[name].name} ${ofEdf(sums[name]!)}`).join(", ");
  const lates = [...others.map((name) => `${strategies[name].name} ${sums[name]!.late}`), `Genesis ${at(0.5).late}`].join(", ");
  return [
    figure(`${id}.charge`, `${board}, ${utilisation} % load: charge, Genesis ÷ EDF`, ratio(0.5), "×", {
      ...(isWithinReach(row) ? { limit: GOAL } : {}),
      note: `slack of half a period allowed, ${percent(row.granted)} of it granted; a quarter: ${ratio(0.25)}, a tenth: ${ratio(0.1)}, none: ${ratio(0)}; ${row.cheap} of ${sets} sets at ${GOAL} or less; ${floor}; ${charges}${shallow}`,
    }),
    figure(`${id}.wakeups`, `${board}, ${utilisation} % load: wake-ups, Genesis ÷ EDF`, round(at(0.5).wakeUps / edf.wakeUps, 3), "×", { note: `EDF ${edf.wakeUps}, ${others.filter((name) => name !== "edf").map((name) => `${strategies[name].name} ${sums[name]!.wakeUps}`).join(", ")}` }),
    figure(`${id}.late`, `${board}, ${utilisation} % load: sets with more missed deadlines than under EDF`, row.worse, "", { limit: 0, note: `${row.admitted} of ${sets} sets are admitted; missed of ${edf.released}: ${lates}` }),
  ];
}

/** All loads of a board: where the goal is within reach, and elsewhere. */
export function showTotal(board: string, rows: readonly Row[]): Figure[] {
  const sets = rows.reduce((sum, row) => sum + row.sets, 0);
  const over = (some: readonly Row[]): number => round(some.reduce((sum, { sums }) => sum + sums["genesis0.5"]!.chargeNc, 0) / some.reduce((sum, { sums }) => sum + sums.edf!.chargeNc, 0), 3);
  const loads = (some: readonly Row[]): string => some.map(({ utilisation }) => utilisation).join(", ");
  const [light, heavy] = [rows.filter(isWithinReach), rows.filter((row) => !isWithinReach(row))];
  const charge = (id: string, what: string, some: readonly Row[], limit: number | undefined): Figure =>
    some.length === 0
      ? notMeasured(`${board}.${id}`, `${board}, ${what}: charge, Genesis ÷ EDF`, "×", "no load is of that kind")
      : figure(`${board}.${id}`, `${board}, ${what}: charge, Genesis ÷ EDF`, over(some), "×", { ...(limit === undefined ? {} : { limit }), note: `loads of ${loads(some)} %, slack of half a period allowed` });
  return [
    charge("light", "where slack allows it", light, GOAL),
    charge("heavy", `where the work itself is more than ${GOAL} of EDF's charge`, heavy, undefined),
    figure(`${board}.late`, `${board}, all loads: sets with more missed deadlines than under EDF`, rows.reduce((sum, row) => sum + row.worse, 0), "", { limit: 0, note: `of ${sets}` }),
    figure(`${board}.sets`, `${board}: sets`, sets, ""),
  ];
}

function showSolar(table: PowerTable): Figure[] {
  const plain = { ...strategies.genesis, name: "Genesis without shedding", sheds: false };
  const all = { ...strategies, plain };
  const names = [...others, "plain", "genesis"] as const;
  const totals = names.map((name) => {
    const runs = Array.from({ length: SUNS }, (_, seed) => runSolar(name === "genesis" || name === "plain" ? runOnKernel : runSchedule, all[name], table, seed + 1));
    const sum = (of: (run: Outcome) => number): number => runs.reduce((all, run) => all + of(run), 0);
    return { name, brownOuts: sum((run) => run.brownOuts), vital: sum((run) => run.dead[3]!), dead: sum((run) => run.dead.reduce((a, b) => a + b, 0)), shed: runs.reduce((all, run) => all.map((n, i) => n + run.shed[i]!), [0, 0, 0, 0]), late: sum((run) => run.late), jobs: sum((run) => run.released), chargeUah: sum((run) => run.chargeNc) / 3.6e6, lowest: Math.min(...runs.map((run) => run.lowestNc)) / 7.2e10 };
  });
  return totals.flatMap(({ name, brownOuts, vital, dead, shed, late, jobs, chargeUah, lowest }) => [
    figure(`solar.${name}.brownouts`, `solar, ${SUNS} skies × ${winter.days} days: brown-outs, ${all[name].name}`, brownOuts, "", {
      ...(name === "genesis" ? { limit: 0 } : {}),
      note: `${dead} jobs lost while off, ${vital} of them vital; ${jobs} run, ${late} late; ${round(chargeUah / 1000, 1)} mAh used${name === "genesis" ? `; shed by criticality: comfort ${shed[0]}, normal ${shed[1]}, important ${shed[2]}, vital ${shed[3]}; battery never below ${percent(lowest)}` : ""}`,
    }),
  ]);
}

export const scheduler: Section = {
  name: "scheduler",
  title: "Scheduler: deadlines, wake-ups and charge",
  how: `${SETS} UUniFast sets of ${TASKS} tasks (periods 50 ms to 10 s) for each of ${UTILISATIONS.length} loads, ${HORIZON_US / 1e6} s each, in virtual time; handlers run to completion; a wake-up costs the chip's time and ${defaultTiming.wakeUs} µs of running; every strategy is tickless with the same sleep states; Genesis is the kernel's own step (profile full), the others are models that are charged alike; the kernel's own instructions take no time in any of them. Then a sensor tile with ${solarTasks.length} tasks on a ${winter.panelCm2} cm² panel in a Berlin winter (sim/solar.ts)`,
  async run(bench) {
    const figures: Figure[] = [];
    for (const id of BOARDS) {
      const table = powerTable(await bench.board(id), defaultTiming.wakeUs);
      const rows = UTILISATIONS.map((utilisation) => {
        bench.say(`scheduler: ${id}, ${utilisation} %`);
        return compareSets(table, utilisation, SETS);
      });
      figures.push(...showTotal(id, rows), ...rows.flatMap((row) => showRow(id, row)));
    }
    bench.say("scheduler: solar");
    figures.push(...showSolar(powerTable(await bench.board("bangle2"), defaultTiming.wakeUs)));
    figures.push(notMeasured("board", "the same on a real board", "µC", "needs a board and a current meter"));
    return figures;
  },
};
