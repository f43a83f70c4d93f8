/**
 * Runs a JavaScript file in a real Espruino interpreter (Linux build) and returns what it printed.
 *
 * The idea: the interpreter is the reference for everything this board imitates, so tests ask it directly when
 * `GENESIS_ESPRUINO` names a binary. Its stdin has to stay open, and only SIGKILL ends it.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Path of the real interpreter, or undefined when this tier is off. */
export const espruinoBinary: string | undefined = process.env["GENESIS_ESPRUINO"];

/**
 * The same, when its heap can grow: the 64-bit Linux build. The 32-bit builds have a board's fixed number of variables,
 * too few for tests that print whole files. (ELF, System V gABI: byte 4 of the file is its class, 2 = 64-bit.)
 */
export const roomyEspruino: string | undefined = espruinoBinary !== undefined && readFileSync(espruinoBinary)[4] === 2 ? espruinoBinary : undefined;

export interface EspruinoRun {
  /** Lines printed with `report(...)`, without its mark. */
  readonly lines: readonly string[];
  /** The whole flash image afterwards. */
  readonly flash: Buffer;
  /** It found Storage corrupt at start-up and erased it. */
  readonly corrupt: boolean;
}

const mark = "@@";
const prelude = `function report(s){print("${mark}"+s);}
function hex(s){if(s===undefined)return "undefined";var r="";for(var i=0;i<s.length;i++)r+=(256+s.charCodeAt(i)).toString(16).substr(1);return r||"-";}
function attempt(f){try{report(""+f());}catch(e){report(e.toString());}}
`;

/**
 * Runs `source` (with report, hex, attempt defined) in a fresh directory, with a fresh flash or the given image.
 * @throws Error when it does not finish within timeoutMs.
 */
export async function runEspruino(binary: string, source: string, { timeoutMs = 60_000, flash }: { timeoutMs?: number; flash?: Buffer } = {}): Promise<EspruinoRun> {
  const directory = mkdtempSync(join(tmpdir(), "genesis-espruino-"));
  try {
    if (flash) writeFileSync(join(directory, "espruino.flash"), flash);
    writeFileSync(join(directory, "test.js"), `${prelude}${source}\nreport("finished");\n`);
    const child = spawn(resolve(binary), ["test.js"], { cwd: directory, stdio: ["pipe", "pipe", "inherit"] });
    const output = await new Promise<string>((done, fail) => {
      let text = "";
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        fail(new Error(`Espruino did not finish in ${timeoutMs} ms; it printed: ${text.slice(-2000)}`));
      }, timeoutMs);
      child.stdout.setEncoding("latin1");
      child.stdout.on("data", (chunk: string) => {
        text += chunk;
        if (text.includes(`${mark}finished`)) child.kill("SIGKILL");
      });
      child.on("close", () => {
        clearTimeout(timer);
        done(text);
      });
    });
    const lines = output.split(/\r?\n/).flatMap((line) => (line.includes(mark) ? [line.slice(line.indexOf(mark) + mark.length)] : []));
    if (lines.pop() !== "finished") throw new Error(`Espruino stopped early; it printed: ${output.slice(-2000)}`);
    return { lines, flash: readFlash(directory), corrupt: output.includes("Storage is corrupt") };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readFlash(directory: string): Buffer {
  try {
    return readFileSync(join(directory, "espruino.flash"));
  } catch {
    return Buffer.alloc(0x40000, 0xff); // never written: the file is made by the first write
  }
}
