// Calls of functions that are not in the text: the engine's own and the port's. What they are known to do is in natives.ts.

import type { Node } from "../dialect/unit.ts";
import { COPIES, GIVES, ITERATES, KEEPS, LATER, LOOKS, TELLS, TYPED_ARRAYS, WIDENS } from "./natives.ts";
import type { Text } from "./text.ts";
import type { Cell, Thing } from "./things.ts";

/** Why a stack begins with a function: the file is evaluated, who is outside has it, the engine kept it. */
export type RootKind = "file" | "handed out" | "callback";

export interface NativeEffects {
  /** A function of the bundle is called at once. */
  calls(site: Node, thing: Thing): void;
  callsAny(site: Node, values: readonly Cell[], result: Cell): void;
  /** A function of the bundle is called later, or by who is outside. */
  begins(thing: Thing, why: RootKind): void;
  beginsAny(why: RootKind): void;
}

export class NativeCalls {
  readonly #text: Text;
  readonly #effects: NativeEffects;

  constructor(text: Text, effects: NativeEffects) {
    this.#text = text;
    this.#effects = effects;
  }

  /** A call by `name`, undefined where the text doesn't tell it; `base`: what stands in front of the dot. */
  call(site: Node, name: string | undefined, base: Cell | undefined, values: readonly Cell[], result: Cell): void {
    const text = this.#text;
    const is = (names: ReadonlySet<string>): boolean => name !== undefined && names.has(name);
    if (is(WIDENS)) {
      for (const value of values) value.each((thing) => thing.rest.add(text.heap.any));
      return this.#effects.callsAny(site, values, result);
    }
    if (is(LATER)) {
      for (const value of values) this.handOut(value, "callback");
      return;
    }
    base?.each((thing) => thing.kind === "any" && this.#effects.callsAny(site, values, result));
    if (base !== undefined) text.coerced(site, base);
    if (is(LOOKS)) {
      for (const value of values) text.coerced(site, value);
      if (!is(TELLS)) result.add(text.heap.native);
      return;
    }
    const held = this.#held(base);
    const isSplice = name === "splice";
    if (is(KEEPS) || isSplice) base?.each((thing) => thing.kind === "array" && values.forEach((value) => value.into(thing.rest)));
    if (name === "fill") return base?.into(result);
    if (is(KEEPS)) return;
    if (is(GIVES)) {
      held.into(result);
      base?.each((thing) => thing.kind === "native" && result.add(thing));
      return;
    }
    const tells = is(TELLS) || (site.type === "NewExpression" && is(TYPED_ARRAYS));
    if (!is(TELLS)) result.add(site.type === "NewExpression" ? text.builtIn(name) : text.heap.native);
    // What comes back may be the array itself, a new one, or something out of either.
    const array = text.made("array", site);
    held.into(array.rest);
    if (!tells) {
      result.add(array);
      held.into(result);
    }
    if (is(COPIES) || isSplice) {
      for (const value of values) {
        value.into(array.rest);
        this.#held(value).into(array.rest);
      }
      return;
    }
    const given = this.#callBack(site, values, is(ITERATES), held, result);
    if (tells) return;
    given.into(result);
    given.into(array.rest);
  }

  /** Who is outside has it now and may call what it finds, on a stack of its own. */
  handOut(value: Cell, why: RootKind): void {
    const out = this.#text.fresh();
    value.into(out);
    this.#spread(out, (thing) => {
      const code = thing.code!;
      this.#effects.begins(thing, why);
      for (const parameter of [...code.parameters, code.self]) parameter.add(this.#text.heap.native);
      out.into(code.self);
      if (why === "handed out") code.result.into(out);
    });
    out.each((thing) => thing.kind === "any" && this.#effects.beginsAny(why));
  }

  /** All that can be reached from the arguments is called at once; what those are given and give. `isOver`: for each of what is held. */
  #callBack(site: Node, values: readonly Cell[], isOver: boolean, held: Cell, result: Cell): Cell {
    const text = this.#text;
    const reached = text.fresh();
    const given = text.fresh();
    for (const value of values) value.into(reached);
    for (const value of isOver ? values.slice(1) : [reached]) value.into(given);
    this.#spread(reached, (thing) => {
      const code = thing.code!;
      this.#effects.calls(site, thing);
      for (const parameter of code.parameters) {
        given.into(parameter);
        held.into(parameter);
        parameter.add(text.heap.native);
      }
      reached.into(code.self);
      held.into(code.self);
      code.self.add(text.heap.native);
      code.result.into(given);
      code.result.into(reached);
    });
    reached.each((thing) => thing.kind === "any" && this.#effects.callsAny(site, values, result));
    return given;
  }

  /** The arrays in a cell, and what they hold. */
  #held(cell: Cell | undefined): Cell {
    const held = this.#text.fresh();
    cell?.each((thing) => {
      if (thing.kind !== "array") return;
      held.add(thing);
      this.#text.heap.eachPlace(thing, (place) => place.into(held));
    });
    return held;
  }

  /** Tells of every function that can be reached from a value. */
  #spread(from: Cell, onCode: (thing: Thing) => void): void {
    from.each((thing) => {
      if (thing.kind === "native" || thing.kind === "numbers" || thing.kind === "any") return;
      if (thing.code !== undefined) onCode(thing);
      this.#text.heap.eachPlace(thing, (cell) => cell.into(from));
      for (const cell of [...thing.getters.values(), ...thing.setters.values(), thing.prototypes]) cell.into(from);
    });
  }
}
