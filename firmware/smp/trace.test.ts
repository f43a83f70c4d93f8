// The trace ring of a whole tile: nothing while it is off, every run while it is on, in order, also over the ring's end and over faults.
import { beforeAll, describe, expect, it } from "vitest";
import { Event, Op } from "../../kernel/gate.ts";
import { CborBytes, cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap } from "../wire/cbor.ts";
import { SmpDemux, smpLines } from "../wire/smp-frame.ts";
import { smpHeader, SmpOp, smpPacket } from "../wire/smp-header.ts";
import { fakeConfig, FakePort } from "../images/host/fake-port.ts";

let boot: typeof import("../images/tile.ts").boot;
beforeAll(async () => {
  Object.assign(globalThis, { FULL: true, VERSION: "1.2.3" });
  boot = (await import("../images/tile.ts")).boot;
});

let sequence = 0;
function ask(port: FakePort, op: SmpOp, group: number, id: number, body: CborMap): { rc: number; body: CborMap } {
  const native = { atob: port.api.atob, btoa: port.api.btoa, bytes: port.api.E.toUint8Array };
  port.sent = "";
  port.receive(smpLines(smpPacket(op, 1, group, sequence++ & 255, id, cborEncode(body)!), native));
  port.run(200);
  const packets = new SmpDemux(native, 4096, 4096).push(port.sent);
  expect(packets.length).toBe(1);
  expect(smpHeader(packets[0]!)).toMatchObject({ g: group, i: id });
  const reply = cborDecode(packets[0]!.substring(8), 0) as CborMap;
  return { rc: (reply["rc"] as number) ?? 0, body: reply };
}
const write = (port: FakePort, records: number): CborMap => ask(port, SmpOp.Write, 66, 2, { records }).body;
const read = (port: FakePort, from: number): CborMap => ask(port, SmpOp.Read, 66, 2, { from }).body;

function booted(): FakePort {
  const port = new FakePort();
  port.totalBlocks = 5000;
  boot(port.api, fakeConfig);
  port.run(100);
  return port;
}

interface Run {
  time: number;
  duration: number;
  task: number;
  event: Event;
  op: number;
  argument: number;
  peer: number;
}

function runs(page: CborMap): Run[] {
  const bytes = Buffer.from((page["data"] as CborBytes).b, "latin1");
  expect(bytes.length % 16).toBe(0);
  return Array.from({ length: bytes.length / 16 }, (_, i) => {
    const [time = 0, duration = 0, what = 0, argument = 0] = [0, 4, 8, 12].map((at) => bytes.readInt32LE(16 * i + at));
    return { time, duration, task: what & 15, event: (what >> 4) & 15, op: (what >> 8) & 63, argument: argument & 65535, peer: (argument >>> 16) - 1 };
  });
}

const [health, link, os, fs] = [0, 1, 4, 8];

describe("trace", () => {
  it("is off until it is asked for, and off again", () => {
    const port = booted();
    expect(ask(port, SmpOp.Read, 66, 2, {}).rc).toBe(6);
    expect(write(port, 20)["records"]).toBe(20);
    expect(runs(read(port, 0)).length).toBeGreaterThan(0);
    expect(write(port, 0)["records"]).toBe(0);
    expect(ask(port, SmpOp.Read, 66, 2, {}).rc).toBe(6);
    for (const id of [0, 1, 3]) expect(ask(port, SmpOp.Write, 66, id, {}).rc).toBe(8);
  });

  it("has one record per run, in order: what came, who called, how it ended", () => {
    const port = booted();
    write(port, 50);
    expect(ask(port, SmpOp.Write, 0, 0, { d: "x" }).rc).toBe(0);
    const page = read(port, 0);
    const seen = runs(page);
    expect(page).toMatchObject({ from: 0, next: seen.length, end: seen.length });
    expect(seen.every(({ time }, i) => i === 0 || time >= seen[i - 1]!.time)).toBe(true);
    // The echo: bytes arrive, link calls os, os answers, link sends.
    expect(seen.slice(1, 4)).toMatchObject([
      { task: link, event: Event.Notification, op: Op.Call, argument: 1, peer: -1 },
      { task: os, event: Event.Message, op: 0, argument: 1, peer: link },
      { task: link, event: Event.Reply, op: 0 },
    ]);
    expect(seen.every(({ duration }) => duration >= 0)).toBe(true);
    port.run(20_000);
    expect(runs(read(port, seen.length)).filter(({ task }) => task === health).every(({ event }) => event === Event.Timer)).toBe(true);
  });

  it("keeps the newest when the ring is full, and says where they begin", () => {
    const port = booted();
    write(port, 7);
    for (let i = 0; i < 6; i++) ask(port, SmpOp.Write, 0, 0, { d: "x" });
    const first = read(port, 0);
    // One of the seven is the run that answers.
    expect((first["end"] as number) - (first["from"] as number)).toBe(6);
    let from = first["from"] as number;
    let pages = 0;
    for (let page = first; pages < 3; pages++) {
      expect(page["from"]).toBe(from);
      from = page["next"] as number;
      if (from === page["end"]) break;
      page = read(port, from);
    }
    // A number from the future is answered with where the ring is.
    expect(read(port, 1e6)["from"]).toBeLessThan(1000);
    expect(write(port, 1e9)["records"]).toBe(port.freeBlocks >> 4);
  });

  it("shows a run that faulted without a duration, and who was told; the task goes on under the trace", () => {
    const port = booted();
    port.files.set("notes", "abc");
    write(port, 60);
    const crc = port.api.E.CRC32;
    port.api.E.CRC32 = () => {
      throw new Error("for a test");
    };
    expect(ask(port, SmpOp.Read, 8, 2, { name: "notes", type: "crc32" }).rc).toBe(6);
    port.api.E.CRC32 = crc;
    port.run(1000);
    expect(ask(port, SmpOp.Read, 8, 2, { name: "notes", type: "crc32" }).rc).toBe(0);
    const seen = runs(read(port, 0));
    const at = seen.findIndex(({ duration }) => duration < 0);
    expect(seen[at]).toMatchObject({ task: fs, event: Event.Message, peer: link });
    expect(seen.slice(at + 1).find(({ task }) => task === health)).toMatchObject({ event: Event.Fault, argument: 1, peer: fs });
    expect(seen.slice(at + 1).filter(({ task }) => task === fs).map(({ event }) => event)).toEqual([Event.Start, Event.Message]);
    expect(seen.filter(({ duration }) => duration < 0).length).toBe(1);
  });

  it("ends when its own task restarts", () => {
    const port = booted();
    write(port, 60);
    const memory = port.api.process.memory;
    port.api.process.memory = () => {
      throw new Error("for a test");
    };
    expect(ask(port, SmpOp.Read, 0, 3, {}).rc).toBe(6);
    port.api.process.memory = memory;
    port.run(1000);
    expect(ask(port, SmpOp.Read, 66, 2, {}).rc).toBe(6);
    expect(write(port, 8)["records"]).toBe(8);
  });
});
