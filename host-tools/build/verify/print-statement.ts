// Prints statements. Bodies are bare only where they are one simple statement, so no else can find another if.

import { isVariable, type Node } from "./guest.ts";
import { HELPERS } from "./names.ts";
import type { Printer } from "./print.ts";
import { printExpression, Strength } from "./print-expression.ts";

const SIMPLE = new Set(["ExpressionStatement", "ReturnStatement", "BreakStatement", "ContinueStatement", "ThrowStatement"]);

export function printBlock(to: Printer, nodes: readonly Node[]): void {
  for (const node of nodes) printStatement(to, node);
}

function printStatement(to: Printer, node: Node): void {
  const { out } = to;
  out.mark(node.start);
  switch (node.type) {
    case "EmptyStatement":
      return;
    case "ExpressionStatement":
      // A directive says nothing here.
      if (node.directive !== undefined) return;
      out.beginStatement();
      printExpression(to, node.expression, Strength.sequence);
      return out.endStatement();
    case "VariableDeclaration":
      return printDeclaration(to, node, ";");
    case "BlockStatement":
      return printBlock(to, node.body);
    case "ReturnStatement":
      out.put("return");
      if (node.argument) printExpression(to, node.argument);
      return out.put(";");
    case "ThrowStatement":
      out.put("throw");
      printExpression(to, node.argument);
      return out.put(";");
    case "BreakStatement":
      return out.put("break;");
    case "ContinueStatement":
      return out.put("continue;");
    case "IfStatement":
      out.put("if(");
      printExpression(to, node.test);
      out.put(")");
      printBody(to, node.consequent);
      if (!node.alternate) return;
      out.put("else");
      if (node.alternate.type === "IfStatement") return printStatement(to, node.alternate);
      return printBody(to, node.alternate);
    case "SwitchStatement":
      return printSwitch(to, node);
    case "TryStatement":
      return printTry(to, node);
    default:
      to.loops++;
      printLoop(to, node);
      to.loops--;
  }
}

function printBody(to: Printer, node: Node): void {
  const { out } = to;
  const only = node.type === "BlockStatement" && node.body.length === 1 ? node.body[0]! : node;
  if (SIMPLE.has(only.type) && !(only.type === "ExpressionStatement" && only.directive !== undefined)) return printStatement(to, only);
  out.put("{");
  printStatement(to, node);
  out.put("}");
}

/** Declared at the head of the function: here only its value is given. A let without one starts each turn of a loop unset. */
function printDeclaration(to: Printer, node: Extract<Node, { type: "VariableDeclaration" }>, end: string): void {
  const { out, module, names } = to;
  let count = 0;
  for (const one of node.declarations) {
    const variable = one.id.type === "Identifier" ? module.meanings.get(one.id) : undefined;
    if (!isVariable(variable) || (!one.init && (node.kind === "var" || to.loops === 0))) continue;
    if (count++ > 0) out.put(",");
    out.mark(one.start);
    out.put(`${names.of(variable)}=`);
    if (one.init) printExpression(to, one.init);
    else out.put("void 0");
  }
  if (count > 0) out.put(end);
}

function printLoop(to: Printer, node: Node): void {
  const { out } = to;
  switch (node.type) {
    case "WhileStatement":
      out.put("while(");
      printExpression(to, node.test);
      out.put(")");
      return printBody(to, node.body);
    case "DoWhileStatement":
      out.put("do{");
      printStatement(to, node.body);
      out.put("}while(");
      printExpression(to, node.test);
      return out.put(");");
    case "ForStatement":
      out.put("for(");
      if (node.init?.type === "VariableDeclaration") printDeclaration(to, node.init, "");
      else if (node.init) printExpression(to, node.init, Strength.sequence);
      out.put(";");
      if (node.test) printExpression(to, node.test);
      out.put(";");
      if (node.update) printExpression(to, node.update, Strength.sequence);
      out.put(")");
      return printBody(to, node.body);
    case "ForOfStatement": {
      const id = node.left.type === "VariableDeclaration" ? node.left.declarations[0]!.id : node.left;
      out.put("for(");
      printExpression(to, id as Node);
      out.put(" of ");
      printExpression(to, node.right);
      out.put(")");
      return printBody(to, node.body);
    }
    default:
      throw new Error(`${node.type} has no printed form`);
  }
}

function printSwitch(to: Printer, node: Extract<Node, { type: "SwitchStatement" }>): void {
  const { out } = to;
  out.put("switch(");
  printExpression(to, node.discriminant);
  out.put("){");
  for (const one of node.cases) {
    if (one.test) {
      out.put("case");
      printExpression(to, one.test);
      out.put(":");
    } else out.put("default:");
    printBlock(to, one.consequent);
  }
  out.put("}");
}

/** What is caught becomes text: nothing of the engine, and the same on each. */
function printTry(to: Printer, node: Extract<Node, { type: "TryStatement" }>): void {
  const { out, module, names } = to;
  out.put("try{");
  printStatement(to, node.block);
  out.put("}");
  if (node.handler) {
    const { param } = node.handler;
    const variable = param?.type === "Identifier" ? module.meanings.get(param) : undefined;
    if (isVariable(variable)) {
      const name = names.of(variable);
      to.helpers.add("caught");
      out.put(`catch(${name}){${name}=${HELPERS.caught}(${name});`);
    } else out.put("catch{");
    printStatement(to, node.handler.body);
    out.put("}");
  }
  if (!node.finalizer) return;
  out.put("finally{");
  printStatement(to, node.finalizer);
  out.put("}");
}
