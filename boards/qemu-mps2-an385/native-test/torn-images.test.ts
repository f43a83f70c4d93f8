/** Flash images as power cuts leave them: the C Storage and the real interpreter see the same files in them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordedGeometry } from "../test-vectors/storage-vectors.ts";
import { espruinoBinary, runEspruino } from "./espruino-runner.ts";
import { NativeCore, nativeCompiler } from "./native-core.ts";

const name = (text: string): string => Buffer.from(text).toString("hex");
const file = (text: string, fill: string, bytes: number): string => `write ${name(text)} ${fill.repeat(bytes)}`;
const setUp = [file("kept1", "11", 900), file("kept2", "22", 60), file("kept3", "33", 992), file("gone", "44", 500), file("late1", "55", 1500), file("late2", "66", 1500), "erase 676f6e65"];
const names = ["kept1", "kept2", "kept3", "late1", "late2", "new"];

interface Image {
  readonly label: string;
  readonly path: string;
}

describe.skipIf(!nativeCompiler() || !espruinoBinary)("torn flash images", () => {
  let core: NativeCore;
  beforeAll(() => {
    core = new NativeCore(recordedGeometry);
  }, 60_000);
  afterAll(() => core.close());

  /** Every third cut of a compaction, every cut of writing a new file, and garbage in places of its own. */
  function images(): Image[] {
    const list: Image[] = [];
    const path = (): string => join(core.directory, `image-${list.length}.bin`);
    for (const last of ["compact", file("new", "77", 700), file("kept3", "78", 1200)])
      for (let n = 1; n <= 12; n++)
        for (const how of [1, 2, 3]) {
          const target = path();
          if (last === "compact" && n % 3 !== how - 1) continue;
          const answers = core.run([...setUp, `arm ${n} ${how} 3`, last, "boot", `image ${target}`]);
          if (answers.at(-3) === "cut") list.push({ label: `${last.slice(0, 12)} cut at ${n}/${how}`, path: target });
        }
    const base = recordedGeometry.baseAddr;
    for (const [label, addr, bytes] of [
      ["garbage in the first header", base, "00000000"],
      ["garbage after the last file", base + 6144, "12345678"],
      ["a size beyond the end", base + 5608, "ffffff00414243"],
      ["data on a far page", base + 0x20000, "00"],
    ] as const) {
      const target = path();
      core.run([...setUp, `flashwrite ${addr} ${bytes}`, `image ${target}`]);
      list.push({ label, path: target });
    }
    const target = path();
    core.run([`flashwrite ${base + 0x20000} 00`, `image ${target}`]);
    return [...list, { label: "an empty Storage with data on a far page", path: target }];
  }

  it("look the same to both", async () => {
    const list = images();
    expect(list.length).toBeGreaterThan(12);
    let corruptSeen = 0;
    for (const { label, path } of list) {
      const program = `var S=require("Storage");${names.map((text) => `report(S.read("${text}")===undefined?"none":E.CRC32(S.read("${text}")));`).join("")}report(S.list().map(hex).join());`;
      const theirs = await runEspruino(espruinoBinary as string, program, { flash: readFileSync(path) });
      const [valid] = core.run([`load ${path}`, "valid"]).slice(1);
      expect(valid === "no", `${label}: corrupt?`).toBe(theirs.corrupt);
      if (theirs.corrupt) corruptSeen++;
      const start = theirs.corrupt ? "eraseall" : "valid";
      const answers = core.run([`load ${path}`, start, ...names.map((text) => `read ${name(text)}`), "list"]).slice(2);
      const contents = names.map((_, i) => answers[i] as string);
      const sums = core.run(contents.map((hex) => (hex === "none" ? "crc -" : `crc ${hex}`))).map((sum, i) => (contents[i] === "none" ? "none" : sum));
      const listed = (answers.at(-1) as string).split(" ").filter((entry) => entry !== "").map((entry) => entry.split(":")[0]);
      expect([...sums, listed.join()], label).toEqual(theirs.lines);
    }
    expect(corruptSeen, "images that Espruino erases").toBeGreaterThan(0);
  }, 120_000);
});
