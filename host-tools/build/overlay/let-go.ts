// What only the start needs is let go while the tile starts: a function at the top that nothing can call any more is set to 0.
//
//   function boot(e){let a=make(e),b=serve(a);return b}   →   function boot(e){let a=make(e),b=serve(a);e.global===e&&(make=serve=boot=0);return b}
//
// On Espruino the makers of servers, kernel and port are a tenth of the heap, and none of them is called twice. They can't stand inside the entry (nest-cold.ts),
// since the closures they make would keep its scope, and with it all of them.
//
// One evaluated bundle may start many tiles (a fleet in Node), each with a port object of its own; then nothing is let go. On a board the port is the global
// object itself, and the first stage evaluates the image for the one start: that is what `e.global===e` asks. So: a bundle that was started on the global object
// can't be started again. It has to be evaluated again.
//
// It is done in the middle of the start as soon as a few are done with, because the start is when memory is shortest.

import { parseUnit, type Unit } from "../dialect/unit.ts";
import { editText, type Edit } from "./edit-text.ts";
import { moduleBody, topFunctions, type TopFunction } from "./function-graph.ts";
import { freshName, namesIn, ownNames, renameLocals } from "./rename-locals.ts";
import { startOnly } from "./start-only.ts";
import { startSteps, type StartStep } from "./start-steps.ts";

/** Fewer than these wait for the next ones: asking takes text, and time. */
const WORTH_ASKING = 3;

export interface LeanBundle {
  code: string;
  sourceMap: string;
  /** Shipped offsets (in the old text) of the functions that are let go. */
  letGo: readonly number[];
}

/** Lets go what only the start needs. The text as it was where there is nothing to gain, or the entry takes no port. @throws UnparsableText if it is not JavaScript. */
export function letGo(code: string, sourceMap: string): LeanBundle {
  const unit = parseUnit(code, "tile");
  const functions = topFunctions(unit);
  const entry = entryOf(unit, functions);
  const [port] = entry?.node.params ?? [];
  const gone = entry === undefined ? [] : startOnly(unit, functions, entry);
  if (entry === undefined || port?.type !== "Identifier" || gone.length < WORTH_ASKING) return { code, sourceMap, letGo: [] };
  const renamed = renameLocals(unit, entry.node, [], gone.map(({ name }) => name));
  const newPort = renamed.find(({ from }) => from === port.start)?.parts[0];
  const portName = typeof newPort === "object" && "own" in newPort ? newPort.own : port.name;
  const taken = namesIn(unit, entry.node);
  for (const name of [...ownNames(renamed), ...gone.map((one) => one.name)]) taken.add(name);
  const edits = [...renamed, ...dismissals(unit, entry, gone, portName, freshName(taken))];
  return { ...editText(code, sourceMap, edits), letGo: gone.map(({ node }) => node.start) };
}

/** Names of the functions at the top that only the start of a bundle runs, its entry too. @throws UnparsableText if it is not JavaScript. */
export function startOnlyNames(code: string): string[] {
  const unit = parseUnit(code, "tile");
  const functions = topFunctions(unit);
  const entry = entryOf(unit, functions);
  return entry === undefined ? [] : startOnly(unit, functions, entry).map(({ name }) => name);
}

/** The function that the bundle's value is. */
function entryOf(unit: Unit, functions: readonly TopFunction[]): TopFunction | undefined {
  const last = moduleBody(unit).at(-1);
  if (last?.type !== "ReturnStatement" || last.argument?.type !== "Identifier") return undefined;
  const { name } = last.argument;
  return functions.find((one) => one.name === name && one.isKnown);
}

/** Where the entry lets go of what. `result` is a free name for what it returns. */
function dismissals(unit: Unit, entry: TopFunction, gone: readonly TopFunction[], port: string, result: string): Edit[] {
  const steps = startSteps(unit.code, entry.node);
  const lastUses = steps.map((): TopFunction[] => []);
  const isUsed = new Set<TopFunction>([entry]);
  for (let index = steps.length - 1; index >= 0; index--) {
    const used = usedIn(steps[index] as StartStep, gone);
    lastUses[index]?.push(...gone.filter((one) => used.has(one) && !isUsed.has(one)));
    for (const one of used) isUsed.add(one);
  }
  lastUses.at(-1)?.push(entry);
  const edits: Edit[] = [];
  let waiting = gone.filter((one) => !isUsed.has(one));
  steps.forEach((step, index) => {
    waiting.push(...(lastUses[index] ?? []));
    const isLast = index === steps.length - 1;
    const isDue = waiting.length >= (isLast ? 1 : WORTH_ASKING);
    const dismissal = isDue ? `${port}.global===${port}&&(${waiting.map(({ name }) => `${name}=`).join("")}0);` : "";
    if (isDue) waiting = [];
    edits.push(...step.dismiss(dismissal, result));
  });
  return edits;
}

/** Functions that may run in a step, by name and from each other. */
function usedIn({ node }: StartStep, gone: readonly TopFunction[]): Set<TopFunction> {
  const reached = new Set(gone.filter((one) => one.uses.some((use) => use.node.start >= node.start && use.node.end <= node.end)));
  for (const from of reached) for (const to of gone) if (to.uses.some((use) => use.from === from)) reached.add(to);
  return reached;
}
