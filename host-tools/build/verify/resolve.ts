// What each name stands for: functions, variables in their scopes (ECMA-262 §9.1), the gate, intrinsics, and nothing else.
//
// Runs on text whose forms have been checked. Also finds for each variable the stretch of text in which it certainly has its value (Reach): the rest of
// the block behind its declaration. There is no jump into the middle of a block, so what stands there runs after the declaration has.

import type { FunctionDeclaration, Identifier, Program, VariableDeclaration } from "acorn";
import { isGuestFunction, isVariable, type GuestFunction, type GuestModule, type Meaning, type Node, type Variable } from "./guest.ts";
import { Cell } from "./heap.ts";
import { CONSTANTS, INTRINSIC_NAMES } from "./intrinsics.ts";
import { partsOf, type Reject } from "./syntax.ts";

/** Most parameters of handle. */
export const HANDLE_PARAMETERS = 6;

class Scope {
  readonly names = new Map<string, Meaning>();
  readonly parent: Scope | undefined;
  /** End of the text it covers. */
  readonly end: number;
  constructor(parent: Scope | undefined, end: number) {
    this.parent = parent;
    this.end = end;
  }
  find(name: string): Meaning | undefined {
    return this.names.get(name) ?? this.parent?.find(name);
  }
}

export function resolve(text: string, program: Program, reject: Reject): GuestModule | undefined {
  const meanings = new Map<Identifier, Meaning>();
  const functions: GuestFunction[] = [];
  const variables: Variable[] = [];
  const declarators: GuestModule["declarators"] = [];
  const globals = new Scope(undefined, text.length);
  let owner: GuestFunction | undefined;
  let declarator: GuestModule["declarators"][number] | undefined;

  const declare = (id: Node, kind: Variable["kind"], scope: Scope): Variable | undefined => {
    if (id.type !== "Identifier") return undefined;
    if (id.name === "gate" || INTRINSIC_NAMES.has(id.name) || CONSTANTS.has(id.name)) reject("name-taken", id.start, id.name);
    const known = scope.names.get(id.name);
    if (isVariable(known)) return known;
    const made: Variable = { name: id.name, kind, owner, cell: new Cell(), reaches: [], references: [], mayBeUnset: false };
    scope.names.set(id.name, made);
    if (owner === undefined) variables.push(made);
    else if (kind === "parameter") owner.parameters.push(made);
    else owner.locals.push(made);
    return made;
  };
  /** `var` belongs to the function, wherever it stands. */
  const hoistVars = (node: Node, scope: Scope): void => {
    if (node.type === "VariableDeclaration") {
      if (node.kind === "var") for (const one of node.declarations) declare(one.id, "var", scope);
    } else if (node.type.endsWith("Statement") || node.type === "SwitchCase" || node.type === "CatchClause") for (const part of partsOf(node)) hoistVars(part, scope);
  };
  const openBlock = (statements: readonly Node[], scope: Scope): void => {
    for (const one of statements) if (one.type === "VariableDeclaration" && one.kind !== "var") for (const { id } of one.declarations) declare(id, one.kind === "let" ? "let" : "const", scope);
  };
  const within = (node: Node, scope: Scope): Scope => new Scope(scope, node.end);

  const use = (id: Identifier, scope: Scope, isCallee: boolean): void => {
    const found = scope.find(id.name);
    if (isVariable(found)) {
      meanings.set(id, found);
      if (found.owner === owner) found.references.push(id);
      else owner?.uses.add(found);
    } else if (isGuestFunction(found)) {
      meanings.set(id, found);
      if (!isCallee) reject("function-value", id.start, `the function ${id.name} as a value`);
      else (owner ?? declarator)?.calls.push(found);
    } else if (id.name === "gate") {
      meanings.set(id, "gate");
      if (!isCallee) reject("gate-callee", id.start, "gate as a value");
      else if (owner !== undefined) owner.callsGate = true;
      else if (declarator !== undefined) declarator.callsGate = true;
    } else if (INTRINSIC_NAMES.has(id.name)) {
      meanings.set(id, "intrinsic");
      if (!isCallee) reject("intrinsic-form", id.start, `${id.name} as a value`);
    } else if (CONSTANTS.has(id.name)) meanings.set(id, "intrinsic");
    else if (id.name === "arguments") reject("this", id.start, "arguments");
    else reject("ambient-name", id.start, `"${id.name}" is not declared in the module`);
  };

  const visit = (node: Node, scope: Scope): void => {
    switch (node.type) {
      case "Identifier":
        return use(node, scope, false);
      case "VariableDeclaration":
        return visitDeclaration(node, scope, scope.end);
      case "BlockStatement": {
        const inner = within(node, scope);
        openBlock(node.body, inner);
        for (const one of node.body) visit(one, inner);
        return;
      }
      case "SwitchCase": {
        // No let or const here; what follows a var in one case is not what other cases run.
        const inner = within(node, scope);
        for (const part of partsOf(node)) visit(part, inner);
        return;
      }
      case "ForStatement": {
        const inner = within(node, scope);
        if (node.init?.type === "VariableDeclaration") {
          openBlock([node.init], inner);
          visitDeclaration(node.init, inner, scope.end);
        } else if (node.init) visit(node.init, inner);
        for (const part of [node.test, node.update]) if (part) visit(part, inner);
        return visitBody(node.body, inner);
      }
      case "ForOfStatement": {
        visit(node.right, scope);
        const inner = within(node, scope);
        if (node.left.type === "VariableDeclaration") {
          openBlock([node.left], inner);
          const { id } = node.left.declarations[0]!;
          const variable = id.type === "Identifier" ? inner.find(id.name) : undefined;
          if (isVariable(variable) && id.type === "Identifier") {
            meanings.set(id, variable);
            variable.reaches.push({ from: node.right.end, until: node.end });
          }
        } else visit(node.left, inner);
        return visitBody(node.body, inner);
      }
      case "CatchClause": {
        const inner = within(node, scope);
        if (node.param?.type === "Identifier") {
          const variable = declare(node.param, "catch", inner);
          if (variable !== undefined) {
            meanings.set(node.param, variable);
            variable.reaches.push({ from: node.param.start, until: node.end });
          }
        } else if (node.param) reject("pattern", node.param.start, "a pattern");
        return visit(node.body, inner);
      }
      case "IfStatement":
        visit(node.test, scope);
        visitBody(node.consequent, scope);
        if (node.alternate) visitBody(node.alternate, scope);
        return;
      case "WhileStatement":
        visit(node.test, scope);
        return visitBody(node.body, scope);
      case "DoWhileStatement":
        visitBody(node.body, scope);
        return visit(node.test, scope);
      case "MemberExpression":
        if (node.object.type === "Identifier" && meaningIsIntrinsic(node.object, scope)) {
          reject("intrinsic-form", node.start, `${node.object.name} in another form than a call of its functions`);
          return;
        }
        break;
      case "CallExpression":
        visitCallee(node.callee, scope);
        for (const one of node.arguments) visit(one, scope);
        return;
      case "NewExpression":
        if (node.callee.type === "Identifier") use(node.callee, scope, true);
        else visit(node.callee, scope);
        for (const one of node.arguments) visit(one, scope);
        return;
      default:
    }
    for (const part of partsOf(node)) visit(part, scope);
  };
  const meaningIsIntrinsic = (id: Identifier, scope: Scope): boolean => scope.find(id.name) === undefined && INTRINSIC_NAMES.has(id.name);
  const visitCallee = (callee: Node, scope: Scope): void => {
    if (callee.type === "Identifier") use(callee, scope, true);
    else if (callee.type === "MemberExpression" && callee.object.type === "Identifier" && meaningIsIntrinsic(callee.object, scope)) {
      meanings.set(callee.object, "intrinsic");
      if (callee.computed) reject("intrinsic-form", callee.start, "a computed member of an intrinsic");
    } else visit(callee, scope);
  };
  /** A body without braces: what it declares reaches nothing behind it. */
  const visitBody = (node: Node, scope: Scope): void => visit(node, node.type === "VariableDeclaration" ? within(node, scope) : scope);
  const visitDeclaration = (node: VariableDeclaration, scope: Scope, reachUntil: number): void => {
    for (const one of node.declarations) {
      if (one.init) visit(one.init, scope);
      const variable = one.id.type === "Identifier" ? scope.find(one.id.name) : undefined;
      if (!isVariable(variable) || one.id.type !== "Identifier") continue;
      meanings.set(one.id, variable);
      variable.reaches.push({ from: one.end, until: node.kind === "var" ? reachUntil : scope.end });
    }
  };

  const visitFunction = (node: FunctionDeclaration, made: GuestFunction): void => {
    owner = made;
    const scope = new Scope(globals, node.end);
    for (const parameter of node.params) {
      const variable = declare(parameter, "parameter", scope);
      if (variable !== undefined && parameter.type === "Identifier") {
        variable.reaches.push({ from: node.start, until: node.end });
        meanings.set(parameter, variable);
      }
    }
    for (const one of node.body.body) hoistVars(one, scope);
    openBlock(node.body.body, scope);
    for (const one of node.body.body) visit(one, scope);
    owner = undefined;
  };

  // First every name of the module, then what uses them.
  const top = readTopLevel(program, reject);
  for (const node of top.functions) {
    if (node.id.name === "gate" || INTRINSIC_NAMES.has(node.id.name) || CONSTANTS.has(node.id.name)) reject("name-taken", node.id.start, node.id.name);
    const made: GuestFunction = { name: node.id.name, node, parameters: [], locals: [], result: new Cell(), calls: [], uses: new Set(), callsGate: false };
    functions.push(made);
    globals.names.set(node.id.name, made);
    meanings.set(node.id, made);
  }
  for (const node of top.variables) for (const { id } of node.declarations) declare(id, node.kind === "const" ? "const" : node.kind === "let" ? "let" : "var", globals);
  for (const made of functions) visitFunction(made.node, made);
  for (const node of top.variables) {
    for (const one of node.declarations) {
      declarator = { node: one, calls: [], callsGate: false };
      declarators.push(declarator);
      visitDeclaration({ ...node, declarations: [one] }, globals, text.length);
    }
  }
  declarator = undefined;

  const handle = top.exported === undefined ? undefined : globals.find(top.exported);
  if (!isGuestFunction(handle)) {
    if (top.exported !== undefined) reject("handle", 0, `the export handle is no function`);
    return undefined;
  }
  if (handle.parameters.length > HANDLE_PARAMETERS) reject("handle", handle.node.start, `handle has ${handle.parameters.length} parameters`);
  return { text, program, functions, variables, declarators, handle, meanings };
}

