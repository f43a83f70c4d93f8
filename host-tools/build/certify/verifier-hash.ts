// Which verifier it was: the SHA-256 of all its code.
//
// Idea: the verifier with everything that it imports, the parser of acorn too, is bundled to one text and that is hashed. So a change in any file that has a say in a
// verdict changes the hash, one in a comment, a test or a path of the computer does not. The version beside it is for people and for tiles' floors: it is raised by hand when
// what is accepted or printed changes.

import { createHash } from "node:crypto";
import path from "node:path";
import { build, type Plugin } from "esbuild";

/** Counts the verifier's releases. A tile refuses those below its floor. */
export const VERIFIER_VERSION = 1;

export interface VerifierHash {
  version: number;
  /** SHA-256, 32 bytes. */
  sha256: Buffer;
  /** Files that are part of it, from the root. */
  files: readonly string[];
}

const ENTRY = "host-tools/build/verify/verify.ts";

/** Hashes the verifier below `root`. `instead`: texts that stand in for files, for tests. */
export async function verifierHash(root: string, instead: Readonly<Record<string, string>> = {}): Promise<VerifierHash> {
  const standIn: Plugin = {
    name: "instead",
    setup: (plan) => plan.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path: file }) => {
      const contents = instead[path.relative(root, file).split(path.sep).join("/")];
      return contents === undefined ? undefined : { contents, loader: file.endsWith(".ts") ? "ts" : "js" };
    }),
  };
  const made = await build({
    entryPoints: [ENTRY], absWorkingDir: root, bundle: true, platform: "node", format: "esm", target: "es2023", charset: "utf8", legalComments: "none", metafile: true, write: false, logLevel: "silent",
    // Without white space, because esbuild writes paths of files into comments.
    minifyWhitespace: true, plugins: [standIn],
  });
  return { version: VERIFIER_VERSION, sha256: createHash("sha256").update(made.outputFiles[0]!.contents).digest(), files: Object.keys(made.metafile.inputs).sort() };
}
