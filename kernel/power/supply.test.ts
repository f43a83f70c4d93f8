// A battery that falls and rises: which timers wait, and who is answered all the same.
import { describe, expect, it } from "vitest";
import { Event, Op } from "../gate.ts";
import { PolicyVersion, SupplyFeature } from "./features.ts";
import { rankReady } from "./policy.ts";
import { installPolicies, powerSupply, powerTask } from "./power.ts";
import { Tile, second } from "../host/power-tile.ts";

describe("the supply", () => {
  /** Comfort, normal, important and vital, each with a job every second; a server below them that is comfort as well. */
  function supplied(): Tile {
    const tile = new Tile([5, 6, 7, 8]);
    tile.tasks.forEach(({ number }, i) => powerTask(tile.p, number, 0, 0, i));
    tile.onRun = (i, event, a) => tile.gate(Op.SetTimer, (event === Event.Timer ? a : 0) + second);
    tile.start(0, 1, 2, 3);
    tile.run(100_000);
    tile.order.length = 0;
    return tile;
  }
  it("sheds timers by criticality as it falls, and never vital ones", () => {
    const tile = supplied();
    for (const [battery, ran] of [[1000, [3, 2, 1, 0]], [499, [3, 2, 1]], [299, [3, 2]], [149, [3]], [0, [3]]] as const) {
      powerSupply(tile.p, battery);
      tile.run(tile.nowUs + second);
      expect(tile.order.splice(0), `${battery} per mille`).toEqual(ran);
    }
  });
  it("takes work up again well above where it was shed, late jobs at once", () => {
    const tile = supplied();
    powerSupply(tile.p, 100);
    tile.run(tile.nowUs + second);
    tile.order.length = 0;
    powerSupply(tile.p, 219);
    tile.step();
    expect(tile.order).toEqual([]);
    powerSupply(tile.p, 220);
    tile.step();
    expect(tile.order).toEqual([2]);
    powerSupply(tile.p, 600);
    tile.step();
    expect(tile.order).toEqual([2, 1, 0]);
  });
  it("lets a shed task answer who asks it, and go home without its timer", () => {
    const tile = supplied();
    powerSupply(tile.p, 0);
    tile.run(tile.nowUs + 3 * second);
    tile.order.length = 0;
    tile.w.boot(Op.TcbResume, tile.tasks[0]!.tcb, 0, 0, 0);
    tile.onRun = () => undefined;
    tile.step();
    // Its start is nothing that a timer brought; the one that is due waits on.
    expect(tile.order).toEqual([0]);
    powerSupply(tile.p, 1000);
    tile.step();
    expect(tile.order).toEqual([0, 2, 1, 0]);
  });
  it("does not wake for timers that nobody will serve", () => {
    const tile = new Tile([5]);
    powerTask(tile.p, tile.tasks[0]!.number, 0, 0, 0);
    tile.onRun = () => tile.gate(Op.SetTimer, tile.nowUs + second);
    tile.start(0);
    tile.step();
    powerSupply(tile.p, 0);
    expect(tile.step()).toBe(-1);
    powerSupply(tile.p, 1000);
    expect(tile.step()).toBe(second);
  });
  it("asks one replaceable policy, and keeps its nonsense within bounds", () => {
    const tile = supplied();
    for (const answer of [NaN, -5, 99, 1.5]) {
      installPolicies(tile.p, PolicyVersion.Current, rankReady, () => 0, () => answer);
      powerSupply(tile.p, 10);
      expect([0, 1, 3]).toContain(tile.p._supplyRow[SupplyFeature.Shed]);
    }
    tile.run(tile.nowUs + second);
    expect(tile.order).toContain(3);
  });
});
