// What is at the other end: every verdict and its error; packets over a line that loses bytes.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { streamPair } from "./byte-stream.ts";
import type { ByteStream } from "./byte-stream.ts";
import { candidates, probe } from "./discover.ts";
import { EspruinoConsole, isAtLeast } from "./espruino-console.ts";
import { EspruinoPackets, packet } from "./espruino-packets.ts";
import { boardOpener } from "./find-port.ts";
import { identify } from "./identify.ts";
import { readStringLiteral } from "./js-literal.ts";
import { fromByteString, toByteString } from "./latin1.ts";
import { LINK_EXIT_CODES, LinkError } from "./link-errors.ts";
import { openStream } from "./open-stream.ts";
import { explainOpen, openSerial } from "./serial-stream.ts";
import { SmpClient } from "./smp-client.ts";
import { echo } from "./smp-os.ts";
import { childStream } from "./socket-stream.ts";
import { FakeEspruino } from "./testing/fake-espruino.ts";
import type { FakeEspruinoOptions } from "./testing/fake-espruino.ts";
import { FakeTile } from "./testing/fake-tile.ts";
import { LossyStream, seededRandom } from "./testing/lossy-line.ts";
import { hasPty, openPty } from "./testing/pty.ts";
import { useVirtualTime } from "./testing/virtual-time.ts";
import { collect } from "./wait-for.ts";

const quick = { answerMs: 40 };

function espruino(options: FakeEspruinoOptions = {}): { stream: ByteStream; device: FakeEspruino } {
  const [stream, far] = streamPair("port");
  return { stream, device: new FakeEspruino(far, options) };
}

describe("identify", () => {
  useVirtualTime();
  test("a console, with and without an answer to ENQ", async () => {
    expect(await identify(espruino().stream, quick)).toEqual({ kind: "espruino", version: "2v29", board: "FAKE" });
    expect(await identify(espruino({ enq: false }).stream, quick)).toEqual({ kind: "espruino", version: "2v29", board: "FAKE" });
  });
  test("a console in its debugger is led out; one that stays there is named", async () => {
    expect(await identify(espruino({ debug: true }).stream, quick)).toMatchObject({ kind: "espruino" });
    expect(await identify(espruino({ debug: "forever" }).stream, quick)).toEqual({ kind: "debug" });
  });
  test("a kernel, whatever is asked first", async () => {
    for (const expected of ["kernel", "console"] as const) {
      const [stream, far] = streamPair();
      new FakeTile(far);
      expect(await identify(stream, { ...quick, expect: expected })).toEqual({ kind: "kernel" });
    }
  });
  test("something that echoes is not a kernel; something that talks is quoted; silence is silence", async () => {
    const [echoing, far] = streamPair();
    far.onData((bytes) => void far.write(bytes));
    expect(await identify(echoing, quick)).toMatchObject({ kind: "other" });
    const [talking, modem] = streamPair();
    modem.onData(() => void modem.write(fromByteString("\r\nERROR\r\n")));
    expect(await identify(talking, quick)).toMatchObject({ kind: "other", sample: expect.stringContaining("ERROR") as string });
    expect(await identify(streamPair()[0], quick)).toEqual({ kind: "silent" });
  });
  test("never sends 0x04, and 0x03 at most twice", async () => {
    const [stream, far] = streamPair();
    let sent = "";
    far.onData((bytes) => (sent += toByteString(bytes)));
    await identify(stream, quick);
    expect(sent).not.toContain("\x04");
    expect(sent.split("\x03").length - 1).toBeLessThanOrEqual(2);
  });
});

