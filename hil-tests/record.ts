// Writes results/espruino.json: what CI can't run, kept with what it was measured on.
//
// An entry is keyed by the bundle's SHA-256, Espruino's version and the size of its heap. A new run replaces the entry of the same version, heap and profile, but for
// scenarios that were not run this time, of the same bundle: they stay. A scenario whose images were built with a feature more names it, and has a bundle of its own;
// the page made from the file marks entries whose bundle is no longer what the sources give as STALE (host-tools/docs/espruino-results.ts).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { EspruinoOutcome, EspruinoResult, EspruinoResults } from "../host-tools/docs/espruino-results.ts";
import type { ImageStore } from "./images.ts";
import type { Outcome } from "./runner.ts";
import type { Rig } from "./scenario.ts";

/** Adds or replaces this run's entry. */
export async function recordEspruino(root: string, rig: Rig, images: ImageStore, outcomes: readonly Outcome[]): Promise<void> {
  const engine = await rig.engine();
  const profile = rig.board?.profile ?? "full";
  const image = await images.get("v1", profile);
  const toRecord = async ({ scenario, variant, verdict, reason, seconds, measured, extra }: Outcome): Promise<EspruinoOutcome> => ({
    scenario,
    variant,
    verdict,
    seconds: Math.round(seconds * 10) / 10,
    ...(extra.length === 0 ? {} : { image: { extra, bundleSha256: (await images.get("v1", profile, extra)).bundle.sha256 } }),
    ...(reason === "" ? {} : { reason: reason.split("\n")[0] ?? "" }),
    ...(Object.keys(measured).length === 0 ? {} : { measured }),
  });
  const entry: EspruinoResult = {
    bundleSha256: image.bundle.sha256,
    profile,
    espruino: engine.version,
    heapVariables: engine.heapVariables ?? null,
    recordedOn: new Date().toISOString().slice(0, 10),
    outcomes: await Promise.all(outcomes.map(toRecord)),
  };
  const file = path.join(root, "results", "espruino.json");
  const before: EspruinoResults = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as EspruinoResults) : { entries: [] };
  const isSame = (other: EspruinoResult): boolean => other.espruino === entry.espruino && other.heapVariables === entry.heapVariables && other.profile === entry.profile;
  const old = before.entries.find((other) => isSame(other) && other.bundleSha256 === entry.bundleSha256);
  const keep = old?.outcomes.filter(({ scenario, variant }) => !entry.outcomes.some((now) => now.scenario === scenario && now.variant === variant)) ?? [];
  entry.outcomes = [...keep, ...entry.outcomes].sort((a, b) => (a.scenario < b.scenario ? -1 : a.scenario > b.scenario ? 1 : 0));
  const entries = [...before.entries.filter((other) => !isSame(other)), entry].sort((a, b) => (a.heapVariables ?? Infinity) - (b.heapVariables ?? Infinity));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ entries }, null, 1)}\n`);
}
