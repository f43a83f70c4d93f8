// What esbuild must not lower: its `supported` map as a gate. A feature marked false that esbuild cannot rewrite is a build error with file and line.
//
// Features that it would rewrite with helper code (spread, async, destructuring …) are caught here or, where it succeeds, by the dialect pass
// over the shipped text. `?.` and `**` are lowered to plain code, which is fine to ship.

import type { BuildOptions } from "esbuild";

/** Language level that Espruino comes closest to. */
export const TILE_TARGET = "es2015";

export const TILE_SUPPORTED: NonNullable<BuildOptions["supported"]> = {
  "nullish-coalescing": true,
  "optional-catch-binding": true,
  "default-argument": false,
  "rest-argument": false,
  destructuring: false,
  "array-spread": false,
  "object-rest-spread": false,
  "async-await": false,
  "async-generator": false,
  "for-await": false,
  generator: false,
  bigint: false,
  "regexp-named-capture-groups": false,
  "new-target": false,
};

/** Options shared by tile images and the first stage. */
export const TILE_BUILD_OPTIONS = {
  bundle: true,
  write: false,
  minify: true,
  charset: "ascii",
  legalComments: "none",
  platform: "neutral",
  target: TILE_TARGET,
  supported: TILE_SUPPORTED,
  treeShaking: true,
  logLevel: "silent",
  // The build's own settings, whatever tsconfig stands near the entry file: fields are plain assignments in the constructor.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, target: "es2015" } },
} as const satisfies BuildOptions;
