/**
 * The Espruino API in JavaScript, shared with the QEMU board: its files put together as one function of (native, modules, global).
 *
 * `_natives.js` and `debugger.js` are left out: they belong to the C runtime and to its `debug>` prompt (here: quickjs-natives.ts and espruino-console.ts).
 */
import { readFileSync } from "node:fs";
import path from "node:path";

const files = ["bus", "core", "events", "packets", "pins", "print", "serial", "storage"];

/** The project's folder: set by the command line, else found from this file. */
export function projectRoot(): string {
  return process.env["GENESIS_ROOT"] ?? path.join(import.meta.dirname, "../..");
}

export function readPrelude(root: string = projectRoot()): string {
  const folder = path.join(root, "boards/qemu-mps2-an385/runtime/prelude");
  const parts = files.map((name) => readFileSync(path.join(folder, `${name}.js`), "utf8"));
  return `(function (native, modules, global) {\n"use strict";\n${parts.join("\n")}\n})`;
}
