// Who calls whom: every call of the shipped text with everything that it may reach.
//
// Idea: what can be called is found as a value (text.ts), not by its name. Functions that the engine keeps and calls later begin a stack of their own: they are
// roots; those that it calls at once are nested in who gave them. Where a call finds nothing, or the text is not understood, it may reach every function
// that is anywhere used as a value.

import { isClass, memberName } from "../dialect/tree.ts";
import type { Node, Unit } from "../dialect/unit.ts";
import { NativeCalls, type RootKind } from "./native-calls.ts";
import { CALLS_ITS_OWN, OF_OBJECTS, OF_PRIMITIVES } from "./natives.ts";
import { Text, type Frame } from "./text.ts";
import type { Cell, Thing } from "./things.ts";

export interface Edge {
  from: Frame;
  to: Frame;
  /** Place of the call. */
  site: Node;
  /** True where a function of the engine stands between the two. */
  isCallback: boolean;
}

export interface CallGraph {
  edges: readonly Edge[];
  /** What the engine calls: the file, `boot`, callbacks. */
  roots: readonly { frame: Frame; why: RootKind }[];
  /** Calls of which the text doesn't tell whom they reach. */
  unknown: readonly Node[];
}

type CallSite = Extract<Node, { type: "CallExpression" | "NewExpression" | "TaggedTemplateExpression" }>;

class Sites {
  readonly #unit: Unit;
  readonly #text: Text;
  readonly #edges = new Map<Frame, Map<string, Edge>>();
  readonly #roots = new Map<Frame, RootKind>();
  readonly #unknown = new Set<Node>();
  readonly #resolved = new Set<Node>();
  readonly #taken: Thing[];
  readonly #natives: NativeCalls;

