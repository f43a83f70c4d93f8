// Which modules a command line means: the folder it names, or each folder inside of it that is a module.

import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { Failure } from "../cli/failure.ts";

const isModule = (folder: string): boolean => existsSync(path.join(folder, "manifest.ts")) && existsSync(path.join(folder, "module.ts"));

/** @returns absolute paths, at least one. @throws Failure NO_MODULE */
export function findModules(named: string | undefined): string[] {
  const folder = path.resolve(named ?? ".");
  const next = "name a module's folder, or a folder of modules; genesis module new <name> makes one";
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new Failure("NO_MODULE", 2, `there is no folder ${folder}`, next);
  if (isModule(folder)) return [realpathSync(folder)];
  const inside = readdirSync(folder).sort().map((name) => path.join(realpathSync(folder), name)).filter((one) => statSync(one, { throwIfNoEntry: false })?.isDirectory() && isModule(one));
  if (inside.length === 0) throw new Failure("NO_MODULE", 2, `${folder} is no module and has none in it: manifest.ts and module.ts make one`, next);
  return inside;
}
