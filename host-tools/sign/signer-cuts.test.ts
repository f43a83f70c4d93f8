// No index signs two messages: with the power cut or the disk failing at every operation.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Failure } from "../cli/failure.ts";
import type { LmsParameters } from "./lms-parameters.ts";
import { adoptPart, createKey, openSigner, type KeyPlace, type Signer } from "./signer.ts";
import { CrashFiles, Cut } from "./testing/crash-files.ts";
import { LEVEL, PLACE, powersOver, Ledger, freshKey, nextMessage, day, choices, codeOf } from "./testing/signer-days.ts";

describe("the power is cut at each operation", () => {
  const twoLevels: LmsParameters[] = [LEVEL, LEVEL];
  test.each([["one level", [LEVEL]], ["two levels", twoLevels]])("%s: no one-time key signs twice, and the key goes on", (_name, levels) => {
    const rehearsal = freshKey(levels);
    const before = rehearsal.operations;
    day(rehearsal, new Ledger(), levels);
    const operations = rehearsal.operations - before;
    expect(operations).toBeGreaterThan(30);
    let runs = 0;
    for (let cut = 1; cut <= operations; cut++) {
      for (const isAfter of levels.length === 1 ? [false, true] : [cut % 2 === 0]) {
        // With two levels each run grows two trees; what the second level adds is not in the files.
        for (const choose of choices(cut).slice(0, levels.length === 1 ? 6 : cut % 5 === 0 ? 3 : 1)) {
          const ledger = new Ledger();
          const files = freshKey(levels);
          files.cutAt = cut;
          files.isAfter = isAfter;
          expect(() => day(files, ledger, levels)).toThrow(Cut);
          // A second cut while it recovers, then a day without one.
          const again = files.restart(choose);
          again.cutAt = 1 + (cut % 7);
          try {
            day(again, ledger, levels);
          } catch (error) {
            expect(error).toBeInstanceOf(Cut);
          }
          day(again.restart(choose), ledger, levels);
          runs++;
        }
      }
    }
    console.log(`${levels.length} level(s): ${operations} operations, ${runs} cuts, each with a second one`);
  });

  test("a killed process leaves what it wrote, a power cut after it only what was synced", () => {
    const operations = 40;
    for (let cut = 1; cut <= operations; cut++) {
      for (let second = 1; second <= 12; second++) {
        const ledger = new Ledger();
        const files = freshKey([LEVEL]);
        files.cutAt = cut;
        try {
          day(files, ledger, [LEVEL]);
        } catch (error) {
          expect(error).toBeInstanceOf(Cut);
        }
        // Killed: the same files, nothing lost, and still not synced.
        files.cutAt = files.operations + second;
        try {
          day(files, ledger, [LEVEL]);
        } catch (error) {
          expect(error).toBeInstanceOf(Cut);
        }
        day(files.restart(() => "old"), ledger, [LEVEL]);
      }
    }
  });

  test.each(["content", "names"] as const)("these tests notice when %s are not synced", (what) => {
    let doubles = 0;
    let refusals = 0;
    for (let cut = 1; cut <= 40; cut++) {
      const files = freshKey([LEVEL]);
      if (what === "content") files.sync = () => undefined;
      else files.syncFolder = () => undefined;
      const ledger = new Ledger();
      files.cutAt = cut;
      try {
        day(files, ledger, [LEVEL]);
      } catch (error) {
        expect(error).toBeInstanceOf(Cut);
      }
      for (const choose of choices(cut).slice(0, 1)) {
        try {
          day(files.restart(choose), ledger, [LEVEL]);
        } catch (error) {
          if (error instanceof Failure) refusals++;
          else if (/signed twice/.test((error as Error).message)) doubles++;
          else throw error;
        }
      }
    }
    expect(what === "names" ? doubles : refusals).toBeGreaterThan(5);
  });

  test("while a key is made: it is there and good, or there is none", () => {
    const rehearsal = new CrashFiles();
    createKey(PLACE, [LEVEL], undefined, powersOver(rehearsal));
    const seen = new Set<string>();
    for (let cut = 1; cut <= rehearsal.operations; cut++) {
      for (const choose of choices(cut).slice(0, 4)) {
        const files = new CrashFiles();
        files.cutAt = cut;
        expect(() => createKey(PLACE, [LEVEL], undefined, powersOver(files))).toThrow(Cut);
        const after = files.restart(choose);
        const code = codeOf(() => openSigner(PLACE, undefined, powersOver(after)).close());
        seen.add(code);
        if (code === "NO_SIGNING_KEY") createKey(PLACE, [LEVEL], undefined, { ...powersOver(after), random: randomBytes });
        day(after, new Ledger(), [LEVEL]);
      }
    }
    expect([...seen].sort()).toEqual(["NO_SIGNING_KEY", "none"]);
  });

  test("while a key is split: an index is the old part's or the new one's or nobody's", () => {
    const target: KeyPlace = { key: "/keys/b", records: "/records" };
    const split = (files: CrashFiles): void => {
      const signer = openSigner(PLACE, undefined, powersOver(files));
      signer.split(10, target.key);
      signer.close();
    };
    const rehearsal = freshKey([LEVEL]);
    const before = rehearsal.operations;
    split(rehearsal);
    for (let cut = 1; cut <= rehearsal.operations - before; cut++) {
      for (const choose of choices(cut)) {
        const files = freshKey([LEVEL]);
        files.cutAt = cut;
        expect(() => split(files)).toThrow(Cut);
        const after = files.restart(choose);
        const ledger = new Ledger();
        for (const place of [PLACE, target]) {
          if (place === target && after.read(`${target.key}/key.json`) === undefined) continue;
          if (place === target) adoptPart(place, powersOver(after));
          // The first and the last two of each.
          const signer = openSigner(place, undefined, powersOver(after));
          for (let i = 0; signer.remaining > 0; i++) {
            if (i === 2 && signer.remaining > 4) signer.reserve(signer.remaining - 2);
            if (i === 2) signer.reserve(2);
            const message = nextMessage();
            ledger.add(signer.publicKey, message, signer.sign(message), [LEVEL]);
          }
          signer.close();
        }
      }
    }
  });
});

describe("the disk fails at each operation", () => {
  test("the signer gives up, and who opens the key again uses no index twice", () => {
    let cut = 0;
    for (let isDone = false; !isDone;) {
      cut++;
      const files = freshKey([LEVEL]);
      const ledger = new Ledger();
      files.cutAt = cut;
      files.isAfter = cut % 2 === 0;
      let signer: Signer | undefined;
      const locks = new Set<string>();
      try {
        signer = openSigner(PLACE, undefined, powersOver(files, locks));
        for (let i = 0; i < 4; i++) {
          const message = nextMessage();
          ledger.add(signer.publicKey, message, signer.sign(message), [LEVEL]);
        }
        isDone = true;
      } catch (error) {
        expect(error).toBeInstanceOf(Cut);
        if (signer !== undefined) expect(codeOf(() => signer!.sign(nextMessage()))).toBe("KEY_CLOSED");
      }
      signer?.close();
      expect(locks.size).toBe(0);
      files.cutAt = 0;
      day(files, ledger, [LEVEL]);
    }
    expect(cut).toBeGreaterThan(30);
  });
});
