// What fuel costs: the same service code bundled with and without, in bytes, and at work on XS (its meter, and virtual time, which counts instructions).
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { qemuStorage } from "../../bench/qemu-flash.ts";
import { startQemu } from "../../qemu/machine.ts";
import { bundleTile } from "../bundle.ts";
import { mangleCachePath } from "../tile-image.ts";

export const WORK = ["detector, one sample", "CRC-16 of 32 bytes", "CBOR encode, 12 items", "CBOR decode, 7 items"] as const;

/** Figures for one turn of each kind of {@link WORK}. */
export interface WorkCost {
  what: string;
  /** XS's meter. */
  units: number;
  us: number;
  /** Fuel; 0 without. */
  fuel: number;
  /** What it computed. */
  sum: number;
}

const TIMES = 64;

/** The probe's text. */
export async function overheadProbe(root: string, fuel: boolean): Promise<string> {
  const entry = path.join("host-tools", "build", "fuel", "testing", "overhead-probe.ts");
  // The probe reads the counter from inside the wrapping function, as the kernel will.
  const { code } = await bundleTile({ entry, root, profile: "small", isMetered: fuel, mangleCachePath: mangleCachePath(root), updateMangleCache: false });
  return fuel ? code.replace(/return ([\w$]+)\}\)\(\)$/, "return (a,b)=>{var c=$,d=$1(a,b);return[d,c-$]}})()") : code.replace(/return ([\w$]+)\}\)\(\)$/, "return (a,b)=>[$1(a,b),0]})()");
}

/** Script that prints `@@<kind>;<units>;<µs>;<fuel>;<sum>` a line. */
export function overheadScript(probe: string): string {
  return `print("@@START");(function(){var p=${probe};function q(){return typeof E!="undefined"&&E.genesis?E.genesis().meter:0}function r(k,n){var u=q(),t=getTime(),s=p(0,{kind:k,times:n});return[q()-u,(getTime()-t)*1e6,s[1],s[0]]}` +
    `for(var k=0;k<${WORK.length};k++){r(k,1);var a=r(k,0),b=r(k,${TIMES});print("@@"+k+";"+(b[0]-a[0])+";"+Math.round(b[1]-a[1])+";"+(b[2]-a[2])+";"+b[3])}})();print("@@END");`;
}

export function readOverhead(text: string): WorkCost[] {
  return [...text.matchAll(/@@(\d);(-?\d+);(-?\d+);(-?\d+);(-?\d+)/g)].map(([, kind, units, us, fuel, sum]) => ({ what: WORK[Number(kind)]!, units: Number(units) / TIMES, us: Number(us) / TIMES, fuel: Number(fuel) / TIMES, sum: Number(sum) }));
}

/** On XS in QEMU. `folder` takes its files. @throws Error when the probe prints something else. */
export async function overheadOnQemu(elfPath: string, folder: string, probe: string): Promise<WorkCost[]> {
  const own = mkdtempSync(path.join(folder, "board-"));
  const [flashPath, outputPath] = [path.join(own, "flash.bin"), path.join(own, "output")];
  qemuStorage(flashPath, (storage) => storage.write(".bootcde", overheadScript(probe)));
  const machine = await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } });
  try {
    for (const deadlineMs = performance.now() + 60_000; ; ) {
      const text = readFileSync(outputPath, "latin1");
      if (text.includes("@@END")) return readOverhead(text);
      if (performance.now() > deadlineMs || /Uncaught/.test(text)) throw new Error(`the probe did not end on QEMU: ${text.slice(-300)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await machine.kill();
  }
}
