// The probe on real Espruino: turn by turn, each armed before the one that may die. A failure there skips catch and finally.
//
// A try: the scene anew, the worker runs, does the operation and fails; at the next turn the engine's memory is read, the kernel entered, and what it found
// told as `@@{json}`. Kinds of failure: memory ends behind the operation; memory ends inside of it, with so many free blocks before it; the stack ends
// behind it, or inside of it, so many calls before the deepest that is possible.
import { Op } from "../../gate.ts";
import { Reg } from "../../state.ts";
import { createProbe } from "./probe.ts";

declare function print(text: string): void;
declare function setTimeout(job: () => void, ms: number): number;
declare const process: { memory(gc?: boolean): { free: number; usage: number; total: number } };
declare const KIND: string;
/** Where a failure inside begins and ends to be tried: free blocks, or calls. */
declare const FROM: number;
declare const TO: number;
declare const STEP: number;
/** The first try. */
declare const OP: number;
declare const AT: number;

const probe = createProbe();
let op = OP;
let at = AT;
let base = 0;
let deepest = 0;
let depth = 0;
let caught = 0;

function dig(n: number): number {
  return dig(n + 1) + 1;
}

/** The same function measures how deep it can go and goes down, so that its calls take the same room. */
function dive(n: number): number {
  depth++;
  if (n > 0) return dive(n - 1) + 1;
  probe.act(op as Op);
  return 0;
}

function fill(room: number): unknown[] {
  const hog: unknown[] = [];
  while (process.memory(false).free > room + 300) hog.push(new Uint8Array(1000));
  while (process.memory(false).free > room + 8) hog.push(new Uint8Array(12));
  while (process.memory(false).free > room) hog.push(1.5);
  return hog;
}

function job(): void {
  try {
    if (KIND === "memory inside") {
      const hog = fill(at);
      probe.act(op as Op);
      hog.push(1);
    } else if (KIND === "stack inside") dive(deepest - at);
    else {
      probe.act(op as Op);
      if (KIND === "stack behind") dig(0);
      for (const hog: unknown[] = []; ; ) hog.push(new Uint8Array(1000));
    }
  } catch (e) {
    caught |= 1;
  } finally {
    caught |= 2;
  }
}

function tell(): void {
  const running = probe.k._m[Reg.Running]!;
  const wasCaught = caught;
  probe.find();
  const used = process.memory().usage - base;
  const words = probe.differs();
  const texts: string[] = [];
  for (let i = 0; i < probe.k._data.length; i++) texts.push(probe.k._data[i] || "");
  print("@@" + JSON.stringify({ op: op, at: at, answer: probe.answer, running: running, caught: wasCaught, base: base, used: used, words: words, texts: texts }));
}

function turn(): void {
  setTimeout(after, 1);
  caught = 0;
  probe.reset(job);
  base = process.memory().usage;
  probe.enter();
}

function after(): void {
  setTimeout(next, 1);
  tell();
}

function next(): void {
  at += STEP;
  if (at > TO) {
    at = FROM;
    op++;
  }
  if (op < Op.Count) turn();
  else print("@@END");
}

function measured(): void {
  deepest = depth;
  print("@@START");
  turn();
}

/** How deep calls can go from a handler: this one dies of it. */
function measure(): void {
  setTimeout(measured, 20);
  if (KIND !== "stack inside") return;
  probe.reset(function () {
    dive(1000000000);
  });
  probe.enter();
}

setTimeout(measure, 50);
