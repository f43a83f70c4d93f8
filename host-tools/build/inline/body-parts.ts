// The statements of a function as they stand in its caller: what its returns become.
//
//   return f(x)     the returns stay
//   f(x);           at the end of the caller: they return nothing; elsewhere they end their path
//   v = f(x);       they assign, and end their path
//
// A return that ends its path has nothing behind it: `if (a) return b; c(); return d` → `if (a) v = b; else { c(); v = d; }`. Where a path can't be closed like
// that (both branches may go on), the body stands in `do { … break; … } while (0)`. There are no labels, so a return in a loop or switch has no such form.

import { isFunction } from "../dialect/tree.ts";
import { childrenOf, type Node } from "../dialect/unit.ts";
import type { Part } from "../overlay/edit-text.ts";

export type Exit =
  | { kind: "return" }
  | { kind: "leave" }
  | { kind: "drop" }
  /** `declared`: the target is fresh and undefined, so a path without a return leaves it so. */
  | { kind: "assign"; target: string; isDeclared: boolean };

export const part = ({ start, end }: Node): Part => ({ from: start, to: end });

/** A whole statement; its semicolon may be missing where a brace follows. */
export const statementParts = (node: Node): Part[] => [part(node), ";"];

/** Parts that do what the statements do; undefined when there is no form for them. */
export function bodyParts(statements: readonly Node[], exit: Exit): Part[] | undefined {
  if (exit.kind === "return" || exit.kind === "leave") return [...statements.flatMap((one) => [...replaceReturns(one, (node) => exitParts(node, exit)), ";"]), completion(statements) === "never" ? "" : "return;"];
  if (exit.kind === "assign" && !exit.isDeclared && completion(statements) !== "never") return undefined;
  const closed = closePaths(statements, exit);
  if (closed !== undefined) return closed;
  if (statements.some(returnsInLoop)) return undefined;
  return ["do{", ...statements.flatMap((one) => [...replaceReturns(one, (node) => ["{", ...exitParts(node, exit), "break;}"]), ";"]), "}while(0);"];
}

/** The value that a body gives behind all its statements, when its only return is the last of them. */
export function straightBody(statements: readonly Node[]): { before: readonly Node[]; value: Node | undefined } | undefined {
  const last = statements.at(-1);
  const before = last?.type === "ReturnStatement" ? statements.slice(0, -1) : statements;
  if (before.some(hasReturn)) return undefined;
  return { before, value: last?.type === "ReturnStatement" ? (last.argument ?? undefined) : undefined };
}

function exitParts(node: Extract<Node, { type: "ReturnStatement" }>, exit: Exit): Part[] {
  const value: Part[] | undefined = node.argument ? ["(", part(node.argument), ")"] : undefined;
  const alone: Part[] = value === undefined ? [] : [...value, ";"];
  switch (exit.kind) {
    case "return":
      return [part(node)];
    case "leave":
      return ["{", ...alone, "return;}"];
    case "drop":
      return alone;
    case "assign":
      return [`${exit.target}=`, ...(value ?? ["void 0"]), ";"];
  }
}

/** All paths end in a return without a statement behind it. */
function closePaths(statements: readonly Node[], exit: Exit): Part[] | undefined {
  const parts: Part[] = [];
  for (const [index, one] of statements.entries()) {
    const rest = statements.slice(index + 1);
    if (one.type === "ReturnStatement") return [...parts, ...exitParts(one, exit)];
    if (!hasReturn(one)) {
      parts.push(...statementParts(one));
      continue;
    }
    const ways = one.type === "IfStatement" ? closeIf(one, rest, exit) : one.type === "BlockStatement" && rest.length === 0 ? closePaths(one.body, exit) : undefined;
    return ways === undefined ? undefined : [...parts, "{", ...ways, "}"];
  }
  return parts;
}

function closeIf({ test, consequent, alternate }: Extract<Node, { type: "IfStatement" }>, rest: readonly Node[], exit: Exit): Part[] | undefined {
  const goesOn = (node: Node | null | undefined): boolean => completion(node ? [node] : []) !== "never";
  // What follows goes into the one way that goes on. A block there keeps its names to itself; one with returns would have to share them.
  const way = (node: Node | null | undefined): Part[] | undefined => {
    if (!node) return closePaths(rest, exit);
    if (rest.length === 0 || !goesOn(node)) return closePaths([node], exit);
    return closePaths([node, ...rest], exit);
  };
  if (rest.length > 0 && goesOn(consequent) && goesOn(alternate)) return undefined;
  const [yes, no] = [way(consequent), way(alternate)];
  if (yes === undefined || no === undefined) return undefined;
  return ["if(", part(test), "){", ...yes, "}", ...(no.length === 0 ? [] : (["else{", ...no, "}"] as Part[]))];
}

/** Whether the end of some statements is reached: never, or perhaps. */
function completion(statements: readonly Node[]): "never" | "perhaps" {
  return statements.some((one) => {
    switch (one.type) {
      case "ReturnStatement":
      case "ThrowStatement":
        return true;
      case "BlockStatement":
        return completion(one.body) === "never";
      case "IfStatement":
        return Boolean(one.alternate) && completion([one.consequent]) === "never" && completion([one.alternate as Node]) === "never";
      default:
        return false;
    }
  })
    ? "never"
    : "perhaps";
}

export function hasReturn(node: Node): boolean {
  return node.type === "ReturnStatement" || (!isFunction(node) && childrenOf(node).some(hasReturn));
}

/** A return where `break` would end something else, or run a finally. */
function returnsInLoop(node: Node): boolean {
  const isCloser = node.type === "TryStatement" || node.type === "SwitchStatement" || /^(For|While|DoWhile)/.test(node.type);
  return isCloser ? hasReturn(node) : childrenOf(node).some(returnsInLoop);
}

/** A statement with its returns replaced. */
function replaceReturns(statement: Node, replace: (node: Extract<Node, { type: "ReturnStatement" }>) => Part[]): Part[] {
  if (statement.type === "ReturnStatement") return replace(statement);
  if (!hasReturn(statement)) return [part(statement)];
  const parts: Part[] = [];
  let done = statement.start;
  for (const child of childrenOf(statement)) {
    parts.push({ from: done, to: child.start }, ...replaceReturns(child, replace));
    done = child.end;
  }
  return [...parts, { from: done, to: statement.end }];
}
