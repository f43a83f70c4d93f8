// Journal and detector on the real interpreter: the same bytes must end up in flash, the same alarms must come out, as in Node.
// Opt-in: GENESIS_ESPRUINO names an Espruino binary (Linux build, any heap size); without it the suite reports itself as skipped.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { crc32 } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { batches, packValues, readRecording } from "../../host-tools/detect/nab.ts";
import { replay } from "../../host-tools/detect/replay.ts";
import { NorFlash } from "../../host-tools/sim/nor-flash.ts";
import { openJournal } from "./journal.ts";

const espruino = process.env["GENESIS_ESPRUINO"];
/** Erase unit of the Linux build (FLASH_PAGE_SIZE), and where its flash begins; the journal gets pages 1 to 4. */
const PAGE = 1024;
const BASE = 0x10000000;

/** Runs a tile-dialect entry with `files` beside it; returns the lines it printed with "@" in front. */
async function runOnEspruino(entry: string, files: Record<string, Uint8Array>, timeoutMs: number): Promise<{ lines: string[]; flash: Buffer }> {
  const bundled = await build({
    stdin: { contents: entry, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true, write: false, minify: true, format: "iife", target: "es2015", charset: "ascii", mangleProps: /^_/,
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  const directory = mkdtempSync(join(tmpdir(), "genesis-journal-"));
  try {
    writeFileSync(join(directory, "t.js"), bundled.outputFiles[0]?.text ?? "");
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
    const child = spawn(resolve(espruino as string), ["t.js"], { cwd: directory, stdio: ["pipe", "pipe", "inherit"] });
    const text = await new Promise<string>((done, fail) => {
      let out = "";
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        fail(new Error(`Espruino did not finish in ${timeoutMs} ms; it printed: ${out.slice(-1000)}`));
      }, timeoutMs);
      child.stdout.setEncoding("latin1").on("data", (piece: string) => {
        out += piece;
        if (/@end|Uncaught|Interrupted/.test(out)) child.kill("SIGKILL");
      });
      child.on("close", () => {
        clearTimeout(timer);
        if (out.includes("@end")) done(out);
        else fail(new Error(`Espruino stopped: ${out.slice(-1000)}`));
      });
    });
    const lines = text.split(/\r?\n/).filter((line) => line.startsWith("@") && line !== "@end").map((line) => line.slice(1));
    const image = join(directory, "espruino.flash");
    return { lines, flash: existsSync(image) ? readFileSync(image) : Buffer.alloc(0) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same life of a journal on both engines: 3 mounts, values set and removed, telemetry over several rounds of the ring. */
function live(open: () => ReturnType<typeof openJournal>, crc: (bytes: string) => number, print: (line: string) => void): void {
  let seed = 1;
  const random = function (most: number): number {
    seed = (seed * 75 + 74) % 65537;
    return seed % most;
  };
  for (let mount = 0; mount < 3; mount++) {
    const journal = open();
    print("mounted " + journal.first() + " " + journal.next() + " " + crc(journal.get(3)));
    for (let i = 0; i < 120; i++) {
      let data = "";
      const length = random(200);
      for (let j = 0; j < length; j += 7) data += String.fromCharCode(random(256), 255, 0, 128, j, 0xa5, 10);
      if (i % 5 === 0) journal.set(random(6), data.substring(0, 60));
      else journal.append(data);
    }
    let sum = "";
    for (let key = 0; key < 6; key++) sum += crc(journal.get(key)) + " ";
    print(sum);
    for (let s = journal.first(); s < journal.next(); s++) print(s + " " + crc("" + journal.read(s)));
  }
}

describe.skipIf(!espruino)("on real Espruino", () => {
  it("the journal leaves the same bytes in flash", async () => {
    const { lines, flash } = await runOnEspruino(
      `import { openJournal } from "./journal.ts";
      import { openFlash } from "../../hal/port/flash-port.ts";
      const chip = global.require("Flash");
      global.require("Storage").write("g.dat", "x", 0, ${PAGE * 5 - 32});
      for (let p = 1; p < 5; p++) chip.erasePage(${BASE} + p * ${PAGE});
      const port = openFlash(global, { file: "g.dat", off: ${PAGE - 32}, base: ${BASE + PAGE}, page: ${PAGE} });
      const live = ${live.toString()};
      live(() => openJournal(port, E.CRC32, 0, 4), E.CRC32, (line) => print("@" + line));
      let begun = getTime();
      const used = process.memory().usage;
      const journal = openJournal(port, E.CRC32, 0, 4);
      const mountUs = Math.round((getTime() - begun) * 1000000);
      const grown = process.memory().usage - used;
      begun = getTime();
      for (let i = 0; i < 100; i++) journal.set(9, "12345678");
      print("@speed " + mountUs + " us to mount, " + Math.round((getTime() - begun) * 10000) + " us to add a record, " + grown + " variables");
      print("@end");`,
      {},
      60_000,
    );
    const chip = new NorFlash({ baseAddress: 0, flashBytes: PAGE * 5, pageBytes: PAGE });
    const crc = (bytes: string): number => crc32(Buffer.from(bytes, "latin1"));
    const port = { pageBytes: PAGE, read: (at: number, n: number) => chip.readString(at, n), program: (at: number, d: string) => chip.program(at, d), erase: (at: number) => chip.erasePage(at) };
    const expected: string[] = [];
    let last: ReturnType<typeof openJournal> | undefined;
    live(() => openJournal(port, crc, 1, 4), crc, (line) => expected.push(line));
    for (let i = 0; i < 100; i++) (last ??= openJournal(port, crc, 1, 4)).set(9, "12345678");
    expect(lines.slice(0, -1)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(60);
    expect(flash.subarray(PAGE, PAGE * 5).equals(chip.bytes().subarray(PAGE))).toBe(true);
    console.info(`journal: ${lines.at(-1)}`);
  });

  it.each(["machine_temperature_system_failure.csv", "ambient_temperature_system_failure.csv"])(
    "the detector raises the same alarms: %s",
    async (name) => {
      const recording = readRecording(`${import.meta.dirname}/../../data/nab`, name);
      // Per batch: start time u32, count u16, values.
      const stream = Buffer.concat(
        batches(recording, 60).flatMap((b) => {
          const head = Buffer.alloc(6);
          head.writeUInt32BE(b.startS, 0);
          head.writeUInt16BE(b.values.length, 4);
          return [head, Buffer.from(packValues(b.values))];
        }),
      );
      const { lines } = await runOnEspruino(
        `import { createDetector, detect, detectorRate, percent } from "../detector/ewma-cusum.ts";
        import { u32At } from "./journal.ts";
        const file = E.openFile("values.bin", "r");
        const d = createDetector();
        let count = 0, spent = 0;
        for (;;) {
          const head = file.read(6);
          if (!head) break;
          const n = head.charCodeAt(4) * 256 + head.charCodeAt(5), values = file.read(2 * n);
          let t = u32At(head, 0);
          const begun = getTime();
          detectorRate(d, ${recording.intervalS}, t);
          for (let i = 0; i < n; i++) {
            const verdict = detect(d, ((values.charCodeAt(2 * i) << 24) >> 16) | values.charCodeAt(2 * i + 1), t);
            if (verdict === 1) print("@start " + t + " " + d._sinceS + " " + d._alarm);
            if (verdict === 2) print("@stop " + t + " " + percent(d._peak));
            t += ${recording.intervalS};
          }
          spent += getTime() - begun;
          count += n;
        }
        print("@count " + count + " " + d._level + " " + d._deviation);
        print("@speed " + Math.round(spent / count * 1000000) + " us a sample, " + process.memory().usage + " of " + process.memory().total + " variables");
        print("@end");`,
        { "values.bin": stream },
        280_000,
      );
      const expected = replay(recording, 60).flatMap((a) => [`start ${a.startS} ${a.sinceS} ${a.direction}`, ...(a.endS === undefined ? [] : [`stop ${a.endS} ${a.peakPercent}`])]);
      expect(lines.filter((line) => line.startsWith("st"))).toEqual(expected);
      expect(lines.find((line) => line.startsWith("count"))).toMatch(new RegExp(`^count ${recording.samples.length} `));
      console.info(`${name}: ${lines.find((line) => line.startsWith("speed"))}`);
    },
    300_000,
  );
});
