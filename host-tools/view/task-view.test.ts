// What top shows of known looks: rates over the right time, queues, shares that add up, and a restart in between.
import { describe, expect, it } from "vitest";
import { TaskState } from "../../kernel/gate.ts";
import type { Health } from "../tiles/tile-session.ts";
import { objectNames } from "./capability-graph.ts";
import type { TaskRow } from "./kernel-tables.ts";
import { roundText, topNotes, topText } from "./task-text.ts";
import { type Look, sortedTasks, topView } from "./task-view.ts";
import { HOSTILE, kernelScene } from "./testing/kernel-scene.ts";

const tables = kernelScene(["files", "porch"]);
const reply = 4000;
const book = { names: objectNames(tables).set(reply, "reply of files"), replies: new Map([[reply, 0]]) };
const board = { power: [{ state: "run", currentUa: 4000, source: "" }, { state: "sleep", currentUa: 3, source: "" }] };
const health = (more: Partial<Health>): Health => ({ up: 10e6, ok: true, slot: 0, kind: 0, causes: new Uint8Array([1]), faults: 0, down: 0, stuck: 0, free: 25, total: 100, low: 25, flags: "", wakeups: 100, active: 1e6, rxlost: 0, ...more });
const look = (tasks: Partial<TaskRow>[], more: Partial<Health> = {}): Look => ({ tasks: tables.tasks.map((task, index) => ({ ...task, ...tasks[index] })), health: health(more) });
const [server, client] = [0, 1];

