// Power is cut at every flash operation of an update, in every way a cut can look, with the real first stage, the real update service
// and the real journal: what it committed before a cut is there after it, once and in order (bench-telemetry.ts checks at every start).
import { afterAll, describe, expect, it } from "vitest";
import { createHash } from "node:crypto";
import { markHealthy } from "../../firmware/update/boot-log.ts";
import { BootBench, oneSlotDevice, type Start } from "./boot-bench.ts";
import { stashEnd, stashMark } from "../../firmware/update/stash.ts";
import { slotOffset } from "../../firmware/update/layout.ts";
import { updateOneSlot } from "../install/one-slot.ts";
import { NorFlash, PowerCut, type CutPlan } from "../sim/nor-flash.ts";

const shapes: Omit<CutPlan, "operation">[] = [
  { mode: "before" },
  { mode: "torn", tornWords: 1 },
  { mode: "torn" },
  { mode: "noise", seed: 7 },
  { mode: "noise", seed: 4242 },
  { mode: "after" },
];
let cuts = 0;
afterAll(() => console.log(`power cuts: ${cuts} cut points, every one left a tile that booted a whole image and finished its update`));

const twoSlots = { page: 256, journal: 4, slot: 6, slots: 2 as const, prev: 0 };

function twoSlotBench(): { bench: BootBench; v2: Buffer } {
  const bench = new BootBench(twoSlots, { hasTelemetry: true });
  bench.install(bench.image("1.0.0", 700));
  return { bench, v2: bench.image("2.0.0", 1200) };
}

/** A reset after which the image runs long enough to be healthy, unless it breaks. */
function restart(bench: BootBench): Start {
  const start = bench.reset();
  if (start.info && !start.rebooted) {
    markHealthy(bench.flash, start.info);
    bench.telemetry?.append();
  }
  return start;
}

/** What a host does to get `image` running and confirmed, from whatever state the tile is in. Each call goes on where the last one was cut. */
function update(bench: BootBench, image: Buffer, version: string): void {
  for (let tries = 0; tries < 6; tries++) {
    let start = restart(bench);
    if (start.version === version && start.info?.kind !== 1) return;
    if (start.version === version) {
      expect(bench.updater(start).setState("", true)).toBe(0);
      continue;
    }
    const updater = bench.updater(start);
    const sha = createHash("sha256").update(image).digest().toString("latin1");
    let offset = 0;
    while (offset < image.length) {
      const next = updater.upload(offset, image.toString("latin1", offset, Math.min(image.length, offset + 100)), image.length, sha);
      if (next < 0) throw new Error(`upload refused: ${next} at ${offset}`);
      if (Math.floor(next / 400) > Math.floor(offset / 400)) bench.telemetry!.append();
      offset = next;
    }
    const set = updater.setState(image.toString("latin1", image.length - 76, image.length - 44), false);
    if (set === -2) updater.erase(1 - start.info!.slot); // trials used up: start over
    else expect(set).toBe(0);
    start = restart(bench);
    if (start.version === version) expect(bench.updater(start).setState("", true)).toBe(0);
  }
  throw new Error(`the tile never got to run ${version}`);
}

/** As update(), for a board with one slot. `isPatient`: the host catches the boot window after a cut, before the first stage takes the old image back. */
async function updateInWindow(bench: BootBench, image: Buffer, version: string, isPatient = false): Promise<void> {
  for (let tries = 0; tries < 4; tries++) {
    if (!isPatient || tries > 0) {
      const start = restart(bench);
      if (start.version === version) {
        if (start.info?.kind !== 1) return;
        expect(bench.updater(start).setState("", true)).toBe(0);
        continue;
      }
      expect(start.version).toBe("1.0.0");
    }
    await updateOneSlot(oneSlotDevice(bench), bench.config, image, { pieceBytes: 128 });
  }
  throw new Error(`the tile never got to run ${version}`);
}

/** Runs `work`, cut at operation `operation` in the way of `shape`. False when it has fewer operations than that. */
function cutDuring(nor: NorFlash, operation: number, shape: Omit<CutPlan, "operation">, work: () => void): boolean {
  nor.armCut({ operation, ...shape });
  try {
    work();
  } catch (error) {
    if (error instanceof PowerCut) {
      cuts++;
      return true;
    }
    throw error;
  }
  nor.armCut(undefined);
  return false;
}

