/**
 * The second opinion: a module's printed text, token by token, against what the printer of the verifier can print (host-tools/build/verify).
 *
 * Idea: the verifier proves and prints; this knows nothing of its proofs, and asks in one pass whether the text has the printer's shape: printable ASCII, the exact head and
 * tail, brackets that match, no word, member or form that is never printed, each name declared where it is used, functions only called, a charge at the begin of each
 * function, loop and handler, fuel and memory touched by nothing else, keys that are no text but with the prefix. What it can't see is kinds: that a bare key is a number.
 * So a text that passes both was let through by two programs that share no code.
 *
 * Costs: charges, strings, helpers, head and tail are compared by natives, the rest word by word; whoever calls says how many tokens a step takes. Nothing here throws.
 * One function for each class of token, in a table: Espruino reads past all that it does not run, so one long function would cost ten times as much.
 * The stack of open brackets is a string: ( grouping g the same around text C call c call of the text helper p the same with the prefix H head of if I of switch W of a loop
 * V of while behind do; [ list M key; { block F function K catch D do S switch O record; ? conditional E case.
 * Standard: ECMA-262, as far as the printer prints it. ADsafe and SES look for what is banned; this lists what is allowed.
 */

import { Before, behindCharge, Class, classes, Declares, makesNumber, Scan, takeText, wordEnd, words } from "./scan-format.ts";
import type { ModuleScan } from "./scan-format.ts";
import { takeClose, takeOpen, takeSeparator } from "./scan-brackets.ts";
import { takeCatch, takeFunction, takeStatement, takeWord } from "./scan-words.ts";

/** What is never in code. */
function takeNothing(scan: ModuleScan): void {
  scan._verdict = Scan.Token;
}

/** A string: only the escapes of the printer; as a key with the prefix. */
function takeString(scan: ModuleScan, text: string, from: number): void {
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf("\"", at);
    const slash = text.substring(at, quote).indexOf("\\");
    if (quote < 0) scan._verdict = Scan.String;
    if (scan._verdict || slash < 0) {
      at = quote + 1;
      break;
    }
    at += slash + 2;
    const escape = text.charAt(at - 1);
    if (escape === "x") {
      if ("0123456789abcdef".indexOf(text.charAt(at)) < 0 || "0123456789abcdef".indexOf(text.charAt(at + 1)) < 0) scan._verdict = Scan.String;
      at += 2;
    } else if (escape !== "\"" && escape !== "\\") scan._verdict = Scan.String;
  }
  const isPrefixed = text.charAt(from + 1) === "$";
  const before = scan._before;
  scan._at = at;
  scan._before = Before.Operand;
  if (before === Before.Operand) scan._verdict = scan._verdict || Scan.Token;
  else if (before === Before.Key) {
    if (!isPrefixed || text.charAt(at) !== ":") scan._verdict = scan._verdict || Scan.Key;
    scan._at++;
    scan._before = Before.Operator;
  } else if (!scan._verdict && !(isPrefixed && scan._open.charAt(scan._open.length - 1) === "M") && !makesNumber(text, from)) takeText(scan, text);
}

/** Whole numbers: fractions and exponents are never printed. */
function takeNumber(scan: ModuleScan, text: string, from: number): void {
  const at = wordEnd(scan, text, from);
  for (let i = from; i < at; i++) if (scan._classes.charAt(text.charCodeAt(i) - 32) !== "3") scan._verdict = Scan.Token;
  if (scan._before === Before.Operand || (text.charAt(from) === "0" && at > from + 1) || text.charAt(at) === ".") scan._verdict = Scan.Token;
  scan._at = at;
  scan._before = Before.Operand;
}

/** A member: a field, or one of the list, called. */
function takeMember(scan: ModuleScan, text: string, from: number): void {
  const at = wordEnd(scan, text, from + 1);
  const name = text.substring(from + 1, at);
  const isCalled = text.charAt(at) === "(";
  if (scan._before !== Before.Operand) scan._verdict = Scan.Token;
  else if (name.charAt(0) === "$" || name === "length" ? isCalled : !name || !isCalled || " charCodeAt charAt substring indexOf startsWith endsWith push pop |".indexOf(" " + name + " ") < 0) scan._verdict = Scan.Member;
  scan._at = at;
  if (isCalled) {
    scan._at++;
    scan._open += "C";
    scan._before = Before.Operator;
  }
}

function takeOperator(scan: ModuleScan, text: string, from: number): void {
  const one = text.charAt(from);
  const two = text.substr(from, 2);
  const before = scan._before;
  let at = from + 1;
  scan._before = Before.Operator;
  if (two === "++" || two === "--") {
    if (text.charAt(from + 2) === ">") scan._verdict = Scan.Token;
    scan._before = before === Before.Operand ? Before.Operand : Before.Operator;
    at++;
  } else if (before !== Before.Operand) {
    // What stands in front of an operand.
    if ("-~!".indexOf(one) < 0 || two === "!=") scan._verdict = Scan.Token;
  } else {
    if (one === "~" || two === "//" || two === "/*" || two === "**" || two === "=>" || (one === "!" && two !== "!=") || text.substr(from, 4) === "<!--") scan._verdict = Scan.Token;
    else if ("&|^<>=!".indexOf(one) >= 0 && scan._open.charAt(scan._open.length - 1) === "p") scan._verdict = Scan.Key;
    while ("=<>&|".indexOf(text.charAt(at)) >= 0) at++;
    if ((two === "&&" || two === "||") && at > from + 2) scan._verdict = Scan.Token;
  }
  scan._at = at;
}

