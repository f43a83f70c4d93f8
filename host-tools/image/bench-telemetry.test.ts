// The bench's memory of its telemetry notices what it is there for: a record that is lost, changed, or there twice, and a count that went back.
import { describe, expect, it } from "vitest";
import { JournalKey, openJournal, u32Bytes } from "../../firmware/storage/journal.ts";
import { crc32 } from "../sim/crc32.ts";
import { PowerCut } from "../sim/nor-flash.ts";
import { BootBench } from "./boot-bench.ts";

function started(): BootBench {
  const bench = new BootBench({ page: 256, journal: 4, slot: 6, slots: 2, prev: 0 }, { hasTelemetry: true });
  bench.install(bench.image("1.0.0", 700));
  expect(bench.reset().version).toBe("1.0.0");
  for (let i = 0; i < 8; i++) bench.telemetry!.append();
  bench.telemetry!.check();
  return bench;
}

describe("telemetry of a bench", () => {
  it("notices an erased page, a cleared word in any record, and a record too many", () => {
    // The first start recycled page 1; page 2 is the oldest now, whose records may go at any time.
    for (const page of [1, 3, 4]) {
      const bench = started();
      bench.flash.erase(page * 256);
      expect(() => bench.telemetry!.check()).toThrow(/record/);
    }
    const bench = started();
    for (let at = 256 + 12 + 4; bench.flash.read(at, 4) !== "\xff\xff\xff\xff"; at += 4) {
      const other = started();
      other.flash.program(at, "\0\0\0\0");
      expect(() => other.telemetry!.check(), `offset ${at}`).toThrow(/record|starts/);
    }
    const journal = openJournal(bench.flash, (bytes) => crc32(Buffer.from(bytes, "latin1")), 1, 4);
    journal.append("sample 8");
    expect(() => bench.telemetry!.check()).toThrow(/records were committed/);
  });

  it("notices starts that are counted twice", () => {
    const bench = started();
    openJournal(bench.flash, (bytes) => crc32(Buffer.from(bytes, "latin1")), 1, 4).set(JournalKey.Starts, u32Bytes(2));
    expect(() => bench.telemetry!.check()).toThrow(/counted 1 starts and finds 2/);
  });

  it("takes a record whose append was cut as there or not, but keeps what came before", () => {
    for (const mode of ["before", "torn", "noise", "after"] as const) {
      const bench = started();
      const { committed } = bench.telemetry!;
      bench.nor.armCut({ operation: 1, mode });
      expect(() => bench.telemetry!.append("cut")).toThrow(PowerCut);
      bench.reset();
      expect(bench.telemetry!.committed).toBe(committed + (mode === "after" ? 2 : 1));
    }
  });
});