/** The same for work that takes turns. */
async function cutLater(nor: NorFlash, operation: number, shape: Omit<CutPlan, "operation">, work: () => Promise<void>): Promise<boolean> {
  nor.armCut({ operation, ...shape });
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
    cuts++;
    return true;
  }
  nor.armCut(undefined);
  return false;
}

function expectWhole(start: Start, allowed: string[]): void {
  expect(allowed).toContain(start.version);
}

describe("two slots", () => {
  it("boots a whole image and can be updated after a cut at every operation of an update", () => {
    for (const shape of shapes) {
      let operation = 1;
      for (; ; operation++) {
        const { bench, v2 } = twoSlotBench();
        if (!cutDuring(bench.nor, operation, shape, () => update(bench, v2, "2.0.0"))) break;
        expectWhole(restart(bench), ["1.0.0", "2.0.0"]);
        update(bench, v2, "2.0.0");
        expect(restart(bench).version).toBe("2.0.0");
        bench.telemetry!.check();
      }
      expect(operation).toBeGreaterThan(25);
    }
  });

  it("writes over the older image in the other slot, cut at every operation", () => {
    for (const shape of shapes)
      for (let operation = 1; ; operation++) {
        const { bench, v2 } = twoSlotBench();
        update(bench, v2, "2.0.0");
        const v3 = bench.image("3.0.0", 1000);
        const wasCut = cutDuring(bench.nor, operation, shape, () => update(bench, v3, "3.0.0"));
        expectWhole(restart(bench), wasCut ? ["2.0.0", "3.0.0"] : ["3.0.0"]);
        update(bench, v3, "3.0.0");
        expect(restart(bench).version).toBe("3.0.0");
        if (!wasCut) break;
      }
  });

  it("survives a second cut while it recovers from the first", () => {
    for (let first = 1; ; first += 3) {
      let wasCut = false;
      for (let second = 1; ; second += 2) {
        const { bench, v2 } = twoSlotBench();
        wasCut = cutDuring(bench.nor, first, { mode: "torn" }, () => update(bench, v2, "2.0.0"));
        if (!wasCut || !cutDuring(bench.nor, second, { mode: "torn", tornWords: 1 }, () => update(bench, v2, "2.0.0"))) break;
        expectWhole(restart(bench), ["1.0.0", "2.0.0"]);
        update(bench, v2, "2.0.0");
        bench.telemetry!.check();
      }
      if (!wasCut) break;
    }
  });

  it("goes back from a broken image after a cut at every operation", () => {
    for (const shape of shapes)
      for (let operation = 1; ; operation++) {
        const { bench, v2 } = twoSlotBench();
        update(bench, v2, "2.0.0");
        const v3 = bench.image("3.0.0", 900, 'throw "broken";');
        const wasCut = cutDuring(bench.nor, operation, shape, () => {
          const updater = bench.updater(restart(bench));
          expect(updater.upload(0, v3.toString("latin1"), v3.length, "")).toBe(v3.length);
          expect(updater.setState(v3.toString("latin1", v3.length - 76, v3.length - 44), false)).toBe(0);
          expect(restart(bench)).toMatchObject({ version: "3.0.0", rebooted: true });
          expect(restart(bench).version).toBe("2.0.0");
        });
        const start = restart(bench);
        if (start.version === "3.0.0") expect(start.rebooted).toBe(true);
        expect(restart(bench).version).toBe("2.0.0");
        bench.telemetry!.check();
        if (!wasCut) break;
      }
  });
});

const oneSlot = { page: 256, journal: 4, slot: 6, slots: 1 as const, prev: 6 };

function oneSlotBench(): { bench: BootBench; v2: Buffer } {
  const bench = new BootBench(oneSlot, { hasTelemetry: true });
  bench.install(bench.image("1.0.0", 1100));
  return { bench, v2: bench.image("2.0.0", 1250) };
}

