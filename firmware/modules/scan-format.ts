// What the parts of the scanner share (scan.ts): its verdicts, its state, and what natives compare.
//
// Lists of words are strings that end in |, which no word begins with: Espruino's indexOf takes what only begins at the end of a string for a whole match.
// Constants stand in the state, which is there while a scan runs, not at module level, where they would take variables for good.

/** What a scan has found. More: call scanStep again. Everything above Good is a refusal, at `_at`. */
export const enum Scan {
  More = 0,
  Good = 1,
  /** A byte that is not printable ASCII. */
  Ascii = 2,
  /** Head or tail is not the printer's. */
  Frame = 3,
  /** A character, word or order of both that is never printed. */
  Token = 4,
  /** Brackets that don't match, or a bracket where none is printed. */
  Bracket = 5,
  /** A string that does not end, or an escape that is never printed. */
  String = 6,
  /** A member that is not allowed, or not in this way. */
  Member = 7,
  /** A key, of a record or in brackets, that may be text without the prefix. */
  Key = 8,
  /** A name that is declared nowhere or twice, or a function used as a value, or a variable called. */
  Name = 9,
  /** A function, loop or handler that does not begin with its charge, or a charge of another form. */
  Charge = 10,
}

/** The token before: an operand, something that wants one, the begin of a statement, of a body, of a record's entry. */
export const enum Before {
  Operand = 0,
  Operator = 1,
  Start = 2,
  Body = 3,
  Key = 4,
}

/** In a declaration: a name follows, or one is being given its value. */
export const enum Declares {
  Nothing = 0,
  Value = 1,
  Name = 2,
}

/** What one token may take, bytes: a word, the parameters of a function. */
export const enum WordBytes {
  Most = 256,
  Parameters = 400,
}

/** Takes the token at `from`: moves `_at` behind it, or sets `_verdict`. */
export type TakeToken = (scan: ModuleScan, text: string, from: number) => void;

/** A scan under way. */
export interface ModuleScan {
  _verdict: number;
  /** Where it stands; after a refusal, what it is about. */
  _at: number;
  _text: string;
  _bytes: (text: string) => Uint8Array;
  /** Bytes whose range is known. */
  _ranged: number;
  /** Begin of the tail. */
  _tail: number;
  _before: number;
  /** Open brackets, one letter each (scan.ts). */
  _open: string;
  /** Names, the last one first, as ` b a |`: of the module's functions, its variables, of the function under way; used in functions without being theirs; called; of any function. */
  _functions: string;
  _variables: string;
  _own: string;
  _free: string;
  _called: string;
  _locals: string;
  _declares: number;
  /** A charge has to stand here. */
  _owes: boolean;
  /** The tail gives out the fourth function; its variable is declared. */
  _isDeep: boolean;
  _hasDeep: boolean;
  /** Class of each printable character: one digit, the place of its function in `_takes`; the words with a meaning, each with the letter of it. */
  _classes: string;
  _words: string;
  /** Functions by class, and behind those some that words need. By reference: in one function the interpreter would read past all of them for each token. */
  _takes: TakeToken[];
}

/** Classes of characters. */
export const enum Class {
  Word = 1,
  Quote = 2,
  Statement = 10,
  Catch = 11,
  Function = 12,
}

export const classes = (): string => "98201880458868783333333333668886011111111111111111111111111405810111111111111111111111111114858";
export const words = (): string => " var0 if1 for2 while3 do4 switch5 case6 default7 break8 continue8 return9 throwA tryB catchC finallyD elseE functionF typeofG voidG trueH falseH nullH newI ofJ MathK StringL parseIntM inZ asZ isZ |";

/** End of the word that begins at `at` or is empty. */
export function wordEnd(scan: ModuleScan, text: string, at: number): number {
  const most = at + WordBytes.Most;
  // Letters, digits, $ and _ are the odd classes below 4.
  while (at < most && "13".indexOf(scan._classes.charAt(text.charCodeAt(at) - 32)) >= 0) at++;
  return at;
}

/** Behind the charge at `at`: `($-=7)<0&&$()`, and `,(A-=7)<0&&($=-1)()` where it takes memory. 0: there is none. */
export function behindCharge(text: string, at: number): number {
  let close = text.indexOf(")", at);
  let units = text.substring(at + 4, close);
  if (text.substr(at, 4) !== "($-=" || "" + parseInt(units, 10) !== units || units.charAt(0) === "-" || text.substr(close, 8) !== ")<0&&$()") return 0;
  at = close + 8;
  if (text.substr(at, 5) !== ",(A-=") return at;
  close = text.indexOf(")", at);
  units = text.substring(at + 5, close);
  return "" + parseInt(units, 10) === units && units.charAt(0) !== "-" && text.substr(close, 13) === ")<0&&($=-1)()" ? close + 13 : at;
}

/** One or two letters, or q and three: a name that the printer gives. */
export function isName(scan: ModuleScan, word: string): boolean {
  const n = word.length;
  if (n < 1 || (n === 1 && "gCNXIF".indexOf(word) >= 0) || (n > 2 && (n !== 4 || word.charAt(0) !== "q"))) return false;
  for (let i = 0; i < n; i++) if ("$_".indexOf(word.charAt(i)) >= 0 || scan._classes.charAt(word.charCodeAt(i) - 32) !== "1") return false;
  return meaning(scan, word) === "";
}

/** The letter of a word with a meaning, else "". */
export function meaning(scan: ModuleScan, word: string): string {
  if (word.length === 1) return "AEK".indexOf(word) < 0 ? "" : "Z";
  const place = scan._words.indexOf(" " + word);
  return place >= 0 && scan._words.charAt(place + word.length + 2) === " " ? scan._words.charAt(place + word.length + 1) : "";
}

/** Declares a name in the function under way (`isOwn`) or in the module; no name is both. False: it may not be declared. */
export function declare(scan: ModuleScan, word: string, isOwn: boolean): boolean {
  const entry = " " + word + " ";
  if (!isName(scan, word) || scan._own.indexOf(entry) >= 0 || scan._functions.indexOf(entry) >= 0 || scan._variables.indexOf(entry) >= 0) return false;
  if (!isOwn) return scan._locals.indexOf(entry) < 0;
  if (scan._locals.indexOf(entry) < 0) scan._locals = " " + word + scan._locals;
  scan._own = " " + word + scan._own;
  return true;
}

/** Stands there, in front of `at`, what makes a number of any operand behind it? */
export function makesNumber(text: string, at: number): boolean {
  const one = text.charAt(at - 1);
  const other = text.charAt(at - 2);
  if (one === "=") return "=<>!|&^-*/%".indexOf(other) >= 0;
  return "<>!~^*/%-".indexOf(one) >= 0 || ((one === "|" || one === "&") && one !== other);
}

/** Text ends at `_at`. As a key it would be one unless something behind it makes a number of it, or throws it away; brackets around it are text then. */
export function takeText(scan: ModuleScan, text: string): void {
  const open = scan._open;
  const next = text.charAt(scan._at);
  if ("=!<>.,|&^-*/%?".indexOf(next) >= 0 && (text.charAt(scan._at + 1) !== next || "|&?".indexOf(next) < 0)) return;
  let around = open.length - 1;
  while (open.charAt(around) === "?") around--;
  if (open.charAt(around) === "M") scan._verdict = Scan.Key;
  else if (open.charAt(around) === "G") scan._open = open.substring(0, around) + "g" + open.substring(around + 1);
}
