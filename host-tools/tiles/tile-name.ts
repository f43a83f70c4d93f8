// Names of emulated tiles: "qemu", "sim", "qemu:porch", or "porch" alone when it exists. Each has a folder <home>/machines/<kind>-<name>.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Failure, usage } from "../cli/failure.ts";

export interface MachineName {
  kind: "qemu" | "sim";
  /** "default" when the user said only "qemu" or "sim". */
  name: string;
}

const machines = (home: string): string => path.join(home, "machines");
const folderName = ({ kind, name }: MachineName): string => `${kind}-${name}`;

/** Folder of an emulated tile: its flash lies there. */
export const machineFolder = (home: string, machine: MachineName): string => path.join(machines(home), folderName(machine));

/** What people call it. */
export const machineLabel = ({ kind, name }: MachineName): string => (name === "default" ? kind : `${kind}:${name}`);

/** The emulated tiles in the state folder. */
export function knownMachines(home: string): MachineName[] {
  if (!existsSync(machines(home))) return [];
  return readdirSync(machines(home)).sort().flatMap((folder) => {
    const [, kind, name] = /^(qemu|sim)-(.+)$/.exec(folder) ?? [];
    return kind === undefined || name === undefined ? [] : [{ kind: kind as MachineName["kind"], name }];
  });
}

/** @param text what was given to --tile. @throws Failure USAGE for what is no name, NO_TILE for one that does not exist. */
export function parseTile(home: string, text: string): MachineName {
  const [, kind, name] = /^(qemu|sim)(?::(.*))?$/.exec(text) ?? [];
  if (kind === undefined) {
    const known = knownMachines(home);
    const found = known.filter((machine) => machine.name === text);
    if (found[0] !== undefined && found.length === 1) return found[0];
    if (found.length > 1) throw new Failure("NO_TILE", 3, `there are two tiles "${text}"`, `say which: --tile ${found.map(machineLabel).join(" or --tile ")}`);
    throw new Failure("NO_TILE", 3, `there is no tile "${text}"`, known.length === 0 ? "start one with: genesis run --tile qemu" : `use qemu, sim, or one of: ${known.map(machineLabel).join(", ")}`);
  }
  if (name !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(name)) {
    throw usage(`"${name}" is not a name for a tile`, "use up to 32 letters, digits, dots, dashes and underscores, for example: --tile sim:porch");
  }
  return { kind: kind as MachineName["kind"], name: name ?? "default" };
}

/**
 * The board of a simulated tile: chosen when it is first used, the same ever after, since its flash is that board's.
 * @throws Failure USAGE when it is another one.
 */
export function machineBoard(folder: string, wanted: string | undefined, otherwise: string): string {
  const file = path.join(folder, "board");
  const before = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  if (before !== undefined && wanted !== undefined && wanted !== before) throw usage(`this tile is a ${before}, not a ${wanted}`, `leave --board out, or choose another name: --tile sim:${wanted}`);
  if (before === undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${wanted ?? otherwise}\n`);
  }
  return before ?? wanted ?? otherwise;
}
