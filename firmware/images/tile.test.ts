// A whole tile in Node: it boots, takes the wire, answers SMP requests, supervises its tasks.
import { beforeAll, describe, expect, it } from "vitest";
import { CborBytes, cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap } from "../wire/cbor.ts";
import { CapType, FaultKind } from "../../kernel/gate.ts";
import { Reg } from "../../kernel/state.ts";
import { SmpDemux, smpLines } from "../wire/smp-frame.ts";
import { smpHeader, SmpOp, smpPacket, SmpRc } from "../wire/smp-header.ts";
import { fakeConfig, FakePort } from "./host/fake-port.ts";

type Boot = typeof import("./tile.ts").boot;
let boot: Boot;

beforeAll(async () => {
  Object.assign(globalThis, { FULL: true, VERSION: "1.2.3" });
  boot = (await import("./tile.ts")).boot;
});

let sequence = 0;

function ask(port: FakePort, op: SmpOp, group: number, id: number, body: CborMap, ms = 200): { rc: number; body: CborMap } {
  const native = { atob: port.api.atob, btoa: port.api.btoa, bytes: port.api.E.toUint8Array };
  port.sent = "";
  const q = sequence++ & 255;
  port.receive(smpLines(smpPacket(op, 1, group, q, id, cborEncode(body)!), native));
  port.run(ms);
  const packets = new SmpDemux(native, 4096, 4096).push(port.sent);
  expect(packets.length).toBe(1);
  const h = smpHeader(packets[0]!)!;
  expect([h.op, h.g, h.q, h.i, h.v]).toEqual([op + 1, group, q, id, 1]);
  const reply = cborDecode(packets[0]!.substring(8), 0) as CborMap;
  expect(reply).toBeDefined();
  return { rc: (reply["rc"] as number) ?? 0, body: reply };
}

function booted(): FakePort {
  const port = new FakePort();
  boot(port.api, fakeConfig);
  port.run(100);
  return port;
}

