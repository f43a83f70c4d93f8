// A real mcumgr client against our server side of the wire. Opt-in: GENESIS_MCUMGR names an `mcumgr` binary (the Go command-line tool).
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { FakeTile } from "./testing/fake-tile.ts";
import { hasPty, openPty } from "./testing/pty.ts";
import type { Pty } from "./testing/pty.ts";

const binary = process.env["GENESIS_MCUMGR"];
let pty: Pty | undefined;
afterEach(async () => {
  await pty?.far.close();
  pty = undefined;
});

/** Runs mcumgr on a pseudo-terminal with a tile behind it and gives what it printed. */
async function mcumgr(...args: string[]): Promise<{ printed: string; tile: FakeTile }> {
  pty = await openPty();
  const tile = new FakeTile(pty.far, { bufBytes: 1024 });
  const { stdout } = await promisify(execFile)(binary as string, ["--conntype", "serial", "--connstring", `dev=${pty.path},baud=115200,mtu=512`, ...args], { timeout: 20_000 });
  return { printed: stdout, tile };
}

describe.skipIf(!binary || !hasPty)("mcumgr", () => {
  test("echo", async () => expect((await mcumgr("echo", "hello")).printed).toContain("hello"));
  test("image list", async () => expect((await mcumgr("image", "list")).printed).toContain("version: 1.0.0"));
  test("reset, once", async () => expect((await mcumgr("reset")).tile.bootCount).toBe(2));
});
