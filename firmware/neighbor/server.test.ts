// The neighbor service alone: a gate that keeps what was asked of it, a wire that the test holds.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPort } from "../../hal/port/espruino-port.ts";
import { openUart, UartLimit } from "../../hal/port/uart.ts";
import type { EspruinoApi, EspruinoSerial } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { Event, Op } from "../../kernel/gate.ts";
import { cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpDemux, smpLines } from "../wire/smp-frame.ts";
import { SmpGroup, smpHeader, SmpOp, smpPacket } from "../wire/smp-header.ts";
import { NeighborCommand } from "./api.ts";
import { createNeighborServer } from "./server.ts";

const native = {
  atob: (text: string): string => Buffer.from(text, "base64").toString("latin1"),
  btoa: (text: string): string => Buffer.from(text, "latin1").toString("base64"),
  bytes: (text: string): Uint8Array => Buffer.from(text, "latin1"),
};
const ME = "00112233445566aa";
const PEER = "ffeeddccbbaa9988";

/** One neighbor task; time moves when the test says so. */
class Bench {
  nowUs = 0;
  timerUs = 0;
  wire = "";
  noted = 0;
  private reply = { rc: -1, data: "" };
  private receive: (data: string) => void = () => undefined;
  private readonly handler;

  constructor() {
    const serial = { setup: () => undefined, on: (_event: string, listener: (data: string) => void) => void (this.receive = listener), write: (data: string) => void (this.wire += data) } as unknown as EspruinoSerial;
    const api = { getTime: () => this.nowUs / 1e6, setTimeout: () => 1, clearTimeout: () => undefined, Serial1: serial } as unknown as EspruinoApi;
    const port = createPort(api, { link: "Serial1" } as TileConfig);
    const uart = openUart(port, serial, 115200, "", () => void this.noted++);
    this.handler = createNeighborServer((op, _at, label, a, _b, data) => {
      if (op === Op.Now) return this.nowUs;
      if (op === Op.SetTimer) this.timerUs = a;
      if (op === Op.Reply) this.reply = { rc: label, data };
      return 0;
    }, { native, uart, irq: 1, id: ME });
    this.event(Event.Start);
  }

  private event(event: Event, label = 0, data = ""): void {
    this.handler(event, 0, label, 0, 0, data);
  }

  /** Bytes arrive, all at once. */
  arrive(bytes: string): void {
    this.receive(bytes);
    this.event(Event.Notification);
  }

  /** Runs the timers up to `us` from now. */
  pass(us: number): void {
    const end = this.nowUs + us;
    while (this.timerUs > 0 && this.timerUs <= end) {
      this.nowUs = this.timerUs;
      this.timerUs = 0;
      this.event(Event.Timer);
    }
    this.nowUs = end;
  }

  /** The hellos on the wire since the last call. */
  hellos(): CborMap[] {
    const packets = new SmpDemux(native, 200, 200).push(this.wire);
    this.wire = "";
    return packets.map((packet) => {
      expect(smpHeader(packet)).toMatchObject({ op: SmpOp.Write, g: SmpGroup.Neighbor, i: NeighborCommand.Hello });
      return cborDecode(packet.substring(8), CborFlag.Flat) as CborMap;
    });
  }

  ask(label: number, request: CborMap = {}): { rc: number; reply: CborMap } {
    this.event(Event.Message, label, cborEncode(request) as string);
    return { rc: this.reply.rc, reply: (cborDecode(this.reply.data, CborFlag.Flat) as CborMap | undefined) ?? {} };
  }

  get status(): CborMap {
    return this.ask(NeighborCommand.Status * 2).reply;
  }
}

const hello = (n: number, id: string = PEER): string => smpLines(smpPacket(SmpOp.Write, 1, SmpGroup.Neighbor, n & 255, NeighborCommand.Hello, cborEncode({ id, n }) as string), native);