  constructor(unit: Unit) {
    this.#unit = unit;
    this.#text = new Text(unit, (site, callee, self, values, result) => this.#values(site, callee, self, values, result));
    this.#text.read();
    this.#taken = this.#text.codes.filter((thing) => this.#isTaken(thing.node!));
    this.#natives = new NativeCalls(this.#text, {
      calls: (site, thing) => this.#edge(site, thing, true),
      callsAny: (site, values, result) => this.#any(site, values, result),
      begins: (thing, why) => this.#begin(thing, why),
      beginsAny: (why) => this.#taken.forEach((thing) => this.#begin(thing, why)),
    });
  }

  find(): CallGraph {
    const { heap } = this.#text;
    const sites = this.#unit.nodes.filter((node): node is CallSite => node.type === "CallExpression" || node.type === "NewExpression" || node.type === "TaggedTemplateExpression");
    for (const site of sites) this.#site(site);
    // The value of the file goes to who evaluated it.
    this.#roots.set(this.#unit.program, "file");
    const [statement] = this.#unit.program.body;
    if (statement?.type === "ExpressionStatement") this.#natives.handOut(this.#text.cell(statement.expression), "handed out");
    for (let open = sites; open.length > 0; open = open.filter((site) => !this.#resolved.has(site))) {
      heap.settle();
      for (const site of open) if (!this.#resolved.has(site)) this.#nothing(site);
    }
    heap.settle();
    return { edges: [...this.#edges.values()].flatMap((to) => [...to.values()]), roots: [...this.#roots].map(([frame, why]) => ({ frame, why })), unknown: [...this.#unknown] };
  }

  /** Nothing that can be called comes here: a method that the engine has for every string, number or object; or a value that is none, and the call throws (a fuel counter does). */
  #nothing(site: CallSite): void {
    this.#resolved.add(site);
    if (site.type === "TaggedTemplateExpression" || site.callee.type !== "MemberExpression") return;
    const values = this.#args(site);
    const name = memberName(site.callee);
    if (name === undefined || site.callee.object.type === "Super" || this.#text.cell(site.callee.object).things.size > 0) return this.#natives.call(site, name, undefined, values, this.#text.cell(site));
    for (const value of values) this.#text.coerced(site, value);
  }

  /** Used otherwise than called by its name. */
  #isTaken(node: Node): boolean {
    if (node.type !== "FunctionDeclaration") return !this.#isConstructor(node);
    const variable = this.#unit.scopes.declaredBy(node);
    return variable === undefined || variable.references.some(({ node: use }) => {
      const parent = this.#unit.parentOf(use);
      return parent?.type !== "CallExpression" || parent.callee !== use;
    });
  }

  #isConstructor(node: Node): boolean {
    const parent = this.#unit.parentOf(node);
    return parent?.type === "MethodDefinition" && parent.kind === "constructor";
  }

  #args(site: CallSite): Cell[] {
    if (site.type === "TaggedTemplateExpression") return [this.#text.fresh(this.#text.heap.any)];
    return site.arguments.map((value) => (value.type === "SpreadElement" ? this.#text.fresh(this.#text.heap.any) : this.#text.cell(value)));
  }

  #site(site: CallSite): void {
    const text = this.#text;
    const values = this.#args(site);
    const result = text.cell(site);
    if (site.type === "TaggedTemplateExpression") return this.#any(site, values, result);
    const callee: Node = site.callee;
    const name = memberName(callee) ?? (callee.type === "Identifier" && this.#unit.scopes.referenceAt(callee)?.variable === undefined ? callee.name : undefined);
    const hasSpread = site.arguments.some((value) => value.type === "SpreadElement");
    if (callee.type === "Super") {
      const owner = this.#classAround(site);
      const self = owner?.code?.self ?? text.fresh(text.heap.any);
      return (owner?.code?.parent ?? text.fresh(text.heap.any)).each((parent) => this.#one(site, parent, self, values, result, hasSpread, undefined, undefined));
    }
    const base = callee.type === "MemberExpression" && callee.object.type !== "Super" ? text.cell(callee.object) : undefined;
    const self = site.type === "NewExpression" ? undefined : (base ?? (callee.type === "MemberExpression" ? (this.#classAround(site)?.code?.self ?? text.fresh()) : text.fresh(text.heap.native)));
    text.cell(callee).each((thing) => this.#one(site, thing, self, values, result, hasSpread, name, base));
    if (base === undefined || name === undefined) return;
    // Methods that the engine has for what stands in front of the dot.
    if (OF_PRIMITIVES.has(name)) this.#natives.call(site, name, base, values, result);
    base.each((thing) => {
      if (thing.kind === "record" && OF_OBJECTS.has(name)) this.#natives.call(site, name, base, values, result);
      if (CALLS_ITS_OWN.has(name) && (thing.kind === "function" || thing.kind === "class")) this.#ofFunction(site, thing, values, result);
    });
  }

  #classAround(node: Node): Thing | undefined {
    for (let up = this.#unit.parentOf(node); up !== undefined; up = this.#unit.parentOf(up)) if (isClass(up)) return this.#text.codeOf(up);
    return undefined;
  }

  /** `f.call(self, a)`, `f.apply(self, list)`, `f.bind(self)`. */
  #ofFunction(site: Node, thing: Thing, values: readonly Cell[], result: Cell): void {
    const any = this.#text.fresh(this.#text.heap.any);
    this.#edge(site, thing, true);
    values[0]?.into(thing.code!.self);
    for (const parameter of thing.code!.parameters) any.into(parameter);
    thing.code!.result.into(result);
    result.add(thing);
  }

  /** A call reaches one thing. `self` undefined: it is `new`. */
  #one(site: Node, thing: Thing, self: Cell | undefined, values: readonly Cell[], result: Cell, hasSpread: boolean, name: string | undefined, base: Cell | undefined): void {
    this.#resolved.add(site);
    if (thing.kind === "any") return this.#any(site, values, result);
    if (thing.kind === "native") return this.#natives.call(site, name, base, values, result);
    const code = thing.code;
    if (code === undefined) return;
    this.#edge(site, thing, false);
    if (thing.kind === "class" && isClass(code.node) && code.parent) code.parent.each((parent) => this.#one(code.node, parent, code.self, values, result, hasSpread, undefined, undefined));
    if (self !== undefined) self.into(code.self);
    else {
      const instance = code.instance ?? this.#text.made("record", site);
      if (code.instance === undefined) this.#text.heap.property(thing, "prototype").into(instance.prototypes);
      code.self.add(instance);
      result.add(instance);
    }
    code.parameters.forEach((parameter, at) => (hasSpread ? this.#text.fresh(this.#text.heap.any) : values[at])?.into(parameter));
    code.result.into(result);
  }

  /** Getters, setters and what operators call. */
  #values(site: Node, callee: Cell, self: Cell, values: readonly Cell[], result: Cell): void {
    callee.each((thing) => {
      if (thing.kind === "any") this.#any(site, values, result);
      else if (thing.code !== undefined) this.#one(site, thing, self, values, result, false, undefined, undefined);
    });
  }

  /** The text doesn't tell: whatever is used as a value. */
  #any(site: Node, values: readonly Cell[], result: Cell): void {
    this.#resolved.add(site);
    const { any } = this.#text.heap;
    result.add(any);
    for (const value of values) value.into(this.#text.heap.anywhere);
    if (this.#unknown.has(site)) return;
    this.#unknown.add(site);
    for (const thing of this.#taken) {
      this.#edge(site, thing, false);
      for (const parameter of thing.code!.parameters) parameter.add(any);
      thing.code!.self.add(any);
    }
  }

  #begin(thing: Thing, why: RootKind): void {
    const frame = thing.code!.node;
    if (!this.#roots.has(frame)) this.#roots.set(frame, why);
  }

  #edge(site: Node, thing: Thing, isCallback: boolean): void {
    const from = isClass(site) ? site : this.#text.frameOf(site);
    const to = thing.code!.node;
    const known = this.#edges.get(from) ?? new Map<string, Edge>();
    this.#edges.set(from, known);
    const key = `${site.start}-${site.end} ${to.start}-${to.end} ${isCallback}`;
    if (!known.has(key)) known.set(key, { from, to, site, isCallback });
  }
}

export function callGraph(unit: Unit): CallGraph {
  return new Sites(unit).find();
}
