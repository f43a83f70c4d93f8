// genesis test: runs scenarios on a rig, as this project's own CI does. The rigs live above this folder, so the runner is a program of its own.
import { spawn } from "node:child_process";
import path from "node:path";
import type { Command } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";

export const testCommand: Command = {
  name: "test",
  summary: "run scenarios on simulated, emulated or real tiles",
  description:
    "Runs hardware-in-the-loop scenarios, each on a tile that was just restarted and on one as it is. A scenario is one of the project's by name (see --list), or any TypeScript file that exports one (it imports its types and checks from \"genesis/scenario\"); without a name all of the project's run. What a rig can't do is skipped, with the reason. Ends with 1 when something failed.",
  arguments: [{ name: "scenario", summary: "name or file (default: all of the project's)", required: false }],
  options: [
    { flags: "--rig <rig>", summary: "sim, qemu, espruino (GENESIS_ESPRUINO=<binary>), serial (GENESIS_TILE_COMMAND=<command that provides a tile>) or a port", default: "sim" },
    { flags: "--junit <file>", summary: "write a JUnit report" },
    { flags: "--seed <n>", summary: "seed of everything random", default: "1" },
    { flags: "--record", summary: "keep the results of a real engine in results/" },
    { flags: "--list", summary: "name the project's scenarios" },
  ],
  examples: [
    { command: "genesis test --list", what: "what there is" },
    { command: "genesis test update --rig qemu --junit out.xml", what: "one scenario on the QEMU board, with a report" },
    { command: "genesis test my-test.ts --rig /dev/ttyACM0", what: "your own scenario on the board at a port" },
  ],
  async run(context, args, options) {
    const { output, global, root } = context;
    const flags: string[] = ["--rig", String(options.rig), "--seed", String(options.seed), "--baud", String(global.baud)];
    if (args[0] !== undefined) flags.push("--scenario", args[0]);
    if (options.junit !== undefined) flags.push("--junit", String(options.junit));
    if (global.console !== undefined) flags.push("--console", global.console);
    if (global.board !== undefined) flags.push("--board", global.board);
    for (const name of ["record", "list"] as const) if (options[name] === true) flags.push(`--${name}`);
    if (output.options.json) flags.push("--json");
    if (output.options.quiet) flags.push("--quiet");
    const child = spawn(process.execPath, [path.join(root, "bin", "run-ts.mjs"), path.join("hil-tests", "run.ts"), ...flags], { stdio: "inherit" });
    const ended = new Promise<number>((resolve, reject) => {
      child.once("error", (error) => reject(new Failure("NO_RUNNER", 1, `the scenario runner does not start: ${error.message}`)));
      child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 130 : 1)));
    });
    const stop = (): void => void child.kill("SIGTERM");
    context.signal.addEventListener("abort", stop, { once: true });
    context.onExit(async () => void (await ended.catch(() => 1)));
    process.exitCode = await ended;
  },
};
