// genesis doctor: what is wrong between here and the tile, one line per check, each with the next step.
import { spawnSync } from "node:child_process";
import { access, constants, stat } from "node:fs/promises";
import pc from "picocolors";
import type { Command, Context } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import { deviceFacts } from "../link/espruino-tools-adapter.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { identify } from "../link/identify.ts";
import { isLinkError } from "../link/link-errors.ts";
import { candidatePorts } from "../link/discover.ts";
import { openHost } from "../tiles/open-host.ts";
import type { TileHost } from "../tiles/tile-host.ts";
import { TileSession } from "../tiles/tile-session.ts";

interface Finding {
  check: string;
  ok: boolean;
  /** A finding that is not ok but keeps nothing from working. */
  optional?: boolean;
  what: string;
  next?: string;
}

const program = (command: string): string | undefined => {
  const run = spawnSync(command, ["--version"], { encoding: "utf8" });
  return run.status === 0 ? run.stdout.split("\n")[0] : undefined;
};

async function computerFindings(): Promise<Finding[]> {
  const findings: Finding[] = [{ check: "node", ok: true, what: `Node ${process.versions.node}` }];
  for (const [command, what] of [["qemu-system-arm", "the QEMU board"], ["arm-none-eabi-gcc", "the QEMU board's runtime"]] as const) {
    const version = program(command);
    findings.push({ check: command, ok: version !== undefined, optional: true, what: version ?? `missing: ${what} is not available`, next: version === undefined ? "node bin/setup.cjs (or use --tile sim)" : "" });
  }
  const ports = await candidatePorts();
  findings.push({
    check: "ports",
    ok: ports.length > 0,
    optional: true,
    what: ports.length > 0 ? ports.map((port) => port.path).join(", ") : "no serial port",
    next: ports.length > 0 ? "" : "plug a board in with a data cable (some cables only charge); under Linux `dmesg | tail` shows whether it was seen",
  });
  for (const port of ports) {
    const allowed = await access(port.path, constants.R_OK | constants.W_OK).then(() => true, () => false);
    if (!allowed) {
      const group = await stat(port.path).then((stats) => stats.gid, () => undefined);
      findings.push({ check: port.path, ok: false, what: `you may not open it (group ${group ?? "unknown"})`, next: "sudo usermod -aG dialout $USER, then log out and in again" });
    }
  }
  return findings;
}

/** Opens the port and says what is there. */
async function tileFindings(host: TileHost, context: Context): Promise<Finding[]> {
  let stream;
  try {
    stream = await host.open();
  } catch (error) {
    if (!isLinkError(error)) throw error;
    return [{ check: "port", ok: false, what: error.message, next: error.next ?? "" }];
  }
  const findings: Finding[] = [{ check: "port", ok: true, what: `${host.name} opens` }];
  try {
    await host.powerOn?.();
    let seen = await identify(stream, { interrupt: false, expect: "kernel" });
    // A tile may be on its way up.
    for (let tries = 0; tries < 6 && seen.kind !== "kernel" && host.kind !== "serial"; tries++) seen = await identify(stream, { interrupt: false, expect: "kernel" });
    if (seen.kind === "kernel") {
      findings.push({ check: "answer", ok: true, what: "a Genesis kernel answers" });
      const session = new TileSession(host, stream);
      await session.ready(context.global.timeoutMs, context.signal);
      const startedMs = performance.now();
      for (let n = 0; n < 10; n++) await session.health();
      const { stats } = session.client;
      const health = await session.health();
      findings.push({ check: "line", ok: stats.repeated === 0 && stats.damaged === 0, what: `10 questions in ${Math.round(performance.now() - startedMs)} ms, ${stats.repeated} repeated, ${stats.damaged} damaged`, next: "try another cable or a lower --baud" });
      findings.push({ check: "health", ok: health.ok, optional: true, what: `${health.ok ? "healthy" : "not yet marked healthy"}, ${health.faults} faults, ${health.free} of ${health.total} memory blocks free`, next: "genesis monitor shows what it does" });
      session.client.close();
      return findings;
    }
    if (seen.kind === "silent" || seen.kind === "other" || seen.kind === "debug") seen = await identify(stream);
    switch (seen.kind) {
      case "espruino": {
        findings.push({ check: "answer", ok: true, what: `Espruino ${seen.version} on ${seen.board}: a console, no kernel`, next: "genesis flash puts Genesis on it" });
        const console_ = await EspruinoConsole.open(stream);
        const facts = await deviceFacts(console_).catch(() => undefined);
        if (facts !== undefined) findings.push({ check: "board", ok: true, what: facts });
        console_.close();
        break;
      }
      case "debug":
        findings.push({ check: "answer", ok: false, what: "Espruino sits in its debugger (debug>) and does not leave it", next: "unplug the board and plug it in again while no program sends to it" });
        break;
      case "other":
        findings.push({ check: "answer", ok: false, what: `something answers, but neither Espruino nor a tile: ${JSON.stringify(seen.sample)}`, next: "check --port and --baud" });
        break;
      default:
        findings.push({ check: "answer", ok: false, what: "nothing answers", next: "check power and --baud, press reset, then run genesis doctor again; genesis flash recovers a tile whose kernel is dead through its boot window" });
    }
    return findings;
  } finally {
    await stream.close();
  }
}

export const doctorCommand: Command = {
  name: "doctor",
  summary: "find out what keeps a tile from working",
  description: "Checks this computer, the port and what is behind it: programs, permissions, a console, a kernel, the quality of the line. Ends with exit code 0 when nothing keeps a tile from working.",
  arguments: [],
  options: [],
  examples: [
    { command: "genesis doctor", what: "the computer and the only port" },
    { command: "genesis doctor --port /dev/ttyACM0 --json", what: "one port, for a program" },
  ],
  async run(context) {
    const { output } = context;
    const findings = await computerFindings();
    const named = context.global.port !== undefined || context.global.tile !== undefined;
    const ports = named ? [] : await candidatePorts();
    if (named || ports.length === 1) findings.push(...(await tileFindings(await openHost(context), context)));
    for (const finding of findings) {
      const sign = finding.ok ? pc.green("✔") : finding.optional ? pc.yellow("–") : pc.red("✘");
      const next = finding.ok && finding.check !== "answer" ? "" : finding.next ?? "";
      output.data("finding", { ...finding }, `${sign} ${finding.check}: ${finding.what}${next === "" ? "" : `\n    ${pc.cyan("next:")} ${next}`}`);
    }
    const bad = findings.find((finding) => !finding.ok && !finding.optional);
    if (bad !== undefined) throw new Failure("DOCTOR", bad.check === "port" ? 4 : 5, `${bad.check}: ${bad.what}`, bad.next);
  },
};
