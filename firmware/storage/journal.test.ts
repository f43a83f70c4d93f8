/** The journal against a plain model, with the power cut at every flash operation, and on pages full of garbage. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "node:zlib";
import type { Flash } from "../../hal/flash.ts";
import { NorFlash, PowerCut } from "../../host-tools/sim/nor-flash.ts";
import type { CutPlan, FlashImage } from "../../host-tools/sim/nor-flash.ts";
import { openJournal } from "./journal.ts";
import type { Journal } from "./journal.ts";

const crc = (bytes: string): number => crc32(Buffer.from(bytes, "latin1"));
/** The journal does not start at the beginning of the range on a tile either. */
const FIRST_PAGE = 1;

type Step = { key: number; value: string } | { record: string };

interface Model {
  values: Map<number, string>;
  /** Telemetry from sequence number 1 on. */
  records: string[];
  /** Oldest sequence number that must still be there. */
  first: number;
}

interface Geometry {
  pages: number;
  pageBytes: number;
}

/** Words of each program and erase since the list was made. */
function flashOver(chip: NorFlash, words: number[]): Flash {
  const pageBytes = chip.geometry.pageBytes;
  return {
    pageBytes,
    read: (offset, length) => chip.readString(offset, length),
    program(offset, data) {
      expect([offset % 4, data.length % 4]).toEqual([0, 0]);
      words.push(data.length / 4);
      chip.program(offset, data);
    },
    erase(offset) {
      words.push(pageBytes / 4);
      chip.erasePage(offset);
    },
  };
}

function chipOf(g: Geometry, image?: FlashImage): NorFlash {
  return new NorFlash({ baseAddress: 0, flashBytes: (g.pages + FIRST_PAGE) * g.pageBytes, pageBytes: g.pageBytes }, image);
}

const open = (chip: NorFlash, g: Geometry, words: number[] = []): Journal => openJournal(flashOver(chip, words), crc, FIRST_PAGE, g.pages);

function apply(journal: Journal, step: Step): boolean {
  return "key" in step ? journal.set(step.key, step.value) : journal.append(step.record) > 0;
}

function applyToModel(model: Model, step: Step): Model {
  const values = new Map(model.values);
  if ("key" in step) {
    values.set(step.key, step.value);
    return { ...model, values };
  }
  return { ...model, records: [...model.records, step.record] };
}

function problem(journal: Journal, model: Model, firsts: number[]): string | undefined {
  for (let key = 0; key < 32; key++) if (journal.get(key) !== (model.values.get(key) ?? "")) return `key ${key}`;
  if (journal.next() !== model.records.length + 1) return `next is ${journal.next()}, not ${model.records.length + 1}`;
  if (!firsts.includes(journal.first())) return `first is ${journal.first()}, not one of ${firsts}`;
  for (let s = journal.first(); s < journal.next(); s++) if (journal.read(s) !== model.records[s - 1]) return `record ${s}`;
  if (journal.read(journal.first() - 1) !== undefined || journal.read(journal.next()) !== undefined) return "a record outside of the range";
  return undefined;
}

/** Cuts the power at every point of `step`, and checks what the next start finds, then that life goes on. */
function cutEverywhere(g: Geometry, image: FlashImage, step: Step, before: Model, after: Model, words: readonly number[], later: readonly Step[]): number {
  let cuts = 0;
  words.forEach((count, index) => {
    const plans: CutPlan[] = [{ operation: 1, mode: "before" }, { operation: 1, mode: "after" }, { operation: 1, mode: "noise", seed: 7 + cuts }, { operation: 1, mode: "noise", seed: 99 + cuts * 3 }];
    const stride = count > 80 ? 61 : 1;
    for (let torn = 1; torn < count; torn += stride) plans.push({ operation: 1, mode: "torn", tornWords: torn });
    for (const plan of plans) {
      const chip = chipOf(g, image);
      const doomed = open(chip, g);
      chip.armCut({ ...plan, operation: index + 1 });
      expect(() => apply(doomed, step)).toThrow(PowerCut);
      chip.powerOn();
      cuts++;
      const firsts = [before.first, after.first];
      let journal = open(chip, g);
      const asBefore = problem(journal, before, firsts);
      const asAfter = problem(journal, after, firsts);
      if (asBefore !== undefined && asAfter !== undefined) throw new Error(`${JSON.stringify(step)} cut at ${index} ${JSON.stringify(plan)}: ${asBefore}; ${asAfter}`);
      let model = asBefore === undefined ? before : after;
      for (const next of later) {
        expect(apply(journal, next)).toBe(true);
        model = applyToModel(model, next);
      }
      for (let again = 0; again < 2; again++) {
        const found = problem(journal, model, [journal.first()]);
        if (found) throw new Error(`after ${JSON.stringify(step)} cut at ${index} ${JSON.stringify(plan)}, ${later.length} steps on, ${again ? "mounted again" : "live"}: ${found}`);
        journal = open(chip, g);
      }
    }
  });
  return cuts;
}

