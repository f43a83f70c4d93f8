// Cells and shapes: what variables, results, elements and fields may hold, over all runs of the module.
//
// A cell is a place (a variable, the result of a function, the elements of an array, a field) with the set of kinds it may hold. What array or record
// it holds is told by one shape: everything that may meet in one place is taken for one shape (unification, as in Steensgaard's points-to analysis, POPL
// 1996), which keeps it near linear and errs on the safe side. Masks only grow and shapes only merge, so the fixpoint exists and does not depend on order.

import { Kind } from "./kinds.ts";

/** A set of kinds, and where it has arrays or records in it, their shape. */
export interface Value {
  mask: number;
  shape?: Shape | undefined;
}

export class Cell {
  mask = 0;
  shape: Shape | undefined;
  /** Set when it was merged into another. */
  into: Cell | undefined;
  /** Bodies of code that were looked at with the old content. */
  readonly readers = new Set<object>();
}

export class Shape {
  into: Shape | undefined;
  /** Elements of the arrays. */
  element = new Cell();
  /** Fields of the records. */
  fields = new Map<string, Cell>();
  /** All fields as one, once a key is computed. */
  map: Cell | undefined;
  /** Field names of each record literal. */
  literals: ReadonlySet<string>[] = [];
  /** An element was written by index, so there may be gaps. */
  hasGaps = false;
}

export class Heap {
  /** Bodies that have to be looked at again. */
  readonly stale = new Set<object>();
  private readonly pending: [Cell | Shape, Cell | Shape][] = [];

  cell(cell: Cell): Cell {
    let top = cell;
    while (top.into !== undefined) top = top.into;
    while (cell.into !== undefined && cell.into !== top) [cell, cell.into] = [cell.into, top];
    return top;
  }

  shape(shape: Shape): Shape {
    let top = shape;
    while (top.into !== undefined) top = top.into;
    while (shape.into !== undefined && shape.into !== top) [shape, shape.into] = [shape.into, top];
    return top;
  }

  read(place: Cell, reader: object): Value {
    const cell = this.cell(place);
    cell.readers.add(reader);
    return { mask: cell.mask, shape: cell.shape };
  }

  /** The value may come to the place. */
  flow(value: Value, place: Cell): void {
    const cell = this.cell(place);
    const mask = cell.mask | value.mask;
    let changed = mask !== cell.mask;
    cell.mask = mask;
    if (value.shape !== undefined) {
      if (cell.shape === undefined) {
        cell.shape = value.shape;
        changed = true;
      } else this.merge(cell.shape, value.shape);
    }
    if (changed) this.wake(cell);
  }

  join(a: Value, b: Value): Value {
    if (a.shape !== undefined && b.shape !== undefined) this.merge(a.shape, b.shape);
    return { mask: a.mask | b.mask, shape: a.shape ?? b.shape };
  }

  field(of: Shape, name: string): Cell {
    const shape = this.shape(of);
    if (shape.map !== undefined) return shape.map;
    const known = shape.fields.get(name);
    if (known !== undefined) return known;
    const made = new Cell();
    shape.fields.set(name, made);
    return made;
  }

  /** The cell of all fields: a computed key may name any of them. */
  anyField(of: Shape): Cell {
    const shape = this.shape(of);
    if (shape.map === undefined) {
      shape.map = new Cell();
      for (const cell of shape.fields.values()) this.merge(shape.map, cell);
    }
    return this.shape(of).map!;
  }

  /** True when each record of the shape is born with that field. */
  hasAlways(of: Shape, name: string): boolean {
    return this.shape(of).literals.every((names) => names.has(name));
  }

  merge(first: Cell | Shape, second: Cell | Shape): void {
    this.pending.push([first, second]);
    if (this.pending.length > 1) return;
    // One pair at a time, so that deep structures need no deep stack.
    for (let at = 0; at < this.pending.length; at++) {
      const [a, b] = this.pending[at]!;
      if (a instanceof Cell) this.mergeCells(a, b as Cell);
      else this.mergeShapes(a, b as Shape);
    }
    this.pending.length = 0;
  }

  private mergeCells(first: Cell, second: Cell): void {
    const a = this.cell(first);
    const b = this.cell(second);
    if (a === b) return;
    b.into = a;
    a.mask |= b.mask;
    for (const reader of b.readers) a.readers.add(reader);
    if (a.shape !== undefined && b.shape !== undefined) this.pending.push([a.shape, b.shape]);
    else a.shape ??= b.shape;
    this.wake(a);
  }

  private mergeShapes(first: Shape, second: Shape): void {
    const a = this.shape(first);
    const b = this.shape(second);
    if (a === b) return;
    b.into = a;
    a.hasGaps ||= b.hasGaps;
    a.literals.push(...b.literals);
    // Whether a field is there for sure may have changed for all of them.
    for (const one of [a, b]) for (const cell of one.fields.values()) this.wake(this.cell(cell));
    this.pending.push([a.element, b.element]);
    for (const [name, cell] of b.fields) {
      const known = a.fields.get(name);
      if (known === undefined) a.fields.set(name, cell);
      else this.pending.push([known, cell]);
    }
    const map = a.map ?? b.map;
    if (map === undefined) return;
    if (a.map !== undefined && b.map !== undefined) this.pending.push([a.map, b.map]);
    a.map = map;
    for (const cell of a.fields.values()) this.pending.push([map, cell]);
  }

  wake(cell: Cell): void {
    for (const reader of cell.readers) this.stale.add(reader);
  }
}

export const NUMBER: Value = { mask: Kind.Number };
export const STRING: Value = { mask: Kind.String };
export const BOOLEAN: Value = { mask: Kind.Boolean };
export const UNDEFINED: Value = { mask: Kind.Undefined };
