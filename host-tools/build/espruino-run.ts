// Runs text on a real Espruino for Linux, for the opt-in tier of the tests (GENESIS_ESPRUINO names the binary).
//
// Traps of that build (reference/espruino §0): stdin must stay open, only SIGKILL ends it, its flash is a file in the working folder.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { EspruinoStorage } from "../sim/espruino-storage.ts";
import { flashFile } from "../sim/flash-file.ts";
import { NorFlash } from "../sim/nor-flash.ts";

const LINUX_FLASH = { baseAddress: 0x1000_0000, flashBytes: 256 * 1024, pageBytes: 1024 } as const;

export interface EspruinoRun {
  /** Lines printed between start and end, control sequences removed. */
  lines: string[];
  /** The interpreter's complaint, if the text did not reach its end. */
  failure: string | undefined;
}

/** Run Storage files on `binary` until `@@END` is printed. `.bootcde` is what starts. Rejects if the binary can't be started. `isCrashing`: complaints are expected, and the program goes on. */
export async function runOnEspruino(binary: string, files: Readonly<Record<string, string>>, timeoutMs: number = 5000, isCrashing: boolean = false): Promise<EspruinoRun> {
  const folder = await mkdtemp(path.join(tmpdir(), "genesis-espruino-"));
  try {
    const flash = new NorFlash(LINUX_FLASH, undefined, flashFile(path.join(folder, "espruino.flash")));
    const storage = new EspruinoStorage(flash, LINUX_FLASH.baseAddress, LINUX_FLASH.flashBytes);
    for (const [name, text] of Object.entries(files)) storage.write(name, text);
    flash.close();
    return await new Promise<EspruinoRun>((resolve, reject) => {
      const child = spawn(binary, [], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
      let text = "";
      const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      child.once("error", (error) => reject(new Error(`${binary} does not start: ${error.message}. Set GENESIS_ESPRUINO to an Espruino for Linux`)));
      child.stdin.on("error", () => undefined);
      child.stdout.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
        if (/@@END\r?\n/.test(text)) child.kill("SIGKILL");
        else if (!isCrashing && /Uncaught|Interrupted|debug>/.test(text)) setTimeout(() => child.kill("SIGKILL"), 80);
      });
      child.once("close", () => {
        clearTimeout(timer);
        resolve(readOutput(text, isCrashing));
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readOutput(text: string, isCrashing: boolean): EspruinoRun {
  // eslint-disable-next-line no-control-regex
  const plain = text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
  const body = plain.slice(plain.indexOf("@@START") < 0 ? 0 : plain.indexOf("@@START") + 7);
  const ended = body.includes("@@END");
  const lines = (ended ? body.slice(0, body.indexOf("@@END")) : body).split(/\r?\n/).filter((line) => line !== "");
  const complaint = isCrashing ? -1 : lines.findIndex((line) => /Uncaught|Interrupted|debug>/.test(line));
  if (ended && complaint < 0) return { lines, failure: undefined };
  return { lines: complaint < 0 ? lines : lines.slice(0, complaint), failure: complaint < 0 ? "no end" : lines[complaint] };
}

/**
 * Variables of `binary` that an expression file keeps once it is evaluated from flash and, with `call`, started: `call` is text that uses `f`. Evaluated with no
 * scope around it, as the first stage does it: within a function, each function of the file would refer to that function's scope as well.
 */
export async function measureVariables(binary: string, code: string, call: string = "f"): Promise<{ before: number; evaluated: number; after: number }> {
  const steps = `b=process.memory().usage;f=eval(require("Storage").read("img",0,${code.length}));e=process.memory().usage;t=eval(require("Storage").read("call"));f=undefined;setTimeout('print("@@"+JSON.stringify([b,e,process.memory().usage]));print("@@END")',300)`;
  const boot = `var b,e,f,t;print("@@START");setTimeout(${JSON.stringify(steps)},50);`;
  const run = await runOnEspruino(binary, { img: code, call: `[f,${call}]`, ".bootcde": boot }, 8000);
  const found = run.lines.find((line) => line.includes("@@["));
  if (found === undefined) throw new Error(`Espruino printed no figures: ${run.failure ?? ""} ${run.lines.join(" | ")}`);
  const [before, evaluated, after] = JSON.parse(found.slice(found.indexOf("@@") + 2)) as [number, number, number];
  return { before, evaluated, after };
}
