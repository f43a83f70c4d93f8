// Several members on one port: in one process, in several, with owners that end, are killed, or hold the line alone.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ByteStream } from "./byte-stream.ts";
import { streamPair } from "./byte-stream.ts";
import { fromByteString, toByteString } from "./latin1.ts";
import { ReconnectingStream } from "./reconnecting-stream.ts";
import { openShared } from "./shared-port.ts";
import { SmpClient } from "./smp-client.ts";
import { echo } from "./smp-os.ts";
import { shell } from "./smp-shell-stat.ts";
import { DuplexStream } from "./socket-stream.ts";
import { FakeTile } from "./testing/fake-tile.ts";
import { LossyStream } from "./testing/lossy-line.ts";
import { useVirtualTime } from "./testing/virtual-time.ts";
import { sleep } from "./wait-for.ts";

let dir: string;
let server: Server;
let tile: FakeTile | undefined;
let portOpens = 0;
const children: ChildProcess[] = [];

/** The port: a socket behind which one fake tile sits; it serves one connection at a time, as a serial port would. */
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "shared-"));
  portOpens = 0;
  server = createServer((socket) => {
    portOpens++;
    socket.on("error", () => {});
    const before = tile;
    tile = new FakeTile(new DuplexStream("tile", socket, socket, () => socket.destroy()));
    if (before) tile.carriedOut.push(...before.carriedOut);
  });
  await new Promise<void>((resolve) => server.listen(join(dir, "port.sock"), resolve));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  tile = undefined;
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

const port = (): string => `unix:${join(dir, "port.sock")}`;
const options = (more: object = {}): { dir: string } => ({ dir, ...more });

describe("in one process", () => {
  test("two members, same numbers, each gets its own answers; the port is opened once", async () => {
    const a = new SmpClient(await openShared(port(), options()), { firstSequence: 5, minWaitMs: 50 });
    const b = new SmpClient(await openShared(port(), options()), { firstSequence: 5, minWaitMs: 50 });
    const both = await Promise.all(Array.from({ length: 300 }, (_, i) => echo(i % 2 ? a : b, `${i % 2 ? "a" : "b"}${i}`)));
    both.forEach((reply, i) => expect(reply).toBe(`${i % 2 ? "a" : "b"}${i}`));
    expect(portOpens).toBe(1);
    // On a busy machine an answer may be late, and its request sent twice.
    expect(a.stats.stray + b.stats.stray).toBeLessThanOrEqual(a.stats.repeated + b.stats.repeated);
    await b.stream.close();
    await a.stream.close();
  });
  test("console text goes to all, what a member types goes to the tile", async () => {
    const a = await openShared(port(), options());
    const b = await openShared(port(), options());
    const seen = ["", ""];
    [a, b].forEach((s, i) => s.onData((bytes) => (seen[i] += toByteString(bytes))));
    await expect.poll(() => tile).toBeDefined();
    let typed = "";
    tile?.stream.onData((bytes) => (typed += toByteString(bytes)));
    tile?.print("hello\n");
    await b.write(fromByteString("typed\n"));
    await expect.poll(() => [...seen, typed]).toEqual(["hello\n", "hello\n", "typed\n"]);
    await b.close();
    await a.close();
  });
  test("a member's repeat keeps its number, so the tile carries it out once, on a bad line too", async () => {
    const [mine, theirs] = streamPair();
    const bad = new LossyStream(mine, { seed: 8, loseOneIn: 200 });
    const far = new FakeTile(theirs);
    const stream = await openShared("bad-line", { dir, open: () => Promise.resolve(bad) });
    const client = new SmpClient(stream, { repeatWrites: true, minWaitMs: 15, firstWaitMs: 30 });
    for (let i = 0; i < 30; i++) await shell(client, ["n", String(i)]);
    expect(far.carriedOut.filter((c) => c === "9/0").length).toBe(30);
    expect(client.stats.repeated).toBeGreaterThan(3);
    await stream.close();
  });
  test("one member may hold the line alone: bytes pass untouched, others wait, a second one is told", async () => {
    const a = await openShared(port(), options());
    const client = new SmpClient(a, { minWaitMs: 30, firstWaitMs: 50 });
    expect(await echo(client, "before")).toBe("before");
    const raw = await openShared(port(), options({ raw: true, command: "genesis flash" }));
    await expect(openShared(port(), options({ raw: true }))).rejects.toMatchObject({ code: "PORT_BUSY", exitCode: 4 });
    let got = "";
    tile?.stream.onData((bytes) => (got += toByteString(bytes)));
    const binary = "\x10\x01\x80\x05\x06\x09\x04\x14\x03";
    await raw.write(fromByteString(binary));
    let answered = false;
    const waiting = echo(client, "after").then((reply) => {
      answered = true;
      return reply;
    });
    await expect.poll(() => got).toBe(binary);
    await sleep(150); // several times as long as the client waits before it asks again
    expect(got).toBe(binary);
    expect(answered).toBe(false);
    await raw.close();
    expect(await waiting).toBe("after");
    await a.close();
  });
});

