// The page of the bench's numbers, made from results/bench.json; sections measured on another bundle than the last one are marked STALE.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { buildTileImage } from "../build/tile-image.ts";
import { markdownTable } from "../docs/markdown.ts";
import { type BenchResult, figureRow } from "./figures.ts";

/** The committed result, or undefined. */
export function readBench(root: string): BenchResult | undefined {
  const file = path.join(root, "results", "bench.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as BenchResult) : undefined;
}

/** Names of the sections whose images are not the ones with these bundles. */
export function staleSections(result: BenchResult, bundles: Readonly<Record<string, string>>): string[] {
  return Object.entries(result.sections)
    .filter(([, section]) => Object.entries(bundles).some(([profile, sha256]) => section.bundles[profile] !== sha256))
    .map(([name]) => name);
}

/** @param bundles SHA-256 of the bundles that the sources give now, by profile. */
export function benchPage(result: BenchResult, bundles: Readonly<Record<string, string>>): { file: string; text: string } {
  const stale = new Set(staleSections(result, bundles));
  const { machine } = result;
  const parts = Object.entries(result.sections).map(([name, section]) => {
    const busy = section.load > 1 ? ` The computer was busy (load ${section.load} a core): times are worse than they need be.` : "";
    const old = stale.has(name) ? "**STALE**: the image has changed since. " : "";
    return `## ${section.title}\n\n${old}Measured ${section.takenAt.slice(0, 10)}: ${section.how}.${busy}\n\n${markdownTable(["figure", "value", "unit", "limit", ""], section.figures.map(figureRow))}`;
  });
  return { file: "bench.md", text: `# Numbers\n\n\`npm run bench -- --write\` measured them on ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, ${machine.platform}. Ratios compare things measured side by side in one run; times alone depend on the computer.\n\n${parts.join("\n\n")}\n` };
}

/** The page for the sources as they are. */
export async function benchPageOf(root: string): Promise<{ file: string; text: string }> {
  const result = readBench(root);
  if (result === undefined) return { file: "bench.md", text: "# Numbers\n\nNothing is measured yet: `npm run bench -- --write`.\n" };
  const sha256 = async (profile: "small" | "full"): Promise<string> => (await buildTileImage(root, { name: "tile", version: "1.0.0", profile, frozen: true })).bundle.sha256;
  return benchPage(result, { small: await sha256("small"), full: await sha256("full") });
}
