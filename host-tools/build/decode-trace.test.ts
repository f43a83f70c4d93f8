// Traces recorded from Espruino 2v29 lead back to the TypeScript lines; in the Espruino tier a fresh one does too.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleTile, type TileBundle } from "./bundle.ts";
import { decodeTrace, formatTrace } from "./decode-trace.ts";
import { runOnEspruino } from "./espruino-run.ts";
import { readSourceMap } from "./source-map.ts";

const source = `interface P { print(t: string): void }
function inner(p: P, n: number): number {
  p.print("in");
  if (n > 2) throw new Error("too many");
  return n + 1;
}
function outer(p: P, n: number): number {
  return inner(p, n) + 1;
}
export function boot(p: P, c: { id: number }): object {
  return { step: function (n: number): number { return outer(p, n + c.id); } };
}
// Exported, so that they stay functions of their own.
export { inner, outer };
`;
// The file lay at offset 13 of g.dat, behind two newlines: the lines Espruino gives are those of g.dat. Names are those that the functions have now.
const recorded = `>in\r
Uncaught Error: too many\r
    at o (g.dat:4:64)\r
if(r.print("in"),n>2)throw new Error("too many");return n+1\r
                                               ^\r
    at e (g.dat:4:105)\r
o(r,n)+1\r
     ^\r
    at step (:1:1)\r
e(r,t+n.id)\r
          ^\r
    at :1:9\r
t.step(1)\r
        ^\r
>`;

let folder = "";
let tile: TileBundle;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "genesis-trace-"));
  await writeFile(path.join(folder, "tile.ts"), source);
  tile = await bundleTile({ entry: "tile.ts", root: folder, profile: "small", mangleCachePath: path.join(folder, "names.json") });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("finds each frame by its text, whatever the position says", () => {
  const frames = decodeTrace(recorded, tile.code, readSourceMap(tile.sourceMap));
  expect(frames.map((frame) => frame.source?.line)).toEqual([4, 8, 11, undefined]);
  expect(frames.map((frame) => frame.certain)).toEqual([true, true, true, false]);
  expect(formatTrace(frames).split("\n")[0]).toMatch(/^ {2}at \S+ \(.*tile\.ts:4:\d+\)$/);
  expect(formatTrace(frames).split("\n")[3]).toContain("not in this image");
});

it("finds a frame by its column where Espruino shows no text", () => {
  const frames = decodeTrace("Uncaught Error: too many\n    at e (g.dat:5:64)\n\n   ^\n    at u (g.dat:5:105)\n     ^\n    at x (g.dat:5:99999)\n     ^\n", tile.code, readSourceMap(tile.sourceMap));
  expect(frames.map((frame) => [frame.name, frame.source?.line, frame.certain])).toEqual([["e", 4, false], ["u", 8, false], ["x", undefined, false]]);
});

it("says when a text stands in several places", () => {
  const [frame] = decodeTrace("    at f (:1:1)\nreturn\n     ^\n", tile.code, readSourceMap(tile.sourceMap));
  expect(frame?.certain).toBe(false);
});

it("finds nothing in text that is no trace", () => {
  expect(decodeTrace(">print(1)\n1\n>", tile.code, readSourceMap(tile.sourceMap))).toEqual([]);
});

const binary = process.env["GENESIS_ESPRUINO"];
it.runIf(binary)("decodes a fresh trace", async () => {
  const start = `print("@@START");var t=eval(require("Storage").read("g.dat",9,${tile.code.length}))(global,{id:2});setTimeout(function(){try{t.step(1)}catch(e){print(e.stack)}print("@@END")},20)`;
  const { lines } = await runOnEspruino(binary!, { "g.dat": `HEAD\n\nxx\n${tile.code}TAIL`, ".bootcde": start });
  const frames = decodeTrace(lines.join("\n"), tile.code, readSourceMap(tile.sourceMap));
  expect(frames.slice(0, 3).map((frame) => frame.source?.line), lines.join("\n")).toEqual([4, 8, 11]);
});
