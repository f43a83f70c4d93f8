// Chains of calls: by name, through methods, constructors and circles.

import { expect, it } from "vitest";
import { callDepth } from "./call-depth.ts";
import { STACK_BYTES } from "./dialect/rules/limits.ts";

const depth = (body: string) => callDepth(`(()=>{${body}return 1})()`);

it("follows calls by name and adds up their stack", () => {
  const found = depth("function a(){return 1}function b(){return a()}function c(x){if(x)return b()}");
  expect(found.calls).toBe(2);
  expect(found.stackBytes).toBe(3 * STACK_BYTES.call + STACK_BYTES.statement);
  expect(found.path).toHaveLength(3);
});
it("follows a method that one thing has, and stops where several do", () => {
  expect(depth("function a(){return 1}const o={go(){return a()}};function c(){return o.go()}").calls).toBe(2);
  expect(depth("function a(){return 1}const o={go(){return a()}},p={go(){return 1}};function c(){return o.go()}").calls).toBe(1);
  expect(depth("function a(){return 1}class K{go(){return a()}}function c(k){return k.go()}").calls).toBe(2);
  expect(depth("function a(){return 1}const o={};o.go=()=>a();function c(){return o.go()}").calls).toBe(2);
});
it("follows constructors, and stops at parameters and built-in names", () => {
  expect(depth("function a(){return 1}class K{constructor(){this.x=a()}}function c(){return new K()}").calls).toBe(2);
  expect(depth("function c(f){return f()}").calls).toBe(0);
  expect(depth("function a(){return 1}const o={push(){return a()}};function c(k){return k.push(1)}").calls).toBe(1);
});
it("enters a circle once and names it", () => {
  const found = depth("function a(n){return n?b(n-1):0}function b(n){return a(n)}");
  expect(found.calls).toBe(1);
  expect(found.circles).toHaveLength(1);
});
