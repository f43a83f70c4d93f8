// Nothing is lost or invented: the ledger equals exact rational arithmetic, however it is settled.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Charge, chargeNc, chargeUah, createLedger, settleAll, switchFlow, type Ledger } from "./ledger.ts";

/** A current for so long, at the cost of a row. */
function addCharge(l: Ledger, row: number, currentNa: number, durationUs: number): void {
  switchFlow(l, 0, row, currentNa, l._sinceUs);
  settleAll(l, l._sinceUs + durationUs);
}

describe("a flow", () => {
  it("is exact over any sequence (BigInt as the oracle)", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 0x7fffffff }), fc.integer({ min: 0, max: 2 ** 41 })), { maxLength: 40 }), (runs) => {
        const l = createLedger(0, 0, 0);
        let exact = 0n;
        for (const [na, us] of runs) {
          exact += BigInt(na) * BigInt(us);
          if (exact / 1_000_000n > 2n ** 52n) break;
          addCharge(l, 0, na, us);
          expect(BigInt(chargeNc(l, 0))).toBe(exact / 1_000_000n);
          expect(l._rest[0]! >= 0 && l._rest[0]! < Charge.UsPerS).toBe(true);
        }
      }),
    );
  });
  it("a split interval costs what the whole costs", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300_000_000 }), fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 20 }), (na, parts) => {
        const whole = createLedger(0, 0, 0);
        const split = createLedger(0, 0, 0);
        for (const us of parts) addCharge(split, 0, na, us);
        addCharge(whole, 0, na, parts.reduce((a, b) => a + b, 0));
        expect([chargeNc(split, 0), split._rest[0]]).toEqual([chargeNc(whole, 0), whole._rest[0]]);
      }),
    );
  });
});

describe("flows", () => {
  it("a device is paid for by whoever switched it on, through sleep and other tasks' runs", () => {
    const l = createLedger(2, 1, 0);
    switchFlow(l, 0, 1, 4_000_000, 0); // task 0 runs …
    switchFlow(l, 1, 1, 6_500_000, 1000); // … and switches the radio on
    switchFlow(l, 0, 0, 3000, 2000); // sleep
    switchFlow(l, 0, 2, 4_000_000, 1_002_000); // task 1 runs
    switchFlow(l, 0, 0, 3000, 1_003_000);
    settleAll(l, 2_001_000);
    expect(chargeNc(l, 1)).toBe(4_000_000 * 0.002 + 6_500_000 * 2);
    expect(chargeNc(l, 2)).toBe(4000);
    expect(chargeNc(l, 0)).toBe(Math.floor(3000 * 1.998));
  });
  it("a clock that steps back charges nothing", () => {
    const l = createLedger(0, 0, 1000);
    switchFlow(l, 0, 0, 1_000_000, 500);
    settleAll(l, 900);
    expect(chargeNc(l, 0)).toBe(0);
    settleAll(l, 2000);
    expect(chargeNc(l, 0)).toBe(1000);
  });
  it("reports µAh", () => {
    const l = createLedger(0, 0, 0);
    addCharge(l, 0, 1_000_000, 3_600_000_000); // 1 mA for an hour
    expect(chargeUah(l, 0)).toBe(1000);
  });
});
