// Global options: one list, from which flags, environment variables (GENESIS_PORT …) and the settings file take their names.
//
// Who wins: a flag, then the environment, then `settings.json` in the state folder ({"tile": "qemu", "baud": 9600}), then the default.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Option, type Command as Program } from "commander";
import { Failure, usage } from "./failure.ts";

export interface Setting {
  flags: string;
  /** Long flag without dashes, as the settings file has it. */
  name: string;
  summary: string;
  default?: string;
  isSwitch?: true;
}

export const SETTINGS: readonly Setting[] = [
  { flags: "-p, --port <path>", name: "port", summary: "serial port or socket of the tile (default: found automatically)" },
  { flags: "--serial <number>", name: "serial", summary: "USB serial number of the board, whatever its port is called" },
  { flags: "--console <path>", name: "console", summary: "second port that carries the console, where the link has its own" },
  { flags: "-t, --tile <name>", name: "tile", summary: "qemu, sim, or the name of a tile kept in the state folder (qemu:porch makes one)" },
  { flags: "-b, --board <id>", name: "board", summary: "board id, see `genesis boards`" },
  { flags: "--baud <rate>", name: "baud", summary: "rate of the serial port", default: "115200" },
  { flags: "--timeout <ms>", name: "timeout", summary: "how long to wait for an answer", default: "5000" },
  { flags: "--json", name: "json", summary: "print JSON Lines (docs/reference/json-events.md)", isSwitch: true },
  { flags: "-q, --quiet", name: "quiet", summary: "print only what was asked for", isSwitch: true },
  { flags: "--no-progress", name: "no-progress", summary: "no progress bars", isSwitch: true },
];

/** The environment variable of a setting: "no-progress" is GENESIS_NO_PROGRESS. */
export const variable = (name: string): string => `GENESIS_${name.toUpperCase().replaceAll("-", "_")}`;

const isOff = (text: string | undefined): boolean => text === undefined || ["", "0", "false", "no"].includes(text.toLowerCase());

/** The settings that the environment sets: empty ones count as not set, and a switch is off with 0, false or no. */
export function settingsEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const setting of SETTINGS) {
    const value = environment[variable(setting.name)];
    if (value !== undefined && value !== "" && !(setting.isSwitch && isOff(value))) found[setting.name] = value;
  }
  return found;
}

/** The settings file. @throws Failure SETTINGS when it is not a JSON object of known settings. */
export function settingsFile(home: string): Record<string, string> {
  const file = path.join(home, "settings.json");
  if (!existsSync(file)) return {};
  const wrong = (why: string): Failure => new Failure("SETTINGS", 2, `${file} ${why}`, `correct it; it may hold ${SETTINGS.map(({ name }) => name).join(", ")}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw wrong(`can not be read: ${(error as Error).message}`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw wrong("is not a JSON object");
  const found: Record<string, string> = {};
  for (const [name, entry] of Object.entries(value)) {
    const setting = SETTINGS.find((known) => known.name === name);
    if (setting === undefined) throw wrong(`has "${name}", which is no setting`);
    if (setting.isSwitch ? typeof entry !== "boolean" : typeof entry !== "string" && typeof entry !== "number") throw wrong(`has a ${typeof entry} for "${name}"`);
    if (entry !== false) found[name] = String(entry);
  }
  return found;
}

/** Adds the global options to the program; their defaults are what the environment and the settings file say. */
export function addSettings(program: Program, given: Readonly<Record<string, string>> = {}): void {
  for (const setting of SETTINGS) {
    const option = new Option(setting.flags, `${setting.summary} (env: ${variable(setting.name)})`);
    const value = given[setting.name] ?? setting.default;
    if (value !== undefined) option.default(setting.isSwitch ? setting.name !== "no-progress" : value, setting.default);
    program.addOption(option);
  }
}

/** Is `--json` asked for? Needed before the command line has been understood. */
export function wantsJson(argv: readonly string[], given: Readonly<Record<string, string>>): boolean {
  const end = argv.indexOf("--");
  return given.json !== undefined || (end < 0 ? argv : argv.slice(0, end)).includes("--json");
}

/** A number of an option. @throws Failure USAGE */
export function numberOption(flag: string, value: unknown, options: { min: number; isInteger?: boolean }): number {
  const text = String(value).trim();
  const number = Number(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) || number < options.min || (options.isInteger && !Number.isInteger(number))) {
    throw usage(`${flag} takes ${options.isInteger ? "a whole number" : "a number"} from ${options.min} on, not "${text}"`);
  }
  return number;
}