interface TopLevel {
  functions: (FunctionDeclaration & { id: Identifier })[];
  variables: VariableDeclaration[];
  /** Local name of what is exported as handle. */
  exported: string | undefined;
}

function readTopLevel(program: Program, reject: Reject): TopLevel {
  const top: TopLevel = { functions: [], variables: [], exported: undefined };
  const take = (node: Node): void => {
    if (node.type === "FunctionDeclaration" && node.id) top.functions.push(node as TopLevel["functions"][number]);
    else if (node.type === "VariableDeclaration") top.variables.push(node);
    else if (node.type !== "EmptyStatement" && !(node.type === "ExpressionStatement" && node.directive !== undefined)) reject("top-level", node.start, `${node.type} at module level`);
  };
  for (const node of program.body) {
    if (node.type !== "ExportNamedDeclaration") {
      take(node);
      continue;
    }
    if (node.source) reject("import", node.start, "an export from elsewhere");
    else if (node.declaration?.type === "FunctionDeclaration" && node.declaration.id.name === "handle") {
      take(node.declaration);
      top.exported = "handle";
    } else if (node.declaration) reject("handle", node.start, "an export that is not the function handle");
    for (const one of node.specifiers) {
      const name = one.exported.type === "Identifier" ? one.exported.name : one.exported.value;
      if (name !== "handle" || one.local.type !== "Identifier") reject("handle", one.start, `the export ${name}`);
      else top.exported = one.local.name;
    }
  }
  if (top.exported === undefined) reject("handle", 0, "nothing is exported as handle");
  return top;
}
