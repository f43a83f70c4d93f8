// Walks through a bundle as boot() would run it, as far as the text tells, and keeps what boot leaves behind.
//
// Numbers, sizes and fields that follow from the text are followed (table sizes do); what comes from the port is unknown: an unknown condition takes
// both ways, an unknown loop runs once. Functions given to the port (handlers, timers) count as kept.

import { childrenOf, type Node } from "../dialect/unit.ts";
import { boundNames } from "../dialect/scope.ts";
import { isFunction, memberName, type ClassNode, type FunctionNode } from "../dialect/tree.ts";
import { TIMER_CELLS } from "./costs.ts";
import { UNDEFINED, UNKNOWN, type ClassThing, type FunctionThing, type ObjectThing, type Scope, type TypedThing, type Value } from "./heap.ts";

const ELEMENT_BYTES: ReadonlyMap<string, number> = new Map([["Int8Array", 1], ["Uint8Array", 1], ["Int16Array", 2], ["Uint16Array", 2], ["Int32Array", 4], ["Uint32Array", 4], ["Float64Array", 8], ["ArrayBuffer", 1]]);
const DEPTH_LIMIT = 40;
const TURN_LIMIT = 64;
const STEP_LIMIT = 400_000;

/** What a statement does to the flow: fall through, or leave with a value. `maybe` says that only one of two ways leaves. */
type Flow = { leaves: false } | { leaves: true; by: "return" | "break" | "continue"; value: Value };
const ON: Flow = { leaves: false };

export class BootWalk {
  /** Values handed to the port that it may keep. */
  readonly handed: Value[] = [];
  /** Cells for timers that boot starts. */
  timerCells = 0;
  readonly usedBuiltins = new Set<string>();
  /** Functions being walked: recursion is entered once. */
  private readonly running = new Set<FunctionNode>();
  private depth = 0;
  private steps = 0;

  /** Call a function value. */
  call(target: Value, args: readonly Value[], self: Value = UNKNOWN): Value {
    if (target.kind === "function" && this.running.has(target.code)) return UNKNOWN;
    if (target.kind !== "function" || this.depth >= DEPTH_LIMIT) {
      this.handed.push(...args.filter((value) => value.kind === "function"));
      return UNKNOWN;
    }
    this.depth++;
    this.running.add(target.code);
    const scope = this.callScope(target, args, self);
    const { body } = target.code;
    const result = body.type === "BlockStatement" ? this.block(body.body, scope) : ({ leaves: true, by: "return", value: this.evaluate(body, scope) } as const);
    this.depth--;
    this.running.delete(target.code);
    return result.leaves ? result.value : UNDEFINED;
  }

  private callScope(target: FunctionThing, args: readonly Value[], self: Value): Scope {
    const scope: Scope = { parent: target.scope, names: new Map(), kind: "function" };
    target.code.params.forEach((parameter, index) => {
      for (const id of boundNames(parameter)) scope.names.set(id.name, args[index] ?? UNDEFINED);
    });
    this.selves.set(scope, self);
    return scope;
  }

  private readonly selves = new Map<Scope, Value>();

  /** Run statements in a scope until one leaves. */
  block(statements: readonly Node[], scope: Scope): Flow {
    for (const statement of statements) {
      const flow = this.statement(statement, scope);
      if (flow.leaves) return flow;
    }
    return ON;
  }

  private branch(node: Node | null | undefined, scope: Scope): Flow {
    if (!node) return ON;
    return node.type === "BlockStatement" ? this.block(node.body, { parent: scope, names: new Map(), kind: "block" }) : this.statement(node, scope);
  }

