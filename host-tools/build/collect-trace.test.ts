// Which lines of a console are a trace: recorded shapes, pieces of other text around them, silence in the middle.
import { expect, it } from "vitest";
import { TraceCollector } from "./collect-trace.ts";

/** What was collected, and before which line each was given. */
function collect(lines: readonly string[]): [number, string][] {
  const collector = new TraceCollector();
  const found: [number, string][] = [];
  lines.forEach((line, index) => {
    const trace = collector.push(line);
    if (trace !== undefined) found.push([index, trace]);
  });
  const last = collector.end();
  if (last !== undefined) found.push([lines.length, last]);
  return found;
}

const frames = ["    at e (g.dat:4:64)", 'throw new Error("x")', "                   ^", "    at u (:1:1)", "e(r,n)+1", "     ^"];

it("takes frames with their excerpts, and nothing around them", () => {
  expect(collect(["hello", "Uncaught Error: x", ...frames, "next words"])).toEqual([[8, frames.join("\n")]]);
  expect(collect(["Uncaught Error: x", ...frames])).toEqual([[7, frames.join("\n")]]);
});

it("takes frames without an excerpt, as the 64-bit build writes them", () => {
  const bare = ["    at e (g.dat:5:64)", "", "   ^", "    at u (g.dat:5:105)", "     ^"];
  expect(collect([...bare, "other"])).toEqual([[5, bare.join("\n")]]);
});

it("tells two traces apart, also by the prompt and the next message", () => {
  const first = frames.slice(0, 3);
  expect(collect([...first, "Uncaught Error: y", ...frames.slice(3)])).toEqual([[3, first.join("\n")], [7, frames.slice(3).join("\n")]]);
  expect(collect([frames[0] ?? "", ">", "print(1)"])).toEqual([[1, frames[0]]]);
});

it("finds nothing in other text, and keeps a runaway recursion short", () => {
  expect(collect(["at noon", "  look at (this)", "^", ">"])).toEqual([]);
  const endless = collect(Array.from({ length: 5000 }, () => frames).flat());
  expect(endless).toHaveLength(1);
  expect(endless[0]?.[1].split("\n").length).toBeLessThanOrEqual(200);
});
