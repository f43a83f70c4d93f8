// Which part of the house each shipped byte comes from, by the source map: a function may stand in another file's by now (inline/inline-once.ts).

import { readSegments } from "./overlay/rearrange.ts";

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

/** Count the bytes of a shipped text by subsystem and by file. What comes from no source is "build". */
export function bytesPerSubsystem(code: string, sourceMap: string): { perSubsystem: SubsystemBytes; perFile: [string, number][] } {
  const { sources } = JSON.parse(sourceMap) as { sources: string[] };
  const files = new Map<string, number>();
  const segments = readSegments(code, (JSON.parse(sourceMap) as { mappings: string }).mappings);
  for (const [index, { at, place }] of segments.entries()) {
    const file = sources[place[0] ?? -1];
    const lineEnd = code.indexOf("\n", at);
    const end = Math.min(segments[index + 1]?.at ?? code.length, lineEnd < 0 ? code.length : lineEnd);
    if (file !== undefined && end > at) files.set(file, (files.get(file) ?? 0) + end - at);
  }
  const perFile = descending(files);
  const systems = new Map<string, number>();
  for (const [file, bytes] of perFile) systems.set(subsystemOf(file), (systems.get(subsystemOf(file)) ?? 0) + bytes);
  const counted = perFile.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (code.length > counted) systems.set("build", (systems.get("build") ?? 0) + code.length - counted);
  return { perSubsystem: Object.fromEntries(descending(systems)), perFile };
}