describe("in several processes", () => {
  /** A process that opens the shared port and echoes numbered texts until killed or told to end on stdin. */
  async function member(name: string): Promise<{ child: ChildProcess; lines: string[]; until: (pattern: RegExp, from?: number) => Promise<number> }> {
    const bundle = await build({
      stdin: {
        contents: `
          import { openShared } from "./shared-port.ts";
          import { ReconnectingStream } from "./reconnecting-stream.ts";
          import { SmpClient } from "./smp-client.ts";
          import { echo } from "./smp-os.ts";
          const [name, port, dir] = process.argv.slice(2);
          const stream = await ReconnectingStream.open(() => openShared(port, { dir, command: name }), { retryMs: 30, onState: (s) => console.log("state " + s) });
          const client = new SmpClient(stream, { minWaitMs: 50, firstWaitMs: 100 });
          process.stdin.on("data", async () => { await stream.close(); process.exit(0); });
          for (let i = 0; ; i++) {
            const text = name + i;
            const reply = await echo(client, text);
            console.log(reply === text ? "ok " + i : "WRONG " + reply + " for " + text);
            await new Promise((r) => setTimeout(r, 5));
          }`,
        resolveDir: import.meta.dirname,
        loader: "ts",
      },
      bundle: true, write: false, platform: "node", format: "esm", external: ["serialport"],
    });
    // Beside the packages, so that serialport is found.
    const target = join(import.meta.dirname, "..", "..", "node_modules", `.member-${process.pid}.mjs`);
    writeFileSync(target, bundle.outputFiles[0]?.text ?? "");
    const child = spawn(process.execPath, [target, name, port(), dir], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    child.once("exit", () => rmSync(target, { force: true }));
    const lines: string[] = [];
    let rest = "";
    child.stdout.on("data", (bytes: Buffer) => {
      rest += bytes.toString();
      const parts = rest.split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
    });
    /** Waits for a line, of those from number `from` on (those that come from now on unless given). Returns the number of the next. */
    const until = async (pattern: RegExp, from = lines.length): Promise<number> => {
      const end = performance.now() + 30_000;
      for (;;) {
        const at = lines.findIndex((line, i) => i >= from && pattern.test(line));
        if (at >= 0) return at + 1;
        if (performance.now() > end) throw new Error(`${name}: no ${String(pattern)} in\n${lines.slice(-10).join("\n")}`);
        await sleep(20);
      }
    };
    return { child, lines, until };
  }

  test("three share; when the owner ends cleanly, and when the next is killed, the others go on", async () => {
    const a = await member("a");
    await a.until(/^ok/);
    const b = await member("b");
    await b.until(/^ok/);
    const c = await member("c");
    await c.until(/^ok/);
    expect(portOpens).toBe(1);
    const before = [b, c].map(({ lines }) => lines.length);
    a.child.stdin?.write("end\n");
    await new Promise((resolve) => a.child.once("exit", resolve));
    // Answers that the owner still passed on come before it is missed.
    for (const [i, member] of [b, c].entries()) await member.until(/^ok/, await member.until(/^state open/, await member.until(/^state waiting/, before[i])));
    expect(portOpens).toBe(2);
    // Whichever of the two owns the port now: kill one, then the other must go on.
    b.child.kill("SIGKILL");
    await new Promise((resolve) => b.child.once("exit", resolve));
    await c.until(/^ok/);
    await c.until(/^ok/);
    for (const m of [a, b, c]) expect(m.lines.filter((l) => l.startsWith("WRONG"))).toEqual([]);
  });
});

describe("reconnecting", () => {
  useVirtualTime();
  test("waits for the carrier, says so, goes on, and gives up in the end", async () => {
    let end: ByteStream | undefined;
    let plugged = true;
    const states: string[] = [];
    const stream = await ReconnectingStream.open(
      () => {
        if (!plugged) return Promise.reject(new Error("no such port"));
        const [host, board] = streamPair();
        end = board;
        new FakeTile(board);
        return Promise.resolve(host);
      },
      { retryMs: 10, giveUpMs: 300, onState: (s) => states.push(s) },
    );
    const client = new SmpClient(stream, { minWaitMs: 20, firstWaitMs: 20 });
    expect(await echo(client, "1")).toBe("1");
    plugged = false;
    await end?.close();
    const during = echo(client, "2");
    await sleep(80);
    plugged = true;
    expect(await during).toBe("2");
    expect(states).toEqual(["waiting", "open"]);
    plugged = false;
    await end?.close();
    await expect(echo(client, "3", { timeoutMs: 5000 })).rejects.toMatchObject({ code: "PORT_LOST", exitCode: 5 });
    expect(states.at(-1)).toBe("closed");
  });
});