describe("one slot and a stash", () => {
  it.each([
    ["the host comes back after the first stage did", false],
    ["the host holds the boot window at once", true],
  ])("boots a whole image and can be updated after a cut at every operation; %s", async (_name, isPatient) => {
    for (const shape of shapes) {
      let operation = 1;
      for (; ; operation++) {
        const { bench, v2 } = oneSlotBench();
        if (!(await cutLater(bench.nor, operation, shape, () => updateInWindow(bench, v2, "2.0.0")))) break;
        if (!isPatient) expectWhole(bench.reset(), ["1.0.0", "2.0.0"]);
        await updateInWindow(bench, v2, "2.0.0", isPatient);
        expect(bench.reset().version).toBe("2.0.0");
        bench.telemetry!.check();
      }
      expect(operation).toBeGreaterThan(30);
    }
  });

  it("takes the previous image back when the new one breaks, is not confirmed, or rots, cut at every operation", async () => {
    for (const shape of shapes)
      for (let operation = 1; ; operation++) {
        const { bench } = oneSlotBench();
        const v3 = bench.image("3.0.0", 1200, 'throw "broken";');
        await updateOneSlot(oneSlotDevice(bench), bench.config, v3);
        const wasCut = cutDuring(bench.nor, operation, shape, () => {
          expect(bench.reset().rebooted).toBe(true);
          expect(restart(bench)).toMatchObject({ version: "1.0.0", info: { kind: 2 } });
        });
        const start = restart(bench);
        if (start.version === "3.0.0") expect(start.rebooted).toBe(true);
        expect(restart(bench).version).toBe("1.0.0");
        if (!wasCut) break;
      }
    const { bench, v2 } = oneSlotBench();
    await updateInWindow(bench, v2, "2.0.0");
    bench.flash.program(slotOffset(bench.config, 0) + 300, "\0\0\0\0");
    expect(restart(bench)).toMatchObject({ version: "1.0.0", info: { kind: 2 } });
    expect(restart(bench)).toMatchObject({ version: "1.0.0", info: { kind: 0 } });
  });

  it("replaces an older stash: cut anywhere, a stash that says it is complete can be unpacked", async () => {
    for (const shape of shapes)
      for (let operation = 1; ; operation++) {
        const { bench, v2 } = oneSlotBench();
        await updateInWindow(bench, v2, "2.0.0");
        const v3 = bench.image("3.0.0", 900);
        const wasCut = await cutLater(bench.nor, operation, shape, async () => void (await updateOneSlot(oneSlotDevice(bench), bench.config, v3)));
        bench.nor.powerOn();
        if (bench.flash.read(stashEnd(bench.config), 4) === stashMark) {
          // Whatever the slot holds now, let it rot: the stash has to be a way back by itself.
          bench.flash.program(slotOffset(bench.config, 0) + 40, "\0\0\0\0");
          const start = restart(bench);
          if (!wasCut) expect(start.version).toBe("2.0.0");
          expectWhole(start, ["1.0.0", "2.0.0"]);
        } else expectWhole(restart(bench), ["2.0.0"]);
        if (!wasCut) break;
      }
  });

  it("goes back to the previous image when the confirmed one never gets healthy, then keeps the console", async () => {
    const { bench, v2 } = oneSlotBench();
    await updateInWindow(bench, v2, "2.0.0");
    expect(Array.from({ length: 7 }, () => bench.reset().version)).toEqual(["2.0.0", "2.0.0", "2.0.0", "1.0.0", "1.0.0", "1.0.0", undefined]);
  });

  it("touches nothing when the running image would not fit the stash, or has no way back", async () => {
    const small = new BootBench({ ...oneSlot, prev: 2 });
    small.install(small.image("1.0.0", 1100));
    await expect(updateOneSlot(oneSlotDevice(small), small.config, small.image("2.0.0", 500))).rejects.toThrow(/does not compress/);
    expect(small.reset().version).toBe("1.0.0");
    const { bench, v2 } = oneSlotBench();
    const device = oneSlotDevice(bench);
    expect([await device.erase(0), await device.erase(5), await device.put(0, Buffer.alloc(4)), await device.arm(Buffer.alloc(32))]).toEqual([-6, -6, -6, -9]);
    await updateOneSlot(device, bench.config, v2);
    expect(await updateOneSlot(device, bench.config, v2)).toBe(0);
    const unsealed = Buffer.from(v2);
    unsealed[unsealed.length - 1]! ^= 1;
    const other = oneSlotBench();
    await expect(updateOneSlot(oneSlotDevice(other.bench), other.bench.config, unsealed)).rejects.toThrow(/not sealed/);
    expect(other.bench.reset().version).toBe("1.0.0");
  });
});

// Last in the file: everything above has counted its cuts. The README gives the number.
it("leaves no operation out: at least 2,400 cut points", () => expect(cuts).toBeGreaterThanOrEqual(2400));
