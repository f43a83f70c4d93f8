// The bound against the tile as shipped: every function of the bundle notes when it is entered and left, a tile is asked for all it can do, and every call that
// happens must be one that the graph has, no deeper than the bound, and the deepest not far below it.

import { beforeAll, describe, expect, it } from "vitest";
import { fakeConfig, FakePort } from "../../firmware/images/host/fake-port.ts";
import type { CborMap } from "../../firmware/wire/cbor.ts";
import { CborBytes, cborEncode } from "../../firmware/wire/cbor.ts";
import { SmpDemux, smpLines } from "../../firmware/wire/smp-frame.ts";
import { SmpOp, smpPacket } from "../../firmware/wire/smp-header.ts";
import { callDepth, frameNames, type CallDepth } from "./call-depth.ts";
import { callGraph } from "./calls/sites.ts";
import { evaluateWatched, SeenCalls } from "./calls/testing/watch-calls.ts";
import { isFunction, type FunctionNode } from "./dialect/tree.ts";
import { parseUnit, type Unit } from "./dialect/unit.ts";
import type { Profile } from "./bundle.ts";
import { buildTileImage } from "./tile-image.ts";

const root = new URL("../..", import.meta.url).pathname;

class Tile {
  readonly port = new FakePort();
  readonly #native;
  #sequence = 0;

  constructor(unit: Unit, seen: SeenCalls, totalBlocks: number) {
    this.port.totalBlocks = totalBlocks;
    const boot = evaluateWatched(unit, seen) as (api: object, config: object) => unknown;
    boot(this.port.api, fakeConfig);
    const { api } = this.port;
    this.#native = { atob: api.atob, btoa: api.btoa, bytes: api.E.toUint8Array };
    this.port.run(100);
  }

  /** Asks, and tells whether an answer came. */
  ask(op: SmpOp, group: number, id: number, body: CborMap): boolean {
    this.port.sent = "";
    this.port.receive(smpLines(smpPacket(op, 1, group, this.#sequence++ & 255, id, cborEncode(body)!), this.#native));
    this.port.run(200);
    return new SmpDemux(this.#native, 4096, 4096).push(this.port.sent).length > 0;
  }

  everything(): number {
    let answers = 0;
    const bodies: CborMap[] = [
      {}, { d: "x" }, { name: "n", off: 0, len: 4, data: new CborBytes("abcd") }, { t: 1_700_000_000_000, u: 500 }, { from: 0, max: 3 }, { records: 20 }, { from: 0 },
      { argv: ["free"] }, { name: "kernel" }, { id: 7, off: 0, t: 5, dt: 10, d: new CborBytes("\x01\x02".repeat(60)) }, { pin: "A1", s: 1 }, { off: 0, len: 40, data: new CborBytes("abcd"), sha: new CborBytes("s".repeat(32)) },
      { hash: new CborBytes("h".repeat(32)), confirm: true }, { format: "a" }, { slot: 1 }, { every: 5 },
    ];
    for (const group of [0, 1, 2, 8, 9, 64, 65, 66, 67, 68, 69, 70]) {
      for (const op of [SmpOp.Read, SmpOp.Write]) {
        // Not the reset.
        for (const id of [0, 1, 2, 3, 4, 6, 7, 8, 11, 12]) for (const body of bodies) if (this.ask(op, group, id, body)) answers++;
      }
    }
    // The journal goes round.
    for (let n = 0; n < 700; n++) this.ask(SmpOp.Write, 69, 3, { name: `name ${n} ${"x".repeat(20)}` });
    this.port.receive("noise \x06\x09AAA\n");
    this.port.run(30_000);
    return answers;
  }
}

describe.each([["small", 2500], ["full", 12_000]] as const)("profile %s", (profile: Profile, totalBlocks: number) => {
  let unit: Unit;
  let bound: CallDepth;
  let sourceMap: string;
  const seen = new SeenCalls();
  let answers = 0;

  beforeAll(async () => {
    const { bundle } = await buildTileImage(root, { name: "tile", version: "1.0.0", profile, frozen: true });
    unit = parseUnit(bundle.code, "tile");
    sourceMap = bundle.sourceMap;
    bound = callDepth(bundle.code, { sourceMap });
    answers = new Tile(unit, seen, totalBlocks).everything();
  }, 120_000);

  it("makes no call that the graph doesn't have", () => {
    expect(answers).toBeGreaterThan(500);
    const graph = callGraph(unit);
    expect(seen.beyond(graph)).toEqual([]);
    expect(graph.unknown).toEqual([]);
  });

  it("never nests deeper than the bound, and comes near it", () => {
    const names = frameNames(unit, sourceMap);
    const functions = new Map(unit.nodes.filter(isFunction).map((node): [number, FunctionNode] => [node.start, node]));
    const path = seen.deepest.map((at) => names.name(functions.get(at)!));
    expect(bound.circles).toEqual([]);
    // The first function is called by the engine.
    expect(path.length - 1, path.join(" > ")).toBeLessThanOrEqual(bound.whole.calls);
    expect(path.length - 1, path.join(" > ")).toBeGreaterThanOrEqual(bound.whole.calls - 3);
  });

  it("never lets a trace stand on a trace", () => {
    expect([...seen.calls].filter((call) => /^(\d+) \1$/.test(call))).toEqual([]);
    const names = frameNames(unit, sourceMap);
    const traced = unit.nodes.filter(isFunction).filter((node) => names.name(node).startsWith("traced "));
    expect(traced.map((node) => [...seen.calls].some((call) => call.startsWith(`${node.start} `)))).toEqual(profile === "full" ? [true] : []);
  });
});
