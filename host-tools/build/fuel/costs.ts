// What code costs, in fuel: a fixed integer for each kind of syntax node, so that every engine and every host charges the same for the same text.
//
// One unit is about 2,000 instructions of Espruino 2v29 on x86-64: near one token of an expression (a number 0.9, a variable 1.5, `x=x+1` 5).
// On a Cortex-M4 at 62.5 million instructions a second that is about 10 µs, on a real nRF52 about 30 µs.
//
// Each row was measured on Espruino (instructions of a loop around the snippet, the empty loop subtracted; the figure is in the comment, in
// thousands) and rounded to whole units. Where XS's own meter counts more than twice the units, the price was raised until it does not, so that a
// budget bounds the work on both engines. calibration.ts holds the snippets, README.md the table.
// A price is a model, not a promise: what an engine's built-in does with a long string or array costs one call here, whatever its length.

/** Largest count that an unmetered stretch starts from: a 31-bit integer on every engine. */
export const UNMETERED_UNITS = 1_000_000_000;

export const UNITS = {
  /** The check itself, `($-=n)<0&&$()`: 13.1. */
  check: 6,
  /** Making a scope, going into the body and back. 38.2 for a metered `f()` as a whole; 52 when a built-in calls it (31 units on XS). */
  functionEntry: 6,
  /** Binding one parameter: 3.9. */
  parameter: 2,
  /** Going round a loop, besides its test, update and body: 1.7 (`for`), 2 (`while`). */
  turn: 1,
  /** Next value of for-in and for-of: 5.2, 4.5; XS's iterators take 28 units. */
  nextValue: 13,
  catchEntry: 3,
  finallyEntry: 1,
  /** `f(…)`: 5.3; of `o.m(…)`: 5.8 for the bundle's own methods, 18.8 for the engine's. */
  call: 3,
  methodCall: 6,
  argument: 1,
  /** `new K`: 42, of which the constructor's own body is charged by itself; `new Uint8Array(8)`: 17. */
  construct: 14,
  /** 2.2; 16 units on XS. */
  arrayElement: 8,
  /** One `key: value` of a literal: 5.1. */
  property: 3,
  /** A string literal is read character by character: 52 characters 19.5, 9 characters 5.7. */
  stringCharacters: 6,
  /** Text that is skipped (the branch not taken, the body of a function that is made) costs a unit for so many characters: 10 statements 6.5. */
  skippedCharacters: 12,
} as const;

/**
 * Units of a node itself, without its children. What is not in this table has no price, and code that contains it is refused: regular
 * expressions (no bound), spread, generators, async code, patterns, labels, `with`, class fields.
 */
export const NODE_UNITS: Readonly<Record<string, number>> = {
  // Expressions.
  Literal: 1, // 1.8
  Identifier: 2, // 3.0 here, 3.8 in an outer function with twenty names
  ThisExpression: 1, // 1.5
  Super: 1,
  ArrayExpression: 1, // 2.0
  ObjectExpression: 1, // 2.7
  Property: 0, // UNITS.property
  SequenceExpression: 1, // 4.3 with two numbers
  UnaryExpression: 1, // 2.1 (!), 3.1 (typeof), 2.1 (delete)
  UpdateExpression: 2, // 4.3
  BinaryExpression: 1, // 1.5; 1.9 more in brackets
  LogicalExpression: 1, // 1.2
  AssignmentExpression: 1, // 1.5 (=), 4.8 (+=)
  ConditionalExpression: 1, // 1.9
  MemberExpression: 1, // 0.5 (.name), 1.2 ([i])
  CallExpression: 0, // UNITS.call and the like
  NewExpression: 0,
  TemplateLiteral: 3, // 14.2 with one value
  TemplateElement: 1,
  FunctionExpression: 7, // 4.8 and its text; 14 units on XS
  ArrowFunctionExpression: 7, // 17.0
  ClassExpression: 3, // 25.9 with one method
  ClassBody: 1,
  MethodDefinition: 5,
  // Statements.
  ExpressionStatement: 0,
  EmptyStatement: 0, // 0.7
  BlockStatement: 1, // 1.2
  VariableDeclaration: 0,
  VariableDeclarator: 4, // 8.9 (let), 9.4 (var, first time)
  FunctionDeclaration: 7, // 10.4; 14 units on XS
  ClassDeclaration: 5,
  IfStatement: 1, // 2.0
  SwitchStatement: 2, // 3.6
  SwitchCase: 2, // 6.1 without its test
  ReturnStatement: 3, // 7.2
  BreakStatement: 1,
  ContinueStatement: 1,
  ThrowStatement: 4, // 18.1 with its catch
  TryStatement: 15, // 3.9; 30 units on XS
  ForStatement: 2,
  ForInStatement: 3,
  ForOfStatement: 3,
  WhileStatement: 2,
  DoWhileStatement: 2,
  CatchClause: 0,
};
