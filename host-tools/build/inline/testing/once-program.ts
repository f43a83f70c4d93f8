// Random small programs in which every function is called at one place, and the places and bodies are of all kinds.
import fc from "fast-check";

const COUNT = 7;

/** What a function does with its parameters a and b before and when it returns; `call` is a call of the next one, or a value. */
const BODIES = [
  (call: string) => `return ${call}+a`,
  (call: string) => `return a>b?${call}:b`,
  (call: string) => `return a>2?b:a>1?${call}:a`,
  (call: string) => `log(a);let v=${call};log(v);return v-b`,
  (call: string) => `let v=b;if(a%2)return v;v=${call};return v+a`,
  (call: string) => `if(a>3){if(b>3)return a;log(b)}let r=${call};return r`,
  (call: string) => `let v=0;for(let i=0;i<3;i++){v+=i;if(v>a)break}return v+${call}`,
  (call: string) => `for(let i=0;i<3;i++){if(i>a)return i;log(i)}return ${call}`,
  (call: string) => `a=a+1;b=a*b;let o={a,b};log(o.a);return ${call}`,
  (call: string) => `state=state+a;let v=state+${call};return v+state`,
  (call: string) => `let v=a;v+=${call};return v`,
  (call: string) => `let o={x:1};o.x=${call};return o.x+a`,
  (call: string) => `if(a)log(${call});return b`,
  (call: string) => `if(${call}>2){log(1);return a}else{log(2)}return b`,
  (call: string) => `try{if(a%5===4)throw new Error("e"+a);return ${call}}catch(e){log(e.message);return b}`,
  (call: string) => `switch(${call}%3){case 0:return a;case 1:log(b);break;default:log(a)}return b-a`,
  (call: string) => `let list=[a,${call},b];return list[a&1]`,
  (call: string) => `kept.push(function(c){return a+c});return ${call}`,
  (call: string) => `let g=function(c){return c+b};return g(${call})`,
  (call: string) => `log(b);${call};return a`,
  (call: string) => `if(a>b){${call};return a}log(a);return b`,
  (call: string) => `function inner(c){let w=c*2;return w+a}let v=inner(${call});return v`,
] as const;

/** Arguments of a call. */
const ARGUMENTS = ["a,b", "b,a", "a+1,2", "1,a*b", "(log(a),a),b", "a=a+1,a", "state,b", "a"] as const;

/** Text of the modules: f0 calls f1 and so on, and `boot` calls f0 once for each of some values. */
export const onceProgram: fc.Arbitrary<string> = fc
  .tuple(fc.array(fc.record({ body: fc.nat(BODIES.length - 1), args: fc.constantFrom(...ARGUMENTS), isSame: fc.boolean() }), { minLength: COUNT, maxLength: COUNT }), fc.array(fc.nat(6), { minLength: 2, maxLength: 2 }))
  .map(([plans, values]) => {
    const functions = plans.map(({ body, args, isSame }, index) => {
      const call = index === COUNT - 1 ? "a*3" : `f${index + 1}(${args})`;
      const text = (BODIES[body] as (typeof BODIES)[number])(call);
      // Every other function calls its locals otherwise.
      return `function f${index}(a,b){${isSame ? text : text.replaceAll(/\bv\b/g, `v${index}`)}}`;
    });
    return `let state,log,kept;${functions.toReversed().join("")}function finish(v){return{v:v,run:function(b){return kept.map(function(f){return f(b)})}}}function boot(p){state=0,log=p.log,kept=[];let x=0;for(let i=0;i<2;i++)x=f0(i?${values[0]}:${values[1]},i);return finish(x)}`;
  });
