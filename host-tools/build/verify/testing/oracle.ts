// A world in which everything ambient is a trap: whatever a module does besides calling the gate with numbers and a byte string is seen.
//
// QuickJS, with every property of the global object and of every prototype replaced by an accessor that notes its use, but for what printed text may use;
// behind the prototypes stand proxies that note names nobody has. Keys that stand bare in the printed text are looked at as they are used.
import { parse } from "acorn";
import { getQuickJS } from "quickjs-emscripten";
import { insertText } from "../../insert-mapped.ts";
import { ARRAY_METHODS, BYTES_METHODS, INTRINSIC_NAMES, MATH, STRING_METHODS } from "../intrinsics.ts";
import { FIELD_PREFIX, HELPERS } from "../names.ts";
import { PLENTY, type GuestEvent } from "./run.ts";

export interface WorldOutcome {
  /** Calls of the gate, all events together, as in run.ts. */
  gate: string[];
  /** What it did besides. */
  escapes: string[];
  /** Events that ended by themselves; the others threw. */
  ended: number;
}

export interface World {
  run(text: string, events: readonly GuestEvent[]): WorldOutcome;
  dispose(): void;
}

const list = (names: Iterable<string>): string => JSON.stringify([...names]);

/** Poisons a context and gives back `run(module, events)`: text of lines. */
const POISON = `(function(){
var notes=[],calls=[],on=false;
function note(what){if(on&&notes.length<20)notes[notes.length]=what}
var define=Object.defineProperty,names=Object.getOwnPropertyNames,symbols=Object.getOwnPropertySymbols,describe=Object.getOwnPropertyDescriptor,parent=Object.getPrototypeOf,setParent=Object.setPrototypeOf,has=Object.prototype.hasOwnProperty.call.bind(Object.prototype.hasOwnProperty),P=Proxy,text=String;
var strings=${list(STRING_METHODS.keys())},arrays=${list(ARRAY_METHODS.keys())},bytes=${list(BYTES_METHODS.keys())},maths=${list(MATH.keys())},intrinsics=${list(INTRINSIC_NAMES)};
var iterators=[parent([][Symbol.iterator]()),parent(""[Symbol.iterator]())];
var typed=parent(Uint8Array.prototype);
function isIn(list,key){for(var i=0;i<list.length;i++)if(list[i]===key)return true;return false}
function trap(object,label,keep){
  var keys=names(object).concat(symbols(object));
  for(var i=0;i<keys.length;i++){(function(key){
    if(isIn(keep,key))return;
    var was=describe(object,key);
    if(!was.configurable)return;
    var word=label+"."+text(key);
    define(object,key,{__proto__:null,configurable:false,enumerable:was.enumerable,get:function(){note("read "+word);return was.value},set:function(){note("wrote "+word)}});
  })(keys[i])}
}
function isNumeric(key){return typeof key=="string"&&text(+key)===key}
function guard(label){return new P({__proto__:null},{
  get:function(t,key){if(!isNumeric(key)&&!(typeof key=="string"&&key.charCodeAt(0)===36))note("read "+label+"."+text(key));return undefined},
  set:function(t,key,value,at){if(!isNumeric(key))note("wrote "+label+"."+text(key));if(typeof at=="object")define(at,key,{__proto__:null,value:value,writable:true,enumerable:true,configurable:true});return true},
  has:function(t,key){note("looked for "+label+"."+text(key));return false},
  getPrototypeOf:function(){note("prototype of "+label);return null}})}
var Iterator=Symbol.iterator;
var odd=["on","emit","removeAllListeners","replaceWith","\\xffsco","\\xffcod","\\xffths","then","toJSON","undefined","null","true","false","","0","1","x","a","b","value","length","push","pop","name","caller","callee","arguments"];
var all=[["Object",Object.prototype,[]],["Function",Function.prototype,[]],["Array",Array.prototype,arrays.concat(["length",Iterator])],["String",String.prototype,strings.concat(["length",Iterator])],["Number",Number.prototype,[]],["Boolean",Boolean.prototype,[]],["Symbol",Symbol.prototype,[]],["typed",typed,bytes.concat(["length",Iterator])],
 ["iterator",iterators[0],["next"]],["text iterator",iterators[1],["next"]],["Error",Error.prototype,[]],["TypeError",TypeError.prototype,[]],["RangeError",RangeError.prototype,[]],["ReferenceError",ReferenceError.prototype,[]],["RegExp",RegExp.prototype,[]],["Date",Date.prototype,[]],["Promise",Promise.prototype,[]],["ArrayBuffer",ArrayBuffer.prototype,[]],["Map",Map.prototype,[]]];
var constructors=[];
for(var i=0;i<intrinsics.length;i++)if(intrinsics[i]!=="Math"&&intrinsics[i]!=="parseInt")constructors.push(globalThis[intrinsics[i]]);
for(i=0;i<constructors.length;i++){if(constructors[i]!==String)trap(constructors[i].prototype,"typed array",["BYTES_PER_ELEMENT"]);trap(constructors[i],"constructor",["prototype","length","name","fromCharCode"])}
trap(Math,"Math",maths);
setParent(Array.prototype,guard("array"));setParent(String.prototype,guard("string"));setParent(Number.prototype,guard("number"));setParent(Boolean.prototype,guard("boolean"));setParent(typed,guard("typed array"));setParent(Error.prototype,guard("error"));
var root=globalThis,own=names(root);
for(i=0;i<odd.length;i++)(function(key){if(!has(Object.prototype,key))define(Object.prototype,key,{__proto__:null,configurable:false,get:function(){note("read "+key);return undefined},set:function(){note("wrote "+key)}})})(odd[i]);
for(i=0;i<all.length;i++)trap(all[i][1],all[i][0],all[i][2]);
trap(root,"global",intrinsics.concat(["undefined","NaN","Infinity"]));
setParent(root,new P({__proto__:null},{get:function(t,key){note("read global "+text(key));return undefined},set:function(t,key){note("wrote global "+text(key));return true},has:function(t,key){note("looked for global "+text(key));return false}}));
function hex(s){var r="x",i,c,d="0123456789abcdef";for(i=0;i<s.length&&i<100;i++){c=s.charCodeAt(i);if(c>255)note("a wide string at the gate");r+=d.charAt(c>>4)+d.charAt(c&15)}return r}
function gate(o,a,b,x,y,d){
  on=false;
  var p=[o,a,b,x,y],n=arguments.length,s=3*calls.length,r="",i;
  on=true;
  if(n<1||n>6)note("gate with "+n+" arguments");
  if(this!==undefined&&this!==root)note("gate as a method");
  for(i=0;i<5&&i<n;i++){if(typeof p[i]!="number")note("gate argument "+(i+1)+" is "+typeof p[i]);else{r+=(i?",":"")+p[i];if(p[i]>-1e6&&p[i]<1e6&&p[i]%1==0)s+=p[i]}}
  if(n>5){if(typeof d!="string")note("gate argument 6 is "+typeof d);else r+=","+hex(d)}
  calls[calls.length]=r;
  return s%1000;
}
function key(k){if(typeof k!="number"&&!(typeof k=="string"&&k.charCodeAt(0)===36))note("a bare key is "+typeof k);return k}
return function(make,events){
  notes=[];calls=[];var ended=0,loaded,out="",i,e,kind;
  on=true;
  try{loaded=make(key)(gate,${PLENTY},${PLENTY})}catch(z){kind=typeof z;if(kind!="object"&&kind!="string"&&kind!="number")note("threw "+kind)}
  if(loaded)for(i=0;i<events.length;i++){e=events[i];try{kind=loaded[0](e[0],e[1],e[2],e[3],e[4],e[5],e[6],e[7]);if(typeof kind!="number")note("run gave "+typeof kind);ended++}catch(z){kind=typeof z;if(kind!="object"&&kind!="string"&&kind!="number")note("threw "+kind)}
    if(typeof loaded[1]()!="number"||typeof loaded[2]()!="number")note("what is left is no number")}
  on=false;
  var now=names(root);if(now.length!==own.length)notes[notes.length]="the global object has other names";
  out+=ended;for(i=0;i<calls.length;i++)out+="\\ng"+calls[i];for(i=0;i<notes.length;i++)out+="\\ne"+notes[i];
  return out;
}})()`;

