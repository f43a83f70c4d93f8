// Runs metered programs on an engine and says, for each: result, did it throw, fuel that is left, and on XS what its own meter counted.
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { getQuickJS } from "quickjs-emscripten";
import { qemuStorage } from "../../../bench/qemu-flash.ts";
import { startQemu } from "../../../qemu/machine.ts";
import { runOnEspruino } from "../../espruino-run.ts";
import { COUNTER, meter } from "../meter.ts";
import { wrapModule } from "../wrap-module.ts";

export interface MeteredProgram {
  /** Function of one integer. */
  text: string;
  argument: number;
  /** Fuel that it gets. */
  units: number;
  /** As a service pays (default), as a module, or the text as it is. */
  form?: "service" | "module" | "plain";
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
  if (form === "module") return `(function(c){return[function(n){var o=c.f;c.f=n;return o},${wrapModule(text).code}(c)]})({f:0})`;
  return `(${COUNTER}=>[n=>{let o=${COUNTER};${COUNTER}=n;return o},${meter(`(${text})`).code}])(0)`;
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
  const lines: string[] = [];
  runInNewContext(script(programs), { print: (text: string) => lines.push(text) }, { timeout: 20_000 });
  return read(lines, programs.length);
}

export async function inQuickJs(programs: readonly MeteredProgram[]): Promise<Outcome[]> {
  const context = (await getQuickJS()).newContext();
  try {
    const lines: string[] = [];
    const print = context.newFunction("print", (text) => void lines.push(context.getString(text)));
    context.setProp(context.global, "print", print);
    print.dispose();
    context.unwrapResult(context.evalCode(script(programs))).dispose();
    return read(lines, programs.length);
  } finally {
    context.dispose();
  }
}

/** On Espruino for Linux, as its boot code. */
export async function onEspruino(binary: string, programs: readonly MeteredProgram[]): Promise<Outcome[]> {
  const { lines, failure } = await runOnEspruino(binary, { ".bootcde": script(programs) }, 60_000);
  if (failure !== undefined) lines.push(failure);
  return read(lines, programs.length);
}

/** On XS in QEMU, as its boot code. `folder` takes its files. */
export async function onQemu(elfPath: string, folder: string, programs: readonly MeteredProgram[]): Promise<Outcome[]> {
  const own = mkdtempSync(path.join(folder, "board-"));
  const flashPath = path.join(own, "flash.bin");
  const outputPath = path.join(own, "output");
  qemuStorage(flashPath, (storage) => storage.write(".bootcde", script(programs)));
  const machine = await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } });
  try {
    for (const deadlineMs = performance.now() + 120_000; ; ) {
      const text = readFileSync(outputPath, "latin1");
      if (text.includes("@@END")) return read(text.split("\n"), programs.length);
      if (performance.now() > deadlineMs || /Uncaught/.test(text)) return read(text.split("\n"), programs.length);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await machine.kill();
  }
}
