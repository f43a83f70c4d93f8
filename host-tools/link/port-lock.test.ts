// One holder at a time, also when the last one died.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { holder, tryLock } from "./port-lock.ts";
import { portKey, stateDir } from "./state-dir.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("held once, free after it is given back", () => {
  const path = join(dir, "a.lock");
  const free = tryLock(path);
  expect(holder(path)).toBe(process.pid);
  expect(tryLock(path)).toBeUndefined();
  free?.();
  expect(holder(path)).toBeUndefined();
  expect(tryLock(path)).toBeTypeOf("function");
});
test("a dead process's lock is taken over, and nothing is left lying about", () => {
  const path = join(dir, "a.lock");
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  writeFileSync(path, `${dead}\n`);
  expect(tryLock(path)).toBeTypeOf("function");
  expect(readdirSync(dir)).toEqual(["a.lock"]);
});
test("a living process's lock is respected", () => {
  const path = join(dir, "a.lock");
  writeFileSync(path, `${process.ppid}\n`);
  expect(tryLock(path)).toBeUndefined();
  expect(holder(path)).toBe(process.ppid);
});
test("one key for every path to a port, in a private folder", () => {
  expect(portKey(join(dir, "..", dir.split("/").pop() as string))).toBe(portKey(dir));
  expect(portKey("tcp:host:1")).not.toBe(portKey("tcp:host:2"));
  const state = stateDir({ GENESIS_STATE_DIR: join(dir, "s", "t") });
  expect(readdirSync(join(dir, "s"))).toEqual(["t"]);
  expect(state).toBe(join(dir, "s", "t"));
});