/** Runs the steps, checking after each, mounting again now and then; with `cutting`, cuts every step everywhere. Returns the number of cuts. */
function run(g: Geometry, steps: readonly Step[], cutting: boolean): number {
  const chip = chipOf(g);
  let words: number[] = [];
  let journal = openJournal(flashOver(chip, words), crc, FIRST_PAGE, g.pages);
  let model: Model = { values: new Map(), records: [], first: 1 };
  let cuts = 0;
  steps.forEach((step, index) => {
    const image = chip.image();
    words.length = 0;
    const kept = [...model.values].reduce((sum, [key, value]) => sum + ("key" in step && step.key === key ? 0 : value.length + 11), 0);
    const fits = !("key" in step) || step.value.length + 11 + (kept - 11 * [...model.values].filter(([key, value]) => value === "" && !("key" in step && step.key === key)).length) <= (g.pageBytes - 12) >> 1;
    expect(apply(journal, step)).toBe(fits);
    const after: Model = fits ? { ...applyToModel(model, step), first: journal.first() } : model;
    expect(after.first).toBeGreaterThanOrEqual(model.first);
    expect(problem(journal, after, [after.first])).toBeUndefined();
    if (cutting) cuts += cutEverywhere(g, image, step, model, after, words, steps.slice(index + 1, index + 6).filter((later) => "record" in later));
    model = after;
    if (index % 7 === 3) {
      words = [];
      journal = open(chip, g, words);
      expect(problem(journal, model, [model.first])).toBeUndefined();
    }
  });
  expect(chip.lostBits).toBe(0);
  return cuts;
}

const bytes = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: fc.oneof(fc.constantFrom("\xff", "\0", "\xa5"), fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))), maxLength, size: "max" });
const step = (pageBytes: number): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ record: bytes(Math.min(248, pageBytes / 2 - 16)) }) },
    { weight: 2, arbitrary: fc.record({ key: fc.integer({ min: 0, max: 6 }), value: bytes(pageBytes >= 512 ? 60 : 24) }) },
  );
const geometry: fc.Arbitrary<Geometry> = fc.record({ pages: fc.integer({ min: 2, max: 8 }), pageBytes: fc.constantFrom(256, 512, 1024, 4096) });

