// The shipped text as cells: one for each expression and variable, and what flows from where to where. Calls are in sites.ts.
//
// What stands in no rule is taken for anything: a part of the language that is missing here makes the answer wider, never smaller.

import { ancestor, isClass, isFunction, memberName, type ClassNode, type FunctionNode } from "../dialect/tree.ts";
import { boundNames, type Scope, type Variable } from "../dialect/scope.ts";
import type { Node, Unit } from "../dialect/unit.ts";
import { Cell, Heap, type Code, type Thing } from "./things.ts";
import { COERCIONS, OF_PRIMITIVES, TYPED_ARRAYS } from "./natives.ts";

/** Code that has a frame of its own: a function, a class whose instances are made without a constructor in the text, the file. */
export type Frame = FunctionNode | ClassNode | Extract<Node, { type: "Program" }>;

/** What the rules find that runs code: `self`, the arguments in their order, and what comes back. */
export type OnCall = (site: Node, callee: Cell, self: Cell, values: readonly Cell[], result: Cell) => void;

const VALUELESS = /Statement$|^(Program|VariableDeclaration|ClassBody|MethodDefinition|PropertyDefinition|Property|SwitchCase|TemplateElement|PrivateIdentifier|StaticBlock|Super|CatchClause|RestElement|AssignmentPattern|ArrayPattern|ObjectPattern)$/;

export class Text {
  readonly heap = new Heap();
  readonly thrown = new Cell(this.heap);
  /** All functions and classes of the text. */
  readonly codes: Thing[] = [];
  readonly #unit: Unit;
  readonly #onImplicit: OnCall;
  readonly #cells = new Map<Node, Cell>();
  readonly #variables = new Map<Variable, Cell>();
  readonly #made = new Map<Node, Thing>();

  /** `onImplicit`: getters, setters and coercions. */
  constructor(unit: Unit, onImplicit: OnCall) {
    this.#unit = unit;
    this.#onImplicit = onImplicit;
  }

