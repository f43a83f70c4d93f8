// Prints a module from its tree: one expression of printable ASCII, without a line break.
//
//   (function(g,$,A){…functions, variables…;return[run,fuelLeft,memoryLeft]})
//
// g: the gate; $: fuel left; A: memory left. The loader calls it with the gate and the fuel and memory that loading may take, and keeps the three functions:
// run(event, badge, label, a, b, data, fuel, memory) → fuel left, below 0 when it ran dry; after a throw the others say what is left. Where a function is
// recursive there is a fourth: 1 when the last run went too deep.
// Every variable is declared at the head of its function, for Espruino does not hoist and would take the engine's of that name.

import type { CallGraph } from "./calls.ts";
import { isVariable, type GuestFunction, type GuestModule, type Node, type Variable } from "./guest.ts";
import type { Typing } from "./infer.ts";
import { FRAME, HELPERS, type Names } from "./names.ts";
import { Output, type Mark } from "./output.ts";
import { printExpression } from "./print-expression.ts";
import { printBlock } from "./print-statement.ts";

export interface Printer {
  out: Output;
  module: GuestModule;
  typing: Typing;
  names: Names;
  graph: CallGraph;
  recursionLimit: number;
  current: GuestFunction | undefined;
  loops: number;
  helpers: Set<keyof typeof HELPERS>;
  operations: Set<number | "any">;
  intrinsics: Set<string>;
}

export interface PrintedModule {
  text: string;
  marks: readonly Mark[];
  /** Memory that is taken by the expression that begins at an offset. */
  allocations: ReadonlyMap<number, number>;
  operations: ReadonlySet<number | "any">;
  intrinsics: ReadonlySet<string>;
}

/** What stops a run for good: the fuel is gone, so every charge on the way out throws again. */
const STOP = "($=-1)()";

// Espruino does not find empty text in empty text, and finds text of which only the begin stands at the end ("-1".indexOf("12") is 1).
const HELPER_TEXT: Readonly<Record<keyof typeof HELPERS, string>> = {
  text: `function C(s){(A-=1+(s.length>>3))<0&&${STOP};return s}`,
  length: `function N(n,s){if(!(n>=0&&n<=65535))throw"length";(A-=3+(n<<s>>3))<0&&${STOP};return n}`,
  caught: `function X(e){return typeof e=="object"?"error":""+e}`,
  find: "function I(s,t,i){($-=Math.ceil(s.length*(t.length+1)/4))<0&&$();if(!t.length)return Math.max(0,Math.min(i|0,s.length));i=s.indexOf(t,i);return i>s.length-t.length?-1:i}",
  fill: "function F(a,v){($-=a.length>>3)<0&&$();return a.fill(v)}",
};

export function printModule(module: GuestModule, typing: Typing, names: Names, graph: CallGraph, recursionLimit: number): PrintedModule {
  const out = new Output();
  const to: Printer = {
    out, module, typing, names, graph, recursionLimit, current: undefined, loops: 0, helpers: new Set(), operations: new Set(), intrinsics: new Set(),
  };
  const isDeep = names.functions.some((one) => graph.isRecursive(one));
  out.put(`(function(${FRAME.gate},${FRAME.fuel},${FRAME.memory}){`);
  if (isDeep) out.put(`var ${FRAME.deep}=0;`);
  for (const one of names.functions) printFunction(to, one);
  printModuleVariables(to);
  const { handle } = module;
  // Helpers last: which are needed is known now. They are declared before anything runs but initialisers, so they stand in front of those.
  const given = [..."eblxyd"].slice(0, handle.parameters.length);
  if (graph.isRecursive(handle)) given.push(String(recursionLimit));
  const deep = isDeep ? `${FRAME.deep}=0;` : "";
  out.put(`return[function(e,b,l,x,y,d,f,m){$=f;A=m;${deep}h(${given.join(",")});return $},function(){return $},function(){return A}${isDeep ? ",function(){return K}" : ""}]})`);
  return withHelpers(to);
}

/** Puts the helpers in front. */
function withHelpers(to: Printer): PrintedModule {
  const { out } = to;
  const at = out.text.indexOf("{") + 1;
  const helpers = (Object.keys(HELPERS) as (keyof typeof HELPERS)[]).filter((one) => to.helpers.has(one)).map((one) => HELPER_TEXT[one]).join("");
  const move = (offset: number): number => (offset >= at ? offset + helpers.length : offset);
  return {
    text: out.text.slice(0, at) + helpers + out.text.slice(at),
    marks: out.marks.map((mark) => ({ at: move(mark.at), from: mark.from })),
    allocations: new Map([...out.allocations].map(([offset, units]) => [move(offset), units])),
    operations: to.operations,
    intrinsics: to.intrinsics,
  };
}

function printFunction(to: Printer, one: GuestFunction): void {
  const { out, names, graph } = to;
  const isRecursive = graph.isRecursive(one);
  to.current = one;
  to.loops = 0;
  out.mark(one.node.start);
  const parameters = one.parameters.map((parameter) => names.of(parameter));
  if (isRecursive) parameters.push(names.depthOf(one));
  out.put(`function ${names.of(one)}(${parameters.join(",")}){`);
  if (isRecursive) out.put(`${names.depthOf(one)}<0&&(${FRAME.deep}=1,$=-1)();`);
  const { body } = one.node.body;
  let leading = 0;
  while (body[leading]?.type === "VariableDeclaration") leading++;
  const declarations = body.slice(0, leading).flatMap((node) => (node.type === "VariableDeclaration" ? node.declarations : []));
  printHead(to, one.locals.filter((local) => local.kind !== "catch"), declarations);
  printBlock(to, body.slice(leading));
  out.put("}");
  to.current = undefined;
}

function printModuleVariables(to: Printer): void {
  printHead(to, to.module.variables, to.module.declarators.map(({ node }) => node));
}

/** `var c,a=1;c=2;var b=a;`: first the names that may be used or declared elsewhere, then what is declared here, in order. */
function printHead(to: Printer, variables: readonly Variable[], declarators: readonly Extract<Node, { type: "VariableDeclarator" }>[]): void {
  const { out, module, names } = to;
  const here = new Set<Variable>();
  const steps = declarators.flatMap((node) => {
    const variable = node.id.type === "Identifier" ? module.meanings.get(node.id) : undefined;
    if (!isVariable(variable)) return [];
    const isFirst = !variable.mayBeUnset && variable.kind !== "parameter" && !here.has(variable);
    if (isFirst) here.add(variable);
    return isFirst || node.init ? [{ node, variable, isFirst }] : [];
  });
  let open = false;
  const begin = (isDeclaration: boolean): void => {
    if (open && isDeclaration) return out.put(",");
    if (open) out.put(";");
    if (isDeclaration) out.put("var");
    open = isDeclaration;
  };
  for (const variable of variables) {
    if (here.has(variable)) continue;
    begin(true);
    out.put(names.of(variable));
  }
  for (const { node, variable, isFirst } of steps) {
    begin(isFirst);
    out.mark(node.start);
    out.put(names.of(variable));
    if (node.init) {
      out.put("=");
      printExpression(to, node.init);
    }
    if (!isFirst) out.put(";");
  }
  if (open) out.put(";");
}
