// Crash-only, exhaustively: a stack overflow or a full memory is a stop after some write; here every operation is stopped after every one of its writes.
import { readFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { kernelConstants } from "../../../host-tools/build/kernel-features.ts";
import { Op } from "../../gate.ts";
import type { CrashTally } from "./crash-subject.ts";
import { stopEverything } from "./every-write.ts";
import type * as EveryWrite from "./every-write.ts";

const MOST = 20;

function say(profile: string, tally: CrashTally): void {
  process.stdout.write(`crash-only, ${profile}: ${tally.stops} stops in ${tally.entries} entries, ${tally.faults} while somebody ran, ${tally.again} while coming back; ${tally.states} states, ${tally.ops.size} operations\n`);
}

/** The suite for profile small, with a mistake in the kernel when `mistake` says one: text of a file, and what stands there instead. */
async function bundled(isFull: boolean, mistake?: { file: string; text: string; instead: string }): Promise<typeof EveryWrite> {
  const built = await build({
    stdin: { contents: `export * from "./every-write.ts";`, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    define: { ...kernelConstants(isFull ? "full" : "small"), FULL: String(isFull) },
    plugins: [
      {
        name: "mistake",
        setup: (plan) => {
          if (!mistake) return;
          plan.onLoad({ filter: new RegExp(`kernel/${mistake.file}$`) }, (args) => {
            const source = readFileSync(args.path, "utf8");
            if (!source.includes(mistake.text)) throw new Error(`${path.basename(args.path)} has no "${mistake.text}"`);
            return { contents: source.replace(mistake.text, () => mistake.instead), loader: "ts" };
          });
        },
      },
    ],
  });
  return (await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0]?.text ?? "").toString("base64")}`)) as typeof EveryWrite;
}

it("a stop after any write of any operation is found out at the next entry, and undone", { timeout: 600_000 }, () => {
  const { tally, findings } = stopEverything(MOST);
  say("full", tally);
  expect(findings).toEqual([]);
  // Every operation was carried out, not only refused.
  expect([...tally.ops].sort((a, b) => a - b)).toEqual(Array.from({ length: Op.Count }, (_, op) => op));
});

it("in profile small, too", { timeout: 600_000 }, async () => {
  const { tally, findings } = (await bundled(false)).stopEverything(MOST);
  say("small", tally);
  expect(findings).toEqual([]);
  expect(tally.ops.size).toBeGreaterThanOrEqual(20);
});

it.each([
  { what: "a write that is not noted", file: "queue.ts", text: "put(head, t);", instead: "m[head] = t;" },
  { what: "a roll-back from the wrong end", file: "state.ts", text: "m[k._log[i]!] = k._log[i + 1]!", instead: "m[k._log[k._n - 2 - i]!] = k._log[k._n - 1 - i]!" },
  { what: "the old value noted after the new one is written", file: "state.ts", text: "  log[n] = at;\n  log[n + 1] = m[at]!;\n  k._n = n + 2;\n  m[at] = value;", instead: "  log[n] = at;\n  log[n + 1] = m[at]!;\n  m[at] = value;\n  k._n = n + 2;" },
  { what: "domains that forget their turn", file: "objects/domain.ts", text: "put(Reg.Row, row);", instead: "m[Reg.Row] = row;" },
])("finds $what", { timeout: 600_000 }, async (mistake) => {
  expect((await bundled(true, mistake)).stopEverything(1).findings).not.toEqual([]);
});
