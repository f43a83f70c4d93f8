// From a module's folder to the text that ships: bundle, verifier, and what the manifest allows beside what the text can come to.

import path from "node:path";
import { Op } from "../../firmware/modules/guest-api.ts";
import { readSourceMap } from "../build/source-map.ts";
import { writeVlq } from "../build/vlq.ts";
import { ModuleRejected } from "../build/verify/rules.ts";
import { type CertificateBounds, verifyModule } from "../build/verify/verify.ts";
import type { ModuleManifest } from "./manifest.ts";
import { readModule } from "./module-folder.ts";

/** A reason why a module does not ship, at its place in the author's file. */
export interface Complaint {
  /** Absolute. */
  file: string;
  line: number;
  column: number;
  /** Number and name of the verifier's rule; undefined: the manifest does not allow it. */
  rule?: { number: number; id: string };
  reason: string;
  why: string;
  instead: string;
}

/** How a bound stands beside its quota. */
export interface Bound {
  name: "fuel" | "memory" | "load fuel" | "load memory";
  /** undefined: loops or data decide, and the tile stops what goes beyond. */
  most: number | undefined;
  quota: number;
}

export interface CompiledModule {
  folder: string;
  manifest: ModuleManifest;
  /** As bundled: what the author wrote. */
  source: string;
  /** As printed: what ships. */
  text: string;
  certificate: CertificateBounds;
  bounds: readonly Bound[];
  /** Where each stretch of `text` comes from, ascending by `at` (column from 0): the author's file, absolute, line and column from 1. */
  places: readonly (Place & { at: number })[];
}

interface Place {
  file: string;
  line: number;
  column: number;
}

export class ModuleRefused extends Error {
  readonly code = "MODULE_REJECTED";
  readonly exitCode = 6;
  readonly next: string;
  readonly complaints: readonly Complaint[];

  constructor(manifest: ModuleManifest, complaints: readonly Complaint[]) {
    super(`module ${manifest.name} is not accepted, for ${complaints.length} ${complaints.length === 1 ? "reason" : "reasons"}`);
    this.name = "ModuleRefused";
    this.complaints = complaints;
    this.next = "change what is named above; docs/reference/module-rules/ has a page for each rule";
  }
}

/** What a module may ask of the gate. */
const OPERATIONS: ReadonlySet<number | "any"> = new Set<number | "any">([Op.Now, Op.Call, Op.Reply, Op.SetTimer]);

/** @throws ModuleRefused, and what reading it throws (module-folder.ts). */
export function compileModule(root: string, folder: string): CompiledModule {
  const { manifest, text: source, sourceMap } = readModule(root, folder);
  const map = readSourceMap(sourceMap);
  const placeOf = (line: number, column: number): Place => {
    const found = map.lookUp(line, column);
    return { file: path.resolve(folder, found?.file ?? "module.ts"), line: found?.line ?? 1, column: found?.column ?? 1 };
  };
  const unknown = unknownMembers(source).map(({ line, column, enumName, member, members }) => ({ ...placeOf(line, column), reason: `${enumName} has no member ${member}`, why: "only what the manifest needs, or the tile offers, has a name", instead: `write one of ${members.map((one) => `${enumName}.${one}`).join(", ")}` }));
  if (unknown.length > 0) throw new ModuleRefused(manifest, unknown);
  const { text, certificate, sites } = verified(manifest, source, placeOf);

  const { quotas } = manifest;
  const { handle, load } = certificate.bounds;
  const bounds: Bound[] = [
    { name: "fuel", most: handle.fuel, quota: quotas.fuelPerRun },
    { name: "memory", most: handle.memory, quota: quotas.memoryBlocks },
    { name: "load fuel", most: load.fuel, quota: quotas.fuelPerRun },
    { name: "load memory", most: load.memory, quota: quotas.memoryBlocks },
  ];
  const inManifest = { file: path.join(folder, "manifest.ts"), line: 1, column: 1 };
  const complaints: Complaint[] = [];
  for (const { name, most, quota } of bounds) {
    if (most === undefined || most <= quota) continue;
    const field = name.endsWith("fuel") ? "fuelPerRun" : "memoryBlocks";
    complaints.push({ ...inManifest, reason: `${name} may come to ${most}, and quotas.${field} is ${quota}`, why: "the tile would stop a run that does what the text allows", instead: `write quotas.${field}: ${most} or more, or do less in one run` });
  }
  for (const operation of certificate.operations) {
    if (OPERATIONS.has(operation)) continue;
    complaints.push({ ...inManifest, file: path.join(folder, "module.ts"), reason: operation === "any" ? "an operation of the gate is computed" : `operation ${operation} of the gate is used`, why: "a module has Now, Call, Reply and SetTimer", instead: "write one of them where the gate is called: gate(Op.Call, …)" });
  }
  if (complaints.length > 0) throw new ModuleRefused(manifest, complaints);

  return { folder, manifest, source, text, certificate, bounds, places: sites.map((site) => ({ at: site.at, ...placeOf(site.line, site.column) })) };
}

/**
 * Members that a const enum does not have. esbuild puts in the numbers of those it has and drops the enum; for another it keeps the enum as an object made by a
 * function, which the verifier would refuse for the function, at the enum.
 */
function unknownMembers(source: string): { line: number; column: number; enumName: string; member: string; members: string[] }[] {
  const found: ReturnType<typeof unknownMembers> = [];
  for (const [, enumName, inside, body] of source.matchAll(/^var (\w+) = \/\* @__PURE__ \*\/ \(\((\w+)\) => \{\n([^]*?)\n\}\)\(\1 \|\| \{\}\);$/gm)) {
    const members = [...body!.matchAll(new RegExp(`^ *${inside}\\[${inside}\\["(\\w+)"\\] = `, "gm"))].map((one) => one[1]!);
    source.split("\n").forEach((text, index) => {
      for (const use of text.matchAll(new RegExp(`\\b${enumName}\\.(\\w+)`, "g"))) if (!members.includes(use[1]!)) found.push({ line: index + 1, column: use.index + 1, enumName: enumName!, member: use[1]!, members });
    });
  }
  return found;
}

function verified(manifest: ModuleManifest, source: string, placeOf: (line: number, column: number) => Place): ReturnType<typeof verifyModule> {
  try {
    return verifyModule(source);
  } catch (error) {
    if (!(error instanceof ModuleRejected)) throw error;
    throw new ModuleRefused(manifest, error.rejections.map(({ number, ruleId, line, column, reason, why, instead }) => ({ ...placeOf(line, column), rule: { number, id: ruleId }, reason, why, instead })));
  }
}

/** Source map v3 of the text, JSON, for a file in `folder`. */
export function sourceMapOf({ manifest, places }: CompiledModule, folder: string): string {
  const sources: string[] = [];
  const last = [0, 0, 0, 0];
  const segments = places.map(({ at, file, line, column }) => {
    const source = path.relative(folder, file).split(path.sep).join("/");
    if (!sources.includes(source)) sources.push(source);
    const fields = [at, sources.indexOf(source), line - 1, column - 1];
    const segment = fields.map((value, index) => writeVlq(value - last[index]!)).join("");
    last.splice(0, 4, ...fields);
    return segment;
  });
  return JSON.stringify({ version: 3, file: `${manifest.name}.js`, sources, names: [], mappings: segments.join(",") });
}
