// Clocks that misbehave: late starts, wraps of 32-bit counters, steps back and far ahead. The tile goes on answering, and its uptime never falls.
import { beforeAll, describe, expect, it } from "vitest";
import { cborDecode, type CborMap } from "../wire/cbor.ts";
import { SmpDemux, smpLines } from "../wire/smp-frame.ts";
import { smpPacket } from "../wire/smp-header.ts";
import { fakeConfig, FakePort } from "./host/fake-port.ts";

type Boot = typeof import("./tile.ts").boot;
let boot: Boot;

beforeAll(async () => {
  Object.assign(globalThis, { FULL: true, VERSION: "1.2.3" });
  boot = (await import("./tile.ts")).boot;
});

function started(atMs: number): FakePort {
  const port = new FakePort();
  port.nowMs = atMs;
  boot(port.api, fakeConfig);
  port.run(100);
  return port;
}

function health(port: FakePort): CborMap {
  const native = { atob: port.api.atob, btoa: port.api.btoa, bytes: port.api.E.toUint8Array };
  port.sent = "";
  port.receive(smpLines(smpPacket(0, 1, 65, 1, 0, "\xa0"), native));
  port.run(50);
  const packets = new SmpDemux(native, 4096, 4096).push(port.sent);
  expect(packets.length).toBe(1);
  return cborDecode(packets[0]!.substring(8), 0) as CborMap;
}

describe("time", () => {
  for (const [what, atMs] of [["0", 0], ["2^31 µs", 2 ** 31 / 1000 - 2000], ["2^32 µs", 2 ** 32 / 1000 - 2000], ["2^31 ms (24 days)", 2 ** 31 - 2000], ["2^32 ms (49 days)", 2 ** 32 - 2000], ["the year 2026", 1795392000000]] as const)
    it(`runs across ${what}`, () => {
      const port = started(atMs);
      const first = health(port);
      const kicks = port.kicks;
      port.run(30000);
      const second = health(port);
      expect((second["up"] as number) - (first["up"] as number)).toBeGreaterThanOrEqual(30_000_000);
      expect((second["up"] as number) - (first["up"] as number)).toBeLessThan(31_000_000);
      expect(port.kicks).toBeGreaterThan(kicks + 2);
      expect(second).toMatchObject({ ok: true, faults: 0, stuck: 0 });
    });

  it("sleeps 50 days in one go, and counts them", () => {
    const port = started(0);
    port.nowMs += 50 * 86_400_000;
    port.run(20000);
    const after = health(port);
    expect(after["up"]).toBeGreaterThan(50 * 86_400_000_000);
    expect(after).toMatchObject({ ok: true, faults: 0 });
  });

  it("does not let its uptime fall, nor stop, when the clock is set back or far ahead", () => {
    const port = started(1795392000000);
    let last = 0;
    // The engine's timers run on: only what getTime says jumps.
    let shiftMs = 0;
    const api = port.api as { getTime: () => number };
    api.getTime = () => (port.nowMs + shiftMs) / 1000;
    for (const jumpMs of [-3_600_000, 86_400_000 * 365 * 20, -86_400_000 * 365 * 40, 1, -1, -1795392000000, 0]) {
      shiftMs += jumpMs;
      const kicks = port.kicks;
      port.run(20000);
      const now = health(port);
      expect(now["up"]).toBeGreaterThan(last);
      expect(now).toMatchObject({ faults: 0, stuck: 0 });
      expect(port.kicks).toBeGreaterThan(kicks);
      last = now["up"] as number;
    }
  });
});
