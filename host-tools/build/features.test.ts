// Features: which constants an image is built with, and that what is not carried leaves no byte.
import path from "node:path";
import { expect, it } from "vitest";
import { beyondProfile, type Feature, featureConstants, FEATURES, isFeature } from "./features.ts";
import { buildTileImage } from "./tile-image.ts";

const root = path.resolve(import.meta.dirname, "../..");

it("gives every feature to full, and to either what was asked for", () => {
  expect(featureConstants("small")).toEqual({ FULL: "false", UPLOAD: "false", NEIGHBOR: "false", SENSOR: "false" });
  expect(featureConstants("small", ["sensor"])).toEqual({ FULL: "false", UPLOAD: "false", NEIGHBOR: "false", SENSOR: "true" });
  expect(featureConstants("full")).toEqual({ FULL: "true", UPLOAD: "true", NEIGHBOR: "true", SENSOR: "true" });
  expect(featureConstants("full", ["neighbor", "sensor"])).toEqual({ FULL: "true", UPLOAD: "true", NEIGHBOR: "true", SENSOR: "true" });
});

it("knows features by their names only, and an image by its set of them", () => {
  expect(["sensor", "toString", "constructor", "", "Sensor"].filter(isFeature)).toEqual(["sensor"]);
  expect(beyondProfile("small", ["sensor", "upload", "sensor"])).toEqual(["upload", "sensor"]);
  expect(beyondProfile("full", ["sensor"])).toEqual([]);
  expect(beyondProfile("full", ["neighbor", "sensor"])).toEqual([]);
});

it("adds the sources of a feature to the small image, and only those", async () => {
  const sources: Record<Feature, RegExp> = { upload: /update\/upload\.ts/, neighbor: /firmware\/neighbor|port\/uart/, sensor: /firmware\/(sensor|detector)/ };
  const filesOf = async (extra: Feature[]): Promise<string> => (await buildTileImage(root, { name: "tile", version: "1.0.0", profile: "small", extra, frozen: true })).bundle.bytesPerFile.map(([file]) => file).join("\n");
  const plain = await filesOf([]);
  for (const feature of Object.keys(FEATURES) as Feature[]) {
    expect(plain, feature).not.toMatch(sources[feature]);
    const more = await filesOf([feature]);
    for (const other of Object.keys(FEATURES) as Feature[]) {
      if (other === feature) expect(more).toMatch(sources[other]);
      else expect(more, `${feature} brings ${other}`).not.toMatch(sources[other]);
    }
  }
});
