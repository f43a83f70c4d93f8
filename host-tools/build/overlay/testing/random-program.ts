// Random small programs in the shape of a bundle, full of what makes moving functions hard: locals called like functions at the top, circles, shared helpers,
// module state, closures that are kept, getters, returns of one of many, lists of declarations.
import fc from "fast-check";

/** Functions at the top, f0 to f(n-1); the entry is `boot`. */
const FUNCTIONS = 9;

const name = (index: number): string => `f${index}`;

/** What a function body is made of; `target` and `other` are functions it may call. */
type Shape = "sum" | "chain" | "local" | "early" | "state" | "closure" | "getter" | "loop" | "value" | "again" | "shorthand" | "throws";
const SHAPES: readonly Shape[] = ["sum", "chain", "local", "early", "state", "closure", "getter", "loop", "value", "again", "shorthand", "throws"];

interface Plan {
  shape: Shape;
  target: number;
  other: number;
  /** Index of the function whose name a local or parameter takes. */
  shadow: number;
}

function body(self: number, { shape, target, other, shadow }: Plan): string {
  const [t, o] = [name(target), name(other)];
  // A local may take any name that its function does not use itself.
  const local = [target, other].includes(shadow) ? "q" : name(shadow);
  const call = (f: string, a: string): string => `${f}(n-1,${a})`;
  switch (shape) {
    case "sum":
      return `return ${call(t, "a+1")}+${call(o, "a*2")}`;
    case "chain":
      return `let ${local}=a%4;return ${local}===0?${call(t, "a")}:${local}===1?(log(${self}),${call(o, "a")}):${local}===2?a:${call(t, "a+2")}-1`;
    case "local":
      return `var ${local}=${call(t, "a")};if(${local}>3){let ${t.toUpperCase()}=1;${local}=${local}-${t.toUpperCase()}}return ${local}+${call(o, "a+1")}`;
    case "early":
      return `if(a%3===0)return a;let ${local}=${call(t, "a")};if(a%3===1)return ${local};return ${local}+${call(o, "a")}`;
    case "state":
      return `state=state+a;log(state);return ${call(t, "state%7")}`;
    case "closure":
      return `let ${local}=a;kept.push(function(b){return ${local}+b+${call(t, "1")}});return ${call(o, "a")}`;
    case "getter":
      return `let o_={get v(){return ${call(t, "a")}}};return o_.v+${call(o, "a")}`;
    case "loop":
      return `let ${local}=0;for(let i=0;i<3;i++){let ${local}=i;log(${local})}for(;${local}<2;${local}++)a+=${call(t, "a%5")};return a`;
    case "value":
      return `let g=${t};return g(n-1,a)+${call(o, "a")}`;
    case "again":
      return `var ${local}=1;var ${local}=${local}+a;return ${local}+${call(t, "a")}`;
    case "shorthand":
      return `let ${local}=a;let r={${local}};log(JSON.stringify(r));return ${call(t, `r.${local}`)}`;
    case "throws":
      return `if(a%5===4)throw new Error("e"+a);return ${call(t, "a+1")}`;
  }
}

/** Text of the modules: functions with a bounded depth `n`, module state, and a boot that logs to its port. */
export const randomProgram: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.record({ shape: fc.constantFrom(...SHAPES), target: fc.nat(FUNCTIONS - 1), other: fc.nat(FUNCTIONS - 1), shadow: fc.nat(FUNCTIONS - 1) }), { minLength: FUNCTIONS, maxLength: FUNCTIONS }),
    fc.array(fc.nat(FUNCTIONS - 1), { minLength: 3, maxLength: 6 }),
    fc.constantFrom("list", "sequence", "return"),
    fc.nat(FUNCTIONS - 1),
  )
  .map(([plans, calls, form, shadow]) => {
    const functions = plans.map((plan, index) => {
      // Every third function has a parameter that is called like another function.
      const second = index % 3 === 0 && ![plan.target, plan.other, index].includes(plan.shadow) ? name(plan.shadow) : "a";
      const text = body(index, second === "a" ? plan : { ...plan, shadow: index === 0 ? 1 : 0, shape: "sum" }).replaceAll(/\ba\b/g, second);
      return `function ${name(index)}(n,${second}){if(n<1)return ${second};${text}}`;
    });
    const local = calls.includes(shadow) ? "z" : name(shadow);
    const values = calls.map((index) => `${name(index)}(4,x)`);
    const boots = {
      list: `let x=1,${local}=0,${values.map((value, index) => `v${index}=${value}`).join(",")};${local}=${values.map((_, index) => `v${index}`).join("+")};return finish(${local})`,
      sequence: `let x=2;${values.map((value) => `log(${value})`).join(",")};let ${local}=x;return finish(${local})`,
      return: `let x=3;return ${values.map((value) => `log(${value})`).join(",")},finish(x)`,
    };
    return `let state,log,kept;${functions.join("")}function finish(v){return{v:v,run:function(b){return kept.map(function(f){return f(b)})}}}function boot(p){state=0,log=p.log,kept=[];${boots[form as keyof typeof boots]}}`;
  });

/** Starts a program's tile and runs what it kept: everything that can be seen of it. */
export function behaviour(entry: (port: { log(what: unknown): void }) => unknown, port: { log(what: unknown): void; seen: unknown[] }): string {
  let result: unknown;
  try {
    const tile = entry(port) as { v: number; run(b: number): unknown };
    result = [tile.v, tile.run(1), tile.run(2)];
  } catch (error) {
    result = error instanceof Error ? error.message : error;
  }
  return JSON.stringify([result, port.seen]);
}

/** A port that remembers what was logged. */
export function loggingPort(): { log(what: unknown): void; seen: unknown[] } {
  const seen: unknown[] = [];
  return { log: (what) => void seen.push(what), seen };
}