describe("top", () => {
  it("counts who waits at an endpoint and for an answer", () => {
    const sending = topView(look([{}, { state: TaskState.BlockedOnSend }]), undefined, board, book);
    expect(sending.tasks[server]).toMatchObject({ state: "receiving", waitsFor: null, queue: 1, callers: 0 });
    expect(sending.tasks[client]).toMatchObject({ state: "sending", waitsFor: "endpoint of files", queue: 0 });
    expect(sending.queued).toBe(1);
    const calling = topView(look([{ state: TaskState.Ready }, { state: TaskState.BlockedOnReply, blockedOn: reply }]), undefined, board, book);
    expect(calling.tasks[server]).toMatchObject({ state: "ready", waitsFor: null, queue: 0, callers: 1 });
    expect(calling.tasks[client]?.waitsFor).toBe("reply of files");
    const stopped = topView(look([{ state: TaskState.Faulted }, { state: TaskState.Ready }], { down: 1 }), undefined, board, book);
    expect(stopped.tasks.map(({ state, queue }) => [state, queue])).toEqual([["down", 0], ["ready", 0]]);
  });

  it("takes rates since the last look, or since the start when there is none or the tile has restarted", () => {
    const first = look([{ runs: 50, fuel: 100 }, { runs: 10, fuel: 300 }]);
    const later = look([{ runs: 54, fuel: 106 }, { runs: 11, fuel: 302 }], { up: 12e6, wakeups: 110, active: 1.2e6 });
    expect(topView(first, undefined, board, book)).toMatchObject({ overUs: 10e6, active: 0.1, wakeupsPerS: 10 });
    const view = topView(later, first, board, book);
    expect(view).toMatchObject({ overUs: 2e6, wakeupsPerS: 5 });
    expect(view.active).toBeCloseTo(0.1);
    expect(view.tasks.map(({ runsPerS, fuelPerS, share }) => [runsPerS, fuelPerS, share])).toEqual([[2, 3, 0.75], [0.5, 1, 0.25]]);
    expect(topView(first, later, board, book).overUs).toBe(10e6);
  });

  it("divides the charge as the fuel is, and nothing of it gets lost", () => {
    const view = topView(look([{ fuel: 100 }, { fuel: 300 }]), undefined, board, book);
    const parts = view.tasks.map(({ chargeUah }) => chargeUah ?? NaN);
    expect((parts[1] ?? 0) / (parts[0] ?? 0)).toBeCloseTo(3);
    expect(parts.reduce((sum, part) => sum + part, view.restChargeUah ?? NaN)).toBeCloseTo(view.chargeUah ?? NaN, 9);
    expect(topView(look([]), undefined, { power: [] }, book)).toMatchObject({ chargeUah: null, restChargeUah: null });
  });

  it("shows the ledger's charge where the tile keeps one, to the nC", () => {
    const view = topView({ ...look([{ chargeNc: 7_200_000 }, { chargeNc: 900 }]), systemNc: 3_600_000 }, undefined, board, book);
    expect(view).toMatchObject({ hasLedger: true, restChargeUah: 1 });
    expect(view.chargeUah).toBeCloseTo(3.00025, 9);
    expect(view.meanUa).toBeCloseTo(3.00025 * 360, 6); // in 10 s
    expect(view.tasks.map(({ chargeNc, chargeUah }) => [chargeNc, chargeUah])).toEqual([[7_200_000, 2], [900, 0.00025]]);
    const page = topText(view, "t", "task").join("\n");
    expect(page).toMatch(/ · 3\.00 µAh \(mean 1\.08 mA\)/);
    expect(page).toMatch(/^ +0 +files .* 2\.00 /m);
    expect(page).toMatch(/^ +1 +porch .* 0\.000250 /m);
    expect(page).toMatch(/\(sleep, wake-ups\) .* 1\.00\b/);
    expect(page).not.toContain("~");
  });

  it("goes on without what an older image does not tell", () => {
    const old = topView(look([{}, {}].map(() => ({ fuel: undefined, chargeNc: undefined, blockedOn: undefined, schedContext: undefined }))), undefined, board, book);
    expect(old.tasks[client]).toMatchObject({ fuel: null, fuelPerS: null, share: null, chargeUah: null, waitsFor: null });
    expect(topText(old, "t", "fuel").join("\n")).toMatch(/^ +0 +files +\d+ +receiving +0 +0 +[\d.]+ +– +– +– .* –$/m);
  });

  it("says what fuel counts, and of the simulator that its clock is coarse", () => {
    const plain = topView(look([]), undefined, board, book);
    const metered = topView(look([], { fuel: 200_000 }), undefined, board, book);
    expect([plain.fuelPerRun, metered.fuelPerRun]).toEqual([null, 200_000]);
    expect(topNotes(plain, { engine: "espruino" })).toEqual([expect.stringMatching(/^fuel: gate calls only.*not metered/)]);
    expect(topNotes(metered, undefined)).toEqual([expect.stringMatching(/^fuel: units of code.* 200000$/)]);
    const notes = topNotes(plain, { engine: "quickjs" });
    expect(notes[1]).toMatch(/^clock: .* 10 ms/);
    expect(topText(plain, "t", "fuel", notes).slice(-3)).toEqual(["", ...notes]);
    const old = topView(look([{ fuel: undefined }, { fuel: undefined }]), undefined, board, book);
    expect(topNotes(old, undefined)).toEqual([]);
  });

  it("sorts as asked, equals by number", () => {
    const { tasks } = topView(look([{ runs: 5, fuel: 1 }, { runs: 4, fuel: 9, state: TaskState.BlockedOnSend }]), undefined, board, book);
    const order = (by: Parameters<typeof sortedTasks>[1]): number[] => sortedTasks(tasks, by).map(({ task }) => task);
    expect([order("fuel"), order("runs"), order("queue"), order("task")]).toEqual([[1, 0], [0, 1], [0, 1], [0, 1]]);
  });

  it("shows people a table and one line, whatever names hold", () => {
    const view = topView({ tasks: tables.tasks.map((task) => ({ ...task, name: HOSTILE })), health: health({ rxlost: 3, down: 2 }) }, undefined, board, book);
    const page = topText(view, HOSTILE, "fuel");
    expect(page[0]).toMatch(/ · up 10\.0 s · active 10\.0 % · 10\.0 wake-ups\/s · memory 75 % of 100 blocks · 0 faults · ~1\.2 µAh \(mean ~0\.41 mA\) · 3 bytes lost on the line$/);
    expect(page.length).toBe(2 + 2 + 2 + 1);
    expect(roundText(view, "porch")).toMatch(/ · 1 queued · busiest .* 66\.7 %, .* 33\.3 % · .* down$/);
    expect([...page, roundText(view, HOSTILE)].join("")).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
  });
});
