// What an image can carry besides what every tile has: features, chosen when it is built.
//
// Idea: one source; a feature is a constant (`declare const UPLOAD: boolean` in tile code) that the bundler knows, so what is not carried leaves no byte. A profile is
// a set of features and what else a large board gets (`FULL`); a board of the small profile that has room takes single ones: `genesis build --profile small --with sensor`.
// docs/decisions/0006-small-profile.md says what the small profile carries, and why. What costs every image something and is not needed for the
// project's own services stays out of both profiles.
import type { Profile } from "../../hal/board.ts";

export const FEATURES = {
  upload: "images over SMP into the slot that does not run (A/B); without it a tile is updated through its boot window",
  neighbor: "hellos to and from the tile at the other end of a second UART, where the tile was flashed with --neighbor",
  sensor: "sensor service and the detector of anomalies",
} as const;

export type Feature = keyof typeof FEATURES;

const ALL = Object.keys(FEATURES) as Feature[];

/** What a profile has by itself. */
const OF_PROFILE: Readonly<Record<Profile, readonly Feature[]>> = { small: [], full: ["upload", "neighbor", "sensor"] };

export function isFeature(name: string): name is Feature {
  return Object.hasOwn(FEATURES, name);
}

/** Features of an image: those of its profile and `extra`, each once, in a fixed order. */
export function featuresOf(profile: Profile, extra: readonly Feature[] = []): Feature[] {
  return ALL.filter((feature) => OF_PROFILE[profile].includes(feature) || extra.includes(feature));
}

/** Of `wanted`, those that the profile has not by itself, each once, in a fixed order: one set of features has one name and one image. */
export function beyondProfile(profile: Profile, wanted: readonly Feature[]): Feature[] {
  return featuresOf(profile, wanted).filter((feature) => !OF_PROFILE[profile].includes(feature));
}

/** The constants tile code is built with, as esbuild's and vite's `define` take them. */
export function featureConstants(profile: Profile, extra: readonly Feature[] = []): Record<string, string> {
  const carried = featuresOf(profile, extra);
  return { FULL: String(profile === "full"), ...Object.fromEntries(ALL.map((feature) => [feature.toUpperCase(), String(carried.includes(feature))])) };
}
