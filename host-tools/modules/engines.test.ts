// The six examples' shipped text on the engines that tiles have: with the same events and answers each asks the same and burns the same, run by run.
//
// A recording is made on the fake tile in Node; QuickJS (and Espruino, with GENESIS_ESPRUINO=<binary>) then gets its events and gate results again.
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linesInNode, linesInQuickJs, linesOnEspruino } from "../build/script-lines.ts";
import { compileModule } from "./compile-module.ts";
import { FakeTile, type HandlerRun } from "./fake-gate.ts";
import type { ModuleManifest } from "./manifest.ts";
import { asPrinted } from "./module-text.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folders = readdirSync(path.join(root, "modules"), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(root, "modules", name));
const espruino = process.env.GENESIS_ESPRUINO;

/** A life that any module can be put through: pins that change, commands, hours that pass, a restart. */
function live(tile: FakeTile, manifest: ModuleManifest, steps: number): void {
  let seed = 12_345;
  const random = (below: number): number => (seed = (seed * 16_807) % 2_147_483_647) % below;
  let level = 12_000;
  for (let step = 0; step < steps; step++) {
    for (const need of manifest.needs) {
      if (need.service !== "pins" || need.mode === "output") continue;
      level = Math.max(0, Math.min(32_767, level + random(8001) - 4000));
      tile.setPin(need.pin, need.mode === "analog" ? level : random(2));
      tile.advance(100_000 * random(5));
    }
    if (step % 10 === 5) tile.send(1 + random(3), random(2000) - 300, random(2000), "x\xff\0");
    if (step === Math.floor(steps / 2)) tile.restart();
    tile.advance(random(2) === 0 ? 30_000_000 : 700_000_000);
  }
}

const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const literal = (text: string): string => `"${[...Buffer.from(text, "latin1")].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
const lineOf = (run: HandlerRun): string => `${run.fuel};${run.memory};${run.uses.map((use) => `${use.op},${use.address},${use.label},${use.a},${use.b},${hex(use.data)}`).join("|")}`;

/** The recording as a script: `V` plays one run, `S` starts anew. */
function script(text: string, manifest: ModuleManifest, runs: readonly HandlerRun[]): string {
  const { fuelPerRun, memoryBlocks } = manifest.quotas;
  const played = runs.map((run) => `${run.event === 0 ? "S();" : ""}V(${run.event},${run.badge},${run.label},${run.a},${run.b},${literal(run.data)},[${run.uses.map((use) => use.result).join(",")}]);`);
  return `var M=${text},L,Q,T;
function X(v){var i,r="";if(typeof v!="string")return"";for(i=0;i<v.length;i++)r+=(256+v.charCodeAt(i)).toString(16).substr(1);return r}
function N(v){return typeof v=="number"?v:0}
function G(o,a,l,x,y,d){T.push([o,N(a),N(l),N(x),N(y),X(d)].join(","));return Q.shift()}
function S(){L=M(G,${fuelPerRun},${memoryBlocks})}
function V(e,b,l,x,y,d,q){Q=q;T=[];L[0](e,b,l,x,y,d,${fuelPerRun},${memoryBlocks});print("@R"+(${fuelPerRun}-L[1]())+";"+(${memoryBlocks}-L[2]())+";"+T.join("|"))}
${played.join("\n")}
print("@@END");`;
}

/** Espruino's own console may stand before the first. */
const told = (lines: readonly string[]): string[] => lines.flatMap((line) => /@R(.*)$/.exec(line.trimEnd())?.[1] ?? []);

describe.each(folders.map((folder) => [path.basename(folder), folder] as const))("%s", (name, folder) => {
  const { manifest, text } = compileModule(root, folder);
  const record = (steps: number): HandlerRun[] => {
    const tile = new FakeTile(manifest, asPrinted(text), { wallMs: 1_700_000_000_000, answerUs: 1000 });
    live(tile, manifest, steps);
    // A use of the gate with fewer arguments: what the module leaves out is 0 and "".
    for (const use of tile.runs.flatMap((run) => run.uses)) Object.assign(use, { a: use.a ?? 0, b: use.b ?? 0, data: use.data ?? "" });
    return tile.runs;
  };

  it("does the same in Node and QuickJS", async () => {
    const runs = record(name === "blink" ? 6 : 150);
    expect(runs.length).toBeGreaterThan(300);
    const expected = runs.map(lineOf);
    const played = script(text, manifest, runs);
    expect(told(linesInNode(played))).toEqual(expected);
    expect(told(await linesInQuickJs(played))).toEqual(expected);
  });

  it.runIf(espruino !== undefined)("does the same on Espruino", async () => {
    const runs = record(name === "blink" ? 1 : 80).slice(0, 300);
    expect(told(await linesOnEspruino(espruino!, script(text, manifest, runs)))).toEqual(runs.map(lineOf));
  });
});
