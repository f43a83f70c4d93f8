// Runs metered programs on an engine and says, for each: result, did it throw, fuel that is left, and on XS what its own meter counted.
import { linesInNode, linesInQuickJs, linesOnEspruino, linesOnQemu } from "../../script-lines.ts";
import { COUNTER, meter } from "../meter.ts";

export interface MeteredProgram {
  /** Function of one integer. */
  text: string;
  argument: number;
  /** Fuel that it gets. */
  units: number;
  /** With charges (default), with those of free functions at their callers, with charges of one unit each, or the text as it is. */
  form?: "metered" | "callers" | "counted" | "plain";
}

export interface Outcome {
  /** JSON of what it returned; undefined when it threw. */
  result: string | undefined;
  left: number;
  /** Units of XS's meter; 0 elsewhere. */
  metered: number;
}

/** `[swap, function]`: swap sets the fuel and gives what was left. */
function formOf({ text, form }: MeteredProgram): string {
  if (form === "plain") return `[n=>0,(${text})]`;
  const metered = meter(`(${text})`, undefined, form === "callers" ? () => false : undefined).code;
  return `(${COUNTER}=>[n=>{let o=${COUNTER};${COUNTER}=n;return o},${form === "counted" ? metered.replace(/\(\$-=\d+\)/g, "($-=1)") : metered}])(0)`;
}

/** A script that prints `@@<index>;<thrown>;<left>;<metered>;<result>` for each program, between `@@START` and `@@END`. */
function script(programs: readonly MeteredProgram[]): string {
  const run = `function r(i,m,u,a){var v=0,t=0,p=m[1],b=q();m[0](u);try{v=p(a)}catch(e){t=1}u=m[0](0);print("@@"+i+";"+t+";"+u+";"+(q()-b)+";"+(t?"":JSON.stringify(v)))}`;
  const calls = programs.map((one, index) => `r(${index},${formOf(one)},${one.units},${one.argument});`);
  return `print("@@START");(function(){function q(){return typeof E!="undefined"&&E.genesis?E.genesis().meter:0}${run}\n${calls.join("\n")}})();print("@@END");`;
}

function read(lines: readonly string[], count: number): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const line of lines) {
    const found = /@@(\d+);([01]);(-?\d+);(\d+);(.*)$/.exec(line.trim());
    if (found !== null) outcomes[Number(found[1])] = { result: found[2] === "1" ? undefined : found[5], left: Number(found[3]), metered: Number(found[4]) };
  }
  for (let i = 0; i < count; i++) if (outcomes[i] === undefined) throw new Error(`program ${i} of ${count} printed nothing; the end of the output: ${lines.slice(-4).join(" | ")}`);
  return outcomes;
}

export function inNode(programs: readonly MeteredProgram[]): Outcome[] {
  return read(linesInNode(script(programs), 20_000), programs.length);
}

export async function inQuickJs(programs: readonly MeteredProgram[]): Promise<Outcome[]> {
  return read(await linesInQuickJs(script(programs)), programs.length);
}

export async function onEspruino(binary: string, programs: readonly MeteredProgram[]): Promise<Outcome[]> {
  return read(await linesOnEspruino(binary, script(programs)), programs.length);
}

/** `folder` takes the board's files. */
export async function onQemu(elfPath: string, folder: string, programs: readonly MeteredProgram[]): Promise<Outcome[]> {
  return read(await linesOnQemu(elfPath, folder, script(programs)), programs.length);
}
