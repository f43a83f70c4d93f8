// Every board's currents make a table; the truth follows pins and never loses charge.
import { describe, expect, it } from "vitest";
import { breakEvenUs } from "../../kernel/power/sleep-states.ts";
import { loadBoard } from "../boards.ts";
import { powerTable } from "./power-table.ts";
import { PowerTruth } from "./power-truth.ts";
import { SimWires } from "./sim-wires.ts";
import { TypedTile } from "./testing/typed-tile.ts";

const root = process.cwd();

describe("power tables", () => {
  it.each(["bangle2", "esp32", "espruino-wifi", "mdbt42q", "pico-r1-3", "puckjs", "qemu-mps2-an385", "sim", "sim-small"])("%s has one, and every current a source", async (id) => {
    const board = await loadBoard(root, id);
    const table = powerTable(board);
    expect(table.runNa).toBeGreaterThan(1_000_000);
    expect(table.sleep.length % 3).toBe(0);
    for (const { source, currentUa } of board.power) expect(source.length > 20 && currentUa > 0).toBe(true);
    if (id === "espruino-wifi") {
      expect([...table.sleep]).toEqual([11_000_000, 1, 32_000_000, 20_000, 113, 32_000_000]);
      expect(breakEvenUs(table.sleep, 1)).toBeLessThan(400);
      expect(table.devices.get("radio tx")).toBe(170_000_000);
    }
  });
  it("refuses boards without one", () => {
    expect(() => powerTable({ id: "x", power: [] })).toThrow('x states no current for "run"');
    const rows = [{ state: "run", currentUa: 9, source: "" }, { state: "a", currentUa: 1, wakeUs: 1, source: "" }, { state: "b", currentUa: 2, wakeUs: 2, source: "" }];
    expect(() => powerTable({ id: "x", power: rows })).toThrow("shallowest first");
  });
});

describe("truth", () => {
  it("integrates parts, and the loads of pins", () => {
    const truth = new PowerTruth();
    const wires = new SimWires();
    let now = 0;
    truth.watchPins(wires, { D10: 2_000_000 }, () => now);
    truth.draw("processor", 1_000_000, 0);
    wires.onOutput!("D10", { mode: "output", output: 1 });
    now = 500_000;
    wires.onOutput!("D11", { mode: "output", output: 1 });
    wires.onOutput!("D10", { mode: "input", output: 1 });
    expect(truth.chargeNc(1_000_000)).toBe(1_000_000 + 1_000_000);
    expect(truth.chargeNc(2_000_000, "D10")).toBe(1_000_000);
    expect(() => truth.draw("processor", 0, 1)).toThrow("backwards");
  });
});

describe("a tile's own program", () => {
  /** Charge of a load on D10 in 20 s under a program, nC. */
  async function measure(program: string): Promise<number> {
    const typed = await TypedTile.start();
    try {
      const truth = new PowerTruth();
      truth.watchPins(typed.tile.wires, { D10: 6_500_000 }, () => typed.clock.nowUs);
      typed.type(`\x10${program}\n`, 20_000);
      return truth.chargeNc(typed.clock.nowUs, "D10");
    } finally {
      typed.close();
    }
  }
  it("is charged for the pin that it drives, and for the one it forgets", async () => {
    const tidy = await measure("setInterval(function(){digitalWrite(D10,1);setTimeout(function(){digitalWrite(D10,0)},100)},1000)");
    expect(tidy / (19 * 0.1 * 6_500_000)).toBeGreaterThan(0.98);
    expect(tidy / (20 * 0.1 * 6_500_000)).toBeLessThan(1.02);
    const untidy = await measure("setInterval(function(){digitalWrite(D10,1)},1000)");
    expect(untidy / (19 * 6_500_000)).toBeGreaterThan(0.98);
  });
});
