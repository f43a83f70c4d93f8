// Runs printed modules on an engine, event by event, and tells what they did: gate calls, results, what is left.
import { runInNewContext } from "node:vm";
import { linesInNode, linesInQuickJs, linesOnEspruino } from "../../script-lines.ts";

export interface GuestEvent {
  /** event, badge, label, a, b */
  numbers: readonly [number, number, number, number, number];
  /** Codes 0 to 255. */
  data: string;
  fuel?: number;
  memory?: number;
}

export interface GuestRun {
  text: string;
  events: readonly GuestEvent[];
}

export interface GuestOutcome {
  /** Gate calls as `op,address,label,a,b,"data as hex"`. */
  gate: string[];
  /** What was thrown: text, or "error" for the engine's own. */
  thrown: string | undefined;
  fuel: number;
  memory: number;
  /** 1: recursion went too deep. */
  deep: number;
}

export const PLENTY = 1_000_000;

const literal = (text: string): string => `"${[...Buffer.from(text, "latin1")].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;

/** The gate answers by a rule: the sum of its numbers and 3 for each earlier call, modulo 1,000. */
const HARNESS = `function X(v){var i,r="";if(typeof v!="string")return""+v;for(i=0;i<v.length;i++)r+=(256+v.charCodeAt(i)).toString(16).substr(1);return"x"+r}
function R(n,M,E){var T=[],c=0,L,i,t,e;function G(o,a,b,x,y,d){var p=[o,a,b,x,y],q=[],i;for(i=0;i<5;i++)if(typeof p[i]!="undefined")q.push(X(p[i]));if(typeof d!="undefined")q.push(X(d));T.push(q.join(","));c++;var s=3*c;for(i=0;i<5;i++)if(typeof p[i]=="number"&&p[i]>-1e6&&p[i]<1e6&&p[i]%1==0)s+=p[i];return s%1000}
function Y(e){return typeof e=="object"?"error":""+e}
try{L=M(G,${PLENTY},${PLENTY})}catch(e){print("@@"+n+";load;"+Y(e));return}
for(i=0;i<E.length;i++){e=E[i];T=[];t="";try{L[0](e[0],e[1],e[2],e[3],e[4],e[5],e[6],e[7])}catch(z){t="!"+Y(z)}print("@@"+n+";"+i+";"+t.length+";"+L[1]()+";"+L[2]()+";"+(L[3]?L[3]():0)+";"+T.join("|")+";"+t)}}`;

function script(runs: readonly GuestRun[]): string {
  const calls = runs.map((run, index) => `R(${index},${run.text},[${run.events.map((one) => `[${one.numbers.join(",")},${literal(one.data)},${one.fuel ?? PLENTY},${one.memory ?? PLENTY}]`).join(",")}]);`);
  return `print("@@START");\n${HARNESS}\n${calls.join("\n")}\nprint("@@END");`;
}

function read(lines: readonly string[], runs: readonly GuestRun[]): (GuestOutcome[] | string)[] {
  const found: (GuestOutcome[] | string)[] = runs.map(() => []);
  for (const line of lines) {
    const load = /@@(\d+);load;(.*)$/.exec(line);
    if (load !== null) found[Number(load[1])] = `load: ${load[2]}`;
    const one = /@@(\d+);(\d+);(\d+);(-?\d+);(-?\d+);(\d);([^;]*);(.*)$/.exec(line.trimEnd());
    if (one === null) continue;
    const outcomes = found[Number(one[1])];
    if (Array.isArray(outcomes)) outcomes[Number(one[2])] = { gate: one[7] === "" ? [] : one[7]!.split("|"), thrown: one[8] === "" ? undefined : one[8]!.slice(1), fuel: Number(one[4]), memory: Number(one[5]), deep: Number(one[6]) };
  }
  runs.forEach((run, index) => {
    const outcomes = found[index]!;
    if (Array.isArray(outcomes) && outcomes.filter((one) => one !== undefined).length !== run.events.length) throw new Error(`run ${index} printed ${outcomes.length} of ${run.events.length} outcomes; the end of the output: ${lines.slice(-4).join(" | ")}`);
  });
  return found;
}

export function inNode(runs: readonly GuestRun[]): (GuestOutcome[] | string)[] {
  return read(linesInNode(script(runs)), runs);
}

export async function inQuickJs(runs: readonly GuestRun[]): Promise<(GuestOutcome[] | string)[]> {
  return read(await linesInQuickJs(script(runs)), runs);
}

export async function onEspruino(binary: string, runs: readonly GuestRun[]): Promise<(GuestOutcome[] | string)[]> {
  return read(await linesOnEspruino(binary, script(runs)), runs);
}

/** `run`: of withQemu. */
export async function onQemu(run: (script: string) => Promise<string[]>, runs: readonly GuestRun[]): Promise<(GuestOutcome[] | string)[]> {
  return read(await run(script(runs)), runs);
}

/** The module as it was written, its gate answering by the same rule: gate calls of each event, and what was thrown. */
export function original(source: string, events: readonly GuestEvent[]): { gate: string[]; thrown: string | undefined }[] {
  const exported = /export\s*\{\s*(\w+) as handle/.exec(source)?.[1] ?? "handle";
  const plain = source.replace(/export\s*\{[^}]*\};?/g, "").replace(/export\s+function/g, "function");
  const text = `(function(G){"use strict";return function(gate){${plain}\nreturn ${exported}}})`;
  // As the language has it: records without a prototype, strings of bytes, what is caught is text.
  const bare = "function byte(n){return String.fromCharCode(n&255)}for(const k of Object.getOwnPropertyNames(Object.prototype))delete Object.prototype[k];";
  const caught = text.replace(/catch \((\w+)\) \{/g, 'catch ($1) { $1 = typeof $1 === "object" ? "error" : "" + $1;').replaceAll("String.fromCharCode(", "byte(").replaceAll("\\u263a", "\\xe2\\x98\\xba");
  const make = runInNewContext(bare + caught)() as (gate: (...given: unknown[]) => number) => (...given: unknown[]) => void;
  let calls: string[] = [];
  const gate = (...given: unknown[]): number => {
    const hex = (value: unknown): string => (typeof value === "string" ? `x${Buffer.from(value, "latin1").toString("hex")}` : String(value));
    calls.push(given.slice(0, 6).filter((one) => one !== undefined).map(hex).join(","));
    const sum = given.slice(0, 5).reduce<number>((total, one) => (typeof one === "number" && one > -1e6 && one < 1e6 && one % 1 === 0 ? total + one : total), 3 * (total += 1));
    return sum % 1000;
  };
  let total = 0;
  const handle = make(gate);
  return events.map((one) => {
    calls = [];
    let thrown: string | undefined;
    try {
      handle(...one.numbers, one.data);
    } catch (error) {
      thrown = typeof error === "object" ? "error" : String(error);
    }
    return { gate: calls, thrown };
  });
}