describe("journal", () => {
  it("keeps values and telemetry as a plain model does, over any pages", () => {
    fc.assert(
      fc.property(geometry.chain((g) => fc.tuple(fc.constant(g), fc.array(step(g.pageBytes), { minLength: 20, maxLength: 150, size: "max" }))), ([g, steps]) => {
        run(g, steps, false);
      }),
      { numRuns: 150, seed: 20261122 },
    );
  });

  it.each([
    [2, 256, 6, 40],
    [3, 256, 4, 40],
    [8, 256, 2, 80],
    [2, 1024, 3, 50],
    [3, 4096, 1, 250],
  ])("loses nothing and doubles nothing when the power fails at any flash operation: %i pages of %i bytes", (pages, pageBytes, numRuns, length) => {
    let cuts = 0;
    fc.assert(
      fc.property(fc.array(step(pageBytes), { minLength: length, maxLength: length, size: "max" }), (steps) => {
        cuts += run({ pages, pageBytes }, steps, true);
      }),
      { numRuns, seed: 5, endOnFailure: true },
    );
    expect(cuts).toBeGreaterThan(numRuns * length * 10);
  });

  it("survives a cut at every operation in a row: each start gets one operation further", () => {
    const g: Geometry = { pages: 3, pageBytes: 256 };
    const chip = chipOf(g);
    const model: Model = { values: new Map([[2, "a value"]]), records: [], first: 1 };
    expect(open(chip, g).set(2, "a value")).toBe(true);
    for (let round = 0; round < 400; round++) {
      let journal = open(chip, g);
      chip.armCut({ operation: 1 + (round % 9), mode: round % 3 ? "torn" : "noise", seed: round + 1 });
      try {
        journal.append(`record ${round}`);
      } catch (error) {
        expect(error).toBeInstanceOf(PowerCut);
      }
      chip.armCut(undefined);
      chip.powerOn();
      journal = open(chip, g);
      if (journal.next() > model.records.length + 1) model.records.push(`record ${round}`);
      expect(problem(journal, model, [journal.first()])).toBeUndefined();
    }
    expect(model.records.length).toBeGreaterThan(100);
  });

  it("a page whose erase was cut in the middle, from whichever end, is not taken for a whole one", () => {
    for (const keepsFront of [true, false]) {
      const g: Geometry = { pages: 3, pageBytes: 256 };
      const chip = chipOf(g);
      const flash = flashOver(chip, []);
      let isCut = false;
      const half: Flash = {
        ...flash,
        erase(offset) {
          const kept = chip.readString(offset + (keepsFront ? 0 : 128), 128);
          chip.erasePage(offset);
          if (!isCut) return;
          chip.program(offset + (keepsFront ? 0 : 128), kept);
          throw new PowerCut(0);
        },
      };
      const journal = openJournal(half, crc, FIRST_PAGE, 3);
      for (let i = 0; i < 60; i++) journal.append(`record ${i + 1}`);
      isCut = true;
      expect(() => {
        for (let i = 60; i < 90; i++) journal.append(`record ${i + 1}`);
      }).toThrow(PowerCut);
      const next = open(chip, g);
      expect(next.next() - next.first()).toBeGreaterThan(15);
      for (let s = next.first(); s < next.next(); s++) expect(next.read(s)).toBe(`record ${s}`);
    }
  });

  it("holds the telemetry of all but one page and spreads the wear", () => {
    const g: Geometry = { pages: 4, pageBytes: 1024 };
    const chip = chipOf(g);
    const journal = open(chip, g);
    for (let i = 0; i < 2000; i++) journal.append("0123456789abcdef");
    // 42 records of 24 bytes fit on a page; three pages are never being erased.
    expect(journal.next() - journal.first()).toBeGreaterThanOrEqual(3 * 42);
    const wear = [1, 2, 3, 4].map((page) => chip.wearOf(page * 1024));
    expect(Math.max(...wear) - Math.min(...wear)).toBeLessThanOrEqual(1);
    expect(chip.wearOf(0)).toBe(0);
  });

  it("refuses what does not fit and stays as it was", () => {
    const g: Geometry = { pages: 2, pageBytes: 256 };
    const chip = chipOf(g);
    const journal = open(chip, g);
    expect(journal.set(1, "x".repeat(100))).toBe(true);
    expect(journal.set(2, "y".repeat(20))).toBe(false);
    expect(journal.set(1, "z".repeat(111))).toBe(true);
    expect([journal.set(1, "z".repeat(112)), journal.set(-1, "a"), journal.set(32, "a")]).toEqual([false, false, false]);
    expect(journal.append("r".repeat(112))).toBe(1);
    expect(journal.append("r".repeat(113))).toBe(-1);
    expect([journal.get(1), journal.get(2), journal.get(-1), journal.get(99), journal.next()]).toEqual(["z".repeat(111), "", "", "", 2]);
    const large = open(chipOf({ pages: 2, pageBytes: 4096 }), { pages: 2, pageBytes: 4096 });
    expect([large.append("r".repeat(248)), large.append("r".repeat(249)), large.append("r".repeat(300))]).toEqual([1, -1, -1]);
  });

  it("says so when the flash does not keep what is programmed", () => {
    const g: Geometry = { pages: 2, pageBytes: 256 };
    const chip = chipOf(g);
    const flash = flashOver(chip, []);
    let isStuck = false;
    const journal = openJournal({ ...flash, program: (offset, data) => flash.program(offset, isStuck ? "\0".repeat(data.length) : data) }, crc, FIRST_PAGE, 2);
    expect([journal.append("fine"), journal.set(0, "kept")]).toEqual([1, true]);
    isStuck = true;
    expect([journal.append("lost"), journal.set(0, "lost"), journal.set(1, "lost")]).toEqual([-1, false, false]);
    expect([journal.get(0), journal.read(1), journal.next()]).toEqual(["kept", "fine", 2]);
    isStuck = false;
    expect([journal.append("fine again"), journal.get(0), open(chip, g).get(0)]).toEqual([2, "kept", "kept"]);
  });
});

