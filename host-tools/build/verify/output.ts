// Printed text as it grows, and where each piece came from.

import { toBytes } from "./bytes.ts";

/** A piece of printed text begins at `at` and stands for the source at `from` (offsets). */
export interface Mark {
  at: number;
  from: number;
}

const WORD = /[A-Za-z0-9_$]/;

export class Output {
  readonly marks: Mark[] = [];
  /** Memory that is taken by the expression that begins there. */
  readonly allocations = new Map<number, number>();
  private readonly pieces: string[] = [];
  private last = "";
  private from: number | undefined;
  private units = 0;
  /** At the begin of an expression statement; then: whether it got a bracket. */
  private begins = false;
  private opened = false;
  length = 0;

  /** Puts a piece behind the others, with a space where the two would run into one token. */
  put(piece: string): void {
    if (piece === "") return;
    const first = piece[0]!;
    if (this.begins) {
      this.begins = false;
      this.opened = first === "{" || piece.startsWith("function");
      if (this.opened) this.put("(");
    }
    // Nothing ends in an empty statement here, so the last ; of a block says nothing.
    if (piece === "}" && this.last === ";" && this.pieces.at(-1)!.endsWith(";")) {
      this.pieces.push(this.pieces.pop()!.slice(0, -1));
      this.length--;
    }
    if ((WORD.test(this.last) && WORD.test(first)) || (this.last === first && (first === "+" || first === "-"))) this.add(" ");
    if (this.from !== undefined) this.marks.push({ at: this.length, from: this.from });
    if (this.units > 0) this.allocations.set(this.length, (this.allocations.get(this.length) ?? 0) + this.units);
    this.from = undefined;
    this.units = 0;
    this.add(piece);
  }

  /** An expression follows that is a statement: what begins with { would be a block, whatever it was in the source. */
  beginStatement(): void {
    this.begins = true;
    this.opened = false;
  }

  endStatement(): void {
    this.put(this.opened ? ");" : ";");
    this.opened = false;
  }

  /** The next piece stands for the source at `from`. */
  mark(from: number): void {
    this.from = from;
  }

  /** The next piece begins an expression that takes so much memory. */
  allocate(units: number): void {
    this.units += units;
  }

  get text(): string {
    return this.pieces.join("");
  }

  private add(piece: string): void {
    this.pieces.push(piece);
    this.length += piece.length;
    this.last = piece.at(-1)!;
  }
}

/** A string literal of printable ASCII. The text is taken as bytes. */
export function quote(text: string): string {
  let quoted = '"';
  for (const one of toBytes(text)) {
    const code = one.charCodeAt(0);
    if (one === '"' || one === "\\") quoted += `\\${one}`;
    else if (code >= 0x20 && code < 0x7f) quoted += one;
    else quoted += `\\x${code.toString(16).padStart(2, "0")}`;
  }
  return `${quoted}"`;
}
