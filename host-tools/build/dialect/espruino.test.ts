// The fixtures on the real interpreter: a text that a rule refuses behaves differently there than in Node, a text that passes behaves the same.
// Opt-in: GENESIS_ESPRUINO names an Espruino for Linux.

import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { runOnEspruino } from "../espruino-run.ts";
import { ALL_FIXTURES } from "./fixtures/all-fixtures.ts";

const binary = process.env["GENESIS_ESPRUINO"];

/** How a value is printed on both engines. */
function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** Lines that a text prints in Node; an error is a line of its own, without its words. */
function inNode(code: string): string[] {
  const lines: string[] = [];
  try {
    runInNewContext(code, { print: (...values: unknown[]) => lines.push(values.map(shown).join(" ")), TextEncoder, structuredClone, queueMicrotask }, { timeout: 1000 });
  } catch {
    lines.push("STOPS");
  }
  return lines;
}

async function onEspruino(code: string): Promise<string[]> {
  // The text stands in a file of its own, as a tile's does; a failure in it is seen by the console.
  const start = `print("@@START");eval(require("Storage").read("text"));print("@@END");`;
  const run = await runOnEspruino(binary!, { text: code, ".bootcde": start }, 2500);
  return run.failure === undefined ? run.lines : [...run.lines, "STOPS"];
}

const runnable = ALL_FIXTURES.filter((fixture) => fixture.notSeenBecause === undefined || fixture.asTile !== true);

describe.runIf(binary).concurrent.each(runnable.map((fixture) => [fixture.rule, fixture] as const))("%s", (_rule, fixture) => {
  if (fixture.notSeenBecause === undefined) {
    it.each(fixture.bad)("differs: %s", async (code) => {
      expect(await onEspruino(code)).not.toEqual(inNode(code));
    });
  }
  if (fixture.asTile !== true) {
    it.each(fixture.good)("is the same: %s", async (code) => {
      expect(await onEspruino(code)).toEqual(inNode(code));
    });
  }
});