describe("neighbor", () => {
  it("says hello at its start and every ten seconds, with numbers that count", () => {
    const bench = new Bench();
    bench.pass(25_000_000);
    expect(bench.hellos()).toEqual([1, 2, 3].map((n) => ({ id: ME, n })));
    expect(bench.status).toEqual({ id: "", n: 0, heard: 0, lost: 0, restarts: 0, age: 0, sent: 3, dropped: 0, every: 10 });
  });

  it("counts what it hears, what is missing, and restarts; answers a newcomer at once", () => {
    const bench = new Bench();
    bench.pass(2_000_000);
    bench.hellos();
    bench.arrive(hello(7));
    expect(bench.hellos()).toHaveLength(1);
    bench.arrive(hello(8));
    bench.arrive(hello(11));
    expect(bench.hellos()).toHaveLength(0);
    bench.pass(1_500_000);
    expect(bench.status).toMatchObject({ id: PEER, n: 11, heard: 3, lost: 2, restarts: 0, age: 1500 });
    bench.arrive(hello(1));
    expect(bench.hellos()).toHaveLength(1);
    expect(bench.status).toMatchObject({ heard: 4, lost: 2, restarts: 1, age: 0 });
    bench.arrive(hello(1));
    expect(bench.status).toMatchObject({ heard: 4, restarts: 1 });
    bench.arrive(hello(3, "0123456789abcdef"));
    expect(bench.hellos()).toHaveLength(0);
    bench.pass(1_000_000);
    expect(bench.hellos()).toHaveLength(1);
    expect(bench.status).toMatchObject({ id: "0123456789abcdef", n: 3, heard: 1, lost: 0, restarts: 0 });
  });

  it("takes an interval from 1 to 3600 s and refuses anything else", () => {
    const bench = new Bench();
    expect(bench.ask(NeighborCommand.Status * 2 + 1, { every: 2 })).toMatchObject({ rc: 0, reply: { every: 2 } });
    bench.hellos();
    bench.pass(6_500_000);
    expect(bench.hellos()).toHaveLength(3);
    for (const every of [0, 3601, -1, "2", null, [1]]) expect(bench.ask(NeighborCommand.Status * 2 + 1, { every }).rc).toBe(3);
    expect(bench.ask(NeighborCommand.Hello * 2 + 1, { id: PEER, n: 1 }).rc).toBe(8);
    expect(bench.status).toMatchObject({ every: 2, id: "" });
  });

  it("finds hellos in pieces and between noise, and does not hear itself", () => {
    const bench = new Bench();
    const text = `${"noise\n".repeat(4)}${hello(1)}\x06\x09AAAA\n${hello(2).slice(0, 20)}${hello(3)}`;
    for (let at = 0; at < text.length; at += 5) bench.arrive(text.slice(at, at + 5));
    expect(bench.status).toMatchObject({ id: PEER, heard: 2, lost: 1 });
    bench.arrive(hello(9, ME));
    expect(bench.status).toMatchObject({ id: PEER, heard: 2 });
  });

  it("counts what comes faster than the task runs, and leaves such a wire alone for a second", () => {
    const bench = new Bench();
    bench.noted = 0;
    for (let n = 0; n < 100; n++) bench.arrive("x".repeat(UartLimit.RxBytes + 30));
    expect(bench.noted).toBe(1);
    expect(bench.status).toMatchObject({ dropped: 30 + 99 * (UartLimit.RxBytes + 30), heard: 0 });
    bench.pass(1_000_000);
    bench.arrive(hello(1));
    expect(bench.status).toMatchObject({ id: PEER, heard: 1 });
  });

  it("says no more than one hello a second, whoever else is on the wire", () => {
    const tiles = [new Bench(), new Bench(), new Bench()];
    for (let ms = 0; ms < 60_000; ms += 100) {
      const said = tiles.map((bench, index) => bench.hellos().map(({ n }) => hello(Number(n), `${index}`.repeat(16))));
      tiles.forEach((bench, index) => said.forEach((texts, from) => from !== index && texts.forEach((text) => bench.arrive(text))));
      for (const bench of tiles) bench.pass(100_000);
    }
    for (const { status } of tiles) expect(status["sent"]).toBeLessThanOrEqual(61);
    const doubled = new Bench();
    doubled.pass(2_000_000);
    for (let n = 0; n < 50; n++) doubled.arrive(hello(4));
    expect(doubled.status).toMatchObject({ sent: 2, heard: 1, restarts: 0 });
  });

  it("believes no id that is none: the tile's own answer stays valid text", () => {
    for (const id of ["\xff".repeat(16), "\x1b[2Jtile 0 ok \x1b[", "0011223344556677".toUpperCase().replace("0", "G"), "00112233445566AA"]) {
      const bench = new Bench();
      bench.arrive(hello(1, id));
      expect(bench.status).toMatchObject({ id: "", heard: 0 });
    }
    const otherVersion = new Bench();
    otherVersion.arrive(smpLines(smpPacket(SmpOp.Write, 3, SmpGroup.Neighbor, 1, NeighborCommand.Hello, cborEncode({ id: PEER, n: 1 }) as string), native));
    expect(otherVersion.status).toMatchObject({ id: "" });
  });

  it("keeps the sum of what was lost exact", () => {
    const bench = new Bench();
    for (let n = 0; n < 5; n++) for (const number of [1, 4294967295]) bench.arrive(hello(number));
    expect(bench.status).toMatchObject({ lost: 4294967295, restarts: 4, heard: 10 });
  });

  it("keeps sane figures whatever a neighbor sends", () => {
    const value = fc.oneof(fc.integer(), fc.string(), fc.constant(4294967296), fc.constant(Number.MAX_SAFE_INTEGER), fc.constant(PEER), fc.boolean(), fc.constant(null));
    const packet = fc.tuple(fc.nat(7), fc.constantFrom<number>(SmpGroup.Neighbor, 0), fc.nat(2), fc.dictionary(fc.constantFrom("id", "n", "x"), value)).map(([op, group, id, body]) => smpLines(smpPacket(op, 1, group, 0, id, cborEncode(body as CborMap) as string), native));
    const piece = fc.oneof(packet, fc.string({ unit: "binary-ascii" }), fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes).toString("latin1")), fc.tuple(fc.integer({ min: 1, max: 4294967295 }), fc.constantFrom(PEER, ME, "short")).map(([n, id]) => hello(n, id)));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const bench = new Bench();
        for (const bytes of pieces) {
          bench.arrive(bytes);
          bench.pass(1_100_000);
        }
        const { id, n, heard, lost, restarts } = bench.status as unknown as { id: string; n: number; heard: number; lost: number; restarts: number };
        expect(id === "" ? heard : id.length).toBe(id === "" ? 0 : 16);
        expect(id).not.toBe(ME);
        expect([n, heard, lost, restarts].every((figure) => Number.isSafeInteger(figure) && figure >= 0)).toBe(true);
        bench.arrive("\n");
        bench.arrive(hello(5));
        expect(bench.status).toMatchObject({ id: PEER, n: 5 });
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});