const literal = (value: string): string => `"${[...Buffer.from(value, "latin1")].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;

/** The text with each bare key looked at: `x[k]` → `x[KEY(k)]`. */
function watchKeys(text: string): string {
  const insertions: { at: number; text: string }[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const one = node as { type?: string; computed?: boolean; property?: { start: number; end: number } };
    if (one.type === "MemberExpression" && one.computed === true) insertions.push({ at: one.property!.start, text: "KEY((" }, { at: one.property!.end, text: "))" });
    Object.values(node).forEach(visit);
  };
  visit(parse(text, { ecmaVersion: "latest", sourceType: "script" }));
  return insertText(text, insertions);
}

/** Longest that one module may run. */
const RUN_MS = 20_000;

export async function newWorld(): Promise<World> {
  if (FIELD_PREFIX.charCodeAt(0) !== 36 || Object.values<string>(HELPERS).includes("KEY")) throw new Error("the oracle knows another prefix");
  const runtime = (await getQuickJS()).newRuntime();
  runtime.setMemoryLimit(256 * 1024 * 1024);
  let deadline = Infinity;
  runtime.setInterruptHandler(() => performance.now() > deadline);
  const context = runtime.newContext();
  const run = context.unwrapResult(context.evalCode(POISON));
  return {
    run(text, events) {
      const given = events.map((one) => `[${one.numbers.map((n) => (Object.is(n, NaN) ? "0/0" : n === Infinity ? "1/0" : n === -Infinity ? "-1/0" : String(n))).join(",")},${literal(one.data)},${one.fuel ?? PLENTY},${one.memory ?? PLENTY}]`).join(",");
      deadline = performance.now() + RUN_MS;
      const made = context.evalCode(`[function(KEY){return ${watchKeys(text)}},[${given}]]`);
      if (made.error !== undefined) {
        const message = context.dump(made.error) as unknown;
        made.error.dispose();
        return { gate: [], escapes: [`does not load: ${JSON.stringify(message)}`], ended: 0 };
      }
      const [make, list2] = [context.getProp(made.value, 0), context.getProp(made.value, 1)];
      const result = context.callFunction(run, context.undefined, make, list2);
      for (const one of [make, list2, made.value]) one.dispose();
      if (result.error !== undefined) {
        result.error.dispose();
        return { gate: [], escapes: [performance.now() > deadline ? "did not end" : "the world broke"], ended: 0 };
      }
      const lines = context.getString(result.value).split("\n");
      result.value.dispose();
      return { ended: Number(lines[0]), gate: lines.filter((line) => line.startsWith("g")).map((line) => line.slice(1)), escapes: lines.filter((line) => line.startsWith("e")).map((line) => line.slice(1)) };
    },
    dispose() {
      run.dispose();
      context.dispose();
      runtime.dispose();
    },
  };
}
