// Finding and running the programs the QEMU board needs (cross compiler, npm, tar), with errors that say what to install.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

const DEBIAN_PACKAGES = "qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi";

/** Something outside this project is missing or failed. `next` is what the user can do about it. */
export class ToolError extends Error {
  readonly next: string;
  constructor(what: string, next: string) {
    super(`${what}\nNext: ${next}`);
    this.name = "ToolError";
    this.next = next;
  }
}

/** Full path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const candidate = path.join(folder, name);
    if (folder && existsSync(candidate)) return candidate;
  }
  return undefined;
}

/** Full path of a program of the QEMU board. @throws ToolError naming the packages to install. */
export function needProgram(name: string): string {
  const found = findProgram(name);
  if (!found) {
    throw new ToolError(
      `${name} is not installed; the QEMU board needs it.`,
      `on Debian or Ubuntu: sudo apt-get install ${DEBIAN_PACKAGES} (about 0.9 GB). Without it use the simulated board: --tile sim`,
    );
  }
  return found;
}

/** What of the QEMU board's programs is missing here; empty when it can run. */
export function missingPrograms(): string[] {
  return ["qemu-system-arm", "arm-none-eabi-gcc"].filter((name) => findProgram(name) === undefined);
}

/** Runs a program to its end. Returns stdout. @throws ToolError with the last lines of its output. */
export function run(program: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; next: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.on("error", (error) => reject(new ToolError(`${program} could not be started: ${error.message}`, options.next)));
    child.on("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new ToolError(`${path.basename(program)} failed (exit ${code}):\n${(stderr || stdout).trim().split("\n").slice(-12).join("\n")}`, options.next));
    });
  });
}
