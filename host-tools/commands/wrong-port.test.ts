// What may be on a port besides a tile, or instead of an answer: each has its own message, next step and exit code, whichever command meets it.
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { SerialPort } from "serialport";
import { afterAll, describe, expect, it } from "vitest";
import { type CliResult, CliWorld, genesis } from "../cli/testing/run-cli.ts";
import { LineServer } from "../cli/testing/line-server.ts";
import { FakeEspruino, type FakeEspruinoOptions } from "../link/testing/fake-espruino.ts";
import { LinkError } from "../link/link-errors.ts";
import { hasPty, openPty } from "../link/testing/pty.ts";
import { portFinding } from "./doctor.ts";
import { rememberTile } from "../tiles/registry.ts";

const world = new CliWorld();
/** Root may open anything: it has to give that up first. */
const asAnybody = process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : [];
const mayRefuse = asAnybody.length === 0 || spawnSync(asAnybody[0] as string, [...asAnybody.slice(1), "true"]).status === 0;
const lines: LineServer[] = [];
let count = 0;
afterAll(async () => {
  for (const line of lines) await line.close();
  await world.close();
});

async function line(): Promise<LineServer> {
  const opened = await LineServer.open(path.join(world.folder, `line${count++}`));
  lines.push(opened);
  return opened;
}

async function board(options: FakeEspruinoOptions = {}): Promise<{ port: string; espruino: FakeEspruino }> {
  const opened = await line();
  return { port: opened.port, espruino: new FakeEspruino(opened, options) };
}

/** The last event of a command that has to fail. */
function failure(result: CliResult): Record<string, unknown> {
  const last = result.events.at(-1);
  expect(last, result.stderr).toMatchObject({ event: "error", exitCode: result.code, next: expect.any(String), message: expect.any(String) });
  return last ?? {};
}

const tell = async (...args: string[]): Promise<Record<string, unknown>> => failure(await world.run(["--json", ...args]));

describe.concurrent("a port that does not open", () => {
  it("is not there", async () => {
    expect(await tell("telemetry", "--port", "/dev/ttyNONE")).toMatchObject({ code: "PORT_MISSING", exitCode: 3, message: expect.stringContaining("/dev/ttyNONE") });
    expect(await tell("flash", "--port", path.join(world.folder, "none"))).toMatchObject({ code: "PORT_MISSING", exitCode: 3 });
    expect(await tell("monitor", "--port", "localhost:1")).toMatchObject({ code: "PORT_MISSING", exitCode: 3 });
  });

  it("is no port", async () => {
    expect(await tell("telemetry", "--port", "/etc/hostname")).toMatchObject({ code: "PORT_MISSING", exitCode: 3, message: expect.stringContaining("not a serial port") });
  });

  it.runIf(hasPty)("is used by another program", async () => {
    const pty = await openPty();
    const other = new SerialPort({ path: pty.path, baudRate: 115200, lock: true, autoOpen: false });
    await new Promise<void>((resolve, reject) => other.open((error) => (error ? reject(error) : resolve())));
    try {
      expect(await tell("telemetry", "--port", pty.path)).toMatchObject({ code: "PORT_BUSY", exitCode: 4, message: expect.stringContaining(pty.path) });
    } finally {
      await new Promise((resolve) => other.close(resolve));
      await pty.far.close();
    }
  });

  it.runIf(hasPty && mayRefuse)("may not be opened by this user", async () => {
    const pty = await openPty();
    chmodSync(pty.path, 0);
    try {
      const result = await world.run(["--json", "telemetry", "--port", pty.path], { program: [...asAnybody, process.execPath, genesis] });
      expect(failure(result)).toMatchObject({ code: "PORT_PERMISSION", exitCode: 4, next: expect.stringContaining("dialout") });
    } finally {
      await pty.far.close();
    }
  });

  it("is used for its console by another genesis", async () => {
    const { port } = await board();
    const first = world.start(["repl", "--port", port], { input: "" });
    await first.until(/Ctrl-D leaves/);
    expect(await tell("backup", "--port", port)).toMatchObject({ code: "PORT_BUSY", exitCode: 4, message: expect.stringContaining("another command of genesis") });
    expect(await tell("telemetry", "--port", port)).toMatchObject({ code: "PORT_BUSY", exitCode: 4 });
    expect((await first.kill("SIGINT")).code).toBe(130);
  });

  it("none at all: says how to name one", async () => {
    const found = await tell("telemetry");
    expect(found).toMatchObject({ code: "NO_DEVICE", exitCode: 3 });
  });
});

