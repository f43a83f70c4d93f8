// The command line as a process: wrong use, help, files that are none, places to run from, a reader that goes away.
import { copyFileSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { allCommands } from "../commands/all.ts";
import { CliWorld, genesis, root } from "./testing/run-cli.ts";

const world = new CliWorld();
afterAll(() => world.close());

describe("wrong use", () => {
  it.concurrent.each([
    [["bogus"], /unknown command 'bogus'/],
    [["boards", "a", "b"], /too many arguments/],
    [["telemetry", "--bogus"], /unknown option '--bogus'/],
    [["restore"], /missing required argument 'file'/],
    [["telemetry", "--port"], /argument missing/],
    [["telemetry", "--port", "/dev/x", "--tile", "sim"], /--port and --tile/],
    [["telemetry", "--port", ""], /--port is empty/],
    [["telemetry", "--tile", "sim", "--from", "x"], /--from takes a whole number/],
    [["monitor", "--tile", "sim", "--for", "soon"], /--for takes a number/],
    [["telemetry", "--tile", "sim", "--timeout", "-5"], /--timeout takes a number/],
    [["telemetry", "--tile", "sim", "--baud", "fast"], /--baud takes a whole number/],
    [["flash", "--tile", "sim:../../etc"], /is not a name for a tile/],
    [["flash", "--tile", "sim:"], /is not a name for a tile/],
    [["flash", "--tile", "qemu", "--board", "puckjs"], /is a qemu-mps2-an385, not a puckjs/],
    [["flash", "--tile", "sim:x", "--board", "toaster"], /no board "toaster"/],
    [["flash", "--tile", "sim", "--name", "two words"], /is not a tile name/],
    [["flash", "--tile", "sim", "--image-version", "one"], /--image-version/],
    [["run"], /none was named/],
    [["repl", "1+"], /not an expression/],
    [["build", "--profile", "huge"], /no profile "huge"/],
    [["build", "nothing"], /no image "nothing"/],
    [["uninstall", "--backup", "x", "--empty"], /exclude each other/],
    [["flash", "--tile", "sim", "none.bin"], /no file or folder none\.bin/],
    [["update", "--tile", "sim", "."], /this is a folder/],
    [["restore", "--tile", "sim", genesis], /not a usable backup/],
    [["flash", "--tile", "sim", genesis], /not a tile image/],
  ])("genesis %j", async (args, words) => {
    const result = await world.run(["--json", ...args]);
    const last = result.events.at(-1);
    expect(result.stderr).toBe("");
    expect(last).toMatchObject({ event: "error", exitCode: result.code });
    expect(String(last?.message)).toMatch(words);
    expect(last?.next, "the next step").toEqual(expect.any(String));
    expect(result.code).toBe({ EVAL_FAILED: 1, IMAGE_INVALID: 6 }[String(last?.code)] ?? 2);
  });

  it("is told to people on stderr, without a stack", async () => {
    const wrong = await world.run(["telemetry", "--bogus"]);
    expect(wrong).toMatchObject({ code: 2, stdout: "", stderr: "error: unknown option '--bogus'\nnext:  genesis telemetry --help\n" });
    const nothing = await world.run([]);
    expect([nothing.code, nothing.stdout]).toEqual([2, ""]);
    for (const { name } of allCommands) expect(nothing.stderr).toContain(name);
  });

  it("unknown names say what there is: exit code 3", async () => {
    const result = await world.run(["telemetry", "--tile", "nowhere", "--json"]);
    expect(result.code).toBe(3);
    expect(result.events.at(-1)).toMatchObject({ code: "NO_TILE", next: expect.stringContaining("genesis run --tile") });
    const serial = await world.run(["telemetry", "--serial", "0123"]);
    expect([serial.code, serial.stderr]).toEqual([3, expect.stringContaining("USB serial number 0123")]);
  });
});

describe("genesis test", () => {
  it("lists, runs, reports, and ends as its scenarios do", async () => {
    const list = await world.run(["test", "--list", "--json"]);
    expect(list.events.map((event) => event.name)).toEqual(expect.arrayContaining(["boot", "update", "watchdog"]));
    const junit = path.join(world.folder, "reports", "out.xml");
    const boot = await world.run(["test", "boot", "--rig", "sim", "--junit", junit, "--json"]);
    expect(boot.code, boot.stdout).toBe(0);
    expect(boot.events.at(-1)).toMatchObject({ kind: "summary", rig: "sim", failed: 0 });
    expect(readFileSync(junit, "utf8")).toContain('classname="sim.boot"');
    const none = await world.run(["test", "boot", "--rig", "/dev/ttyNONE", "--json"]);
    expect([none.code, none.events.at(-1)?.code]).toEqual([3, "PORT_MISSING"]);
    expect((await world.run(["test", "nothing"])).code).toBe(2);
    const stopped = world.start(["test", "power-cuts", "--rig", "sim"], { input: "" });
    await stopped.until(/rig sim ready/);
    expect((await stopped.kill("SIGINT")).code).toBe(130);
  });
});

it("a flag for one kind of place puts aside what the environment says about another", async () => {
  const environment = { GENESIS_PORT: "/dev/ttyNONE", GENESIS_JSON: "1" };
  expect((await world.run(["repl", "--tile", "sim:env", "6*7"], { environment })).events.at(-1)).toMatchObject({ kind: "value", value: 42 });
  expect((await world.run(["repl", "6*7"], { environment })).events.at(-1)).toMatchObject({ code: "PORT_MISSING" });
  expect((await world.run(["repl", "6*7"], { environment: { GENESIS_TILE: "sim:env" } })).stdout).toBe("42\n");
});

describe("help", () => {
  it("has every command with examples, and is data with --json", async () => {
    const version = (JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string }).version;
    expect(await world.run(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
    expect((await world.run(["--version", "--json"])).events).toMatchObject([{ event: "data", kind: "text", text: version }]);
    const help = await world.run(["flash", "--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toMatch(/Usage: genesis flash[^]*--dry-run[^]*GENESIS_PORT[^]*Examples:\n {2}\$ genesis flash --tile qemu/);
    for (const command of allCommands) {
      const own = await world.run([command.name, "--help"]);
      expect([command.name, own.code, own.stderr]).toEqual([command.name, 0, ""]);
      expect(command.examples.some((example) => example.command.startsWith(`genesis ${command.name}`)), command.name).toBe(true);
      const shown = own.stdout.slice(own.stdout.indexOf("Examples:\n"));
      for (const example of command.examples) expect(shown).toContain(`  $ ${example.command}`);
    }
  });
});

describe("where it runs", () => {
  it("`npm link` puts it on PATH, and `npx genesis` runs it in the checkout", async () => {
    const copy = path.join(world.folder, "copy");
    const prefix = path.join(world.folder, "prefix");
    mkdirSync(path.join(copy, "bin"), { recursive: true });
    copyFileSync(path.join(root, "package.json"), path.join(copy, "package.json"));
    copyFileSync(genesis, path.join(copy, "bin", "genesis.mjs"));
    const link = await world.run([], { program: ["npm", "link", "--offline", "--no-audit", "--no-fund"], cwd: copy, environment: { npm_config_prefix: prefix } });
    expect(link.code, link.stderr).toBe(0);
    expect(realpathSync(path.join(prefix, "bin", "genesis"))).toBe(realpathSync(path.join(copy, "bin", "genesis.mjs")));
    expect(statSync(path.join(prefix, "bin", "genesis")).mode & 0o111).toBe(0o111);
    expect(await world.run(["genesis", "--version"], { program: ["npx", "--no-install"], cwd: root })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it("is found on PATH as `npm link` puts it there, from any folder, with the state folder elsewhere", async () => {
    const bin = path.join(world.folder, "my bin");
    const cwd = path.join(world.folder, "some where");
    mkdirSync(bin);
    mkdirSync(cwd);
    symlinkSync(genesis, path.join(bin, "genesis"));
    const result = await world.run(["boards", "--json"], { program: ["/usr/bin/env", `PATH=${bin}:${path.dirname(process.execPath)}:/usr/bin:/bin`, "genesis"], cwd });
    expect([result.code, result.stderr]).toEqual([0, ""]);
    expect(result.events.map((event) => (event.board as { id: string }).id)).toContain("qemu-mps2-an385");
  });

  it("takes settings from the state folder and says when they are wrong", async () => {
    const file = path.join(world.home, "settings.json");
    writeFileSync(file, '{"json": true}');
    expect((await world.run(["boards"])).events.length).toBeGreaterThan(1);
    writeFileSync(file, "{");
    const wrong = await world.run(["boards"]);
    writeFileSync(file, "{}");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(file)]);
  });

  it("a state folder that can't be made is told, not thrown", async () => {
    const result = await world.run(["flash", "--tile", "sim"], { environment: { GENESIS_HOME: path.join(genesis, "home") } });
    expect([result.code, result.stderr]).toEqual([2, expect.stringMatching(/^error: .*\nnext: .*\n$/)]);
  });

  it("ends without a word when nobody reads it any more", async () => {
    const result = await world.run(["-c", `"${process.execPath}" "${genesis}" boards --json | head -c 1; echo " \${PIPESTATUS[0]}"`], { program: ["bash"] });
    expect(result).toMatchObject({ code: 0, stdout: "{ 0\n", stderr: "" });
  });

  it("two at once build the same program without disturbing each other", async () => {
    const results = await Promise.all(Array.from({ length: 3 }, () => world.run(["boards", "--quiet"])));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
  });

  it("GENESIS_DEBUG=1 shows the stack of an error", async () => {
    expect((await world.run(["boards", "toaster"], { environment: { GENESIS_DEBUG: "1" } })).stderr).toMatch(/\n\s+at .*boards\.ts/);
    expect((await world.run(["boards", "toaster"])).stderr).not.toMatch(/\n\s+at /);
  });
});
