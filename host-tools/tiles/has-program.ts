// Is a program installed?
import { spawnSync } from "node:child_process";

/** True when `program --version` runs. */
export function hasProgram(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}
