// What a value of the shipped text may be, as far as calls go: functions, classes, and the things that hold them.
//
// Idea: a cell stands for one place a value can be (a variable, a property, an expression, what a function returns) and collects the things that may ever be
// there, whatever the order of events. Cells flow into cells until nothing changes, so the answer holds for every run. Each literal, array, function and class
// of the text is one thing, however often it is made. Numbers, strings and booleans are in no cell: they can't be called and hold nothing.

import type { ClassNode, FunctionNode } from "../dialect/tree.ts";
import type { Node } from "../dialect/unit.ts";

export type Kind =
  | "function"
  | "class"
  /** An object: literal, instance, prototype. */
  | "record"
  | "array"
  /** A typed array: it holds numbers. */
  | "numbers"
  /** What the engine or the port made. It holds nothing of the bundle but what is kept in `anywhere`. */
  | "native"
  /** Everything there is: where the text is not understood. */
  | "any";

export interface Thing {
  kind: Kind;
  node: Node | undefined;
  /** What stands under each name; under keys that the text doesn't tell. */
  properties: Map<string, Cell>;
  rest: Cell;
  getters: Map<string, Cell>;
  setters: Map<string, Cell>;
  /** Where a property is looked for that is not here. */
  prototypes: Cell;
  code: Code | undefined;
}

/** What a function takes and gives; of a class, its constructor's. */
export interface Code {
  /** The function; the class where it has no constructor of its own. */
  node: FunctionNode | ClassNode;
  parameters: Cell[];
  self: Cell;
  result: Cell;
  /** Of a class: what its instances are, for `new`. */
  instance: Thing | undefined;
  /** Of a class that extends another. */
  parent: Cell | undefined;
}

export class Cell {
  readonly things = new Set<Thing>();
  readonly #heap: Heap;
  readonly #listeners: ((thing: Thing) => void)[] = [];
  readonly #targets = new Set<Cell>();

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  add(thing: Thing): void {
    // Anything holds for all.
    if (this.things.has(thing) || this.things.has(this.#heap.any)) return;
    this.things.add(thing);
    for (const listener of this.#listeners) this.#heap.later(() => listener(thing));
  }

  /** Tells of every thing that is here or comes here, each once. */
  each(listener: (thing: Thing) => void): void {
    this.#listeners.push(listener);
    for (const thing of this.things) this.#heap.later(() => listener(thing));
  }

  /** What comes here comes there too. */
  into(target: Cell): void {
    if (target === this || this.#targets.has(target)) return;
    this.#targets.add(target);
    this.each((thing) => target.add(thing));
  }
}

export class Heap {
  readonly #pending: (() => void)[] = [];
  readonly #watched = new Map<Thing, ((cell: Cell) => void)[]>();
  readonly native = this.make("native", undefined);
  readonly any = this.make("any", undefined);
  /** What was stored where the text doesn't say: it may be found under every name of every thing. */
  readonly anywhere = new Cell(this);

  make(kind: Kind, node: Node | undefined): Thing {
    return { kind, node, properties: new Map(), rest: new Cell(this), getters: new Map(), setters: new Map(), prototypes: new Cell(this), code: undefined };
  }

  later(task: () => void): void {
    this.#pending.push(task);
  }

  /** Until nothing changes. */
  settle(): void {
    for (let task = this.#pending.pop(); task !== undefined; task = this.#pending.pop()) task();
  }

  property(thing: Thing, name: string): Cell {
    const known = thing.properties.get(name);
    if (known !== undefined) return known;
    const cell = new Cell(this);
    thing.properties.set(name, cell);
    for (const listener of this.#watched.get(thing) ?? []) listener(cell);
    return cell;
  }

  /** Tells of every place of a thing, also of those that come later. */
  eachPlace(thing: Thing, listener: (cell: Cell) => void): void {
    const watched = this.#watched.get(thing) ?? [];
    this.#watched.set(thing, watched);
    watched.push(listener);
    for (const cell of [...thing.properties.values()]) listener(cell);
    listener(thing.rest);
  }

  /** What `thing.name` (undefined: a key the text doesn't tell) may be, its prototypes included; `onGetter` for what runs at that. */
  look(thing: Thing, name: string | undefined, into: Cell, onGetter: (getter: Cell, self: Thing) => void, self: Thing = thing, seen: Set<Thing> = new Set()): void {
    if (seen.has(thing)) return;
    seen.add(thing);
    if (thing.kind === "native" || thing.kind === "any") into.add(thing);
    if (thing.kind === "native" || thing.kind === "any" || thing.kind === "numbers") {
      if (thing.kind === "numbers" && name !== undefined) into.add(this.native);
      this.anywhere.into(into);
      return;
    }
    // Arrays and functions have what the engine gives them.
    if (thing.kind === "array" || thing.kind === "function" || thing.kind === "class") if (name !== undefined) into.add(this.native);
    if (name === undefined) {
      this.eachPlace(thing, (cell) => cell.into(into));
      for (const getter of thing.getters.values()) onGetter(getter, self);
    } else {
      this.property(thing, name).into(into);
      // An array is indexed by numbers, which the type checker sees to: what it holds has no name.
      if (thing.kind !== "array") thing.rest.into(into);
      else thing.rest.each((held) => held.kind === "any" && into.add(held));
      const getter = thing.getters.get(name);
      if (getter !== undefined) onGetter(getter, self);
    }
    this.anywhere.into(into);
    thing.prototypes.each((next) => this.look(next, name, into, onGetter, self, seen));
  }

  /** `thing.name = value`; `onSetter` for what runs at that. */
  store(thing: Thing, name: string | undefined, value: Cell, onSetter: (setter: Cell, self: Thing) => void): void {
    if (thing.kind === "numbers") return;
    if (thing.kind === "native" || thing.kind === "any") {
      value.each((held) => held.kind !== "native" && this.anywhere.add(held));
      return;
    }
    if (name === "__proto__") value.into(thing.prototypes);
    value.into(name === undefined ? thing.rest : this.property(thing, name));
    const told = (from: Thing, seen: Set<Thing>): void => {
      if (seen.has(from)) return;
      seen.add(from);
      for (const [key, setter] of from.setters) if (name === undefined || key === name) onSetter(setter, thing);
      from.prototypes.each((next) => told(next, seen));
    };
    told(thing, new Set());
  }
}
