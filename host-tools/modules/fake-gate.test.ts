// The fake gate: strict where a tile is. Modules here are a few lines each, verified and printed like every other.
import { describe, expect, it } from "vitest";
import { Event, PinEdge, PinLabel, SelfLabel, Status } from "../../firmware/modules/guest-api.ts";
import { verifyModule } from "../build/verify/verify.ts";
import { type FakeOptions, FakeTile, ModuleFault } from "./fake-gate.ts";
import type { ModuleManifest } from "./manifest.ts";
import { asPrinted, asWritten } from "./module-text.ts";

const MANIFEST: ModuleManifest = {
  name: "probe",
  version: 1,
  needs: [
    { as: "out", service: "pins", pin: "D1", mode: "output", safe: 1, why: "a test" },
    { as: "beam", service: "pins", pin: "D2", mode: "watch", why: "a test" },
    { as: "level", service: "pins", pin: "A0", mode: "analog", why: "a test" },
    { as: "log", service: "telemetry", rights: "append", why: "a test" },
    { as: "clock", service: "clock", rights: "read", why: "a test" },
    { as: "sample", service: "sensor", rights: "read", why: "a test" },
  ],
  quotas: { fuelPerRun: 20_000, memoryBlocks: 100, messageBytes: 16, energyUcPerPeriod: 1, periodMs: 1 },
  restart: { policy: "restart", backoffMs: 0, limit: 0 },
  state: { version: 2, bytes: 8 },
};
const [OUT, BEAM, LEVEL, LOG, CLOCK, SAMPLE] = [2, 3, 4, 5, 6, 7];

/** A tile with a module of this body. */
function tileWith(body: string, options: FakeOptions = {}, before: string = ""): FakeTile {
  return new FakeTile(MANIFEST, asPrinted(verifyModule(`${before}\nexport function handle(event, badge, label, a, b, data) { ${body} }`).text), options);
}

/** Calls once at Start, and tells results of the gate and the answer. */
function ask(address: number, label: number, a: number = 0, b: number = 0, data: string = "", options: FakeOptions = {}): { result: number; answer: readonly unknown[] | undefined; tile: FakeTile } {
  const tile = tileWith(`if (event === 0) gate(4, ${address}, ${label}, ${a}, ${b}, ${JSON.stringify(data)});`, options);
  const answer = tile.runs[1];
  return { result: tile.runs[0]!.uses[0]!.result, answer: answer && [answer.event, answer.label, answer.a, answer.b, answer.data], tile };
}

describe("a run is a transaction", () => {
  it("one Call; a second is refused and a fault, and nothing of the run has happened", () => {
    const tile = tileWith(`if (event === 1) { gate(12, 0, 0, 5000000, 0, ""); gate(5, 0, 7, 0, 0, ""); gate(4, 2, ${PinLabel.Write}, 0, 0, ""); gate(4, 2, ${PinLabel.Write}, 0, 0, ""); }`);
    expect(() => tile.send(1)).toThrow(/second Call in one run/);
    expect(tile.runs.at(-1)?.uses.map((use) => use.result)).toEqual([0, 0, 0, Status.IllegalOperation]);
    expect([tile.pin("D1"), tile.isRunning]).toEqual([1, false]);
    tile.advance(10_000_000);
    expect(tile.runs).toHaveLength(2);
  });

  it.each([
    ["throw 'it broke';", /thrown: it broke/],
    ["let n = 0; while (true) n++;", /out of fuel: more than quotas\.fuelPerRun, 20000/],
    ["let s = 'x'; for (let i = 0; i < 12; i++) s = s + s;", /out of memory: more than quotas\.memoryBlocks, 100/],
    ["gate(2, 2, 0, 0, 0, '');", /no operation 2/],
  ])("%s", (body, words) => {
    expect(() => tileWith(body)).toThrow(words);
    expect(() => tileWith(body)).toThrow(ModuleFault);
  });

  it("outputs are safe again after a fault, and a restart begins anew with what was saved", () => {
    const tile = tileWith(
      `if (event === 0) { n++; gate(4, 1, ${SelfLabel.Ready}, 0, 0, ""); } else if (event === 2 && n === 1) { n = 2; gate(4, 2, ${PinLabel.Write}, 0, 0, ""); } else if (event === 1) { if (a === 1) throw "x"; gate(5, 0, n, 0, 0, ""); gate(4, 1, ${SelfLabel.Save}, 2, 0, "kept"); }`,
      {}, "let n = 0;",
    );
    expect([tile.pin("D1"), tile.send(0)?.label]).toEqual([0, 2]);
    expect(() => tile.send(0, 1)).toThrow(/thrown: x/);
    expect(tile.pin("D1")).toBe(1);
    tile.restart();
    expect([tile.send(0)?.label, tile.saved, tile.runs.filter((run) => run.event === Event.Start).map((run) => run.a)]).toEqual([2, { version: 2, data: "kept" }, [1, 2]]);
  });

  it("counts what runs take only where the text charges for it", () => {
    const source = "export function handle(event) { gate(0); }";
    const texts = [asWritten(source), asPrinted(verifyModule(source).text)].map((text) => new FakeTile(MANIFEST, text).runs[0]!.fuel);
    expect(texts[0]).toBe(0);
    expect(texts[1]).toBeGreaterThan(90);
  });
});

