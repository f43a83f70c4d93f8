// From a probe's answer to figures; and the probes themselves, as far as Node can run them.
import { describe, expect, it } from "vitest";
import type { EspruinoApi } from "../../hal/espruino.ts";
import { createEmitter } from "./kernel-emitter.ts";
import { childTime, engineFigures, passTimes } from "./kernel.ts";
import { Block, Kind, Room, Sample } from "./kernel-kinds.ts";
import { boot as memoryProbe } from "./kernel-memory-probe.ts";
import { boot as timeProbe } from "./kernel-probe.ts";
import { boot as revokeProbe } from "./kernel-revoke-probe.ts";
import { answerOf } from "./kernel-run.ts";

/** A clock that is a µs later at every look, and a heap that never changes. */
function api(): EspruinoApi {
  let s = 0;
  return { getTime: () => (s += 1e-6), process: { memory: () => ({ usage: 100 }) } } as unknown as EspruinoApi;
}

const answer = (numbers: number[]) => ({ total: 5000, blockBytes: 13, codeBlocks: 900, numbers });

describe("pass times", () => {
  it("takes the loop off every block but those that have none", () => {
    const blocks = Array.from({ length: Kind.Count }, (_, kind) => 10 * Block.Passes + kind * Block.Passes);
    blocks[Kind.RoundTrip] = 19 * Block.Trips;
    blocks[Kind.Wake] = 2 * 20 * Block.Trips;
    const times = passTimes(blocks);
    expect(times[Kind.Loop]).toBe(0);
    expect(times[Kind.Send]).toBe(Kind.Send);
    expect(times[Kind.RoundTrip]).toBe(19);
    expect(times[Kind.Wake]).toBe(20);
    expect(times[Kind.Request]).toBe(Kind.Request);
  });

  it("refuses a list that lacks a kind", () => {
    expect(() => passTimes([1, 2, 3])).toThrow(RangeError);
  });

  it("divides a revocation by its children, and refuses one that left some", () => {
    expect(childTime([100, 100 + 7 * Sample.Children])).toBe(7);
    expect(() => childTime([100, -1])).toThrow(RangeError);
  });
});

describe("figures", () => {
  it("gives ratios to the plain call and to the emitter, bytes of what was counted, and the limits of the design", () => {
    const blocks = Array.from({ length: Kind.Count }, () => 2 * Block.Passes);
    blocks[Kind.Loop] = 0;
    blocks[Kind.RoundTrip] = 100 * Block.Trips;
    blocks[Kind.Request] = 8 * Block.Passes;
    const room = Array.from({ length: Room.Count }, () => 0);
    room[Room.Slots] = (Sample.Slots * 16) / 13;
    room[Room.Trips] = 1;
    const figures = engineFigures("espruino-5000", "Espruino", { time: answer(blocks), memory: answer(room), revoke: undefined });
    const find = (id: string) => figures.find((figure) => figure.id === `espruino-5000.${id}`);
    expect(find("call")).toMatchObject({ value: 50, limit: 20 });
    expect(find("signal")).toMatchObject({ value: 1, limit: 8 });
    expect(find("callVersus")!.value).toBe(12.5);
    expect(find("slot")).toMatchObject({ value: 16, limit: 16 });
    expect(find("garbage")).toMatchObject({ value: 1, limit: 0 });
    expect(find("revoke")!.value).toBeUndefined();
  });

  it("reads what a probe prints behind a banner", () => {
    expect(answerOf("Espruino 2v29 @@5000,13,900,100,-250\n@@END")).toEqual(answer([1, -2.5]));
    expect(() => answerOf("Uncaught Error")).toThrow(/no figures/);
  });
});

describe("probes", () => {
  it("measure every kind of block", () => {
    const times = timeProbe(api(), 1);
    expect(times).toHaveLength(Kind.Count);
    expect([...times].every((us) => us > 0)).toBe(true);
  });

  it("revoke what they copied", () => {
    expect(revokeProbe(api(), 2)[1]).toBeGreaterThan(0);
  });

  it("compare worlds that differ in one thing", () => {
    expect([...memoryProbe(api())]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("have an emitter that answers", () => {
    const emitter = createEmitter();
    let got = 0;
    emitter.on("q", (a, b, done) => done?.(a + b));
    emitter.on("q", () => got++);
    emitter.emit("q", 2, 3, (answer) => (got += answer));
    emitter.emit("nobody", 0, 0, undefined);
    expect(got).toBe(6);
  });
});
