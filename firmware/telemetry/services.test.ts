/** The data services on a real kernel: what a host sees, over restarts, power cuts, deaths of tasks and nonsense on the wire. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRecording, batches, packValues } from "../../host-tools/detect/nab.ts";
import { replay } from "../../host-tools/detect/replay.ts";
import { PowerCut } from "../../host-tools/sim/nor-flash.ts";
import { detectorApi } from "../detector/api.ts";
import { identityApi } from "../identity/api.ts";
import { sensorApi } from "../sensor/api.ts";
import { CborBytes } from "../wire/cbor.ts";
import type { CborMap } from "../wire/cbor.ts";
import { RecordKind, telemetryApi, TelemetryLabel } from "./api.ts";
import { DataTile, services, Tasks } from "./host/data-tile.ts";
import { telemetryRecord } from "./record.ts";

const pack = (values: readonly number[]): CborBytes => new CborBytes(Buffer.from(packValues(values)).toString("latin1"));
const records = (tile: DataTile, kind: RecordKind): number[][] => tile.telemetry().filter((t) => t.record[0] === kind).map((t) => t.record.slice(2));
const append = (tile: DataTile, data: string): { rc: number } => tile.call(Tasks.telemetry, TelemetryLabel.Append, 0, data);

describe("telemetry", () => {
  it("numbers records, keeps them over restarts, and marks every start", () => {
    const tile = new DataTile();
    tile.advance(5_000_000);
    for (let i = 0; i < 10; i++) expect(append(tile, telemetryRecord(RecordKind.Samples, i * 1000, [i, -i, 70000, 2 ** 40])).rc).toBe(0);
    const before = tile.telemetry();
    expect(before.map((t) => t.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(before[0]!.record).toEqual([RecordKind.Start, 0, 1]);
    expect(before[10]!.record).toEqual([RecordKind.Samples, 9, 9, -9, 70000, 2 ** 40]);
    const again = new DataTile({}, tile.chip);
    expect(again.telemetry()).toEqual([...before, { seq: 12, record: [RecordKind.Start, 0, 2] }]);
    expect(again.ask(telemetryApi, "info", "read").reply).toEqual({ first: 1, end: 13, starts: 2 });
    again.kill(Tasks.telemetry);
    again.revive(Tasks.telemetry);
    expect(again.ask(telemetryApi, "info", "read").reply).toMatchObject({ end: 13, starts: 2 });
  });

  it("answers within the packet, stops at `max`, goes on from `next`", () => {
    const tile = new DataTile({ replyBytes: 200 });
    for (let i = 0; i < 50; i++) append(tile, telemetryRecord(RecordKind.Samples, i * 1000, [i, 2 ** 45]));
    const { data } = tile.call(Tasks.telemetry, 0, 64, "\xa0");
    expect(data.length).toBeLessThanOrEqual(200);
    expect(data.length).toBeGreaterThan(150);
    expect(tile.telemetry()).toHaveLength(51);
    expect(tile.ask(telemetryApi, "read", "read", { from: 20, max: 2 }).reply).toMatchObject({ from: 20, next: 22, end: 52, first: 1 });
    expect(tile.ask(telemetryApi, "read", "read", { from: 20, max: 0 }).reply).toMatchObject({ from: 20, next: 20, list: [] });
    expect(tile.ask(telemetryApi, "read", "read", { from: 52 }).reply).toMatchObject({ from: 52, next: 52, list: [] });
    // A cursor from before the journal was wiped: `end` is smaller than what was asked for.
    expect(tile.ask(telemetryApi, "read", "read", { from: 9999 }).reply).toMatchObject({ from: 52, next: 52, end: 52, list: [] });
  });

  it("shows what was recycled as a jump of `from`, and a damaged record as another", () => {
    const tile = new DataTile({ pages: 2, pageBytes: 512 });
    for (let i = 0; i < 200; i++) append(tile, telemetryRecord(RecordKind.Samples, 0, [i]));
    const { reply } = tile.ask(telemetryApi, "read", "read", { from: 1, max: 1 });
    expect(reply["from"]).toBe(reply["first"]);
    expect(reply["first"]).toBeGreaterThan(20);
    const all = tile.telemetry();
    expect(all.map((t) => t.record[2])).toEqual(all.map((t) => t.seq - 2));
    const bad = all[3]!;
    const dump = tile.chip.bytes().toString("latin1");
    const at = dump.indexOf(telemetryRecord(RecordKind.Samples, 0, [bad.record[2]!]).substring(1));
    tile.chip.program(at - 4 + 7 - (at % 4), "\0");
    tile.chip.program(at - (at % 4), "\0\0\0\0");
    expect(tile.telemetry().map((t) => t.seq)).toEqual(all.map((t) => t.seq).filter((seq) => seq !== bad.seq));
  });

  it("takes whole records, and only from tasks", () => {
    const tile = new DataTile();
    const good = telemetryRecord(RecordKind.Samples, 0, [1]);
    for (const bad of ["\x01", "\x02\xa1\x01\x01", good.substring(0, 3), "\0", "\xff\x83"]) {
      const before = tile.telemetry().length;
      expect([bad, append(tile, good + bad).rc]).toEqual([bad, 1]);
      expect(tile.telemetry()).toHaveLength(before + 1);
    }
    const before = tile.telemetry().length;
    expect(append(tile, good + good).rc).toBe(0);
    expect(append(tile, "").rc).toBe(0);
    expect(tile.telemetry()).toHaveLength(before + 2);
    for (let label = 0; label < 512; label++) tile.call(Tasks.telemetry, label, 64, good);
    expect(tile.telemetry()).toHaveLength(before + 2);
  });
});

describe("replay", () => {
  it("the tile's alarms are the detector's, whatever gets lost between host and tile", () => {
    const recording = readRecording(`${import.meta.dirname}/../../data/nab`, "machine_temperature_system_failure.csv");
    const tile = new DataTile({ pages: 8, pageBytes: 16384 });
    expect(tile.ask(sensorApi, "feed", "write", { off: 0, t: 0, dt: 1, d: pack([1]) }).reply).toMatchObject({ id: 0, off: 0 });
    expect(tile.ask(sensorApi, "start", "write", { id: 77 }).reply).toMatchObject({ id: 77, off: 0 });
    batches(recording, 100).forEach((b, i) => {
      const request = { off: b.offset, t: b.startS, dt: b.intervalS, d: pack(b.values) };
      const next = { id: 77, off: b.offset + b.values.length };
      expect(tile.ask(sensorApi, "feed", "write", request).reply).toMatchObject(next);
      // Its answer was lost; the start's answer was lost; a batch from the future.
      if (i % 3 === 0) expect(tile.ask(sensorApi, "feed", "write", request).reply).toMatchObject(next);
      if (i % 5 === 0) expect(tile.ask(sensorApi, "start", "write", { id: 77 }).reply).toMatchObject(next);
      if (i % 7 === 0) expect(tile.ask(sensorApi, "feed", "write", { ...request, off: next.off + 1 }).reply).toMatchObject(next);
    });
    const expected = replay(recording, 60);
    expect(records(tile, RecordKind.AlarmStart).map((r) => r.slice(0, 3))).toEqual(expected.map((a) => [a.startS, a.sinceS, a.direction]));
    expect(records(tile, RecordKind.AlarmEnd)).toEqual(expected.filter((a) => a.endS).map((a) => [a.endS, a.sinceS, a.direction, a.peakPercent]));
    const samples = records(tile, RecordKind.Samples);
    expect(samples.reduce((sum, r) => sum + r[2]!, 0)).toBe(recording.samples.length);
    expect(Math.min(...samples.map((r) => r[3]!))).toBe(Math.min(...recording.samples.map((s) => s.value)));
    expect(Math.max(...samples.map((r) => r[4]!))).toBe(Math.max(...recording.samples.map((s) => s.value)));
    expect(tile.ask(detectorApi, "status", "read").reply).toMatchObject({ count: 22695, alarms: 4, alarm: 0, pending: 0, lost: 0, last: recording.samples[22694]!.timeS });
    expect(tile.ask(sensorApi, "status", "read").reply).toEqual({ source: 1, id: 77, off: 22695, max: 200, taken: 22695, lost: 0 });
    // The next replay begins with a detector that knows nothing.
    expect(tile.ask(sensorApi, "start", "write", { id: 78 }).reply).toMatchObject({ id: 78, off: 0 });
    tile.ask(sensorApi, "feed", "write", { off: 0, t: 0, dt: 1, d: pack([7]) });
    expect(tile.ask(detectorApi, "status", "read").reply).toMatchObject({ count: 1, alarms: 0, level: 7 });
  });

  it("sums a batch up", () => {
    const tile = new DataTile();
    tile.ask(sensorApi, "start", "write", { id: 1 });
    tile.ask(sensorApi, "feed", "write", { off: 0, t: 1_400_000_000, dt: 300, d: pack([100, -300, 32767, -32768, 7]) });
    expect(records(tile, RecordKind.Samples)).toEqual([[1_400_000_000, 300, 5, -32768, 32767, Math.floor((100 - 300 + 32767 - 32768 + 7) / 5), 7]]);
  });

  it("keeps every alarm of a batch that has more than a message takes", () => {
    const tile = new DataTile({ pages: 8, pageBytes: 16384 });
    tile.ask(sensorApi, "start", "write", { id: 1 });
    const give = (off: number, values: number[]): void => expect(tile.ask(sensorApi, "feed", "write", { off, t: off * 86400, dt: 86400, d: pack(values) }).reply).toMatchObject({ off: off + values.length });
    for (let off = 0; off < 800; off += 200) give(off, new Array<number>(200).fill(100));
    give(800, Array.from({ length: 200 }, (_, i) => (i % 3 ? 100 : 32767)));
    const { alarms } = tile.ask(detectorApi, "status", "read").reply as { alarms: number };
    expect(alarms).toBeGreaterThan(25);
    expect(records(tile, RecordKind.AlarmStart)).toHaveLength(alarms);
    expect(tile.ask(detectorApi, "status", "read").reply).toMatchObject({ pending: 0, lost: 0 });
  });

  it("refuses what is not a batch", () => {
    const tile = new DataTile();
    tile.ask(sensorApi, "start", "write", { id: 1 });
    const good = { off: 0, t: 0, dt: 1, d: pack([1, 2]) };
    for (const bad of [{ ...good, d: new CborBytes("") }, { ...good, d: new CborBytes("abc") }, { ...good, d: new CborBytes("a".repeat(402)) }, { ...good, dt: 0 }, { ...good, dt: 86401 }, { ...good, t: -1 }, { off: 0, t: 0, dt: 1 }, { ...good, off: "0" }])
      expect(tile.ask(sensorApi, "feed", "write", bad)).toEqual({ rc: 3, reply: {} });
    expect(tile.ask(sensorApi, "start", "write", { id: 0 }).rc).toBe(3);
    expect(tile.ask(sensorApi, "feed", "write", good).reply).toMatchObject({ id: 1, off: 2 });
  });

  it("loses and doubles nothing when the power fails at any flash operation", () => {
    const feed = (tile: DataTile, times: number): void => {
      tile.ask(sensorApi, "start", "write", { id: 5 });
      for (let i = 0; i < times; i++) tile.ask(sensorApi, "feed", "write", { off: i * 3, t: i * 3, dt: 1, d: pack([i, i + 1, i + 2]) });
    };
    const options = { pages: 3, pageBytes: 256 };
    const whole = new DataTile(options);
    const started = whole.chip.operations;
    feed(whole, 80);
    const total = whole.chip.operations - started;
    expect(total).toBeGreaterThan(100);
    for (let operation = 1; operation <= total; operation++)
      for (const mode of ["before", "torn", "noise", "after"] as const) {
        const tile = new DataTile(options);
        tile.chip.armCut({ operation, mode, seed: operation });
        expect(() => feed(tile, 80)).toThrow(PowerCut);
        tile.chip.powerOn();
        const next = new DataTile(options, tile.chip);
        const list = next.telemetry();
        expect(list.map((t) => t.seq)).toEqual(list.map((_, i) => list[0]!.seq + i));
        // A plain prefix: sample batches 0, 1, 2 … in order, then the new start.
        const fed = list.slice(0, -1).filter((t) => t.record[0] === RecordKind.Samples).map((t) => t.record[2]!);
        expect(fed).toEqual(fed.map((_, i) => fed[0]! + 3 * i));
        expect(list[list.length - 1]!.record).toEqual([RecordKind.Start, 0, 2]);
        const before = list[list.length - 2];
        if (before && before.record[0] === RecordKind.Samples) expect(before.seq).toBe(2 + before.record[2]! / 3);
      }
  });
});

describe("when tasks die", () => {
  it("without telemetry the detector keeps its findings and hands them in later", () => {
    const tile = new DataTile();
    tile.ask(sensorApi, "start", "write", { id: 1 });
    tile.kill(Tasks.telemetry);
    for (let i = 0; i < 3; i++) expect(tile.ask(sensorApi, "feed", "write", { off: i, t: i, dt: 1, d: pack([i]) })).toMatchObject({ rc: 0, reply: { id: 1, off: i + 1 } });
    expect(tile.ask(detectorApi, "status", "read").reply["pending"]).toBeGreaterThan(20);
    tile.revive(Tasks.telemetry);
    tile.ask(sensorApi, "feed", "write", { off: 3, t: 3, dt: 1, d: pack([3]) });
    expect(tile.ask(detectorApi, "status", "read").reply).toMatchObject({ pending: 0, lost: 0 });
    expect(records(tile, RecordKind.Samples).map((r) => r[6])).toEqual([0, 1, 2, 3]);
    tile.kill(Tasks.telemetry);
    for (let i = 4; i < 60; i++) tile.ask(sensorApi, "feed", "write", { off: i, t: i, dt: 1, d: pack([i]) });
    expect(tile.ask(detectorApi, "status", "read").reply["lost"]).toBeGreaterThan(0);
    expect(tile.ask(detectorApi, "status", "read").reply["pending"]).toBeLessThan(600);
  });

  it("without a detector a feed is refused and can be sent again", () => {
    const tile = new DataTile();
    tile.ask(sensorApi, "start", "write", { id: 1 });
    tile.kill(Tasks.detector);
    const request = { off: 0, t: 0, dt: 1, d: pack([1]) };
    expect(tile.ask(sensorApi, "feed", "write", request).rc).toBe(6);
    tile.revive(Tasks.detector);
    expect(tile.ask(sensorApi, "feed", "write", request)).toMatchObject({ rc: 0, reply: { id: 1, off: 1 } });
  });
});

describe("pin driver", () => {
  const pins = (): { reads: number; options: { analogRead: (pin: unknown) => number } } => {
    const state = { reads: 0, options: { analogRead } };
    function analogRead(pin: unknown): number {
      if (pin !== "A0") throw new Error("no such pin");
      return (state.reads++ % 10) / 10;
    }
    return state;
  };

  const scale = (n: number): number => Math.floor(((n % 10) / 10) * 32767);

  it("reads at its interval, batch by batch, over restarts, until it is stopped", () => {
    const { options } = pins();
    const tile = new DataTile(options);
    tile.ask(sensorApi, "start", "write", { id: 1 });
    tile.ask(sensorApi, "feed", "write", { off: 0, t: 0, dt: 1, d: pack([1]) });
    expect(tile.ask(sensorApi, "pin", "write", { pin: "A0", s: 60 })).toMatchObject({ rc: 0, reply: { source: 2, id: 0 } });
    tile.advance(60_000_000 * 25 + 1000);
    expect(tile.ask(sensorApi, "status", "read").reply).toMatchObject({ source: 2, taken: 25, lost: 0 });
    // The first reading was the test of the pin.
    const readings = Array.from({ length: 24 }, (_, i) => scale(i + 1));
    const mean = (list: number[]): number => Math.floor(list.reduce((sum, n) => sum + n, 0) / list.length);
    expect(records(tile, RecordKind.Samples).slice(1)).toEqual([
      [60, 60, 12, 0, scale(9), mean(readings.slice(0, 12)), readings[11]],
      [780, 60, 12, 0, scale(9), mean(readings.slice(12)), readings[23]],
    ]);
    expect(tile.ask(detectorApi, "status", "read").reply).toMatchObject({ count: 24 });
    expect(tile.ask(sensorApi, "feed", "write", { off: 0, t: 0, dt: 1, d: pack([1]) }).reply).toMatchObject({ id: 0, off: 0, taken: 25 });
    const next = new DataTile(options, tile.chip);
    next.advance(60_000_000 * 12);
    expect(next.ask(sensorApi, "status", "read").reply).toMatchObject({ source: 2, taken: 12 });
    expect(next.ask(sensorApi, "pin", "write", { pin: "A0", s: 0 }).rc).toBe(0);
    next.advance(6_000_000_000);
    expect(next.ask(sensorApi, "status", "read").reply).toMatchObject({ source: 0, taken: 12 });
    expect(new DataTile(options, next.chip).ask(sensorApi, "status", "read").reply).toMatchObject({ source: 0 });
  });

  it("a replay ends it for good; settings that are not good change nothing", () => {
    const { options } = pins();
    const tile = new DataTile(options);
    for (const bad of [{ pin: "B1", s: 1 }, { s: 1 }, { pin: "A0", s: -1 }, { pin: "A0", s: 86401 }, { pin: "A0" }, { pin: 5, s: 1 }, { pin: "A0", s: 1, x: "y".repeat(130) }] as CborMap[]) expect([bad, tile.ask(sensorApi, "pin", "write", bad).rc]).toEqual([bad, 3]);
    expect(tile.ask(sensorApi, "status", "read").reply).toMatchObject({ source: 0 });
    tile.ask(sensorApi, "pin", "write", { pin: "A0", s: 1 });
    tile.ask(sensorApi, "start", "write", { id: 9 });
    tile.advance(100_000_000);
    expect(tile.ask(sensorApi, "status", "read").reply).toMatchObject({ source: 1, taken: 0, id: 9 });
    expect(new DataTile(options, tile.chip).ask(sensorApi, "status", "read").reply).toMatchObject({ source: 0 });
  });

  it("keeps sampling while the detector is down, and counts what it had to drop", () => {
    const { options } = pins();
    const tile = new DataTile(options);
    tile.ask(sensorApi, "pin", "write", { pin: "A0", s: 1 });
    tile.kill(Tasks.detector);
    tile.advance(30_000_000);
    tile.revive(Tasks.detector);
    tile.advance(1_000_000);
    expect(tile.ask(sensorApi, "status", "read").reply).toMatchObject({ taken: 31, lost: 0 });
    tile.kill(Tasks.detector);
    tile.advance(70_000_000);
    expect(tile.ask(sensorApi, "status", "read").reply).toMatchObject({ lost: 60 });
  });
});

describe("identity", () => {
  it("tells who it is, and keeps a name", () => {
    const tile = new DataTile();
    const info = { id: "0011223344556677", board: "test", profile: "full", version: "1.2.3", engine: "none" };
    expect(tile.ask(identityApi, "info", "read").reply).toEqual({ ...info, name: "made at flash time" });
    for (const name of ["", "x".repeat(33), 5]) expect(tile.ask(identityApi, "name", "write", { name }).rc).toBe(3);
    expect(tile.ask(identityApi, "name", "write", { name: "K\xc3\xbcche" }).reply).toEqual({ name: "K\xc3\xbcche" });
    expect(new DataTile({}, tile.chip).ask(identityApi, "info", "read").reply).toEqual({ ...info, name: "K\xc3\xbcche" });
  });

  it("keeps wall time apart from time since start, and grows less sure", () => {
    const tile = new DataTile();
    tile.advance(10_000_000);
    expect(tile.ask(identityApi, "clock", "read").reply).toEqual({ up: 10_000_000 });
    const t = 1_795_386_000_123;
    expect(tile.ask(identityApi, "clock", "write", { t, u: 40 }).reply).toEqual({ up: 10_000_000, t, u: 41, floor: t });
    tile.advance(3_600_000_000);
    expect(tile.ask(identityApi, "clock", "read").reply).toEqual({ up: 3_610_000_000, t: t + 3_600_000, u: 41 + 1800, floor: t });
    expect(records(tile, RecordKind.Clock)).toEqual([[t, 40]]);
    for (const bad of [{ t }, { u: 1 }, { t: -1, u: 1 }, { t: 2 ** 48, u: 1 }, { t, u: -1 }, { t: "now", u: 1 }] as CborMap[]) expect(tile.ask(identityApi, "clock", "write", bad).rc).toBe(3);
    const next = new DataTile({}, tile.chip);
    expect(next.ask(identityApi, "clock", "read").reply).toEqual({ up: 0, floor: t });
    next.kill(Tasks.telemetry);
    expect(next.ask(identityApi, "clock", "write", { t: t + 5, u: 1 }).reply).toMatchObject({ t: t + 5 });
  });
});

describe("nonsense on the wire", () => {
  it("no request makes a service fault, stay silent, or answer what its description does not say", () => {
    const value: fc.Arbitrary<unknown> = fc.oneof(fc.maxSafeInteger(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 8 }), fc.array(fc.nat(), { maxLength: 3 }), fc.constantFrom("A0", 0, 1, -1));
    const tile = new DataTile({ analogRead: () => 0.5 });
    fc.assert(
      fc.property(fc.constantFrom(...services), fc.integer({ min: 0, max: 511 }), fc.array(fc.tuple(fc.constantFrom("from", "max", "id", "off", "t", "u", "dt", "d", "pin", "s", "n", "name"), value)), fc.uint8Array({ maxLength: 40 }), fc.boolean(), (service, any, fields, garbage, isGarbage) => {
        const label = any > 16 ? any % 8 : any;
        let data = Buffer.from(garbage).toString("latin1");
        if (!isGarbage) {
          const map = Object.fromEntries(fields);
          const encode = (v: unknown): string => (typeof v === "string" ? String.fromCharCode(0x60 | v.length) + Buffer.from(v).toString("latin1").substring(0, v.length) : v === null ? "\xf6" : typeof v === "boolean" ? (v ? "\xf5" : "\xf4") : Array.isArray(v) ? String.fromCharCode(0x80 | v.length) + v.map(encode).join("") : (v as number) < 0 ? "\x3b" + big(-1 - (v as number)) : "\x1b" + big(v as number));
          data = String.fromCharCode(0xa0 | Object.keys(map).length) + Object.entries(map).map(([key, v]) => encode(key) + encode(v)).join("");
        }
        const { rc, data: reply } = tile.call(service.task, label, service.api.group, data);
        expect(rc).toBeGreaterThanOrEqual(0);
        const command = Object.values(service.api.commands).find((c) => c.id === label >> 1);
        const exchange = label & 1 ? command?.write : command?.read;
        if (command && exchange) tile.check(command, exchange.reply, rc, reply);
        else expect(rc === 8 || rc === 3).toBe(true);
        for (const task of Object.values(Tasks)) expect(tile.isFaulted(task)).toBe(false);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });
});

function big(n: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(n));
  return bytes.toString("latin1");
}