  private statement(node: Node, scope: Scope): Flow {
    if (++this.steps > STEP_LIMIT) return ON;
    switch (node.type) {
      case "ExpressionStatement":
        this.evaluate(node.expression, scope);
        return ON;
      case "VariableDeclaration":
        for (const declarator of node.declarations) {
          if (declarator.id.type !== "Identifier") continue;
          const home = node.kind === "var" ? functionScope(scope) : scope;
          home.names.set(declarator.id.name, declarator.init ? this.evaluate(declarator.init, scope) : UNDEFINED);
        }
        return ON;
      case "FunctionDeclaration":
        if (node.id) scope.names.set(node.id.name, { kind: "function", code: node, scope });
        return ON;
      case "ClassDeclaration":
        if (node.id) scope.names.set(node.id.name, this.classValue(node, scope));
        return ON;
      case "ReturnStatement":
        return { leaves: true, by: "return", value: node.argument ? this.evaluate(node.argument, scope) : UNDEFINED };
      case "BreakStatement":
        return { leaves: true, by: "break", value: UNDEFINED };
      case "ContinueStatement":
        return { leaves: true, by: "continue", value: UNDEFINED };
      case "ThrowStatement":
        return ON;
      case "IfStatement": {
        const test = truth(this.evaluate(node.test, scope));
        if (test !== undefined) return this.branch(test ? node.consequent : node.alternate, scope);
        const first = this.branch(node.consequent, scope);
        const second = this.branch(node.alternate, scope);
        // One way leaves, the other goes on: going on allocates more, so it is the one that counts.
        return first.leaves && second.leaves ? second : ON;
      }
      case "BlockStatement":
        return this.branch(node, scope);
      case "ForStatement":
        return this.forLoop(node, scope);
      case "WhileStatement":
        this.evaluate(node.test, scope);
        this.branch(node.body, scope);
        return ON;
      case "DoWhileStatement":
        this.branch(node.body, scope);
        return ON;
      case "ForOfStatement": {
        const list = this.evaluate(node.right, scope);
        const items = list.kind === "array" ? list.items : [UNKNOWN];
        for (const item of items) {
          const inner: Scope = { parent: scope, names: new Map(), kind: "block" };
          if (node.left.type === "VariableDeclaration") for (const id of boundNames(node.left.declarations[0]!.id)) inner.names.set(id.name, item);
          this.branch(node.body, inner);
        }
        return ON;
      }
      case "SwitchStatement": {
        this.evaluate(node.discriminant, scope);
        return ON;
      }
      case "TryStatement":
        this.branch(node.block, scope);
        return ON;
      default:
        return ON;
    }
  }

  private forLoop(node: Extract<Node, { type: "ForStatement" }>, outer: Scope): Flow {
    const scope: Scope = { parent: outer, names: new Map(), kind: "block" };
    if (node.init) {
      if (node.init.type === "VariableDeclaration") this.statement(node.init, scope);
      else this.evaluate(node.init, scope);
    }
    // Only counting loops are followed; what another condition waits for isn't known here.
    const turns = makesThings(node.body) && node.test?.type === "BinaryExpression" ? TURN_LIMIT : 1;
    for (let turn = 0; turn < turns; turn++) {
      const test = node.test ? truth(this.evaluate(node.test, scope)) : undefined;
      if (test === false || (test === undefined && turn > 0)) break;
      const flow = this.branch(node.body, scope);
      if (flow.leaves && flow.by === "return" && test === true) return flow;
      if (flow.leaves && flow.by === "break") break;
      if (node.update) this.evaluate(node.update, scope);
    }
    return ON;
  }

  private classValue(code: ClassNode, scope: Scope): ClassThing {
    const thing: ClassThing = { kind: "class", code, scope, members: new Map() };
    for (const member of code.body.body) {
      if (member.type === "MethodDefinition" && member.kind !== "constructor" && member.key.type === "Identifier") thing.members.set(member.key.name, { kind: "function", code: member.value as FunctionNode, scope });
    }
    return thing;
  }

  private construct(target: Value, args: readonly Value[]): Value {
    if (target.kind !== "class") return UNKNOWN;
    const instance: ObjectThing = { kind: "object", fields: new Map(), prototype: target };
    const own = target.code.body.body.find((member) => member.type === "MethodDefinition" && member.kind === "constructor");
    if (own?.type === "MethodDefinition") this.call({ kind: "function", code: own.value as FunctionNode, scope: target.scope }, args, instance);
    return instance;
  }

