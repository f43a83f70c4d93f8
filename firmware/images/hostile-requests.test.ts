// Requests from somebody who means harm, or has a bug: every command of every service, with maps that hold the wrong things. Each gets exactly one answer, no task
// faults, and the flash of the running image, its trailer and the boot log stay as they were.
import { beforeAll, describe, expect, it } from "vitest";
import { slotOffset } from "../update/layout.ts";
import { CborBytes, cborDecode, cborEncode, cborHead, cborText, type CborMap, type CborValue } from "../wire/cbor.ts";
import { SmpDemux, smpLines } from "../wire/smp-frame.ts";
import { smpHeader, smpPacket } from "../wire/smp-header.ts";
import { fakeConfig, FakePort } from "./host/fake-port.ts";

type Boot = typeof import("./tile.ts").boot;
let boot: Boot;

beforeAll(async () => {
  Object.assign(globalThis, { FULL: true, VERSION: "1.2.3" });
  boot = (await import("./tile.ts")).boot;
});

/** Field names of every service, and names that mean something to JavaScript. */
const names = ["hash", "confirm", "off", "data", "len", "sha", "image", "upgrade", "slot", "d", "format", "query", "from", "max", "id", "t", "dt", "u", "name", "pin", "s", "n", "type", "argv", "length", "constructor", "valueOf", "toString", "hasOwnProperty", "0", "-1", ""];

const values: CborValue[] = [
  0, 1, -1, 5, -5, 255, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 1 - 2 ** 53, true, false, null, "", "a", "5", "crc32", "x".repeat(300), "v".repeat(400), "\xff\xfe", new CborBytes(""), new CborBytes("b".repeat(32)), new CborBytes("b".repeat(401)),
  [], [1], new Array<number>(32).fill(1), {}, { length: 32 }, { length: 2 ** 53 - 1 }, [[[[[[1]]]]]], { a: { a: { a: { a: { a: 1 } } } } }, ["version"], [null], ["y".repeat(300)],
];

/** Bodies that are no map, or a map that must not be. */
const bodies = ["", "\xa0", "\xf6", "\x05", "\x65hello", "\x80", "\xf5", "\xff", "\xbf\xff", "\xbf", "\xa1", "\xa1\x61", "\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "\xbb\x7f\xff\xff\xff\xff\xff\xff\xff", "\x5f\x41a\xff", "\xfb\x7f\xf0\0\0\0\0\0\0",
  "\x81".repeat(200), "\xa1" + cborText("__proto__") + "\xa1" + cborText("hash") + "\x01", "\xa2" + cborText("off") + "\x00" + cborText("off") + "\x01", "\xa1\x43off\x00", "\xc1\xa0", "\xa1" + cborText("\xff") + "\x01", cborHead(5, 4000) + "\x61a", "\xa1\x80\x01"];

const unknown = [3, 10, 63, 70, 65535];
const groups = [0, 1, 2, 8, 9, 64, 65, 66, 67, 68, 69, ...unknown];

/** Marsaglia's xorshift32. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

class Target {
  readonly port = new FakePort();
  private readonly native = { atob: this.port.api.atob, btoa: this.port.api.btoa, bytes: this.port.api.E.toUint8Array };
  private sequence = 0;
  private readonly kept: Buffer;

  constructor(totalBlocks: number) {
    this.port.totalBlocks = totalBlocks;
    this.port.flash.fill("A", slotOffset(fakeConfig, 0), slotOffset(fakeConfig, 1) - 64);
    // Slot A is confirmed.
    this.port.flash.write("\x01\0\xfe\xff\0\0\0\0\0\0\0\0", slotOffset(fakeConfig, 1) - 36, "latin1");
    this.kept = this.region();
    boot(this.port.api, fakeConfig);
    this.port.run(100);
  }

  /** What no request may touch: slot A, and what lies outside of the tile's range. */
  region(): Buffer {
    return Buffer.concat([this.port.flash.subarray(slotOffset(fakeConfig, 0), slotOffset(fakeConfig, 1)), this.port.flash.subarray(slotOffset(fakeConfig, 2))]);
  }

  /** Answers to one request, by raw body. */
  ask(op: number, group: number, id: number, body: string): string[] {
    this.port.sent = "";
    this.port.receive(smpLines(smpPacket(op, 1, group, this.sequence++ & 255, id, body), this.native));
    this.port.run(20);
    return new SmpDemux(this.native, 4096, 4096).push(this.port.sent);
  }

  /** One answer, that fits the request and holds a map. */
  mustAnswer(op: number, group: number, id: number, body: string, what: string): void {
    const packets = this.ask(op, group, id, body);
    expect(packets.length, `answers to ${what}`).toBe(1);
    const h = smpHeader(packets[0]!)!;
    expect([h.op, h.g, h.i], what).toEqual([op + 1, group, id]);
    expect(cborDecode(packets[0]!.substring(8), 0), `a strict map as answer to ${what}`).toBeTypeOf("object");
  }

  health(): CborMap {
    return cborDecode(this.ask(0, 65, 0, "\xa0")[0]!.substring(8), 0) as CborMap;
  }

  mustBeWell(): void {
    const faults = cborDecode(this.ask(0, 65, 1, "\xa0")[0]!.substring(8), 0) as CborMap;
    expect(faults["list"]).toEqual([]);
    const health = this.health();
    expect(health["faults"]).toBe(0);
    expect(health["down"]).toBe(0);
    expect(this.region().equals(this.kept), "slot A is untouched").toBe(true);
  }
}

/** A restart is what that command is for; it is left out. */
const isRestart = (op: number, group: number, id: number): boolean => op === 2 && group === 0 && id === 5;

for (const blocks of [2500, 5000]) {
  describe(`hostile requests, ${blocks} blocks`, () => {
    it("every command with one field of every kind", () => {
      const target = new Target(blocks);
      for (const group of groups)
        for (const id of [0, 1, 2, 3, 5, 6, 7, 8, 255])
          for (const op of [0, 2]) {
            if (isRestart(op, group, id)) continue;
            for (const body of bodies) target.mustAnswer(op, group, id, body, `${group}/${id}/${op} raw ${Buffer.from(body.substring(0, 40), "latin1").toString("hex")}`);
            if (unknown.includes(group)) continue;
            for (const name of names) for (const value of values) target.mustAnswer(op, group, id, "\xa1" + cborText(name) + cborEncode(value), `${group}/${id}/${op} {${name}: ${JSON.stringify(value).substring(0, 60)}}`);
          }
      target.mustBeWell();
    });

    it("maps of several fields, at random", () => {
      const target = new Target(blocks);
      const random = generator(20261122 + blocks);
      for (let n = 0; n < 20000; n++) {
        const group = groups[random(groups.length)]!;
        const id = random(9);
        const op = random(2) * 2;
        if (isRestart(op, group, id)) continue;
        let body = "";
        const count = random(6);
        const shuffled = names.map((name) => [random(1000), name] as const).sort((a, b) => a[0] - b[0]);
        for (let i = 0; i < count; i++) body += cborText(shuffled[i]![1]) + cborEncode(values[random(values.length)]!);
        if (body.length > 480) continue;
        target.mustAnswer(op, group, id, cborHead(5, count) + body, `${group}/${id}/${op} ${Buffer.from(body, "latin1").toString("hex")}`);
      }
      target.mustBeWell();
    });
  });
}
