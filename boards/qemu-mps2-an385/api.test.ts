// Every name of api.ts exists on the running board.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestBoard, type TestBoard } from "../../host-tools/qemu/test-board.ts";
import * as api from "./api.ts";
import { missingPrograms } from "../../host-tools/qemu/toolchain.ts";

let board: TestBoard;
beforeAll(async () => {
  board = await startTestBoard();
}, 300_000);
afterAll(async () => board?.stop());

const entries = Object.values(api).flat();

it.skipIf(missingPrograms().length > 0).each(entries.map((entry) => entry.name))("%s", async (name) => {
  expect(await board.evaluate(`typeof ${name}`)).not.toBe('"undefined"');
});

it("lists each name once, with a description", () => {
  expect(new Set(entries.map((entry) => entry.name)).size).toBe(entries.length);
  for (const { name, description } of entries) expect(description, name).toMatch(/^\S.{10,}\.$/);
});