function takeSpace(scan: ModuleScan): void {
  scan._at++;
}

/** Begins to look at a text. `bytes`: byte string to array, of the engine. */
export function scanStart(bytes: (text: string) => Uint8Array, text: string): ModuleScan {
  const head = "(function(g,$,A){";
  const tail = "return[function(e,b,l,x,y,d,f,m){$=f;A=m;";
  const tailEnd = ");return $},function(){return $},function(){return A}";
  // It is the last one, and no tail is longer.
  let at = Math.max(0, text.length - 160);
  for (let next = text.indexOf(tail, at); next >= 0; next = text.indexOf(tail, at + 1)) at = next;
  let verdict = Scan.Frame;
  let from = at + tail.length;
  let isDeep = false;
  if (text.substr(0, head.length) === head && text.substr(at, tail.length) === tail) {
    isDeep = text.substr(from, 4) === "K=0;";
    if (isDeep) from += 4;
    const end = text.indexOf(tailEnd, from);
    if (end > 0 && text.substr(from, 2) === "h(" && text.substr(end + tailEnd.length) === (isDeep ? ",function(){return K}]})" : "]})")) {
      // What handle is given: so many of the six, and the recursion limit where it is recursive.
      let given = text.substring(from + 2, end) + ",";
      for (let i = 0; i < 12 && given.substr(0, 2) === "e,b,l,x,y,d,".substr(i, 2); i += 2) given = given.substr(2);
      if (!given || given === "," || (given.charAt(0) !== "-" && "" + parseInt(given, 10) + "," === given)) verdict = Scan.More;
    }
  }
  return {
    _verdict: verdict, _at: verdict ? 0 : head.length, _text: text, _bytes: bytes, _ranged: 0, _tail: at, _before: Before.Start, _open: "", _functions: " |", _variables: " |", _own: " |", _free: " |", _locals: " |", _called: " h |",
    _declares: Declares.Nothing, _owes: true, _isDeep: isDeep, _hasDeep: false, _classes: classes(), _words: words(),
    _takes: [takeNothing, takeWord, takeString, takeNumber, takeOpen, takeClose, takeSeparator, takeMember, takeOperator, takeSpace, takeStatement, takeCatch, takeFunction],
  };
}

/** Goes on with a scan for about `budget` tokens (at least 1). Returns the verdict, a Scan. */
export function scanStep(scan: ModuleScan, budget: number): number {
  const text = scan._text;
  const end = scan._tail;
  let left = budget;
  while (!scan._verdict && scan._ranged < text.length && left-- > 0) {
    const part = scan._bytes(text.substr(scan._ranged, 64));
    if ((Math.min.apply(null, part) as number) < 32 || (Math.max.apply(null, part) as number) > 126) {
      scan._verdict = Scan.Ascii;
      scan._at = scan._ranged;
    }
    scan._ranged += 64;
  }

  while (!scan._verdict && scan._at < end && left-- > 0) {
    const from = scan._at;
    const kind = scan._classes.charCodeAt(text.charCodeAt(from) - 32) - 48;
    if (scan._owes) {
      scan._owes = false;
      scan._at = behindCharge(text, from);
      scan._before = Before.Operand;
      if (!scan._at) scan._verdict = Scan.Charge;
    } else if (scan._before === Before.Key && kind > Class.Quote) scan._verdict = Scan.Key;
    else (scan._takes[kind] as typeof takeWord)(scan, text, from);
    if (scan._verdict) scan._at = from;
  }

  while (!scan._verdict && scan._at === end && left-- > 0) scan._verdict = lastName(scan);
  // No token is known that would reach into the tail; a scan must end all the same.
  if (scan._at > end && !scan._verdict) scan._verdict = Scan.Frame;
  return scan._verdict;
}

/** At the end: is the next name that was called a function, or the next that was used a variable? */
function lastName(scan: ModuleScan): number {
  const isCall = scan._called.length > 2;
  const names = isCall ? scan._called : scan._free;
  if (names.length < 3) return scan._open || scan._before !== Before.Start || scan._hasDeep !== scan._isDeep ? Scan.Frame : Scan.Good;
  const stop = names.indexOf(" ", 1);
  if (isCall) scan._called = names.substring(stop);
  else scan._free = names.substring(stop);
  return (isCall ? scan._functions : scan._variables).indexOf(names.substring(0, stop + 1)) < 0 ? Scan.Name : Scan.More;
}
