// What our boards say of their SHA-256 is what Espruino's sources say.
import { expect, test } from "vitest";
import { loadBoards } from "../../boards.ts";
import { repositoryRoot } from "../../qemu/runtime-build.ts";
import { WITH_SHA256, WITHOUT_SHA256 } from "./sha256-boards.ts";

test("each Espruino board is in one of the lists, and says the same", async () => {
  const boards = (await loadBoards(repositoryRoot())).filter(({ engine }) => engine === "espruino");
  expect(boards.length).toBeGreaterThan(5);
  for (const { id, source, nativeSha256 } of boards) {
    const name = /boards\/(\w+)\.py/.exec(source)?.[1] ?? "";
    expect([WITH_SHA256.includes(name), WITHOUT_SHA256.includes(name)], id).toEqual([nativeSha256, !nativeSha256]);
  }
  expect(new Set([...WITH_SHA256, ...WITHOUT_SHA256]).size).toBe(WITH_SHA256.length + WITHOUT_SHA256.length);
});