describe("every trouble has its own error, exit code and next step", () => {
  type Row = [what: string, open: () => Promise<unknown>, code: keyof typeof LINK_EXIT_CODES];
  const tell = ([what, open, code]: Row): void =>
    test(`${what}: ${code}`, async () => {
      const error = await open().then(() => undefined, (e: unknown) => e);
      expect(error).toBeInstanceOf(LinkError);
      expect(error).toMatchObject({ code, exitCode: LINK_EXIT_CODES[code], next: expect.any(String) as string });
    });
  const answers: Row[] = [
    ["too old", () => EspruinoConsole.open(espruino({ version: "2v13" }).stream, quick), "ESPRUINO_TOO_OLD"],
    ["stuck", () => EspruinoConsole.open(espruino({ debug: "forever" }).stream, quick), "STUCK_IN_DEBUG"],
    ["silent", () => EspruinoConsole.open(streamPair()[0], quick), "SILENT"],
    [
      "a kernel",
      () => {
        const [stream, far] = streamPair();
        new FakeTile(far);
        return EspruinoConsole.open(stream, quick);
      },
      "KERNEL_RUNNING",
    ],
    [
      "something else",
      () => {
        const [stream, far] = streamPair();
        far.onData(() => void far.write(fromByteString("login: ")));
        return EspruinoConsole.open(stream, quick);
      },
      "NOT_A_TILE",
    ],
  ];
  const ports: Row[] = [
    ["no such port", () => openSerial({ path: "/dev/ttyNOPE7" }), "PORT_MISSING"],
    ["a file, not a port", () => openSerial({ path: import.meta.filename }), "PORT_MISSING"],
    ["no such socket", () => openStream("unix:/nonexistent/sock"), "PORT_MISSING"],
    ["no such host", () => openStream("tcp:127.0.0.1:1"), "PORT_MISSING"],
  ];
  describe("from what answers", () => {
    useVirtualTime();
    answers.forEach(tell);
  });
  describe("from the port", () => ports.forEach(tell));
  test("the drivers' own words are understood", () => {
    const words: [string, string][] = [
      ["Error: Permission denied, cannot open /dev/ttyACM0", "PORT_PERMISSION"],
      ["Error Resource temporarily unavailable Cannot lock port", "PORT_BUSY"],
      ["Error: Device or resource busy, cannot open /dev/ttyUSB0 EBUSY", "PORT_BUSY"],
      ["Error: No such file or directory, cannot open /dev/ttyUSB9", "PORT_MISSING"],
      ["Opening COM9: File not found", "PORT_MISSING"],
      ["something never seen", "PORT_MISSING"],
    ];
    for (const [message, code] of words) expect(explainOpen("p", new Error(message))).toMatchObject({ code, exitCode: LINK_EXIT_CODES[code as "PORT_BUSY"] });
    expect(explainOpen("p", Object.assign(new Error("x"), { code: "EACCES" })).next).toContain("dialout");
  });
  test("versions compare by number", () => {
    expect([isAtLeast("2v25", "2v25"), isAtLeast("2v29.277", "2v25"), isAtLeast("2v9", "2v25"), isAtLeast("3v0", "2v25"), isAtLeast("2v24.999", "2v25")]).toEqual([true, true, false, true, false]);
  });
});

describe("packets", () => {
  useVirtualTime();
  const data = Uint8Array.from({ length: 5000 }, ((random) => () => random() & 255)(seededRandom(2)));

  test("text packets never hold 0x03 or 0x04 in their head", () => {
    for (let n = 0; n < 3000; n++) for (const c of packet(0x2000, "x".repeat(n)).substring(0, 4)) expect(["\x03", "\x04"]).not.toContain(c);
  });
  for (const method of ["data", "eval"] as const) {
    test(`files by ${method}: written, verified, resumed, left alone when right, replaced when wrong`, async () => {
      const { stream, device } = espruino();
      const packets = new EspruinoPackets(await EspruinoConsole.open(stream, quick));
      const stop = new AbortController();
      await expect(packets.writeFile("f", data, { method, signal: stop.signal, onProgress: (p) => p.sentBytes > 2500 && stop.abort() })).rejects.toMatchObject({ code: "INTERRUPTED" });
      const { resumedAtBytes } = await packets.writeFile("f", data, { method });
      expect(resumedAtBytes).toBeGreaterThan(2000);
      expect(fromByteString(device.files.get("f") ?? "")).toEqual(data);
      expect((await packets.writeFile("f", data, { method })).alreadyThere).toBe(true);
      const other = data.map((b) => b ^ 0x55);
      await packets.writeFile("f", other, { method });
      expect(await packets.readFile("f")).toEqual(other);
      expect(await packets.receiveFile("f")).toEqual(other);
      expect((device as unknown as { scope: { global: object } }).scope.global).toEqual({});
    });
    test(`files by ${method} on a line that loses one byte in 800 each way`, async () => {
      const [near, far] = streamPair();
      const device = new FakeEspruino(far, { packetMs: 60 });
      const lossy = new LossyStream(near, { seed: 31, loseOneIn: 800 });
      const console = await EspruinoConsole.open(lossy, { answerMs: 100 });
      const packets = new EspruinoPackets(console, { answerMs: 250, tries: 40 });
      await packets.writeFile("f", data, { method, pieceBytes: 128 });
      expect(fromByteString(device.files.get("f") ?? "")).toEqual(data);
      expect(lossy.faultCount).toBeGreaterThan(3);
    });
  }
  test("a flipped bit in code never runs other code", async () => {
    const [near, far] = streamPair();
    const device = new FakeEspruino(far, { packetMs: 60 });
    const lossy = new LossyStream(near, { seed: 5, flipOneIn: 150 });
    const console = await EspruinoConsole.open(lossy, { answerMs: 100, smp: false }).catch(() => undefined);
    if (!console) throw new Error("seed does not let the console open");
    const packets = new EspruinoPackets(console, { answerMs: 250, tries: 3 });
    for (let i = 0; i < 60; i++) await packets.eval(`require("Storage").write("k${i}","${"v".repeat(20)}${i}")`).catch(() => undefined);
    for (const [name, value] of device.files) expect(value).toBe("v".repeat(20) + name.slice(1));
    expect(device.files.size).toBeGreaterThan(5);
  });
  test("string literals as the board prints them", () => {
    expect(readStringLiteral('"a\\x01\\"\\\\\\n\\0\\u00e9\'"')).toBe('a\x01"\\\n\0\u00e9\'');
    expect(readStringLiteral("nothing")).toBeUndefined();
  });
  test("names Storage would cut, and empty files, are refused", async () => {
    const packets = new EspruinoPackets(await EspruinoConsole.open(espruino().stream, quick));
    await expect(packets.writeFile("n".repeat(29), data)).rejects.toThrow(TypeError);
    await expect(packets.writeFile("n", new Uint8Array(0))).rejects.toThrow(TypeError);
  });
});

