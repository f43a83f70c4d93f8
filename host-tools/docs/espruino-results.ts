// The page of what was recorded on real Espruino (results/espruino.json), with rows marked STALE when the bundle has changed since.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Profile } from "../../hal/board.ts";
import type { Feature } from "../build/features.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { markdownTable } from "./markdown.ts";

export interface EspruinoOutcome {
  scenario: string;
  variant: string;
  verdict: "passed" | "failed" | "skipped";
  seconds: number;
  /** Of images built with features beyond the profile's: which, and the SHA-256 of their bundle. */
  image?: { extra: readonly Feature[]; bundleSha256: string };
  reason?: string;
  measured?: Record<string, number | string>;
}

/** One run of all scenarios. */
export interface EspruinoResult {
  /** SHA-256 of the bundle of image `tile`, version 1.0.0. */
  bundleSha256: string;
  profile: Profile;
  espruino: string;
  /** Variables of the fixed heap; null where it grows. */
  heapVariables: number | null;
  /** ISO 8601 date. */
  recordedOn: string;
  outcomes: readonly EspruinoOutcome[];
}

export interface EspruinoResults {
  entries: readonly EspruinoResult[];
}

/** What was recorded, or nothing. */
export function readEspruinoResults(root: string): EspruinoResults {
  const file = path.join(root, "results", "espruino.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as EspruinoResults) : { entries: [] };
}

/** Was this recorded with the bundle that the sources give now? */
export async function isFresh(root: string, profile: Profile, { extra, bundleSha256 }: { extra?: readonly Feature[]; bundleSha256: string }): Promise<boolean> {
  const image = await buildTileImage(root, { name: "tile", version: "1.0.0", profile, extra: extra ?? [], frozen: true });
  return image.bundle.sha256 === bundleSha256;
}

/** How many scenarios ran in an entry, and why the others did not. */
export function coverage(entry: EspruinoResult): string {
  const names = [...new Set(entry.outcomes.map((outcome) => outcome.scenario))];
  const skipped = new Map<string, string[]>();
  for (const name of names) {
    const outcomes = entry.outcomes.filter((outcome) => outcome.scenario === name);
    if (outcomes.some((outcome) => outcome.verdict !== "skipped")) continue;
    const reason = outcomes[0]?.reason ?? "no reason was recorded";
    skipped.set(reason, [...(skipped.get(reason) ?? []), name]);
  }
  const missing = [...skipped.values()].reduce((count, list) => count + list.length, 0);
  const whys = [...skipped].map(([reason, list]) => `${list.join(", ")} did not: ${reason}`);
  return `${names.length - missing} of ${names.length} scenarios ran${whys.length === 0 ? "" : `; ${whys.join("; ")}`}.`;
}

export async function espruinoResultsPage(root: string): Promise<{ file: string; text: string }> {
  const parts: string[] = [];
  for (const entry of readEspruinoResults(root).entries) {
    const fresh = await isFresh(root, entry.profile, entry);
    const stale = new Set<EspruinoOutcome>();
    for (const outcome of entry.outcomes) if (!(outcome.image === undefined ? fresh : await isFresh(root, entry.profile, outcome.image))) stale.add(outcome);
    const heap = entry.heapVariables === null ? "growing heap" : `${entry.heapVariables} variables`;
    const rows = entry.outcomes.map((outcome) => [
      outcome.scenario,
      outcome.variant,
      outcome.image === undefined ? entry.profile : [entry.profile, ...outcome.image.extra].join(" + "),
      stale.has(outcome) ? `STALE (${outcome.verdict})` : outcome.verdict,
      outcome.seconds.toFixed(1),
      [outcome.reason ?? "", ...Object.entries(outcome.measured ?? {}).map(([name, value]) => `${name} ${value}`)].filter((text) => text !== "").join("; "),
    ]);
    parts.push(`## Espruino ${entry.espruino}, ${heap}, profile ${entry.profile}\n\nRecorded ${entry.recordedOn} with bundle \`${entry.bundleSha256.slice(0, 16)}…\`${fresh ? "" : ". **STALE**: the bundle has changed since"}. ${coverage(entry)}\n\n${markdownTable(["scenario", "variant", "image", "verdict", "seconds", "measured"], rows)}`);
  }
  return {
    file: "espruino-results.md",
    text: `# Recorded on real Espruino\n\nCI can't run Espruino; these runs were recorded with \`GENESIS_ESPRUINO=<binary> genesis test --rig espruino --record\`. Linux builds of the interpreter with a fixed heap stand for boards with that many variables.\n\n${parts.length === 0 ? "Nothing is recorded yet." : parts.join("\n\n")}\n`,
  };
}
