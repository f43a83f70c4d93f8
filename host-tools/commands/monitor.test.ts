// What monitor makes of a tile's words: traces lead to the TypeScript sources, health says UNSIGNED and what charge it took, about.
//
// A simulated tile behind a line; the traces are put on that line, in the shape Espruino gives them, as if the tile had printed them.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LineServer } from "../cli/testing/line-server.ts";
import { CliWorld, type JsonEvent, root } from "../cli/testing/run-cli.ts";
import { SimHost, SimWorld } from "../tiles/sim-host.ts";
import { healthText } from "./monitor.ts";

const world = new CliWorld();
const host = new SimHost({ name: "traced", boardId: "sim", folder: path.join(world.folder, "traced"), root, world: new SimWorld(3) });
let line: LineServer;
let hash = "";

beforeAll(async () => {
  line = await LineServer.open(path.join(world.folder, "traced.line"));
  const port = await host.open();
  port.onData((bytes) => void line.write(bytes).catch(() => undefined));
  line.onData((bytes) => void port.write(bytes).catch(() => undefined));
  const flashed = await world.run(["flash", "--port", line.port, "--board", "sim", "--json"]);
  expect(flashed.code, flashed.stdout).toBe(0);
  hash = String(flashed.events.find((event) => event.kind === "flashed")?.hash);
});
afterAll(async () => {
  await line.close();
  await host.close();
  await world.close();
});

/** A text that stands once in the image and once in the sources: an answer to the map that is not from the map. */
const marker = '"snrvbmpio"';
const source = "firmware/smp/os-server.ts";
const sourceLine = readFileSync(path.join(root, source), "utf8").split("\n").findIndex((text) => text.includes(marker)) + 1;

/** A trace as Espruino prints it, whose first frame stopped behind the marker, and what comes after it. */
function traceAt(code: string, after: string): Buffer {
  const at = code.indexOf(marker);
  expect(code.indexOf(marker, at + 1)).toBe(-1);
  const excerpt = code.slice(at - 4, at + marker.length + 3);
  return Buffer.from(`Uncaught Error: for a test\r\n    at f (g.dat:4:1)\r\n${excerpt}\r\n${" ".repeat(6)}^\r\n    at :1:9\r\nnot.in.this.image(1)\r\n        ^\r\n${after}`);
}

const knownCode = (): string => (JSON.parse(readFileSync(path.join(world.home, "maps", `${hash}.json`), "utf8")) as { code: string }).code;
const trace = (events: readonly JsonEvent[]): JsonEvent | undefined => events.find((event) => event.kind === "trace");

describe("monitor", () => {
  it("follows a trace with its TypeScript places, also when silence ends it, and says how the tile is", async () => {
    const code = knownCode();
    const monitor = world.start(["monitor", "--port", line.port, "--json"], { input: "" });
    await monitor.until(/"kind":"health"/);
    await line.write(traceAt(code, ""));
    await monitor.until(/"kind":"trace"/);
    const { events } = await monitor.kill("SIGINT");
    expect(trace(events)).toMatchObject({ image: hash, places: [{ place: expect.stringMatching(new RegExp(`${source}:${sourceLine}:\\d+$`)), certain: true }, { place: null }] });
    const health = events.find((event) => event.kind === "health");
    expect(health).toMatchObject({ signed: false, charge: { chargeUah: expect.any(Number), meanUa: expect.any(Number) } });
    // The simulated board states 4 mA running and 1 mA with its UART open.
    const { meanUa = NaN } = (health?.charge ?? {}) as { meanUa?: number };
    expect(meanUa).toBeGreaterThanOrEqual(1000);
    expect(meanUa).toBeLessThanOrEqual(4000);
  });

  it("shows people the same: places behind the trace, UNSIGNED and ~ in the health line", async () => {
    const monitor = world.start(["monitor", "--port", line.port], { input: "" });
    await monitor.until(/UNSIGNED/);
    await line.write(traceAt(knownCode(), "done\r\n"));
    await monitor.until(/^done$/m);
    const { stdout } = await monitor.kill("SIGINT");
    expect(stdout).toMatch(/ · ~\S+ µAh \(mean ~\S+ mA\) · image UNSIGNED/);
    expect(stdout).toMatch(new RegExp(`not\\.in\\.this\\.image\\(1\\)\\n +\\^\\n {2}in TypeScript:\\n {2}at \\S+ \\(\\S*${source}:${sourceLine}:\\d+\\)\\n.*not in this image\\)\\ndone`));
  });

  it("says so when the image's map is not on this computer", async () => {
    const code = knownCode();
    for (const file of readdirSync(path.join(world.home, "maps"))) rmSync(path.join(world.home, "maps", file));
    const monitor = world.start(["monitor", "--port", line.port, "--json"], { input: "" });
    await monitor.until(/"kind":"health"/);
    await line.write(traceAt(code, "done\r\n"));
    await monitor.until(/"kind":"console","text":"done"/);
    expect(trace((await monitor.kill("SIGINT")).events)).toMatchObject({ image: hash, places: [] });
  });

  it("has UNSIGNED on the screens of telemetry and doctor", async () => {
    expect((await world.run(["telemetry", "--port", line.port])).stderr).toMatch(/image 1\.0\.0, UNSIGNED\n/);
    const doctor = await world.run(["doctor", "--port", line.port, "--json"]);
    expect(doctor.events.find((event) => event.check === "image")).toMatchObject({ ok: true, signed: false, what: expect.stringContaining("UNSIGNED") });
  });
});

it("says plainly in the health line when the board states no currents", () => {
  const health = { up: 2e6, ok: true, slot: 0, kind: 0, causes: new Uint8Array([1]), faults: 0, down: 0, stuck: 0, free: 50, total: 100, low: 40, flags: "", wakeups: 7, active: 1e5, rxlost: 0 };
  expect(healthText(health, undefined)).toBe("up 2.0 s · memory 50 % of 100 blocks · 0 faults · 7 wake-ups · active 0.10 s · charge unknown: the board states no currents · image UNSIGNED");
});
