// Trace records from their bytes, and the two timelines of known runs.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Event, Op } from "../../kernel/gate.ts";
import { clockNote, ownWorkNote } from "./notes.ts";
import { HOSTILE } from "./testing/kernel-scene.ts";
import { runsTable, timelineSvg, timelineText, timeText, type Timeline } from "./timeline.ts";
import { decodeRuns, runText, type TaskRun } from "./trace-records.ts";

const RANGE = 2 ** 30;
const words = (...records: number[][]): Uint8Array => {
  const bytes = Buffer.alloc(records.length * 16);
  for (const [i, record] of records.entries()) for (const [n, word] of record.entries()) bytes.writeInt32LE(word, 16 * i + 4 * n);
  return bytes;
};

describe("records", () => {
  it("are decoded bit by bit", () => {
    const call = 1 | (Event.Notification << 4) | (Op.Call << 8) | (300 << 16);
    const served = 4 | (Event.Message << 4) | (32_767 << 16);
    const doomed = 15 | (Event.Fault << 4) | (1 << 14);
    expect(decodeRuns(40, words([1000, 20, call, 7], [1020, -1, served, 12 | (2 << 16)], [1040, 5, doomed, 2 | (9 << 16)]), 5000)).toEqual([
      { seq: 40, startUs: 1000, durationUs: 20, task: 1, event: Event.Notification, op: Op.Call, isDoomed: false, fuel: 300, argument: 7, peer: undefined },
      { seq: 41, startUs: 1020, durationUs: undefined, task: 4, event: Event.Message, op: 0, isDoomed: false, fuel: 32_767, argument: 12, peer: 1 },
      { seq: 42, startUs: 1040, durationUs: 5, task: 15, event: Event.Fault, op: 0, isDoomed: true, fuel: 0, argument: 2, peer: 8 },
    ]);
    expect(() => decodeRuns(0, new Uint8Array(17), 0)).toThrow("no number of whole records");
  });

  it("get back the time that 30 bits left out, over any number of rounds", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 45 }), fc.array(fc.integer({ min: 0, max: RANGE - 1 }), { minLength: 1, maxLength: 20 }), fc.integer({ min: 1 - RANGE / 2, max: RANGE / 2 - 1 }), (first, steps, since) => {
      const times = steps.map(((at) => (step: number) => (at += step))(first));
      const decoded = decodeRuns(0, words(...times.map((us) => [us % RANGE, 0, 0, 0])), (times.at(-1) ?? 0) + since);
      expect(decoded.map(({ startUs }) => startUs)).toEqual(times);
    }));
  });

  it("read as sentences", () => {
    const run = { seq: 0, startUs: 0, durationUs: 1, task: 4, event: Event.Message, op: 0, isDoomed: false, fuel: 2, argument: 132, peer: 1 };
    const text = (more: Partial<TaskRun>): string => runText({ ...run, ...more }, (task) => ["health", "link"][task] ?? `t${task}`);
    expect([text({}), text({ event: Event.Notification, peer: undefined, argument: 1, op: Op.Call }), text({ event: Event.Fault, peer: 1, argument: 1 }), text({ event: Event.Timer, peer: undefined, durationUs: undefined }), text({ isDoomed: true })]).toEqual([
      "message from link (label 132) → home",
      "notification (word 1) → call",
      "fault of link (thrown) → home",
      "timer → FAULTED",
      "message from link (label 132) → faulted by the kernel",
    ]);
  });
});

const run = (task: number, startUs: number, durationUs: number | undefined, more: Partial<TaskRun> = {}): TaskRun => ({ seq: startUs, startUs, durationUs, task, event: Event.Message, op: 0, isDoomed: false, fuel: 3, argument: 1, peer: undefined, ...more });
const timeline: Timeline = {
  fromUs: 0,
  toUs: 1_000_000,
  names: new Map([[0, "health"], [1, "link"], [2, HOSTILE]]),
  lost: 0,
  runs: [run(1, 0, 100_000, { event: Event.Notification, op: Op.Call }), run(2, 100_000, 25_000, { peer: 1 }), run(1, 500_000, 0, { event: Event.Reply }), run(2, 900_000, undefined)],
};

