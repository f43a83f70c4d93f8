// Maps by image hash: sealed and unsealed images find the same one, unknown and damaged ones none, and the newest are kept.
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, it } from "vitest";
import { buildImage, parseImage, parseVersion, sealImage } from "../image/mcuboot.ts";
import { rememberSources, rememberSourcesBeside, sourcesOf } from "./image-sources.ts";

const home = mkdtempSync(path.join(tmpdir(), "genesis-maps-"));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const imageOf = (script: string): Buffer => buildImage(script, parseVersion("1.0.0"));
const map = JSON.stringify({ version: 3, sources: ["tile.ts"], names: [], mappings: "AAAA" });

it("finds the map of an image, sealed or not", () => {
  const image = imageOf("(function(){return 1})");
  rememberSources(home, sealImage(image, Buffer.alloc(32, 7)), map);
  const sources = sourcesOf(home, parseImage(image).hash);
  expect(sources?.code).toBe("(function(){return 1})");
  expect(sources?.map.lookUp(1, 1)).toEqual({ file: "tile.ts", line: 1, column: 1 });
  expect(sourcesOf(home, parseImage(imageOf("(function(){return 2})")).hash)).toBeUndefined();
});

it("takes the map beside an image file, and lives with a damaged one", () => {
  const image = imageOf("(function(){return 3})");
  rememberSources(home, imageOf("(function(){})"), map);
  const file = path.join(home, "an image.bin");
  expect(rememberSourcesBeside(home, file, image)).toBe(false);
  writeFileSync(`${file}.map`, map);
  expect(rememberSourcesBeside(home, file, image)).toBe(true);
  expect(sourcesOf(home, parseImage(image).hash)).toBeDefined();
  writeFileSync(`${file}.map`, "{");
  expect(rememberSourcesBeside(home, file, image)).toBe(true);
  expect(sourcesOf(home, parseImage(image).hash)).toBeUndefined();
});

it("keeps the newest 32", () => {
  const hashes = Array.from({ length: 40 }, (_, n) => {
    const image = imageOf(`(function(){return ${n}})`);
    rememberSources(home, image, map);
    const { hash } = parseImage(image);
    utimesSync(path.join(home, "maps", `${hash}.json`), n + 1, n + 1);
    return hash;
  });
  rememberSources(home, imageOf("(function(){return 99})"), map);
  expect(readdirSync(path.join(home, "maps"))).toHaveLength(32);
  expect(hashes.map((hash) => sourcesOf(home, hash) !== undefined)).toEqual(hashes.map((_, n) => n >= 9));
});
