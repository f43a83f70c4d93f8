// The verifier: a module's text in, the text that a tile may run out, with what can be said about it beforehand; or every reason why not.
//
// Parse → forms → names → kinds → print → charges → second look → dialect → bounds. Each step works on what the one before has proven, so a step with
// rejections ends the way: all that it found are reported. The output never contains a piece of the input.

import { parse, type Program } from "acorn";
import { FRAME_LIMIT_BYTES } from "../dialect/rules/limits.ts";
import { boundsOf, type Bounds } from "./bounds.ts";
import { callGraph } from "./calls.ts";
import { checkPrinted } from "./dialect.ts";
import { checkFinally } from "./finally.ts";
import { infer } from "./infer.ts";
import { instrument } from "./instrument.ts";
import { giveNames } from "./names.ts";
import type { Mark } from "./output.ts";
import { printModule } from "./print.ts";
import { recheck } from "./recheck.ts";
import { resolve } from "./resolve.ts";
import { ModuleRejected, ruleOf, type Rejection } from "./rules.ts";
import { checkSyntax, type Reject } from "./syntax.ts";
import { findUnset } from "./unset.ts";

export interface VerifyOptions {
  /** Longest source, bytes of UTF-8. Default 65,536. */
  sourceBytes?: number;
  /** How deep a recursive function may call itself, in one chain. Default 6. */
  recursionLimit?: number;
  /** Stack that handle may take, bytes of a Cortex-M. Default 6,000: what the least board has left below the kernel. */
  stackBytes?: number;
}

/** What the certificate says about a text; plain data. */
export interface CertificateBounds {
  textBytes: number;
  bounds: Bounds;
  recursionLimit: number;
  /** Gate operations by number, ascending; "any" in front when one is computed. */
  operations: readonly (number | "any")[];
  /** Built-ins used, as `Math.floor`, `parseInt`, `Uint8Array`, `.charCodeAt`. */
  intrinsics: readonly string[];
}

export interface SourcePlace {
  /** Column in the printed text, from 0: it is one line. */
  at: number;
  /** Place in the source, from 1. */
  line: number;
  column: number;
}

export interface VerifiedModule {
  /** One expression: `(function(gate,fuel,memory){…})`. Printable ASCII. */
  text: string;
  certificate: CertificateBounds;
  /** Ascending by `at`; each stands for the text up to the next. */
  sites: readonly SourcePlace[];
}

/** More are not collected. */
const REJECTIONS_MAX = 200;

/** Verifies a module. @throws ModuleRejected with every reason of the first step that found any. */
export function verifyModule(text: string, options: VerifyOptions = {}): VerifiedModule {
  const { sourceBytes = 65_536, recursionLimit = 6, stackBytes = 6_000 } = options;
  if (!Number.isInteger(recursionLimit) || recursionLimit < 0 || recursionLimit > 1000) throw new RangeError(`recursionLimit: an integer from 0 to 1000, not ${recursionLimit}`);
  const placeOf = placeFinder(text);
  const rejections: Rejection[] = [];
  const reject: Reject = (ruleId, at, reason) => {
    const { number, why, instead } = ruleOf(ruleId);
    if (rejections.length < REJECTIONS_MAX && !rejections.some((one) => one.ruleId === ruleId && one.reason === reason && one.line === placeOf(at).line && one.column === placeOf(at).column)) rejections.push({ number, ruleId, ...placeOf(at), reason, why, instead });
  };
  const settle = (): void => {
    if (rejections.length > 0) throw new ModuleRejected([...rejections].sort((a, b) => a.line - b.line || a.column - b.column || a.number - b.number));
  };

  if (Buffer.byteLength(text) > sourceBytes) reject("too-large", 0, `${Buffer.byteLength(text)} bytes, at most ${sourceBytes}`);
  settle();
  const program = read(text, reject);
  settle();
  checkSyntax(program!, reject);
  settle();
  const module = resolve(text, program!, reject);
  if (module !== undefined) {
    findUnset(module, reject);
    checkFinally(module, reject);
  }
  settle();
  const typing = infer(module!, reject);
  settle();

  const names = giveNames(module!);
  const graph = callGraph(names.functions);
  const printed = printModule(module!, typing, names, graph, recursionLimit);
  const made = instrument(printed);
  const parsed = parse(made.text, { ecmaVersion: "latest", sourceType: "script" });
  const flaw = recheck(made.text, parsed);
  if (flaw !== undefined) throw new Error(`the printed text does not stand a second look: ${flaw}. This is a mistake of the verifier: keep the module`);

  const sourceAt = (at: number): number => made.marks.findLast((mark) => mark.at <= at)?.from ?? 0;
  for (const { at, what } of checkPrinted(made.text, parsed)) reject("dialect", sourceAt(at), what);
  const bounds = boundsOf(module!, made, parsed, names, graph, recursionLimit);
  bounds.functions.forEach((one, index) => {
    if (one.frameBytes > FRAME_LIMIT_BYTES) reject("dialect", names.functions[index]!.node.start, `nesting-depth: ${one.name} takes about ${one.frameBytes} bytes of stack by itself, and may take ${FRAME_LIMIT_BYTES}`);
  });
  for (const one of [bounds.handle, bounds.load]) if (one.stackBytes > stackBytes) reject("stack", module!.handle.node.start, `${one.name} may take ${one.stackBytes} bytes of stack, ${stackBytes} are there`);
  settle();
  return {
    text: made.text,
    certificate: {
      textBytes: made.text.length, bounds, recursionLimit, intrinsics: [...printed.intrinsics].sort(),
      operations: [...printed.operations].sort((a, b) => (a === "any" ? -1 : b === "any" ? 1 : a - b)),
    },
    sites: placesOf(made.marks, placeOf),
  };
}

function read(text: string, reject: Reject): Program | undefined {
  try {
    return parse(text, { ecmaVersion: "latest", sourceType: "module" });
  } catch (error) {
    if (error instanceof RangeError) reject("too-large", 0, "nested too deep to be read");
    else if (error instanceof SyntaxError) reject("unreadable", "pos" in error && typeof error.pos === "number" ? error.pos : 0, error.message);
    else throw error;
    return undefined;
  }
}

/** Offsets to line and column, from 1. */
function placeFinder(text: string): (at: number) => { line: number; column: number } {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (at) => {
    let low = 0;
    for (let high = starts.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - starts[low]! + 1 };
  };
}

function placesOf(marks: readonly Mark[], placeOf: (at: number) => { line: number; column: number }): SourcePlace[] {
  const places: SourcePlace[] = [];
  for (const { at, from } of marks) {
    if (places.at(-1)?.at === at) places.pop();
    places.push({ at, ...placeOf(from) });
  }
  return places;
}
