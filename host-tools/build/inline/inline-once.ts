// A function that is called at one place only stands at that place: one function, its name and its parameters less.
//
//   function b(x){let y=x+1;return y*2}function a(n){let v=b(n);return v}   →   function a(n){let y=n+1;let v=y*2;return v}
//
// On Espruino a function at the top takes 5 variables and one for each parameter, a call takes stack and time. The pass works on bundled text before it is minified:
// statements stand as they were written, and what it leaves behind (double names, blocks, `let t=…;return t`) the minifier cleans up.
//
// Espruino reads the text of a function as it runs, what is skipped too. So into a hot function goes only what that runs whenever it is called.
// One that makes functions keeps its locals as long as those live: there a body has a block of its own.

import { FRAME_LIMIT_BYTES, frameBytes, STACK_BYTES } from "../dialect/rules/limits.ts";
import { isFunction, isInside } from "../dialect/tree.ts";
import { parseUnit, type Node, type Unit } from "../dialect/unit.ts";
import { placeByOffset } from "../source-map.ts";
import { editText, type Edit, type Part } from "../overlay/edit-text.ts";
import { namesIn } from "../overlay/rename-locals.ts";
import { bindArguments, bindInExpression } from "./arguments.ts";
import { inPlaceOf, isDeleted } from "./in-place.ts";
import { bodyParts, part, statementParts, straightBody, type Exit } from "./body-parts.ts";
import { callPlace, type CallPlace } from "./call-place.ts";
import { candidates, type Candidate } from "./candidate.ts";
import { cutDeadBranches } from "./dead-branches.ts";
import { splitReturns } from "./split-returns.ts";

export interface InlineRules {
  /** Functions that run so often that nothing comes into them which they may not run. */
  hot: readonly string[];
  /** Whether a function of a source file may stand in one of another. */
  mayStandIn(callee: string, caller: string): boolean;
}

export interface InlinedText {
  code: string;
  sourceMap: string;
  /** Names of the functions that are gone. */
  inlined: readonly string[];
}

/** Inlines in the text of a module: functions at the top, `export {…}` at the end. @throws UnparsableText if it is not JavaScript. */
export function inlineOnce(code: string, sourceMap: string, rules: InlineRules): InlinedText {
  const exported = /export\s*\{([^}]*)\};?\s*$/.exec(code);
  const kept = new Set((exported?.[1] ?? "").split(",").map((item) => item.trim().split(/\s+as\s+/)[0] ?? ""));
  const body = exported === null ? code : code.slice(0, exported.index);
  const live = cutDeadBranches(body, sourceMap);
  let text = splitReturns(live.code, live.sourceMap, kept);
  const inlined: string[] = [];
  for (let round = inlineRound(text.code, text.sourceMap, kept, rules); round.inlined.length > 0; round = inlineRound(text.code, text.sourceMap, kept, rules)) {
    text = round;
    inlined.push(...round.inlined);
  }
  return { code: text.code + (exported?.[0] ?? ""), sourceMap: text.sourceMap, inlined };
}

/** All that can be inlined without one edit touching another. */
function inlineRound(code: string, sourceMap: string, kept: ReadonlySet<string>, rules: InlineRules): InlinedText {
  const unit = parseUnit(code, "tile");
  const place = placeByOffset(code, sourceMap);
  const fileAt = (at: number): string => place(at)?.file ?? "";
  const taken = new Set<Node>();
  const touched: { start: number; end: number }[] = [];
  const edits: Edit[] = [];
  const inlined: string[] = [];
  for (const candidate of candidates(unit, kept)) {
    // One body for a caller and round: the next one has to see the names of this one.
    if ([...taken].some((other) => isInside(other, candidate.caller) || isInside(candidate.caller, other))) continue;
    const where = callPlace(unit, candidate);
    if (!rules.mayStandIn(fileAt(candidate.node.start), fileAt(candidate.caller.start))) continue;
    if (rules.hot.includes(candidate.caller.id?.name ?? "") && where?.isUnconditional !== true) continue;
    if (stackBytes(unit, candidate) > FRAME_LIMIT_BYTES) continue;
    const names = namesIn(unit, candidate.caller);
    const made = inExpression(unit, candidate) ?? (where === undefined ? undefined : inStatement(unit, candidate, where, names));
    if (made === undefined) continue;
    const ranges = [candidate.node, made.around];
    if (ranges.some((one) => touched.some((other) => one.start < other.end && other.start < one.end))) continue;
    taken.add(candidate.caller);
    touched.push(...ranges);
    edits.push({ from: candidate.node.start, to: candidate.node.end, parts: [] }, ...made.edits);
    inlined.push(candidate.name);
  }
  return inlined.length === 0 ? { code, sourceMap, inlined } : { ...editText(code, sourceMap, edits), inlined };
}

interface Made {
  /** What the edits at the call replace. */
  around: Node;
  edits: Edit[];
}

