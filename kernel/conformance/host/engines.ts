// Runs the suite on one engine and reads what it printed.
import { linesInNode, linesInQuickJs, linesOnEspruino, linesOnQemu } from "../../../host-tools/build/script-lines.ts";
import { bundleGroup, GROUPS } from "./bundle.ts";

export interface Verdict {
  object: string;
  name: string;
  /** Checks made; undefined when it failed. */
  checks: number | undefined;
  failure: string;
}

/** Verdicts in an engine's output. */
export function readVerdicts(lines: readonly string[]): Verdict[] {
  const out: Verdict[] = [];
  for (const line of lines) {
    const found = /@@([a-z-]+);([01]);([^;]*);(.*?)\s*$/.exec(line);
    if (found) out.push({ object: found[1] ?? "", name: found[4] ?? "", checks: found[2] === "1" ? Number(found[3]) : undefined, failure: found[2] === "1" ? "" : (found[3] ?? "") });
  }
  return out;
}

async function eachGroup(isFull: boolean, run: (text: string) => Promise<string[]> | string[]): Promise<Verdict[]> {
  const out: Verdict[] = [];
  for (const group of GROUPS) {
    const lines = await run(await bundleGroup(group, isFull));
    out.push(...readVerdicts(lines));
    if (!lines.some((line) => line.includes("@@END"))) out.push({ object: group, name: "the program came to its end", checks: undefined, failure: lines.slice(-3).join(" | ") });
  }
  return out;
}

export function bundleInNode(isFull: boolean): Promise<Verdict[]> {
  return eachGroup(isFull, linesInNode);
}

export function bundleInQuickJs(): Promise<Verdict[]> {
  return eachGroup(true, linesInQuickJs);
}

export function bundleOnEspruino(binary: string): Promise<Verdict[]> {
  return eachGroup(true, (text) => linesOnEspruino(binary, text, 240_000));
}

/** `folder` takes the boards' files. */
export function bundleOnQemu(elfPath: string, folder: string): Promise<Verdict[]> {
  return eachGroup(true, (text) => linesOnQemu(elfPath, folder, text));
}
