// genesis doctor: what is wrong between here and the tile, one line per check, each with the next step.
import type { Command, Context } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import { candidatePorts, discover, type Probe } from "../link/discover.ts";
import { notAConsole } from "../link/espruino-console.ts";
import { computerFindings, type Finding } from "../tiles/check-computer.ts";
import { tileFindings } from "../tiles/check-tile.ts";
import { openHost } from "../tiles/open-host.ts";

function say({ output }: Context, finding: Finding): void {
  const { green, yellow, red, cyan } = output.dataColors;
  const sign = finding.isOk ? green("✔") : finding.isOptional ? yellow("–") : red("✘");
  const { check, isOk, what, next, isOptional, exitCode, signed } = finding;
  output.data("finding", { check, ok: isOk, what, ...(isOptional ? { optional: true } : {}), ...(next === undefined ? {} : { next }), ...(exitCode === undefined ? {} : { exitCode }), ...(signed === undefined ? {} : { signed }) },
    `${sign} ${check}: ${what}${next === undefined ? "" : `\n    ${cyan("next:")} ${next}`}`);
}

/** One of several ports, asked without disturbing what runs there. */
export function portFinding(path: string, found: Probe["found"]): Finding {
  const next = `genesis doctor --port ${path} says more`;
  switch (found.kind) {
    case "kernel":
      return { check: path, isOk: true, what: "a tile's kernel answers", next };
    case "espruino":
      return { check: path, isOk: true, what: `Espruino ${found.version} (${found.board}): a console, no kernel`, next };
    case "closed":
      return { check: path, isOk: false, isOptional: true, what: found.error.message, next: found.error.next ?? next, exitCode: found.error.exitCode };
    default:
      return { check: path, isOk: false, isOptional: true, what: notAConsole(path, found).message, next };
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
    const { port, serial, tile } = context.global;
    const findings: Finding[] = [];
    const note = (finding: Finding): void => {
      findings.push(finding);
      say(context, finding);
    };
    for (const finding of await computerFindings(context)) note(finding);
    const isNamed = port !== undefined || serial !== undefined || tile !== undefined;
    if (isNamed || (await candidatePorts()).length === 1) await tileFindings(await openHost(context), context, note);
    else for (const { port: { path }, found } of await discover()) note(portFinding(path, found));
    const bad = findings.find((finding) => !finding.isOk && !finding.isOptional);
    if (bad !== undefined) throw new Failure("DOCTOR", bad.exitCode ?? 1, `${bad.check}: ${bad.what}`, bad.next);
  },
};
