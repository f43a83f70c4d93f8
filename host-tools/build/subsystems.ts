// Which part of the house each shipped byte comes from, by esbuild's own account of its inputs.

import type { Metafile } from "esbuild";

/** Bytes by subsystem name, biggest first. */
export type SubsystemBytes = Record<string, number>;

/** Subsystem of a source path: the top folder, and below firmware/ the service (`firmware/wire/cbor.ts` → `wire`); of a module that the build makes, its namespace. */
export function subsystemOf(file: string): string {
  const parts = file.replace(/^(\.\.?\/)+/, "").split("/");
  const top = parts[0] ?? "build";
  if (top === "firmware") return parts.length > 2 ? (parts[1] ?? top) : top;
  return top.replace(/:.*/, "");
}

function descending(entries: Iterable<[string, number]>): [string, number][] {
  return [...entries].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** Count `totalBytes` of shipped text by subsystem and by file. What no input accounts for is "build". */
export function bytesPerSubsystem(totalBytes: number, metafile: Metafile): { perSubsystem: SubsystemBytes; perFile: [string, number][] } {
  const files = new Map<string, number>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) if (bytesInOutput > 0) files.set(file, (files.get(file) ?? 0) + bytesInOutput);
  }
  const perFile = descending(files);
  const systems = new Map<string, number>();
  for (const [file, bytes] of perFile) systems.set(subsystemOf(file), (systems.get(subsystemOf(file)) ?? 0) + bytes);
  const counted = perFile.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (totalBytes > counted) systems.set("build", (systems.get("build") ?? 0) + totalBytes - counted);
  return { perSubsystem: Object.fromEntries(descending(systems)), perFile };
}