  /** The value of an expression, with its side effects on known things. */
  evaluate(node: Node, scope: Scope): Value {
    if (++this.steps > STEP_LIMIT) return UNKNOWN;
    if (isFunction(node)) return { kind: "function", code: node, scope };
    switch (node.type) {
      case "Literal":
        return literal(node.value);
      case "TemplateLiteral":
        for (const part of node.expressions) this.evaluate(part, scope);
        return node.expressions.length === 0 ? literal(node.quasis[0]?.value.cooked ?? "") : { kind: "string", value: undefined, length: undefined };
      case "Identifier":
        return this.lookUp(node.name, scope);
      case "ThisExpression":
        return this.self(scope);
      case "ClassExpression":
        return this.classValue(node, scope);
      case "ObjectExpression": {
        const thing: ObjectThing = { kind: "object", fields: new Map(), prototype: undefined };
        for (const property of node.properties) {
          if (property.type !== "Property") continue;
          const key = property.key.type === "Identifier" ? property.key.name : property.key.type === "Literal" ? String(property.key.value) : "?";
          thing.fields.set(key, this.evaluate(property.value, scope));
        }
        return thing;
      }
      case "ArrayExpression":
        return { kind: "array", items: node.elements.map((element) => (element === null ? UNDEFINED : this.evaluate(element as Node, scope))) };
      case "SequenceExpression":
        return node.expressions.map((part) => this.evaluate(part, scope)).at(-1) ?? UNDEFINED;
      case "ConditionalExpression": {
        const test = truth(this.evaluate(node.test, scope));
        if (test !== undefined) return this.evaluate(test ? node.consequent : node.alternate, scope);
        const first = this.evaluate(node.consequent, scope);
        const second = this.evaluate(node.alternate, scope);
        return first.kind === "unknown" || first.kind === "undefined" ? second : first;
      }
      case "LogicalExpression": {
        const left = this.evaluate(node.left, scope);
        const test = truth(left);
        if (node.operator === "&&" && test === false) return left;
        if (node.operator === "||" && test === true) return left;
        return this.evaluate(node.right, scope);
      }
      case "UnaryExpression": {
        const value = this.evaluate(node.argument, scope);
        if (node.operator === "void") return UNDEFINED;
        if (node.operator === "!") return { kind: "boolean", value: negate(truth(value)) };
        if (node.operator === "-") return { kind: "number", value: value.kind === "number" && value.value !== undefined ? -value.value : undefined };
        return node.operator === "typeof" ? { kind: "string", value: undefined, length: 8 } : { kind: "number", value: undefined };
      }
      case "BinaryExpression":
        return arithmetic(node.operator, this.evaluate(node.left as Node, scope), this.evaluate(node.right, scope));
      case "AssignmentExpression":
        return this.assign(node, scope);
      case "UpdateExpression": {
        const before = this.evaluate(node.argument, scope);
        const after: Value = { kind: "number", value: before.kind === "number" && before.value !== undefined ? before.value + (node.operator === "++" ? 1 : -1) : undefined };
        this.store(node.argument, after, scope);
        return node.prefix ? after : before;
      }
      case "MemberExpression":
        return this.field(node, scope);
      case "NewExpression":
        return this.instance(node, scope);
      case "CallExpression":
        return this.callExpression(node, scope);
      default:
        return UNKNOWN;
    }
  }

  private self(scope: Scope): Value {
    for (let up: Scope | undefined = scope; up !== undefined; up = up.parent) {
      const found = this.selves.get(up);
      if (found !== undefined && found.kind !== "unknown") return found;
    }
    return UNKNOWN;
  }

  private lookUp(name: string, scope: Scope): Value {
    for (let up: Scope | undefined = scope; up !== undefined; up = up.parent) {
      const found = up.names.get(name);
      if (found !== undefined) return found;
    }
    if (name === "undefined") return UNDEFINED;
    this.usedBuiltins.add(name);
    return UNKNOWN;
  }

  private assign(node: Extract<Node, { type: "AssignmentExpression" }>, scope: Scope): Value {
    const right = this.evaluate(node.right, scope);
    const value = node.operator === "=" ? right : arithmetic(node.operator.slice(0, -1), this.evaluate(node.left, scope), right);
    this.store(node.left, value, scope);
    return value;
  }

  private store(target: Node, value: Value, scope: Scope): void {
    if (target.type === "Identifier") {
      for (let up: Scope | undefined = scope; up !== undefined; up = up.parent) if (up.names.has(target.name)) return void up.names.set(target.name, value);
      return;
    }
    if (target.type !== "MemberExpression") return;
    const object = this.evaluate(target.object, scope);
    const key = this.key(target, scope);
    if (object.kind === "object" && key !== undefined) object.fields.set(key, value);
    else if (object.kind === "array" && key !== undefined && /^\d+$/.test(key) && Number(key) < 1024) object.items[Number(key)] = value;
    else if (object.kind === "array") object.items.push(value);
    else if (object.kind === "unknown" && value.kind === "function") this.handed.push(value);
  }

  private key(node: Extract<Node, { type: "MemberExpression" }>, scope: Scope): string | undefined {
    const name = memberName(node);
    if (name !== undefined) return name;
    const value = this.evaluate(node.property, scope);
    return (value.kind === "number" || value.kind === "string") && value.value !== undefined ? String(value.value) : undefined;
  }

  private field(node: Extract<Node, { type: "MemberExpression" }>, scope: Scope): Value {
    const object = this.evaluate(node.object, scope);
    const key = this.key(node, scope);
    if (key === undefined) return UNKNOWN;
    if (object.kind === "object") return object.fields.get(key) ?? object.prototype?.members.get(key) ?? UNDEFINED;
    if (object.kind === "array") return key === "length" ? { kind: "number", value: object.items.length } : (object.items[Number(key)] ?? UNKNOWN);
    if (object.kind === "typed") return key === "length" ? { kind: "number", value: object.length } : { kind: "number", value: undefined };
    if (object.kind === "string" && key === "length") return { kind: "number", value: object.length };
    return UNKNOWN;
  }