describe("the contract", () => {
  it("has nothing at other addresses, and no room for longer data", () => {
    for (const address of [0, 8, -1, 1000]) expect(ask(address, SelfLabel.Ready)).toMatchObject({ result: Status.FailedLookup, answer: undefined });
    expect(ask(LOG, 800, 1, 0, "x".repeat(17)).result).toBe(Status.TruncatedMessage);
    const tile = tileWith('gate(12, 0, 0, -1, 0, ""); gate(5, 3, 0, 0, 0, "");');
    expect(tile.runs[0]!.uses.map((use) => use.result)).toEqual([Status.InvalidArgument, Status.FailedLookup]);
  });

  it.each([
    ["a label of another service", LOG, PinLabel.Read, 0, 0, "", [Status.IllegalOperation, 0]],
    ["writing to an input", LEVEL, PinLabel.Write, 1, 0, "", [Status.InvalidCapability, 0]],
    ["a level that is none", OUT, PinLabel.Write, 2, 0, "", [Status.RangeError, 0]],
    ["watching an output", OUT, PinLabel.Watch, 3, 0, "", [Status.InvalidCapability, 0]],
    ["an edge that is none", BEAM, PinLabel.Watch, 4, 0, "", [Status.RangeError, 0]],
    ["a level of an analog pin", LEVEL, PinLabel.Read, 0, 0, "", [Status.InvalidCapability, 0]],
    ["half a number", LOG, 800, 1, 0, "abc", [Status.InvalidArgument, 0]],
    ["a record kind that is none", LOG, 800, 256, 0, "abcd", [Status.RangeError, 0]],
    ["a record", LOG, 800, 1, 0, "abcd", [Status.Ok, 1]],
    ["state of another version", 1, SelfLabel.Save, 1, 0, "", [Status.InvalidArgument, 0]],
    ["too much state", 1, SelfLabel.Save, 2, 0, "123456789", [Status.TruncatedMessage, 0]],
    ["no clock", CLOCK, 832, 0, 0, "", [Status.NotReady, 0]],
    ["no sample", SAMPLE, 816, 0, 0, "", [Status.NotReady, 0]],
    ["nothing saved", 1, SelfLabel.Load, 0, 0, "", [0, 0]],
  ] as const)("%s", (_name, address, label, a, b, data, [status, value]) => {
    expect(ask(address, label, a, b, data).answer?.slice(0, 3)).toEqual([Event.Reply, status, value]);
  });

  it("gives state with its version, the clock, analog values", () => {
    expect(ask(1, SelfLabel.Load, 0, 0, "", { state: { version: 1, data: "old" } }).answer).toEqual([Event.Reply, 1, 3, 0, "old"]);
    expect(ask(CLOCK, 832, 0, 0, "", { wallMs: 1e12 }).answer).toEqual([Event.Reply, 0, 1e12, 50, ""]);
    expect(ask(LEVEL, PinLabel.Analog, 0, 0, "", { pins: { A0: 32767 } }).answer).toEqual([Event.Reply, 0, 32767, 0, ""]);
    expect(() => ask(1, SelfLabel.Load).tile.setPin("D1", 0)).toThrow(/is an output/);
    expect(() => ask(1, SelfLabel.Load).tile.setPin("D9", 0)).toThrow(/no pin "D9", only D1, D2, A0/);
  });

  it("what is saved before Ready is lost when the module fails, and stays after it", () => {
    const body = (isReady: boolean): string => `if (event === 0) gate(4, 1, ${SelfLabel.Save}, 2, 0, "new"); else if (event === 2 && n === 0 && ${isReady}) { n = 1; gate(4, 1, ${SelfLabel.Ready}, 0, 0, ""); } else if (event === 1) throw "x";`;
    for (const isReady of [false, true]) {
      const tile = tileWith(body(isReady), { state: { version: 1, data: "old" } }, "let n = 0;");
      expect(() => tile.send(0)).toThrow(ModuleFault);
      expect(tile.saved?.data).toBe(isReady ? "new" : "old");
    }
  });
});