describe("tile", () => {
  it("takes the console off the wire and sleeps until its next look", () => {
    const port = booted();
    expect(port.console).toBeNull();
    expect(port.idle.timers).toBe(1);
    expect(port.idle.nextMs).toBeGreaterThan(1000);
  });

  it("answers echo, parameters and info", () => {
    const port = booted();
    expect(ask(port, SmpOp.Write, 0, 0, { d: "hello" }).body).toEqual({ r: "hello" });
    expect(ask(port, SmpOp.Read, 0, 6, {}).body["buf_size"]).toBeGreaterThanOrEqual(512);
    expect(ask(port, SmpOp.Read, 0, 7, { format: "sv" }).body).toEqual({ output: "Genesis 1.2.3" });
    expect(ask(port, SmpOp.Read, 0, 7, { format: "vis" }).body).toEqual({ output: `Genesis 1.2.3 ${fakeConfig.board}` });
    expect(ask(port, SmpOp.Read, 0, 7, { format: "?" }).rc).toBe(3);
    expect(ask(port, SmpOp.Read, 0, 99, {}).rc).toBe(8);
    expect(ask(port, SmpOp.Read, 63, 0, {}).rc).toBe(8);
    expect(Object.keys(ask(port, SmpOp.Read, 0, 2, {}).body["tasks"] as CborMap)).toContain("health");
    expect(ask(port, SmpOp.Read, 0, 3, {}).body["mpools"]).toHaveProperty("heap.nfree");
  });

  it("survives noise, half frames and a request right after them", () => {
    const port = booted();
    port.receive("AT\r\n\x06\x09AAA");
    port.run(50);
    expect(port.sent).toContain("Genesis 1.2.3: this port belongs to the kernel");
    expect(ask(port, SmpOp.Write, 0, 0, { d: "x" }).body).toEqual({ r: "x" });
  });

  it("restarts after it has answered", () => {
    const port = new FakePort();
    boot(port.api, fakeConfig, { slot: 0, kind: 0, cause: 0, log: 8, unhealthy: 0 });
    port.run(100);
    expect(ask(port, SmpOp.Write, 0, 5, {}, 100).rc).toBe(0);
    expect(port.reboots).toBe(0);
    expect(port.flash.readUInt32BE(8)).toBe(0xffffffff);
    port.run(300);
    expect(port.reboots).toBe(1);
    // Told to restart, so it was well: its word in the boot log says so.
    expect(port.flash.readUInt32BE(8)).toBe(0);
    port.restart();
    boot(port.api, fakeConfig, { slot: 0, kind: 0, cause: 0, log: 12, unhealthy: 0 });
    port.run(100);
    expect(ask(port, SmpOp.Read, 65, 0, {}).body["causes"]).toEqual(new CborBytes("\0\x05"));
  });

  it("dumps capabilities that only ever derive with fewer rights", () => {
    const port = booted();
    const slots: number[][] = [];
    let from = 0;
    do {
      const { body } = ask(port, SmpOp.Read, 66, 1, { from });
      slots.push(...(body["rows"] as number[][]));
      from = body["next"] as number;
    } while (from);
    expect(slots.length).toBeGreaterThan(8);
    const byAddress = new Map(slots.map((row) => [row[0]!, row]));
    expect(byAddress.size).toBe(slots.length);
    let derived = 0;
    for (const [, cap, object, , parent] of slots) {
      if (!parent) continue;
      const above = byAddress.get(parent)!;
      // Objects come from an untyped, a device from the interrupt control; everything else names the same object.
      if ([CapType.Untyped, CapType.IrqControl].includes(above[1]! >> 4)) continue;
      derived++;
      expect(above[2]).toBe(object);
      expect(above[1]! >> 4).toBe(cap! >> 4);
      expect(cap! & 15 & ~above[1]!).toBe(0);
    }
    expect(derived).toBeGreaterThan(20);
  });

  it("kicks the watchdog, marks the start healthy and reports it", () => {
    const port = booted();
    expect(ask(port, SmpOp.Read, 65, 0, {}).body["ok"]).toBe(false);
    port.run(19000);
    expect(port.kicks).toBe(3);
    const { body } = ask(port, SmpOp.Read, 65, 0, {});
    expect(body["ok"]).toBe(true);
    expect(body["faults"]).toBe(0);
    expect(body["causes"]).toBeInstanceOf(CborBytes);
  });

  it("serves files, shell and statistics where there is memory for them", () => {
    const port = new FakePort();
    port.totalBlocks = 5000;
    boot(port.api, fakeConfig);
    port.run(100);
    expect(ask(port, SmpOp.Read, 0, 6, {}).body["buf_size"]).toBe(1024);
    expect(ask(port, SmpOp.Write, 9, 0, { argv: ["version"] }).body).toEqual({ o: "Genesis 1.2.3 on 2v29\n", ret: 0 });
    expect(ask(port, SmpOp.Write, 9, 0, { argv: ["rm", "-rf"] }).body["ret"]).toBe(1);
    expect(ask(port, SmpOp.Read, 2, 1, {}).body).toEqual({ stat_list: ["kernel", "link"] });
    expect((ask(port, SmpOp.Read, 2, 0, { name: "kernel" }).body["fields"] as CborMap)["runs"]).toBeGreaterThan(5);
    expect(ask(port, SmpOp.Read, 2, 0, { name: "nope" }).rc).toBe(5);

    // "Supported hash types" and "close": clients ask for them by id alone.
    for (const [op, id] of [[SmpOp.Read, 3], [SmpOp.Write, 4]] as const) expect(ask(port, op, 8, id, {}).rc).toBe(8);
    expect(ask(port, SmpOp.Read, 8, 1, { name: "notes" }).rc).toBe(5);
    for (const name of [".bootcde", "g.cfg", "g.dat"]) for (const op of [SmpOp.Read, SmpOp.Write]) expect(ask(port, op, 8, 0, { name, off: 0, len: 1, data: new CborBytes("x") }).rc).toBe(11);
    expect(ask(port, SmpOp.Write, 8, 0, { name: "notes", off: 0, len: 10, data: new CborBytes("abcd") }).body).toEqual({ off: 4 });
    expect(ask(port, SmpOp.Write, 8, 0, { name: "notes", off: 8, data: new CborBytes("ij") }).body).toEqual({ off: 4 });
    expect(ask(port, SmpOp.Write, 8, 0, { name: "notes", off: 4, data: new CborBytes("efghij") }).body).toEqual({ off: 10 });
    expect(ask(port, SmpOp.Read, 8, 1, { name: "notes" }).body).toEqual({ len: 10 });
    expect(ask(port, SmpOp.Read, 8, 0, { name: "notes", off: 0 }).body).toEqual({ off: 0, len: 10, data: new CborBytes("abcdefghij") });
    expect(ask(port, SmpOp.Read, 8, 0, { name: "notes", off: 8, n: 1 }).body).toEqual({ off: 8, data: new CborBytes("i") });
    expect(ask(port, SmpOp.Read, 8, 0, { name: "notes", off: 4294967300 }).body).toEqual({ off: 4294967300, data: new CborBytes("") });
    const wrongs: CborMap[] = [{ off: -1 }, { n: -1, off: 4 }, { n: "5" }, { off: "4" }, { len: -1 }];
    for (const wrong of wrongs) expect(ask(port, SmpOp.Read, 8, 0, { name: "notes", ...wrong }).rc).toBe(3);
    expect(ask(port, SmpOp.Read, 8, 2, { name: "notes" }).body).toEqual({ type: "crc32", len: 10, output: 0x3981703a });
    expect(ask(port, SmpOp.Write, 8, 0, { name: "big", off: 0, len: 100000, data: new CborBytes("x") }).rc).toBe(2);
  });

  it("tells which service ran when the engine ended, and restarts it like any other", () => {
    const identity = 3;
    const words: Int32Array[] = [];
    const port = new FakePort();
    // The layout is the same in each life.
    port.api.E.lastWord = (memory, at) => {
      words.push(memory);
      return at === Reg.Running ? memory[Reg.Tasks + identity]! : 0;
    };
    boot(port.api, fakeConfig);
    port.run(50);
    expect(ask(port, SmpOp.Read, 65, 1, {}, 20).body["list"]).toEqual([[identity, FaultKind.Interrupted, 1, 0, ""]]);
    expect(ask(port, SmpOp.Read, 69, 0, {}, 20).rc).toBe(SmpRc.Busy);
    port.run(100);
    expect(ask(port, SmpOp.Read, 69, 0, {}).rc).toBe(0);
    expect(ask(port, SmpOp.Read, 65, 0, {}).body).toMatchObject({ faults: 1, down: 0, stuck: 0 });
    expect(words).toHaveLength(1);
  });

  it.each(["nobody", "the kernel", "health"])("starts as ever when that was %s", (who) => {
    const port = new FakePort();
    port.api.E.lastWord = (memory) => (who === "nobody" ? 0 : who === "the kernel" ? 1 : memory[Reg.Tasks]!);
    boot(port.api, fakeConfig);
    port.run(50);
    expect(ask(port, SmpOp.Read, 65, 0, {}).body).toMatchObject({ faults: 0, down: 0 });
  });

  it("restarts a service that throws, and answers its caller", () => {
    const port = booted();
    const memory = port.api.process.memory;
    port.api.process.memory = () => {
      throw new Error("sensor on fire");
    };
    expect(ask(port, SmpOp.Read, 0, 3, {}).rc).toBe(6);
    expect(ask(port, SmpOp.Read, 0, 3, {}).rc).toBe(6);
    port.api.process.memory = memory;
    port.run(1000);
    expect(ask(port, SmpOp.Read, 0, 3, {}).rc).toBe(0);
    const faults = ask(port, SmpOp.Read, 65, 1, {}).body["list"] as unknown[][];
    expect(faults.length).toBe(2);
    expect(faults[0]!.slice(1, 3)).toEqual([1, 1]);
    expect(faults[0]![4]).toContain("sensor on fire");
  });
});