describe.concurrent("no kernel answers", () => {
  it("because nothing does", async () => {
    const { port } = await line();
    expect(await tell("telemetry", "--port", port)).toMatchObject({ code: "SILENT", exitCode: 5, message: expect.stringContaining("nothing answers") });
  });

  it("because it is dead: the tile was flashed here", async () => {
    const { port } = await line();
    rememberTile(world.home, { id: "0123456789abcdef", name: "porch", board: "sim", key: "0".repeat(64), flashedAt: "2026-01-01T00:00:00Z", place: port });
    expect(await tell("monitor", "--port", port)).toMatchObject({ code: "KERNEL_DEAD", exitCode: 5, message: expect.stringContaining("porch"), next: expect.stringContaining("genesis flash") });
  });

  it("because the first stage holds the console", async () => {
    const { port, espruino } = await board();
    espruino.files.set("g.cfg", "{}");
    expect(await tell("telemetry", "--port", port)).toMatchObject({ code: "KERNEL_DEAD", exitCode: 5, message: expect.stringContaining("first stage"), next: expect.stringContaining(`genesis flash --port ${port}`) });
  });

  it("because it is another device", async () => {
    const gps = await line();
    const timer = setInterval(() => void gps.write(Buffer.from("$GPGGA,123519,4807.038,N,01131.000,E*47\r\n")), 50);
    expect(await tell("update", "--port", gps.port)).toMatchObject({ code: "NOT_A_TILE", exitCode: 3, message: expect.stringContaining("GPGGA") });
    expect(await tell("flash", "--port", gps.port)).toMatchObject({ code: "NOT_A_TILE", exitCode: 3 });
    clearInterval(timer);
  });

  it.each([["telemetry"], ["monitor"], ["update"]])("because the board is bare: %s", async (command) => {
    const { port } = await board();
    expect(await tell(command, "--port", port)).toMatchObject({ code: "BARE_BOARD", exitCode: 3, next: `genesis flash --port ${port} puts it there` });
  });

  it.each([["telemetry"], ["repl"], ["backup"]])("because Espruino is too old: %s", async (command) => {
    const { port } = await board({ version: "2v21" });
    expect(await tell(command, "--port", port, ...(command === "repl" ? ["1"] : []))).toMatchObject({ code: "ESPRUINO_TOO_OLD", exitCode: 3, message: expect.stringMatching(/2v21.*2v25/s) });
  });

  it.each([["telemetry"], ["flash"]])("because the debugger has the console: %s", async (command) => {
    const { port } = await board({ debug: "forever" });
    expect(await tell(command, "--port", port)).toMatchObject({ code: "STUCK_IN_DEBUG", exitCode: 5, message: expect.stringContaining("debug>") });
  });

  it("yet: what is silent is waited for until it restarts into its boot window", async () => {
    const opened = await line();
    const run = world.start(["repl", "--port", opened.port, "6*7", "--json"]);
    await run.until(/press it now/);
    new FakeEspruino(opened);
    const result = await run.ended;
    expect([result.code, result.events.at(-1)?.value]).toEqual([0, 42]);
  });

  it("a debugger that can be left is left", async () => {
    const { port } = await board({ debug: true });
    const result = await world.run(["repl", "--port", port, "6*7", "--json"]);
    expect(result.events.at(-1)).toMatchObject({ kind: "value", value: 42 });
  });
});

describe.concurrent("doctor", () => {
  const findings = (result: CliResult): Record<string, unknown> => Object.fromEntries(result.events.filter((event) => event.kind === "finding").map((event) => [event.check, event]));

  it("finds nothing wrong with a bare board", async () => {
    const { port } = await board();
    const result = await world.run(["doctor", "--port", port, "--json"]);
    expect(result.code).toBe(0);
    expect(findings(result)).toMatchObject({ node: { ok: true }, "state folder": { ok: true }, port: { ok: true }, answer: { ok: true, next: expect.stringContaining("genesis flash") } });
  });

  it("says of several ports what is on each", () => {
    expect(portFinding("/dev/a", { kind: "kernel" })).toMatchObject({ isOk: true, what: expect.stringContaining("kernel") });
    expect(portFinding("/dev/a", { kind: "espruino", version: "2v29", board: "PUCKJS" })).toMatchObject({ isOk: true, what: expect.stringContaining("PUCKJS"), next: "genesis doctor --port /dev/a says more" });
    expect(portFinding("/dev/a", { kind: "silent" })).toMatchObject({ isOk: false, isOptional: true });
    expect(portFinding("/dev/a", { kind: "closed", error: new LinkError("PORT_BUSY", "in use", "close it") })).toEqual({ check: "/dev/a", isOk: false, isOptional: true, what: "in use", next: "close it", exitCode: 4 });
  });

  it("ends with the exit code of what is wrong", async () => {
    const wrong = await world.run(["doctor", "--port", "/dev/ttyNONE", "--json"]);
    expect([wrong.code, failure(wrong).code]).toEqual([3, "DOCTOR"]);
    const { port } = await board({ debug: "forever" });
    const stuck = await world.run(["doctor", "--port", port]);
    expect([stuck.code, stuck.stdout]).toEqual([5, expect.stringMatching(/✘ answer: .*debug>[^]*next:/)]);
  });
});

it("a peer that hangs up at once is not taken for a tile", async () => {
  const server = createServer((socket) => socket.destroy());
  const address = path.join(world.folder, "hangs-up");
  await new Promise<void>((resolve) => server.listen(address, resolve));
  const run = world.start(["telemetry", "--port", `unix:${address}`, "--json"]);
  await run.until(/is gone: waiting/);
  const result = await run.kill("SIGINT");
  server.close();
  expect([result.code, result.events.at(-1)?.code]).toEqual([130, "INTERRUPTED"]);
});