describe("timelines", () => {
  it("text: who was busy when, and where it faulted", () => {
    const lines = timelineText(timeline, 48).split("\n");
    expect(lines.length).toBe(5);
    const cells = (line: number): string => [...(lines[line] ?? "")].slice(22).join("");
    expect(cells(1)).toMatch(/^·+$/);
    expect(cells(2)).toMatch(/^██[▁-█]·{9,10}▁·+$/);
    expect(cells(3)).toMatch(/^··[▁-█]+·+!·+$/);
    expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
    expect(lines.every((line) => [...line].length <= 48)).toBe(true);
    expect(runsTable(timeline)).toMatch(/^link +2 +100\.0 ms +10\.00 % +100\.0 ms +6 +1 notification, 1 reply$/m);
    expect([timeText(1_500_000), timeText(2500), timeText(12)]).toEqual(["1.500 s", "2.5 ms", "12 µs"]);
  });

  it("SVG: a bar per run, a line per call, grey where idle time is cut out, and hostile names stay text", () => {
    const svg = timelineSvg({ ...timeline, lost: 3 }, HOSTILE);
    expect(svg.match(/<rect [^>]*><title>/g)?.length).toBe(timeline.runs.length);
    expect(svg.match(/class="call"/g)?.length).toBe(1);
    expect(svg.match(/class="gap"/g)?.length).toBe(2);
    expect(svg).toContain("+375.0 ms");
    expect(svg).toContain("3 more were overwritten");
    expect(svg.replaceAll("\n", "")).not.toMatch(/<script|[\p{Cc}\p{Cs}\u202e]|="[^"]*</u);
    // Bars of one lane after the other, none to the left of the one before.
    const xs = [...svg.matchAll(/<rect x="([\d.]+)" [^>]*><title>/g)].map((match) => Number(match[1]));
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
  });

  it("SVG: notes stand below, on lines within the picture", () => {
    const note = `a ${"long ".repeat(60)}${HOSTILE}`;
    const svg = timelineSvg(timeline, "t", [note]);
    const height = Number(/ height="(\d+)"/.exec(svg)?.[1]);
    const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
    const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)].map(([, x, y, words]) => ({ x: Number(x), y: Number(y), words: words ?? "" }));
    const below = texts.filter(({ words }) => /long|runs in/.test(words));
    expect(below.length).toBeGreaterThan(3);
    expect(below.every(({ y }, index) => index === 0 || y > (below[index - 1]?.y ?? Infinity))).toBe(true);
    for (const { x, words } of below) expect(x + 6.7 * words.replace(/&[^;]+;/g, "x").length).toBeLessThan(width);
    expect(Math.max(...texts.map(({ y }) => y))).toBeLessThan(height);
    expect(svg).not.toContain("<script");
  });

  it("of nothing at all", () => {
    const empty = { ...timeline, runs: [], toUs: 0 };
    expect(timelineText(empty, 80)).toContain("health");
    expect(runsTable(empty)).toBe("nothing ran");
    expect(timelineSvg(empty, "t")).toContain("0 runs");
  });
});

describe("notes", () => {
  const names = new Map([[0, "health"], [1, "link"], [4, "os"], [5, "update"]]);
  const place = "--tile sim:porch";
  // The read of the ring, and what link does around it.
  const own = [run(1, 0, 0, { event: Event.Notification, op: Op.Call }), run(4, 1, 0, { argument: 4, peer: 1 }), run(1, 2, 0, { event: Event.Reply })];
  const note = (more: TaskRun[]): string | undefined => ownWorkNote({ names, runs: [...own, ...more] }, place);

  it("say when nothing but the trace was at work, and what to do", () => {
    expect(note([])).toMatch(/^idle: link and os .* only; .*genesis caps --tile sim:porch/);
    expect(note([run(0, 3, 0, { event: Event.Timer }), run(4, 4, 0, { argument: 5, peer: 1 })])).toMatch(/^idle: .*, health by its timer;/);
    // Another task, another question to os, a question to health, a fault: all are something to see.
    for (const other of [run(5, 3, 0), run(4, 3, 0, { argument: 2 }), run(0, 3, 0), run(1, 3, undefined), run(1, 3, 0, { isDoomed: true })]) expect(note([other])).toMatch(/^own work: os answered this trace in 1 of the runs/);
    expect(ownWorkNote({ names, runs: [] }, place)).toBeUndefined();
    expect(ownWorkNote({ names: new Map(), runs: own }, place)).toBeUndefined();
  });

  it("tell of a coarse clock on simulated boards only", () => {
    expect([clockNote({ engine: "xs" }), clockNote({ engine: "espruino" }), clockNote(undefined)]).toEqual([undefined, undefined, undefined]);
    expect(clockNote({ engine: "quickjs" })).toContain("10 ms");
  });
});