describe("journal on damaged flash", () => {
  const g: Geometry = { pages: 4, pageBytes: 512 };

  it("mounts any garbage, and works from there", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2560, maxLength: 2560, size: "max" }), fc.boolean(), (garbage, looksOurs) => {
        const chip = chipOf(g);
        if (looksOurs) for (let page = 1; page < 5; page++) garbage.set([0, 0, 0, page, 0, 0, 0, 1], page * 512);
        chip.program(0, garbage);
        const journal = open(chip, g);
        expect([journal.first(), journal.next(), journal.get(3)]).toEqual([1, 1, ""]);
        expect([journal.append("one"), journal.set(3, "three"), journal.read(1), journal.get(3)]).toEqual([1, true, "one", "three"]);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it("garbage behind a good page header costs only room", () => {
    const chip = chipOf(g);
    expect(open(chip, g).append("one")).toBe(1);
    for (let at = 512 + 40; at < 1024; at += 4) chip.program(at, "\xa5\0\x5a\0");
    const journal = open(chip, g);
    expect(journal.read(1)).toBe("one");
    expect([journal.append("two"), journal.read(2), open(chip, g).read(2)]).toEqual([2, "two", "two"]);
  });

  it("flipped bits cost the records they hit, never more than their page, and never give a wrong record", () => {
    fc.assert(
      fc.property(fc.array(step(512), { minLength: 30, maxLength: 60, size: "max" }), fc.array(fc.nat(4 * 512 * 8 - 1), { minLength: 1, maxLength: 6 }), (steps, flips) => {
        const chip = chipOf(g);
        const journal = open(chip, g);
        const values = new Map<number, Set<string>>();
        const records: string[] = [];
        for (const s of steps)
          if (apply(journal, s)) {
            if ("record" in s) records.push(s.record);
            else values.set(s.key, (values.get(s.key) ?? new Set([""])).add(s.value));
          }
        const dump = chip.bytes();
        for (const flip of flips) dump[512 + (flip >> 3)]! ^= 1 << (flip & 7);
        const rotten = chipOf(g);
        rotten.program(0, dump);
        const after = open(rotten, g);
        let lost = 0;
        for (let s = after.first(); s < after.next(); s++) {
          const data = after.read(s);
          if (data === undefined) lost++;
          else expect(data).toBe(records[s - 1]);
        }
        expect(after.next()).toBeLessThanOrEqual(records.length + 1);
        if (flips.length === 1 && flips[0]! % 4096 > 128) expect(lost).toBeLessThanOrEqual(1);
        for (let key = 0; key < 7; key++) expect(values.get(key) ?? new Set([""])).toContain(after.get(key));
        const sequence = after.next();
        expect([after.append("new"), after.read(sequence), open(rotten, g).read(sequence)]).toEqual([sequence, "new", "new"]);
      }),
      { numRuns: 300, seed: 11 },
    );
  });
});