  private instance(node: Extract<Node, { type: "NewExpression" }>, scope: Scope): Value {
    const args = node.arguments.map((argument) => this.evaluate(argument as Node, scope));
    const target = this.evaluate(node.callee, scope);
    if (node.callee.type !== "Identifier" || target.kind !== "unknown") return this.construct(target, args);
    const size = ELEMENT_BYTES.get(node.callee.name);
    if (size === undefined) return UNKNOWN;
    const [first] = args;
    if (first?.kind === "number") return { kind: "typed", length: first.value ?? 0, bytes: (first.value ?? 0) * size, of: undefined };
    if (first?.kind === "array") return { kind: "typed", length: first.items.length, bytes: first.items.length * size, of: undefined };
    if (first?.kind === "typed") return { kind: "typed", length: first.length, bytes: first.bytes, of: first };
    return { kind: "typed", length: 0, bytes: 0, of: undefined } satisfies TypedThing;
  }

  private callExpression(node: Extract<Node, { type: "CallExpression" }>, scope: Scope): Value {
    const args = node.arguments.map((argument) => this.evaluate(argument as Node, scope));
    if (node.callee.type !== "MemberExpression") {
      const target = this.evaluate(node.callee as Node, scope);
      return this.call(target, args);
    }
    const object = this.evaluate(node.callee.object, scope);
    const name = memberName(node.callee);
    const target = this.field(node.callee, scope);
    if (target.kind === "function") return this.call(target, args, object);
    if (object.kind === "array") this.usedBuiltins.add("array methods");
    if (object.kind === "array" && name === "push") {
      object.items.push(...args);
      return { kind: "number", value: object.items.length };
    }
    if (object.kind === "typed") return name === "subarray" ? { kind: "typed", length: 0, bytes: 0, of: object } : object;
    if (name === "setTimeout" || name === "setInterval") this.timerCells += TIMER_CELLS;
    if (object.kind === "array" && (name === "forEach" || name === "map")) for (const item of object.items) this.call(args[0] ?? UNKNOWN, [item]);
    else this.handed.push(...args.filter((value) => value.kind === "function"));
    return UNKNOWN;
  }
}

const things = new WeakMap<Node, boolean>();

/** Whether running this code may leave something behind: it calls, or writes a literal, a function or `new`. */
function makesThings(node: Node): boolean {
  const known = things.get(node);
  if (known !== undefined) return known;
  const found = ["CallExpression", "NewExpression", "ObjectExpression", "ArrayExpression"].includes(node.type) || isFunction(node) || childrenOf(node).some(makesThings);
  things.set(node, found);
  return found;
}

function functionScope(scope: Scope): Scope {
  return scope.kind !== "block" || scope.parent === undefined ? scope : functionScope(scope.parent);
}

function literal(value: unknown): Value {
  if (typeof value === "number") return { kind: "number", value };
  if (typeof value === "string") return { kind: "string", value, length: value.length };
  if (typeof value === "boolean") return { kind: "boolean", value };
  return value === null ? { kind: "null" } : UNKNOWN;
}

function truth(value: Value): boolean | undefined {
  switch (value.kind) {
    case "unknown":
      return undefined;
    case "undefined":
    case "null":
      return false;
    case "boolean":
      return value.value;
    case "number":
    case "string":
      return value.value === undefined ? undefined : Boolean(value.value);
    default:
      return true;
  }
}

const negate = (value: boolean | undefined): boolean | undefined => (value === undefined ? undefined : !value);

/** Integer arithmetic and comparison on known numbers; anything else is a number nobody knows, or a string. */
function arithmetic(operator: string, a: Value, b: Value): Value {
  if (operator === "+" && (a.kind === "string" || b.kind === "string")) return { kind: "string", value: undefined, length: undefined };
  const isComparison = /^[<>=!]=?=?$/.test(operator);
  if (a.kind !== "number" || b.kind !== "number" || a.value === undefined || b.value === undefined) {
    if (isComparison && a.kind === "undefined" && b.kind === "undefined") return { kind: "boolean", value: operator.startsWith("=") };
    return isComparison || operator === "in" || operator === "instanceof" ? { kind: "boolean", value: undefined } : { kind: "number", value: undefined };
  }
  const x = a.value;
  const y = b.value;
  const numbers: Record<string, number> = { "+": x + y, "-": x - y, "*": x * y, "/": x / y, "%": x % y, "|": x | y, "&": x & y, "^": x ^ y, "<<": x << y, ">>": x >> y, ">>>": x >>> y };
  const truths: Record<string, boolean> = { "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y, "==": x === y, "===": x === y, "!=": x !== y, "!==": x !== y };
  const number = numbers[operator];
  return number !== undefined ? { kind: "number", value: number } : { kind: "boolean", value: truths[operator] };
}