  read(): void {
    this.thrown.add(this.heap.native);
    for (const node of this.#unit.nodes) if (isFunction(node) || isClass(node)) this.codes.push(this.codeOf(node));
    for (const node of this.#unit.nodes) this.#rule(node);
  }

  cell(node: Node): Cell {
    const known = this.#cells.get(node);
    if (known !== undefined) return known;
    const cell = new Cell(this.heap);
    this.#cells.set(node, cell);
    return cell;
  }

  fresh(...things: readonly Thing[]): Cell {
    const cell = new Cell(this.heap);
    for (const thing of things) cell.add(thing);
    return cell;
  }

  /** The one thing that a place of the text makes, however often it is made. */
  made(kind: Thing["kind"], node: Node): Thing {
    const known = this.#made.get(node);
    if (known !== undefined) return known;
    const thing = this.heap.make(kind, node);
    this.#made.set(node, thing);
    return thing;
  }

  /** The frame that a place runs in: values of fields run in the constructor's. */
  frameOf(node: Node): Frame {
    for (let at: Node = node, up = this.#unit.parentOf(at); up !== undefined; at = up, up = this.#unit.parentOf(at)) {
      if (isFunction(up)) return up;
      if (up.type !== "PropertyDefinition" || up.static || up.value !== at) continue;
      const owner = ancestor(this.#unit, up, isClass)!;
      return this.codeOf(owner).code!.node;
    }
    return this.#unit.program;
  }

  variable(variable: Variable): Cell {
    const known = this.#variables.get(variable);
    if (known !== undefined) return known;
    const cell = new Cell(this.heap);
    this.#variables.set(variable, cell);
    return cell;
  }

  /** The cell of a name as it is declared at a node. */
  #declared(id: Extract<Node, { type: "Identifier" }>, from: Node): Cell | undefined {
    for (let scope: Scope | undefined = this.#unit.scopes.scopeOf(from); scope !== undefined; scope = scope.parent) {
      const found = scope.variables.get(id.name);
      if (found !== undefined) return this.variable(found);
    }
    return undefined;
  }

  /** A value comes to a pattern: to its name, or in pieces that are not followed. */
  bind(pattern: Node, value: Cell, from: Node): void {
    if (pattern.type === "MemberExpression") return this.#store(pattern, value);
    for (const id of boundNames(pattern)) {
      const cell = this.#unit.scopes.referenceAt(id)?.variable;
      const target = cell === undefined ? this.#declared(id, from) : this.variable(cell);
      (pattern.type === "Identifier" ? value : this.fresh(this.heap.any)).into(target ?? this.heap.anywhere);
    }
    // Members among the pieces, and getters and iterators of what is taken to pieces.
    if (pattern.type !== "Identifier") this.#onImplicit(pattern, this.fresh(this.heap.any), this.fresh(), [value], this.fresh());
    if (pattern.type !== "Identifier") for (const node of this.#unit.nodesIn(pattern)) if (node.type === "MemberExpression") this.#store(node, this.fresh(this.heap.any));
  }

  #store(target: Extract<Node, { type: "MemberExpression" }>, value: Cell): void {
    const name = memberName(target);
    this.cell(target.object).each((thing) => this.heap.store(thing, name, value, (setter, self) => this.#onImplicit(target, setter, this.fresh(self), [value], this.fresh())));
  }

  load(site: Node, base: Cell, name: string | undefined, into: Cell): void {
    base.each((thing) => this.heap.look(thing, name, into, (getter, self) => this.#onImplicit(site, getter, this.fresh(self), [], into)));
  }

  /** What the thing of a function or a class is made of, once. */
  codeOf(node: FunctionNode | ClassNode): Thing {
    const known = this.#made.get(node);
    if (known !== undefined) return known;
    const thing = this.made(isFunction(node) ? "function" : "class", node);
    const method = isFunction(node) ? node : (node.body.body.find((member) => member.type === "MethodDefinition" && member.kind === "constructor") as { value: FunctionNode } | undefined)?.value;
    const instance = isFunction(node) ? undefined : this.heap.make("record", node);
    const own = method !== undefined && method !== node ? this.codeOf(method).code : undefined;
    const code: Code = own ?? { node: method ?? node, parameters: [], self: this.fresh(), result: this.fresh(), instance: undefined, parent: undefined };
    thing.code = { ...code, instance, parent: isFunction(node) || !node.superClass ? undefined : this.cell(node.superClass) };
    const prototype = this.heap.make("record", node);
    this.heap.property(thing, "prototype").add(prototype);
    if (isFunction(node)) this.#parameters(node, thing.code);
    else this.#members(node, thing, thing.code, instance!, prototype);
    return thing;
  }

  #parameters(node: FunctionNode, code: Code): void {
    for (const parameter of node.params) {
      const value = this.fresh();
      code.parameters.push(value);
      this.bind(parameter, value, node);
    }
    if (node.type === "ArrowFunctionExpression" && node.expression) this.cell(node.body).into(code.result);
    if (node.async || node.generator) code.result.add(this.heap.any);
  }

  #members(node: ClassNode, thing: Thing, code: Code, instance: Thing, prototype: Thing): void {
    code.self.add(instance);
    instance.prototypes.add(prototype);
    code.parent?.each((parent) => {
      if (parent.code !== undefined) this.heap.property(parent, "prototype").into(prototype.prototypes);
      else prototype.prototypes.add(parent);
      if (parent.code?.instance !== undefined) instance.prototypes.add(parent.code.instance);
      thing.prototypes.add(parent);
    });
    for (const member of node.body.body) {
      if (member.type === "StaticBlock" || (member.type === "MethodDefinition" && member.kind === "constructor")) continue;
      const isMethod = member.type === "MethodDefinition";
      if (!member.value) continue;
      this.#place(member.static ? thing : isMethod ? prototype : instance, member.key, member.computed, isMethod ? member.kind : "init", this.cell(member.value));
    }
  }

  #place(thing: Thing, key: Node, isComputed: boolean, kind: string, value: Cell): void {
    const name = isComputed ? undefined : key.type === "Identifier" ? key.name : key.type === "Literal" && typeof key.value === "string" ? key.value : undefined;
    if (name === "__proto__") value.into(thing.prototypes);
    else if ((kind === "get" || kind === "set") && name !== undefined) (kind === "get" ? thing.getters : thing.setters).set(name, value);
    // A getter under a key that the text doesn't tell: whoever looks may find anything.
    else if (kind === "get" || kind === "set") thing.rest.add(this.heap.any);
    else value.into(name === undefined ? thing.rest : this.heap.property(thing, name));
  }

  /** `this`. */
  #self(node: Node): Cell {
    for (let at: Node = node, up = this.#unit.parentOf(at); up !== undefined; at = up, up = this.#unit.parentOf(at)) {
      if (isFunction(up) && up.type !== "ArrowFunctionExpression") return this.codeOf(up).code!.self;
      if (up.type === "StaticBlock" || (up.type === "PropertyDefinition" && up.value === at)) {
        const owner = this.codeOf(ancestor(this.#unit, up, isClass)!);
        return up.type === "PropertyDefinition" && !up.static ? owner.code!.self : this.fresh(owner);
      }
    }
    return this.fresh(this.heap.native);
  }

  #reference(node: Extract<Node, { type: "Identifier" }>): void {
    const reference = this.#unit.scopes.referenceAt(node);
    if (reference === undefined) return;
    if (reference.variable !== undefined) this.variable(reference.variable).into(this.cell(node));
    else if (node.name === "arguments") this.cell(node).add(this.heap.any);
    else if (node.name !== "undefined" && node.name !== "NaN" && node.name !== "Infinity") {
      this.cell(node).add(this.heap.native);
      this.heap.anywhere.into(this.cell(node));
    }
  }

  #rule(node: Node): void {
    const cell = this.cell(node);
    const give = (...from: readonly (Node | null | undefined)[]): void => {
      for (const part of from) if (part) this.cell(part).into(cell);
    };
    switch (node.type) {
      case "Identifier":
        return this.#reference(node);
      case "ThisExpression":
        return this.#self(node).into(cell);
      case "Literal":
        if (node.regex) cell.add(this.heap.native);
        return;
      case "FunctionDeclaration":
      case "ClassDeclaration":
        if (node.id) this.fresh(this.codeOf(node)).into(this.#declared(node.id, this.#unit.parentOf(node)!) ?? this.heap.anywhere);
        return;
      case "FunctionExpression":
      case "ArrowFunctionExpression":
      case "ClassExpression":
        cell.add(this.codeOf(node));
        if (node.type !== "ArrowFunctionExpression" && node.id) cell.into(this.#declared(node.id, node)!);
        return;
      case "ArrayExpression": {
        const array = this.made("array", node);
        cell.add(array);
        for (const element of node.elements) if (element?.type === "SpreadElement") array.rest.add(this.heap.any);
        else if (element) this.cell(element).into(array.rest);
        return;
      }
      case "ObjectExpression": {
        const record = this.made("record", node);
        cell.add(record);
        for (const part of node.properties) if (part.type === "SpreadElement") record.rest.add(this.heap.any);
        else this.#place(record, part.key, part.computed, part.kind, this.cell(part.value));
        return;
      }
      case "MemberExpression":
        if (node.computed) this.#coerce(node, node.property);
        if (node.object.type === "Super") {
          const owner = ancestor(this.#unit, node, isClass);
          const base = this.fresh();
          if (owner) this.codeOf(owner).code!.parent?.each((parent) => (parent.code === undefined ? base.add(parent) : (this.heap.property(parent, "prototype").into(base), base.add(parent))));
          return this.load(node, base, memberName(node), cell);
        }
        // A string has this too.
        if (OF_PRIMITIVES.has(memberName(node) ?? "")) cell.add(this.heap.native);
        return this.load(node, this.cell(node.object), memberName(node), cell);
      case "AssignmentExpression":
        if (node.operator === "=") {
          give(node.right);
          return this.bind(node.left, this.cell(node.right), node);
        }
        if (!["&&=", "||=", "??="].includes(node.operator)) {
          if (node.left.type === "MemberExpression") this.#store(node.left, this.fresh());
          return this.#coerce(node, node.left, node.right);
        }
        give(node.left, node.right);
        return this.bind(node.left, this.cell(node.right), node);
      case "VariableDeclarator":
        if (node.init) this.bind(node.id, this.cell(node.init), node);
        return;
      case "ConditionalExpression":
        return give(node.consequent, node.alternate);
      case "LogicalExpression":
        return give(node.left, node.right);
      case "SequenceExpression":
        return give(node.expressions.at(-1));
      case "ChainExpression":
      case "ParenthesizedExpression":
        return give(node.expression);
      case "BinaryExpression":
        return node.operator === "===" || node.operator === "!==" || node.operator === "instanceof" || node.left.type === "PrivateIdentifier" ? undefined : this.#coerce(node, node.left, node.right);
      case "UnaryExpression":
        return ["-", "+", "~"].includes(node.operator) ? this.#coerce(node, node.argument) : undefined;
      case "UpdateExpression":
        if (node.argument.type === "MemberExpression") this.#store(node.argument, this.fresh());
        return this.#coerce(node, node.argument);
      case "TemplateLiteral":
        return this.#coerce(node, ...node.expressions);
      case "ReturnStatement": {
        const frame = ancestor(this.#unit, node, isFunction);
        if (node.argument && frame) this.cell(node.argument).into(this.codeOf(frame).code!.result);
        return;
      }
      case "ThrowStatement":
        return this.cell(node.argument).into(this.thrown);
      case "CatchClause":
        if (node.param) this.bind(node.param, this.thrown, node);
        return;
      case "ForOfStatement":
        return this.#forOf(node);
      case "ForInStatement":
        if (node.left.type === "MemberExpression") this.#store(node.left, this.fresh());
        return;
      case "SpreadElement":
        return this.#onImplicit(node, this.fresh(this.heap.any), this.fresh(), [], this.fresh());
      case "CallExpression":
      case "NewExpression":
        // sites.ts
        return;
      default:
        if (!VALUELESS.test(node.type)) cell.add(this.heap.any);
    }
  }

  #forOf(node: Extract<Node, { type: "ForOfStatement" }>): void {
    const element = this.fresh();
    // What is no array may have an iterator of its own.
    this.cell(node.right).each((thing) => {
      if (thing.kind === "record" || thing.kind === "any") this.#onImplicit(node, this.fresh(this.heap.any), this.fresh(thing), [], element);
      this.heap.look(thing, undefined, element, (getter, self) => this.#onImplicit(node, getter, this.fresh(self), [], element));
    });
    this.bind(node.left.type === "VariableDeclaration" ? node.left.declarations[0]!.id : node.left, element, node);
  }

  #coerce(site: Node, ...operands: readonly Node[]): void {
    for (const operand of operands) this.coerced(site, this.cell(operand));
  }

  /** A value is needed as text or as a number. */
  coerced(site: Node, value: Cell, seen: Set<Thing> = new Set()): void {
    value.each((thing) => {
      if (seen.has(thing)) return;
      seen.add(thing);
      if (thing.kind === "any") return this.#onImplicit(site, this.fresh(thing), this.fresh(thing), [], this.fresh());
      if (thing.kind === "native" || thing.kind === "numbers") return;
      for (const name of COERCIONS) {
        const method = this.fresh();
        this.heap.look(thing, name, method, (getter, self) => this.#onImplicit(site, getter, this.fresh(self), [], method));
        this.#onImplicit(site, method, this.fresh(thing), [], this.fresh());
      }
      // An array's text is that of its elements.
      if (thing.kind === "array") this.heap.eachPlace(thing, (cell) => this.coerced(site, cell, seen));
    });
  }

  /** What `new` of a built-in makes. */
  builtIn(name: string | undefined): Thing {
    return name !== undefined && TYPED_ARRAYS.has(name) ? this.heap.make("numbers", undefined) : this.heap.native;
  }
}
