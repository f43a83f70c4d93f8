// The way back to TypeScript for images this computer built: shipped text and source map, by the image's hash, in the state folder.
//
// build, flash and update put them there (a map never goes to a tile); monitor asks with the hash of what the tile runs. The newest few are kept.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseImage } from "../image/mcuboot.ts";
import { readSourceMap, type TileSourceMap } from "./source-map.ts";

/** Images whose maps are kept, about 100 kB each. */
const KEPT = 32;

export interface ImageSources {
  /** The script as it was shipped. */
  code: string;
  map: TileSourceMap;
}

const folderOf = (home: string): string => path.join(home, "maps");
const fileOf = (home: string, hash: string): string => path.join(folderOf(home), `${hash}.json`);

/** Keeps the map of an image file (sealed or not: its hash is the same). @throws ImageError */
export function rememberSources(home: string, image: Uint8Array, sourceMap: string): void {
  const { hash, script } = parseImage(image);
  const folder = folderOf(home);
  mkdirSync(folder, { recursive: true });
  const temporary = `${fileOf(home, hash)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ code: script, sourceMap }));
  renameSync(temporary, fileOf(home, hash));
  const files = readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => path.join(folder, name));
  const changedMs = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  for (const old of files.sort((a, b) => changedMs(b) - changedMs(a)).slice(KEPT)) rmSync(old, { force: true });
}

/** Keeps the map that lies beside an image file, as `genesis build` puts it there; false where none does. @throws ImageError */
export function rememberSourcesBeside(home: string, file: string, image: Uint8Array): boolean {
  if (!existsSync(`${file}.map`)) return false;
  rememberSources(home, image, readFileSync(`${file}.map`, "utf8"));
  return true;
}

/** What is known of the image with this hash (hexadecimal); undefined when it was not built or flashed from here, or its file is damaged. */
export function sourcesOf(home: string, hash: string): ImageSources | undefined {
  try {
    const { code, sourceMap } = JSON.parse(readFileSync(fileOf(home, hash), "utf8")) as { code: string; sourceMap: string };
    return { code, map: readSourceMap(sourceMap) };
  } catch {
    return undefined;
  }
}
