// Random programs that end by themselves: each is a function of one integer that returns integers, in the part of JavaScript that every engine computes alike.
import fc from "fast-check";

/** Text with `@` for numbers that must differ within one program (names of loop counters). */
type Text = string;

const LITERALS = ["0", "1", "2", "3", "7", "100"];

const { expression, statement } = fc.letrec<{ expression: Text; statement: Text; leaf: Text; block: Text; inLoop: Text }>((tie) => ({
  leaf: fc.constantFrom("x", "y", "a", "o.p", "z[1]", "s.length", ...LITERALS),
  expression: fc.oneof(
    { maxDepth: 3, depthIdentifier: "e", withCrossShrink: true },
    tie("leaf"),
    fc.tuple(tie("expression"), fc.constantFrom("+", "-", "*", "<", ">", "===", "&", "|", "^"), tie("expression")).map(([a, op, b]) => `(${a}${op}${b}|0)`),
    fc.tuple(tie("expression"), fc.constantFrom("&&", "||"), tie("expression")).map(([a, op, b]) => `(${a}${op}${b})`),
    fc.tuple(tie("expression"), tie("expression"), tie("expression")).map(([a, b, c]) => `(${a}?${b}:${c})`),
    tie("expression").map((a) => `(- ${a})`),
    tie("expression").map((a) => `!${a}`),
    tie("expression").map((a) => `f(${a})`),
    tie("expression").map((a) => `g(${a}&7)`),
    tie("expression").map((a) => `o.m(${a})`),
    tie("expression").map((a) => `(b=>b*2+${a}|0)(y)`),
    tie("expression").map((a) => `z.map(function(q){return q+${a}}).length`),
    fc.constantFrom("o.g", "new K(x).v", "(y++,y)", "[x,y,1].length"),
  ),
  block: fc.array(tie("statement"), { minLength: 0, maxLength: 3 }).map((list) => `{${list.join("")}}`),
  inLoop: fc.oneof(tie("statement"), tie("block"), fc.tuple(tie("expression"), fc.constantFrom("break", "continue"), tie("statement")).map(([a, leave, b]) => `{if(${a})${leave};${b}}`)),
  statement: fc.oneof(
    { maxDepth: 4, depthIdentifier: "s", withCrossShrink: true },
    fc.tuple(fc.constantFrom("x", "y", "o.p", "z[0]"), fc.constantFrom("=", "+=", "-=", "^="), tie("expression")).map(([to, op, a]) => `${to}${op}${a};${to}|=0;`),
    fc.constantFrom("x++;", "s+='ab';", "{let t=x;x=y;y=t}", ";"),
    fc.tuple(tie("expression"), tie("statement"), tie("statement")).map(([a, b, c]) => `if(${a}){${b}}else{${c}}`),
    fc.tuple(tie("expression"), tie("block")).map(([a, b]) => `if(${a})${b}`),
    fc.tuple(fc.integer({ min: 0, max: 4 }), tie("inLoop")).map(([n, b]) => `for(var i@=0;i@<${n};i@++)${b}`),
    fc.tuple(fc.integer({ min: 0, max: 4 }), tie("inLoop")).map(([n, b]) => `{var w@=${n};while(w@-->0)${b}}`),
    fc.tuple(fc.integer({ min: 0, max: 4 }), tie("block")).map(([n, b]) => `{var d@=${n};do${b}while(--d@>0)}`),
    tie("inLoop").map((b) => `for(var v@ of z)${b}`),
    tie("inLoop").map((b) => `for(var k@ in o)${b}`),
    fc.tuple(tie("expression"), tie("statement"), tie("statement"), tie("statement")).map(([a, b, c, d]) => `switch(${a}&3){case 0:${b}break;case 1:${c}case 2:${d}break;default:y++}`),
    fc.tuple(tie("block"), tie("expression"), tie("block")).map(([a, b, c]) => `try{x++;if(${b})throw 5;${a.slice(1, -1)}}catch(e@)${c}`),
    fc.tuple(tie("block"), tie("block")).map(([a, b]) => `try${a}finally${b}`),
    tie("expression").map((a) => `z.forEach(function(q){x=x+q*${a}|0});`),
  ),
}));

/** A function text that ends. */
export const program: fc.Arbitrary<string> = fc.tuple(fc.array(statement, { minLength: 1, maxLength: 5 }), expression).map(([statements, result]) => functionOf(statements.join(""), result));

/** Ways of never ending, around something that ends: `#`. Statements leave their own loops only. */
const ENDLESS = [
  "for(;;){#}", "while(1){#}", "do{#}while(1);", "for(;;)try{#throw 1}catch(q@){}", "for(;;)try{#}finally{continue}", "while(1)try{for(;;){#}}catch(q@){#}", "try{for(;;){#}}finally{for(;;){#}}",
  "for(;;)z.forEach(function(q){#});", "(function h(n){for(;;){#if(n)h(n-1)}})(3);", "for(;;){for(var v@ of z){#}for(var k@ in o){#}}", "for(;;)try{try{#throw 2}finally{#}}catch(q@){continue}finally{#continue}",
];

/** A function text that never ends. */
export const endless: fc.Arbitrary<string> = fc.tuple(fc.constantFrom(...ENDLESS), fc.constantFrom("#", ...ENDLESS), statement, statement).map(([outer, inner, before, inside]) => functionOf(before + outer.replaceAll("#", inner).replaceAll("#", inside), "x"));

function functionOf(statements: string, result: string): string {
  let n = 0;
  // `@` belongs to the nearest construct: the counter goes up at each declaration.
  const body = number(statements, () => n++);
  return `function(a){function f(b){if(b>5)return b-5|0;return b*2|0}function g(b){return b>0?g(b-1)+1|0:0}function K(b){this.v=b|0}var x=a,y=1,s='',z=[3,4,5],o={p:2,m:function(b){return b+this.p|0},get g(){return 9}};${body}return[x|0,y|0,s.length,z[0]|0,(${result})|0]}`;
}

/** Gives each loop its own number. Loops nest, so a name's declaration and its uses up to the loop's body share one. */
function number(text: string, next: () => number): string {
  return text.replace(/for\(var i@=0;i@<(\d);i@\+\+\)|var w@=(\d);while\(w@-->0\)|(for\(var [vk])@|catch\([eq]@\)/g, (match) => match.replaceAll("@", String(next()))).replace(/var d@=(\d);do|while\(--d@>0\)/g, (() => {
    const open: number[] = [];
    return (match: string): string => {
      const id = match.startsWith("var") ? next() : (open.pop() as number);
      if (match.startsWith("var")) open.push(id);
      return match.replaceAll("@", String(id));
    };
  })());
}