describe("ports", () => {
  test("candidates: named, then GENESIS_PORT, then likely boards, each once", async () => {
    const list = (): Promise<{ path: string; vendorId?: string }[]> => Promise.resolve([{ path: "/dev/ttyS0" }, { path: "/dev/ttyACM1", vendorId: "0483" }, { path: "/dev/ttyUSB0" }]);
    const found = await candidates(["/dev/ttyUSB0"], { GENESIS_PORT: "/dev/pts/3" }, list);
    expect(found.map((c) => `${c.from} ${c.path}`)).toEqual(["argument /dev/ttyUSB0", "environment /dev/pts/3", "system /dev/ttyACM1", "system /dev/ttyS0"]);
  });
  test("a board is found again under another name by its serial number", async () => {
    let ports = [{ path: "/dev/ttyACM0", serialNumber: "123" }];
    const opened: string[] = [];
    const open = boardOpener(
      "/dev/ttyACM0",
      (path) => (ports.some((p) => p.path === path) ? (opened.push(path), Promise.resolve(streamPair()[0])) : Promise.reject(new LinkError("PORT_MISSING", "gone"))),
      () => Promise.resolve(ports),
    );
    await open();
    ports = [{ path: "/dev/ttyACM7", serialNumber: "123" }];
    await open();
    await open();
    expect(opened).toEqual(["/dev/ttyACM0", "/dev/ttyACM7", "/dev/ttyACM7"]);
    ports = [{ path: "/dev/ttyACM8", serialNumber: "other" }];
    await expect(open()).rejects.toMatchObject({ code: "PORT_MISSING" });
  });
  test("a probe says what is there or why not", async () => {
    const dir = mkdtempSync(join(tmpdir(), "probe-"));
    const path = join(dir, "s");
    const server = createServer((socket) => socket.on("data", () => socket.write("Espruino 2v29 PICO_R1_3\r\n")));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect((await probe({ path, from: "argument" }, { answerMs: 5000 })).found).toMatchObject({ kind: "espruino", board: "PICO_R1_3" });
    server.close();
    rmSync(dir, { recursive: true, force: true });
    expect((await probe({ path: "/dev/ttyNOPE", from: "argument" })).found).toMatchObject({ kind: "closed", error: { code: "PORT_MISSING" } });
  });
  test("an answer that came in time counts, although this process looks for it late", async () => {
    const dir = mkdtempSync(join(tmpdir(), "late-"));
    const path = join(dir, "s");
    const far = new Promise<Socket>((resolve) => {
      const server = createServer((socket) => {
        server.close();
        resolve(socket);
      });
      server.listen(path);
    });
    const stream = await openStream(path);
    const socket = await far;
    const seen = await collect(stream, () => {
      socket.write("here");
      for (const endMs = performance.now() + 60; performance.now() < endMs;);
      return Promise.resolve();
    }, (s) => s === "here", 20);
    expect(seen).toBe("here");
    await stream.close();
    rmSync(dir, { recursive: true, force: true });
  });
  test("a command's stdin and stdout as a port; it is gone when the command ends", async () => {
    const cat = childStream(spawn("cat", { stdio: ["pipe", "pipe", "inherit"] }), "cat");
    const back = new Promise<string>((resolve) => cat.onData((bytes) => resolve(toByteString(bytes))));
    await cat.write(fromByteString("\x00\xff through"));
    expect(await back).toBe("\x00\xff through");
    await cat.close();
    await expect(cat.write(fromByteString("x"))).rejects.toMatchObject({ code: "PORT_LOST" });
  });
});

describe.skipIf(!hasPty)("serialport on a pseudo-terminal", () => {
  test("SMP both ways; busy for a second opener; PORT_LOST when the line hangs up", async () => {
    const { path, far } = await openPty();
    new FakeTile(far);
    const stream = await openStream(path);
    const client = new SmpClient(stream);
    for (let i = 0; i < 20; i++) expect(await echo(client, "x".repeat(i * 12))).toBe("x".repeat(i * 12));
    await expect(openSerial({ path })).rejects.toMatchObject({ code: "PORT_BUSY", exitCode: 4 });
    expect(await stream.pulseReset?.()).toBe(false);
    const lost = new Promise((resolve) => stream.onClose(resolve));
    const waiting = echo(client, "last", { timeoutMs: 10_000 });
    await far.close();
    expect(await lost).toMatchObject({ code: "PORT_LOST" });
    await waiting.catch((error: unknown) => expect(error).toMatchObject({ code: "PORT_LOST" }));
  });
});

test("a plain file in the way of a socket is not mistaken for one", async () => {
  const dir = mkdtempSync(join(tmpdir(), "plain-"));
  writeFileSync(join(dir, "f"), "");
  await expect(openStream(join(dir, "f"))).rejects.toMatchObject({ code: "PORT_MISSING" });
  rmSync(dir, { recursive: true, force: true });
});