/** `f(a)` as `(a + 1)`: wherever it stands. */
function inExpression(unit: Unit, candidate: Candidate): Made | undefined {
  const [only, more] = candidate.body.body;
  if (only?.type !== "ReturnStatement" || !only.argument || more !== undefined) return undefined;
  if (isDeleted(unit, candidate.call)) return undefined;
  const edits = bindInExpression(unit, candidate, only.argument);
  return edits && { around: candidate.call, edits: [...edits, { from: candidate.call.start, to: candidate.call.end, parts: inPlaceOf(unit, candidate.call, part(only.argument)) }] };
}

/** The statements of the function before the one that calls it, or in its place. */
function inStatement(unit: Unit, candidate: Candidate, place: CallPlace, names: Set<string>): Made | undefined {
  const { call, body } = candidate;
  const { statement } = place;
  const own = new Set([...namesIn(unit, candidate.node)]);
  const nameOf = (wanted: string, isOwn = true): string => {
    const name = freeName(wanted, names, own, isOwn);
    names.add(name);
    return name;
  };
  const result = place.isFirst ? nameOf("result", isLocal(unit, candidate, "result")) : "";
  const { lets, edits } = bindArguments(unit, candidate, nameOf);
  const hasNames = lets.length > 0 || body.body.some(({ type }) => type === "VariableDeclaration");
  const isBlock = !place.isInList || (hasNames && makesFunctions(unit, candidate));
  const straight = straightBody(body.body);
  const parts = ((): Part[] | undefined => {
    const inBlock = (inner: readonly Part[]): Part[] => (isBlock ? ["{", ...inner, "}"] : [...inner]);
    const isWhole = (statement.type === "ReturnStatement" && statement.argument === call) || (statement.type === "ExpressionStatement" && statement.expression === call);
    if (isWhole && (statement.type === "ReturnStatement" || straight === undefined)) {
      const exit: Exit = { kind: statement.type === "ReturnStatement" ? "return" : place.isLast ? "leave" : "drop" };
      const all = bodyParts(body.body, exit);
      return all && inBlock([...lets, ...all]);
    }
    if (!place.isFirst || isDeleted(unit, call)) return undefined;
    const value: Part[] = straight?.value === undefined ? ["(void 0)"] : inPlaceOf(unit, call, part(straight.value));
    const before = straight === undefined ? bodyParts(body.body, { kind: "assign", target: result, isDeclared: true }) : straight.before.flatMap(statementParts);
    if (before === undefined) return undefined;
    const inner: Part[] = straight === undefined ? [`let ${result};`, ...lets, ...before] : [...lets, ...before];
    const call_ = straight === undefined ? [result] : value;
    const rest = (from: number, to: number): Part[] => [{ from, to: call.start }, ...call_, { from: call.end, to }];
    if (statement.type !== "VariableDeclaration" || !isBlock) return inBlock([...inner, ...rest(statement.start, statement.end)]);
    const [declarator] = statement.declarations;
    if (!place.isInList || statement.kind === "var" || declarator?.id.type !== "Identifier" || !declarator.init) return undefined;
    return [`let ${declarator.id.name};`, ...inBlock([...inner, `${declarator.id.name}=(`, ...rest(declarator.init.start, declarator.init.end), ");"])];
  })();
  return parts && { around: statement, edits: [...edits, { from: statement.start, to: statement.end, parts }] };
}

/** Stack from the entry of the caller down into the function when it stands there: what the dialect limits. Returns may take a loop around them. */
function stackBytes(unit: Unit, { node, call }: Candidate): number {
  let own = 0;
  for (const inner of unit.nodesIn(node)) own = Math.max(own, frameBytes(unit, inner));
  return frameBytes(unit, call) + own - STACK_BYTES.call + STACK_BYTES.statement;
}

/** The caller's locals live on in functions that it makes. */
function makesFunctions(unit: Unit, { caller }: Candidate): boolean {
  return unit.nodesIn(caller).some(isFunction);
}

/** The function means a local of its own by a name, wherever it says it. */
function isLocal(unit: Unit, { node, own }: Candidate, name: string): boolean {
  const said = unit.scopes.references.filter((reference) => reference.name === name && isInside(reference.node, node));
  return said.length > 0 && said.every(({ variable }) => variable !== undefined && own.includes(variable));
}

/** A name that neither the caller nor the function uses: the one wanted, which is a local of the function, if the caller has no such name, else with a number. */
function freeName(wanted: string, names: ReadonlySet<string>, own: ReadonlySet<string>, isOwn: boolean): string {
  if (isOwn && !names.has(wanted)) return wanted;
  const stem = wanted.replace(/_\d+$/, "");
  for (let number = 1; ; number++) if (!names.has(`${stem}_${number}`) && !own.has(`${stem}_${number}`)) return `${stem}_${number}`;
}

