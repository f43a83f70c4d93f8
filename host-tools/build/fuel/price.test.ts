// Prices of stretches: the dearest path, and no node of the dialect without a price.
import { describe, expect, it } from "vitest";
import { ALL_RULES } from "../dialect/all-rules.ts";
import { checkDialect } from "../dialect/check.ts";
import { SNIPPETS, snippetProgram } from "./calibration.ts";
import { UNITS, NODE_UNITS } from "./costs.ts";
import { meter } from "./meter.ts";

/** Units of a function's body, without check and entry. */
const body = (text: string): number => meter(`function f(){${text}}`).sites[0]!.units - UNITS.check - UNITS.functionEntry;

const SET = NODE_UNITS["AssignmentExpression"]! + NODE_UNITS["Identifier"]! + NODE_UNITS["Literal"]!;
const TEST = NODE_UNITS["IfStatement"]! + NODE_UNITS["Identifier"]!;

describe("a stretch", () => {
  it("costs the sum of its statements", () => {
    expect(body("")).toBe(0);
    expect(body("a=1")).toBe(SET);
    expect(body("a=1;a=1;a=1")).toBe(3 * SET);
  });
  it("costs its dearer branch and the text of the other", () => {
    expect(body("if(a)b=1;else{}")).toBe(TEST + SET + 1);
    expect(body("if(a){b=1;b=1}else b=1")).toBe(TEST + NODE_UNITS["BlockStatement"]! + 2 * SET + 1);
    expect(body("a?b=1:c")).toBe(NODE_UNITS["ConditionalExpression"]! + NODE_UNITS["Identifier"]! + SET + 1);
  });
  it("counts early returns as ways of their own", () => {
    const leave = NODE_UNITS["ReturnStatement"]!;
    // Either return at once, or go on: never both.
    expect(body("if(a)return;b=1;b=1;b=1")).toBe(TEST + 1 + 3 * SET);
    expect(body("if(a)return b=1,b=1,b=1,b=1;b=1")).toBe(TEST + leave + NODE_UNITS["SequenceExpression"]! + 4 * SET);
    expect(body("b=1;b=1;if(a)return b=1,b=1,b=1,b=1;b=1")).toBe(2 * SET + TEST + leave + NODE_UNITS["SequenceExpression"]! + 4 * SET);
    expect(body("return;a=1;a=1")).toBe(leave);
  });
  it("leaves out what pays for itself", () => {
    const loop = NODE_UNITS["WhileStatement"]! + NODE_UNITS["Identifier"]!;
    expect(body("while(a){b=1;b=1;b=1;b=1}")).toBe(loop);
    expect(body("try{a=1}catch(e){b=1;b=1;b=1;b=1}finally{b=1;b=1}")).toBe(NODE_UNITS["TryStatement"]! + NODE_UNITS["BlockStatement"]! + SET);
    expect(meter("while(a)b=1").sites).toEqual([{ at: 0, kind: "turn", units: UNITS.check + UNITS.turn + NODE_UNITS["Identifier"]! + SET }]);
  });
  it("takes the dearest entry of a switch, falling through", () => {
    const through = body("switch(a){case 1:b=1;case 2:b=1;case 3:b=1}");
    const broken = body("switch(a){case 1:b=1;break;case 2:b=1;break;case 3:b=1}");
    expect(through - broken).toBeGreaterThanOrEqual(2 * SET - NODE_UNITS["BreakStatement"]! - 2);
  });
  it("costs more with more in it", () => {
    for (const { code } of SNIPPETS) expect(body(`${code};a=1`), code).toBeGreaterThanOrEqual(body(code));
  });
});

it("prices are whole numbers", () => {
  for (const [name, units] of [...Object.entries(UNITS), ...Object.entries(NODE_UNITS)]) expect(Number.isInteger(units) && units >= 0, name).toBe(true);
});

it("charges break no rule of the dialect", () => {
  const before = SNIPPETS.map((snippet) => checkDialect(`(${snippetProgram(snippet, 3)})`, { kind: "tile", rules: ALL_RULES }).map(({ ruleId }) => ruleId));
  const after = SNIPPETS.map((snippet) => checkDialect(`($=>${meter(`(${snippetProgram(snippet, 3)})`).code})`, { kind: "tile", rules: ALL_RULES }).map(({ ruleId }) => ruleId));
  expect(after).toEqual(before);
});
