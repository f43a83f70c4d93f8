// How many Espruino variables a tile will have in use after boot, from its shipped text alone.
//
// The cell costs are exact measurements (variables/costs.ts); what boot() makes is found by walking through it (variables/boot-walk.ts). What only the
// running tile knows (text read from flash, handlers added later) is missing, so the figure is an estimate: the Espruino tier holds it within 10 %.

import { parseUnit } from "./dialect/unit.ts";
import { BUILTIN_CELLS } from "./variables/costs.ts";
import { BootWalk } from "./variables/boot-walk.ts";
import { CellCounter, type Scope, type Value, UNDEFINED, UNKNOWN } from "./variables/heap.ts";

export interface VariableEstimate {
  /** Variables that the tile has in use after boot, engine not counted. */
  total: number;
  /** The part that exists once the file is evaluated, before boot() is called. */
  evaluated: number;
  /** By kind of thing, biggest first. */
  byKind: readonly (readonly [kind: string, cells: number])[];
}

export interface EstimateOptions {
  /** Configuration that boot gets, as far as sizes depend on it. */
  config?: Readonly<Record<string, number | string | boolean>>;
}

/** Estimate for an expression file as `bundleTile` makes it. Throws `UnparsableText` if it is not JavaScript. */
export function estimateVariables(code: string, options: EstimateOptions = {}): VariableEstimate {
  const unit = parseUnit(code, "tile");
  const walk = new BootWalk();
  const outside: Scope = { parent: undefined, names: new Map(), kind: "module" };
  const statement = unit.program.body[0];
  const file: Value = statement?.type === "ExpressionStatement" ? evaluateFile(walk, statement.expression, outside) : UNKNOWN;
  const evaluated = count([file]);
  const config: Value = {
    kind: "object",
    prototype: undefined,
    fields: new Map(Object.entries(options.config ?? {}).map(([key, value]): [string, Value] => [key, constant(value)])),
  };
  const tile = walk.call(file, [UNKNOWN, options.config === undefined ? UNKNOWN : config, UNDEFINED]);
  const after = count([file, tile, ...walk.handed]);
  const byKind = [...after.byKind].sort((a, b) => b[1] - a[1]);
  return { total: after.total + walk.timerCells + builtinCells(walk), evaluated: evaluated.total, byKind };
}

/** Module code runs once inside the wrapping function; its scope is the module scope. */
function evaluateFile(walk: BootWalk, expression: Parameters<BootWalk["evaluate"]>[0], outside: Scope): Value {
  if (expression.type !== "CallExpression") return walk.evaluate(expression, outside);
  const { callee } = expression;
  if ((callee.type !== "ArrowFunctionExpression" && callee.type !== "FunctionExpression") || callee.body.type !== "BlockStatement") return walk.evaluate(expression, outside);
  const scope: Scope = { parent: undefined, names: new Map(), kind: "module" };
  const flow = walk.block(callee.body.body, scope);
  return flow.leaves ? flow.value : UNDEFINED;
}

function constant(value: number | string | boolean): Value {
  if (typeof value === "number") return { kind: "number", value };
  if (typeof value === "string") return { kind: "string", value, length: value.length };
  return { kind: "boolean", value };
}

function count(roots: readonly Value[]): CellCounter {
  const counter = new CellCounter();
  for (const root of roots) counter.value(root);
  return counter;
}

function builtinCells(walk: BootWalk): number {
  let cells = 0;
  for (const name of walk.usedBuiltins) cells += BUILTIN_CELLS.get(name) ?? 0;
  return cells;
}
