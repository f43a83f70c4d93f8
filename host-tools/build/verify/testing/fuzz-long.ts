// The long run of the fuzzer: `node bin/run-ts.mjs host-tools/build/verify/testing/fuzz-long.ts --programs 1000000 --seed 1 --out file.json`
//
// Goes on where it stopped: the file keeps how many seeds are done. Each wrong one is printed with its seed and source, and kept.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fuzzOne } from "./fuzz.ts";
import { newWorld } from "./oracle.ts";

interface Kept {
  seed: number;
  done: number;
  accepted: number;
  wrong: { seed: number; what: string }[];
}

/** Programs between two lines of progress; after each the world is made anew. */
const STEP = 10_000;

function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

async function main(): Promise<number> {
  const programs = Number(option("programs", "1000000"));
  const seed = Number(option("seed", "1"));
  const file = option("out", path.join(".genesis", "assure", "verifier-programs.json"));
  let kept: Kept = { seed, done: 0, accepted: 0, wrong: [] };
  if (existsSync(file)) {
    const before = JSON.parse(readFileSync(file, "utf8")) as Kept;
    if (before.seed === seed && before.wrong.length === 0) kept = before;
  }
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  while (kept.done < programs && kept.wrong.length < 20) {
    const world = await newWorld();
    const end = Math.min(programs, kept.done + STEP);
    for (; kept.done < end; kept.done++) {
      const result = fuzzOne(world, seed + kept.done, kept.done % 16 === 0);
      if (result.verdict === "accepted") kept.accepted++;
      if (result.verdict !== "wrong") continue;
      kept.wrong.push({ seed: seed + kept.done, what: result.wrong.join("; ") });
      console.log(`✘ seed ${seed + kept.done}: ${result.wrong.join("; ")}\n${result.source}`);
    }
    world.dispose();
    writeFileSync(file, JSON.stringify(kept));
    console.log(`  ${kept.done.toLocaleString("en")} of ${programs.toLocaleString("en")} modules, ${kept.accepted.toLocaleString("en")} accepted`);
  }
  console.log(`${kept.wrong.length === 0 ? "✔" : "✘"} ${kept.done.toLocaleString("en")} random modules, ${kept.accepted.toLocaleString("en")} accepted, ${kept.wrong.length} wrong`);
  return kept.wrong.length === 0 ? 0 : 1;
}

process.exitCode = await main();
