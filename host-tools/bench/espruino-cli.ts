// The official `espruino` command line, for comparison: installed on demand into a folder of its own (never into this project), run as a process.
//
// The folder gets its own package.json, and npm its --prefix: without them npm would take the nearest project above for the one to install into.
// Optional packages (serialport, Bluetooth) are left out: over TCP it needs none.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Bench } from "./section.ts";

/** Exact version: comparisons should not move by themselves. */
export const cliVersion = "0.1.67";
const INSTALL_MS = 120_000;

/** Path of its program, or why there is none. */
export function espruinoCli(home: string): { program: string } | { why: string } {
  const folder = path.join(home, "bench", "espruino-cli");
  const installed = path.join(folder, "node_modules", "espruino");
  const program = path.join(installed, "bin", "espruino-cli.js");
  if (versionOf(installed) === cliVersion) return { program };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), `{ "private": true }\n`);
  const npm = process.env.npm_execpath;
  const [command, first] = npm !== undefined && /\.c?js$/.test(npm) ? [process.execPath, [npm]] : ["npm", []];
  const args = [...first, "install", `espruino@${cliVersion}`, "--prefix", folder, "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const run = spawnSync(command, args, { cwd: folder, encoding: "utf8", timeout: INSTALL_MS, stdio: ["ignore", "pipe", "pipe"], env: withoutNpmSettings() });
  if (run.status === 0 && versionOf(installed) === cliVersion) return { program };
  const said = `${run.stderr ?? ""}`.trim().split("\n").find((line) => /error|ERR!/.test(line)) ?? run.error?.message ?? `npm ended with ${run.status ?? run.signal}`;
  return { why: `npm could not install espruino@${cliVersion}: ${said.slice(0, 160)}` };
}

function versionOf(folder: string): string | undefined {
  const file = path.join(folder, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { version?: string }).version : undefined;
}

/** Under `npm run`, npm tells its children which project they belong to; this one belongs to another. */
function withoutNpmSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_(local_prefix|prefix)$|^npm_package_/i.test(name)));
}

/** Uploads `file` to Storage as `name` over `address` (tcp://…). Resolves with what it said; rejects when it failed or took longer than `timeoutMs`. */
export function uploadByCli(bench: Bench, program: string, address: string, name: string, file: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // With nothing to send but a file it would open a terminal: an expression makes it end.
    const child = spawn(process.execPath, [program, "--no-ble", "-p", address, "--storage", `${name}:${file}`, "-e", "1"], { cwd: path.dirname(file), stdio: ["ignore", "pipe", "pipe"] });
    bench.onEnd(() => void child.kill("SIGKILL"));
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let said = "";
    child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString("latin1")));
    child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString("latin1")));
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      if (code === 0 && said.includes("Upload Complete")) resolve(said);
      else reject(new Error(`espruino ended with ${code ?? "a signal"}: ${said.trim().split("\n").at(-1) ?? ""}`));
    });
  });
}
