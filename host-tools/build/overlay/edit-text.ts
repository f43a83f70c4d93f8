// Edits of shipped text that may move parts of it, with edits inside of what is moved made as well.

import { rearrange, type Piece } from "./rearrange.ts";

/** Some of the new text: a part of the old one with the edits inside of it, text of our own, or text of our own that stands for what was at `origin`. */
export type Part = { from: number; to: number } | string | { own: string; origin: number };

/** The old text from `from` to `to` becomes the parts; without parts it goes, unless it is a part elsewhere. */
export interface Edit {
  from: number;
  to: number;
  parts: readonly Part[];
}

/** The text and its map with the edits made. Edits may be one within another, but may not overlap. */
export function editText(code: string, sourceMap: string, edits: readonly Edit[]): { code: string; sourceMap: string } {
  return rearrange(code, sourceMap, render(code, { from: 0, to: code.length }, edits));
}

/** A range of the old text with the edits inside of it made; parts of edits are rendered in turn. `made` is the edit that the range is a part of. */
function render(code: string, range: { from: number; to: number }, edits: readonly Edit[], made?: Edit): Piece[] {
  // A helper that is rendered in its new place is not cut out of itself.
  const isItself = (edit: Edit): boolean => edit === made || (edit.parts.length === 0 && edit.from === range.from && edit.to === range.to);
  const pieces: Piece[] = [];
  let done = range.from;
  for (const edit of edits.filter((one) => one.from >= range.from && one.to <= range.to && !isItself(one)).sort(inOrder)) {
    // Within the edit before: comes with that one's parts.
    if (edit.from < done) continue;
    pieces.push({ text: code.slice(done, edit.from), origin: done });
    for (const part of edit.parts) {
      if (typeof part === "string") pieces.push({ text: part });
      else if ("own" in part) pieces.push({ text: part.own, origin: part.origin, isOwn: true });
      else pieces.push(...render(code, part, edits, edit));
    }
    done = edit.to;
  }
  pieces.push({ text: code.slice(done, range.to), origin: done });
  return pieces;
}

/** By place; what is put in before what begins there, and an edit before those inside of it. */
function inOrder(a: Edit, b: Edit): number {
  if (a.from !== b.from) return a.from - b.from;
  const isInsertion = (edit: Edit): number => (edit.to === edit.from ? 0 : 1);
  const isName = (edit: Edit): number => (typeof edit.parts[0] === "object" && "own" in edit.parts[0] ? 1 : 0);
  return isInsertion(a) - isInsertion(b) || b.to - a.to || isName(a) - isName(b);
}
