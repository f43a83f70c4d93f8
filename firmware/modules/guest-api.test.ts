// The contract's numbers beside the kernel's, its labels beside each other, its bytes there and back.
import fc from "fast-check";
import { expect, test } from "vitest";
import * as kernel from "../../kernel/gate.ts";
import * as guest from "./guest-api.ts";
import { Address, GuestLimit, int32At, int32Bytes } from "./guest-api.ts";

/** Members of an enum by name; tests are compiled file by file, where a const enum is an object. */
function members(module: unknown, name: string): Record<string, number> {
  const all = Object.entries((module as Record<string, object>)[name]!);
  return Object.fromEntries(all.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}

test("operations, events and results are the kernel's", () => {
  for (const name of ["Op", "Event", "Status"]) {
    expect(Object.keys(members(guest, name)).length).toBeGreaterThan(3);
    expect(members(kernel, name)).toMatchObject(members(guest, name));
  }
});

test("each label belongs to one service, above those of the link", () => {
  const labels = Object.keys(guest).filter((name) => name.endsWith("Label")).flatMap((name) => Object.values(members(guest, name)));
  expect(labels).toHaveLength(10);
  expect(new Set(labels).size).toBe(labels.length);
  expect(Math.min(...labels)).toBeGreaterThan(511);
});

test("a bit for each need fits into a notification's word, and addresses into the smallest CNode that holds them", () => {
  expect(Address.FirstNeed + GuestLimit.Needs).toBeLessThan(16);
});

test("int32 there and back", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 8 }), (numbers) => {
    const data = numbers.map(int32Bytes).join("");
    expect(data).toHaveLength(numbers.length * 4);
    expect(numbers.map((_, index) => int32At(data, index))).toEqual(numbers);
    expect(int32At(data, numbers.length)).toBe(0);
  }));
  expect(int32Bytes(-2)).toBe("\xff\xff\xff\xfe");
});
