// The console and packet drivers on the real interpreter. Opt-in: GENESIS_ESPRUINO names an Espruino binary (Linux build).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { spawnEspruino } from "../espruino-process.ts";
import type { ByteStream } from "./byte-stream.ts";
import { deviceFacts, diagnostics } from "./espruino-tools-adapter.ts";
import { EspruinoConsole } from "./espruino-console.ts";
import { EspruinoPackets } from "./espruino-packets.ts";
import { identify } from "./identify.ts";
import { fromByteString } from "./latin1.ts";
import { childStream } from "./socket-stream.ts";
import { seededRandom } from "./testing/lossy-line.ts";
import { sleep } from "./wait-for.ts";

const binary = process.env["GENESIS_ESPRUINO"];
const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const f of cleanUp.splice(0)) f();
});

async function start(): Promise<ByteStream> {
  const dir = mkdtempSync(join(tmpdir(), "link-espruino-"));
  const stream = childStream(spawnEspruino(binary as string, dir), "espruino");
  cleanUp.push(() => {
    void stream.close();
    rmSync(dir, { recursive: true, force: true });
  });
  await sleep(300);
  return stream;
}

describe.skipIf(!binary)("real Espruino", () => {
  test("is identified without being interrupted", async () => {
    const stream = await start();
    expect(await identify(stream, { interrupt: false, smp: false })).toMatchObject({ kind: "espruino", board: "LINUX" });
  });
  test("half a line, a hung loop and the debugger are got out of", async () => {
    for (const trouble of ["var half = (1 +", "while(1);\n", "function f(){debugger}f()\n"]) {
      const stream = await start();
      await stream.write(fromByteString(trouble));
      await sleep(200);
      const console = await EspruinoConsole.open(stream, { answerMs: 300 });
      expect(await console.evalLine("6*7")).toBe(42);
    }
  });
  test("evaluates, by line and by packet, while a program prints", async () => {
    const console = await EspruinoConsole.open(await start());
    await console.send('\x10setInterval(function(){print("noise \\x10 noise")},7)\n');
    const packets = new EspruinoPackets(console);
    for (let i = 0; i < 10; i++) {
      expect(await console.evalLine(`[${i},"a\\x01\\"b"]`)).toEqual([i, 'a\x01"b']);
      expect(await packets.eval(`({n:${i},s:"tab\\t\\x7f"})`)).toEqual({ n: i, s: "tab\t\x7f" });
    }
    expect(await packets.eval("undefined")).toBeNull();
    await expect(packets.eval("nothing.here")).rejects.toMatchObject({ code: "EVAL_FAILED", message: expect.stringContaining("nothing") as string });
    await expect(console.evalLine("nothing.here")).rejects.toMatchObject({ code: "EVAL_FAILED" });
  });
  test("@espruino-tools/core reads over our console, and its errors are ours", async () => {
    const console = await EspruinoConsole.open(await start());
    const device = diagnostics(console);
    await console.evalLine("global.mark=4711");
    expect(await device.boardType()).toBe("LINUX");
    expect(await deviceFacts(console)).toMatch(/^LINUX, \d+ of \d+ variables free, \d+ kB of Storage free/);
    expect(await device.dump()).toContain("mark = 4711");
    expect(await device.pinInfo("D1")).toBeTypeOf("object");
    await expect(device.pinInfo("D1;x")).rejects.toThrow(TypeError);
    await expect(device.pinInfo("NOPIN")).rejects.toMatchObject({ code: "EVAL_FAILED" });
  });
  test("writes, verifies, resumes and reads back a file of all bytes", async () => {
    const console = await EspruinoConsole.open(await start());
    const packets = new EspruinoPackets(console);
    const random = seededRandom(4);
    const data = Uint8Array.from({ length: 9000 }, (_, i) => (i < 512 ? i & 255 : random() & 255));
    const stop = new AbortController();
    await expect(packets.writeFile("all.bin", data, { signal: stop.signal, onProgress: (p) => p.sentBytes > 4000 && stop.abort() })).rejects.toMatchObject({ code: "INTERRUPTED" });
    const result = await packets.writeFile("all.bin", data);
    expect(result.resumedAtBytes).toBeGreaterThan(3900);
    expect(await packets.readFile("all.bin")).toEqual(data);
    expect(await packets.receiveFile("all.bin")).toEqual(data);
    expect((await packets.writeFile("all.bin", data)).alreadyThere).toBe(true);
    const other = data.map((b) => b ^ 1);
    await packets.writeFile("all.bin", other);
    expect(await packets.readFile("all.bin")).toEqual(other);
    expect(await packets.listFiles()).toContain("all.bin");
    await packets.eraseFile("all.bin");
    expect(await packets.fileCrc("all.bin")).toBeUndefined();
  });
});
