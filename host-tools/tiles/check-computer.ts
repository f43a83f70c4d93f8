// What genesis needs of the computer it runs on, looked at without changing anything.
import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import type { Context } from "../cli/command.ts";
import { describeFailure } from "../cli/failure.ts";
import { candidatePorts } from "../link/discover.ts";

/** One thing that was looked at. */
export interface Finding {
  check: string;
  isOk: boolean;
  /** Not ok, but it keeps nothing from working. */
  isOptional?: boolean;
  what: string;
  next?: string;
  /** What the command ends with because of it. */
  exitCode?: number;
  /** Of an image: does it carry a signature? */
  signed?: boolean;
}

/** The first line of `program --version`, or undefined. */
function versionOf(program: string): string | undefined {
  const run = spawnSync(program, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return run.status === 0 ? run.stdout.split("\n")[0] : undefined;
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export async function computerFindings(context: Pick<Context, "home">): Promise<Finding[]> {
  const findings: Finding[] = [{ check: "node", isOk: true, what: `Node ${process.versions.node}` }];
  for (const [command, what] of [["qemu-system-arm", "the QEMU board"], ["arm-none-eabi-gcc", "the QEMU board's runtime"]] as const) {
    const version = versionOf(command);
    findings.push(version === undefined
      ? { check: command, isOk: false, isOptional: true, what: `missing: ${what} is not available`, next: "node bin/setup.cjs installs it; or use --tile sim" }
      : { check: command, isOk: true, what: version });
  }
  try {
    // The state folder, or the nearest one above that exists: that is where it would be made.
    let folder = context.home;
    while (statSync(folder, { throwIfNoEntry: false }) === undefined) folder = folder.replace(/[\\/][^\\/]*$/, "") || "/";
    accessSync(folder, constants.W_OK);
    findings.push({ check: "state folder", isOk: true, what: context.home });
  } catch (error) {
    const { message, next, exitCode } = describeFailure(error);
    findings.push({ check: "state folder", isOk: false, what: message, exitCode, ...(next === undefined ? {} : { next }) });
  }
  const ports = await candidatePorts();
  findings.push(ports.length > 0
    ? { check: "ports", isOk: true, what: ports.map(({ path, serialNumber }) => (serialNumber === undefined ? path : `${path} (serial number ${serialNumber})`)).join(", ") }
    : { check: "ports", isOk: false, isOptional: true, what: "no serial port with a board", next: "plug a board in with a data cable (some cables only charge); under Linux `dmesg | tail` shows whether it was seen" });
  for (const { path } of ports) {
    const stats = process.platform === "win32" ? undefined : statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && !canWrite(path)) findings.push({ check: path, isOk: false, what: `you may not open it (it belongs to group ${stats.gid})`, next: "sudo usermod -aG dialout $USER, then log out and in again", exitCode: 4 });
  }
  return findings;
}
