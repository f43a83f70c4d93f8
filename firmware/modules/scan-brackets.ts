// The scanner's brackets and what separates (scan.ts).

import { Before, behindCharge, Declares, makesNumber, Scan, takeText } from "./scan-format.ts";
import type { ModuleScan } from "./scan-format.ts";

/** ( [ { */
export function takeOpen(scan: ModuleScan, text: string, from: number): void {
  const bracket = text.charAt(from);
  const before = scan._before;
  scan._at = from + 1;
  scan._before = Before.Operator;
  if (bracket === "(") {
    // What is called has taken its bracket with it.
    if (before === Before.Operand) scan._verdict = Scan.Bracket;
    else if (text.substr(from, 4) === "($-=") {
      scan._at = behindCharge(text, from);
      scan._before = Before.Operand;
      if (!scan._at) scan._verdict = Scan.Charge;
    } else scan._open += makesNumber(text, from) ? "C" : "G";
  } else if (bracket === "[") scan._open += before === Before.Operand ? "M" : "[";
  else if (before === Before.Body) {
    scan._open += "B";
    scan._before = Before.Start;
  } else if (before !== Before.Operator) scan._verdict = Scan.Bracket;
  else if (text.charAt(from + 1) === "}") {
    scan._at++;
    scan._before = Before.Operand;
  } else {
    scan._open += "O";
    scan._before = Before.Key;
  }
}

/** ) ] } */
export function takeClose(scan: ModuleScan, text: string, from: number): void {
  const bracket = text.charAt(from);
  const before = scan._before;
  const last = scan._open.length - 1;
  const top = scan._open.charAt(last);
  const next = text.charAt(from + 1);
  scan._at = from + 1;
  scan._open = scan._open.substring(0, last);
  scan._before = Before.Operand;
  // Nothing open; a bracket of another kind; a block that ends in the middle.
  if (!top || (bracket === ")" ? "GCgcpHIWV" : bracket === "]" ? "[M" : "OFBKDS").indexOf(top) < 0 || (bracket === "}" && (before === Before.Operator || before === Before.Body))) scan._verdict = Scan.Bracket;
  else if (top === "g" || top === "c") takeText(scan, text);
  else if (top === "H") scan._before = Before.Body;
  else if (top === "W") {
    if (next === "{") {
      scan._at++;
      scan._open += "B";
    }
    scan._owes = true;
  } else if (top === "I") {
    if (next !== "{") scan._verdict = Scan.Bracket;
    scan._at++;
    scan._open += "S";
    scan._before = Before.Start;
  } else if (top === "V") {
    if (next !== ";" && next !== "}") scan._verdict = Scan.Token;
  } else if ("FBKDS".indexOf(top) >= 0) {
    scan._declares = Declares.Nothing;
    scan._before = Before.Start;
    if (top === "F") scan._own = " |";
    else if (top === "K") scan._own = scan._own.substring(scan._own.indexOf(" ", 1));
    else if (top === "D") {
      if (text.substr(from + 1, 6) !== "while(") scan._verdict = Scan.Token;
      scan._at += 6;
      scan._open += "V";
      scan._before = Before.Operator;
    }
  }
}

/** , ; : ? */
export function takeSeparator(scan: ModuleScan, text: string, from: number): void {
  const separator = text.charAt(from);
  const last = scan._open.length - 1;
  const top = scan._open.charAt(last);
  const isBlock = !top || "FBKDS".indexOf(top) >= 0;
  let isWrong = scan._before !== Before.Operand;
  scan._at = from + 1;
  scan._before = Before.Operator;
  if (separator === ",") {
    if (!isBlock && "?EHIVpM".indexOf(top) >= 0) isWrong = true;
    if (top === "O") scan._before = Before.Key;
    if (scan._declares && isBlock) scan._declares = Declares.Name;
    // What stood before the comma is no value.
    if (top === "g") scan._open = scan._open.substring(0, last) + "G";
  } else if (separator === ";") {
    if (top === "W") isWrong = false;
    else {
      if (!isBlock) isWrong = true;
      scan._before = Before.Start;
    }
    scan._declares = Declares.Nothing;
  } else if (separator === ":") {
    if (top !== "?" && top !== "E") isWrong = true;
    scan._open = scan._open.substring(0, last);
    if (top === "E") scan._before = Before.Start;
  } else {
    const next = text.charAt(from + 1);
    if (next === "." || text.substr(from + 1, 2) === "?=") isWrong = true;
    if (top === "p") scan._verdict = Scan.Key;
    if (next === "?") scan._at++;
    else scan._open += "?";
  }
  if (isWrong) scan._verdict = Scan.Token;
}
