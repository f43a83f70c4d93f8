/** The API snippets against the real interpreter: keeps the recording true. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apiGroups, programOf } from "../test-vectors/api-vectors.ts";
import { espruinoBinary, runEspruino } from "./espruino-runner.ts";

const vectorFile = join(import.meta.dirname, "../test-vectors/api-vectors.json");
type Recording = Record<string, string[]>;
const recorded = (existsSync(vectorFile) ? JSON.parse(readFileSync(vectorFile, "utf8")) : {}) as Recording;

describe("API recording", () => {
  it("has an answer for every snippet", () => {
    for (const group of apiGroups) expect(recorded[group.name], group.name).toHaveLength(group.snippets.length);
  });
});

describe.skipIf(!espruinoBinary)("real Espruino", () => {
  it("still answers as recorded", async () => {
    const now: Recording = {};
    for (const group of apiGroups) {
      const program = `attempt=function(f){try{report(""+f());}catch(e){report("Error: "+e.message);}};\n${programOf(group)}`;
      now[group.name] = [...(await runEspruino(espruinoBinary as string, program)).lines];
    }
    if (process.env["GENESIS_RECORD"]) writeFileSync(vectorFile, JSON.stringify(now, null, 1) + "\n");
    else expect(now).toEqual(recorded);
  }, 120_000);
});
