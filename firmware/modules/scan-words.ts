// The scanner's words: names, the few built-ins, and statements (scan.ts).

import { Before, behindCharge, Class, Declares, declare, isName, makesNumber, meaning, Scan, wordEnd, WordBytes } from "./scan-format.ts";
import type { ModuleScan } from "./scan-format.ts";

/** A word: a key, a name, a built-in; statements have a function of their own. */
export function takeWord(scan: ModuleScan, text: string, from: number): void {
  let at = wordEnd(scan, text, from);
  const word = text.substring(from, at);
  const mean = meaning(scan, word);
  const top = scan._open.charAt(scan._open.length - 1);
  const before = scan._before;
  const isCalled = text.charAt(at) === "(";
  const entry = " " + word + " ";
  scan._at = at;
  if (before === Before.Operand || before === Before.Key) {
    if (before === Before.Operand ? mean !== "J" || top !== "W" : word.charAt(0) !== "$" || text.charAt(at) !== ":") scan._verdict = before ? Scan.Key : Scan.Token;
    if (before) scan._at++;
    scan._before = Before.Operator;
  } else if (scan._declares === Declares.Name) {
    if (!declare(scan, word, top !== "")) scan._verdict = Scan.Name;
    if (!top) scan._variables = " " + word + scan._variables;
    scan._declares = Declares.Value;
    scan._before = Before.Operand;
  } else if (!isCalled && scan._own.indexOf(entry) >= 0) scan._before = Before.Operand;
  else if (!mean) {
    const isHelper = word.length === 1 && "gCNXIF".indexOf(word) >= 0;
    scan._before = isCalled ? Before.Operator : Before.Operand;
    if (!isHelper && !isName(scan, word)) scan._verdict = Scan.Token;
    else if (isCalled) {
      let kind = "C";
      if (word === "C" && top === "M" && text.substr(at + 1, 4) === "\"$\"+") {
        kind = "p";
        at += 4;
      } else if (word === "C" && !makesNumber(text, from)) kind = "c";
      scan._at = at + 1;
      scan._open += kind;
      if (word !== "g" && scan._called.indexOf(entry) < 0) scan._called = " " + word + scan._called;
    } else if (isHelper) scan._verdict = Scan.Name;
    else if (scan._open.charAt(0) !== "F") {
      if (scan._variables.indexOf(entry) < 0) scan._verdict = Scan.Name;
    } else if (scan._free.indexOf(entry) < 0) scan._free = " " + word + scan._free;
  } else if (mean === "H") scan._before = Before.Operand;
  else if (mean === "G") scan._before = Before.Operator;
  else (scan._takes[Class.Statement] as typeof takeWord)(scan, text, from);
}

/** A statement; new, Math, String, parseInt. */
export function takeStatement(scan: ModuleScan, text: string, from: number): void {
  const mean = meaning(scan, text.substring(from, scan._at));
  const top = scan._open.charAt(scan._open.length - 1);
  const at = scan._at;
  const next = text.charAt(at);
  const before = scan._before;
  let verdict = Scan.More;
  if ("ZJ".indexOf(mean) >= 0) verdict = Scan.Token;
  else if ("IKLM".indexOf(mean) >= 0) {
    const bracket = text.indexOf("(", at);
    const allowed = mean === "I" ? "| Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float64Array " : mean === "K" ? "|.abs |.ceil |.floor |.max |.min " : mean === "L" ? "|.fromCharCode " : "| ";
    if (bracket < 0 || allowed.indexOf("|" + text.substring(at, bracket) + " ") < 0) verdict = Scan.Member;
    // The length of a typed array is a number that stands there, or one that the helper has looked at.
    const length = text.substring(bracket + 1, text.indexOf(")", bracket));
    if (mean === "I" && length.substr(0, 2) !== "N(" && "" + parseInt(length, 10) !== length) verdict = Scan.Member;
    scan._at = bracket + 1;
    scan._open += "C";
    scan._before = Before.Operator;
  } else if (before < Before.Start || (before === Before.Body && "067F".indexOf(mean) >= 0)) verdict = Scan.Token;
  else if ("1235".indexOf(mean) >= 0) {
    // if for while switch
    if (next !== "(") verdict = Scan.Token;
    scan._at++;
    scan._open += mean === "1" ? "H" : mean === "5" ? "I" : "W";
    scan._before = Before.Operator;
  } else if ("4BD".indexOf(mean) >= 0) {
    // do try finally
    if (next !== "{") verdict = Scan.Token;
    scan._at++;
    scan._open += mean === "4" ? "D" : "B";
    scan._owes = mean !== "B";
    scan._before = Before.Start;
  } else if (mean === "0") {
    // var
    if (top && top !== "F") verdict = Scan.Token;
    scan._declares = Declares.Name;
    scan._before = Before.Operator;
    if (text.substr(at, 5) === " K=0;") {
      if (top || scan._hasDeep || !scan._isDeep) verdict = Scan.Name;
      scan._hasDeep = true;
      scan._declares = Declares.Nothing;
      scan._before = Before.Operand;
      scan._at += 4;
    }
  } else if ("89A".indexOf(mean) >= 0) {
    // break continue, return, throw
    if (mean !== "8" && scan._open.charAt(0) !== "F") verdict = Scan.Token;
    scan._before = mean === "8" || (mean === "9" && (next === ";" || next === "}")) ? Before.Operand : Before.Operator;
  } else if ("67".indexOf(mean) >= 0) {
    // case default
    if (top !== "S" || (mean === "7" && next !== ":")) verdict = Scan.Token;
    if (mean === "7") {
      scan._at++;
      scan._before = Before.Start;
    } else {
      scan._open += "E";
      scan._before = Before.Operator;
    }
  } else if (mean === "C") (scan._takes[Class.Catch] as typeof takeWord)(scan, text, at);
  else if (mean === "E") scan._before = Before.Body;
  else (scan._takes[Class.Function] as typeof takeWord)(scan, text, at);
  if (verdict) scan._verdict = verdict;
}