describe("events", () => {
  const watch = `if (event === 0) gate(4, ${BEAM}, ${PinLabel.Watch}, ${PinEdge.Rising}, 1000, "");`;

  it("a change is told when it has lasted, with its time, and several are one", () => {
    const tile = tileWith(`${watch} else if (event === 3) gate(4, ${BEAM}, ${PinLabel.Read}, 0, 0, "");`);
    tile.setPin("D2", 1);
    tile.advance(999);
    expect(tile.runs).toHaveLength(2);
    tile.advance(1);
    expect(tile.runs.slice(2).map((run) => [run.event, run.badge, run.a, run.b])).toEqual([[Event.Notification, 1 << (BEAM - 2), 0, 0], [Event.Reply, 0, 1, 1_000_000]]);
    tile.setPin("D2", 0);
    tile.advance(500);
    tile.setPin("D2", 1);
    tile.advance(5000);
    tile.setPin("D2", 0);
    tile.advance(5000);
    expect(tile.runs).toHaveLength(4);
  });

  it("waiting for an answer, nothing else comes; then changes, the timer, messages", () => {
    const tile = tileWith(`${watch} else if (event === 1) { gate(5, 0, 0, 0, 0, ""); if (label === 9) { gate(12, 0, 0, gate(0) + 10, 0, ""); gate(4, 1, ${SelfLabel.Ready}, 0, 0, ""); } }`, { answerUs: 50_000 });
    tile.advance(60_000);
    tile.send(9);
    tile.send(1);
    tile.setPin("D2", 1);
    tile.advance(60_000);
    expect(tile.runs.slice(2).map((run) => run.event)).toEqual([Event.Message, Event.Reply, Event.Notification, Event.Timer, Event.Message]);
  });

  it("the next message waits for the answer to the one before", () => {
    const tile = tileWith('if (event === 1 && label === 1) gate(12, 0, 0, gate(0) + 1000, 0, ""); else if (event === 4) gate(5, 0, 11, 1, 2, "late"); else if (event === 1) gate(5, 0, 12, 0, 0, data);');
    const answers: unknown[] = [tile.send(1), tile.send(2, 0, 0, "x".repeat(99))];
    expect(answers).toEqual([undefined, undefined]);
    tile.advance(1000);
    expect(tile.runs.slice(1).map((run) => [run.event, run.label, run.data.length])).toEqual([[Event.Message, 1, 0], [Event.Timer, 0, 0], [Event.Message, 2, 16]]);
  });

  it("a script answers in a service's place, or lets it die", () => {
    const answers = [{ label: -10, a: 0, b: 0, data: "" }, "dead" as const];
    const tile = tileWith(`if (event === 0 || event === 2) gate(4, ${LOG}, 800, 1, 0, "abcd");`, { script: () => answers.shift() });
    expect(tile.runs.slice(1, 3).map((run) => [run.event, run.label])).toEqual([[Event.Reply, -10], [Event.DeadReply, 0]]);
    expect(tile.telemetry).toEqual([]);
  });

  it("a timer in the past comes at once, and one that never lets time pass is told", () => {
    expect(() => tileWith('gate(12, 0, 0, 1, 0, "");')).toThrow(/no time has passed/);
    expect(tileWith(`if (event === 0) gate(12, 0, 0, 1, 0, "");`).runs.map((run) => run.event)).toEqual([Event.Start, Event.Timer]);
  });
});