/** `catch(a){charge;a=X(a)` or `catch{charge`, behind its word: what is caught becomes text before anything else. */
export function takeCatch(scan: ModuleScan, text: string, from: number): void {
  let at = from;
  let made = "";
  if (text.charAt(at) === "(") {
    const close = text.indexOf(")", at);
    const name = text.substring(at + 1, close);
    at = close + 1;
    if (!declare(scan, name, true)) scan._verdict = Scan.Name;
    if (scan._called.indexOf(" X ") < 0) scan._called = " X" + scan._called;
    made = ";" + name + "=X(" + name + ")";
    // Where there is no name, an empty one is what is forgotten at the end.
  } else scan._own = " " + scan._own;
  scan._open += "K";
  const isBlock = text.charAt(at) === "{";
  at = behindCharge(text, at + 1);
  if (!isBlock || text.substr(at, made.length) !== made) scan._verdict = scan._verdict || Scan.Token;
  if (!at) scan._verdict = Scan.Charge;
  scan._at = at + made.length;
  scan._before = Before.Operand;
}

/** A function of the module up to its charge, or a helper, whole; behind its word. */
export function takeFunction(scan: ModuleScan, text: string, from: number): void {
  const helpers = ["C(s)", "(A-=1+(s.length>>3))<0&&($=-1)();return s}", "N(n,s)", "if(!(n>=0&&n<=65535))throw\"length\";(A-=3+(n<<s>>3))<0&&($=-1)();return n}", "X(e)", "return typeof e==\"object\"?\"error\":\"\"+e}",
    "I(s,t,i)", "($-=Math.ceil(s.length*(t.length+1)/4))<0&&$();if(!t.length)return Math.max(0,Math.min(i|0,s.length));i=s.indexOf(t,i);return i>s.length-t.length?-1:i}", "F(a,v)", "($-=a.length>>3)<0&&$();return a.fill(v)}"];
  const close = text.indexOf("){", from);
  const name = text.substring(from + 1, text.indexOf("(", from));
  const helper = helpers.indexOf(text.substring(from + 1, close + 1));
  let at = from + name.length + 1;
  let last = "";
  if (scan._open || text.charAt(from) !== " " || close < 0 || close - from > WordBytes.Parameters || (helper < 0 ? !declare(scan, name, false) : scan._functions.indexOf(" " + name + " ") >= 0)) {
    scan._verdict = Scan.Name;
    return;
  }
  scan._functions = " " + name + scan._functions;
  while (helper < 0 && at + 1 < close && !scan._verdict) {
    let stop = text.indexOf(",", at + 1);
    if (stop < 0 || stop > close) stop = close;
    last = text.substring(at + 1, stop);
    if (!declare(scan, last, true)) scan._verdict = Scan.Name;
    at = stop;
  }
  if (last && at < close) scan._verdict = Scan.Token;
  at = behindCharge(text, close + 2);
  // A helper is known word for word; a recursive function looks at its depth.
  const rest = helper < 0 ? ";" + last + "<0&&(K=1,$=-1)()" : ";" + (helpers[helper + 1] as string);
  const isRest = text.substr(at, rest.length) === rest;
  if (helper < 0) {
    scan._open = "F";
    scan._before = Before.Operand;
    if (last && scan._hasDeep && isRest) at += rest.length;
  } else {
    if (!isRest) scan._verdict = Scan.Token;
    at += rest.length;
    scan._before = Before.Start;
  }
  if (text.substr(close + 2, 4) !== "($-=" || at < close + 2) scan._verdict = Scan.Charge;
  scan._at = at;
}
