// The wire code on the real interpreter: the shipped bytes must give the same answers there as in Node.
// Opt-in: set GENESIS_ESPRUINO to an Espruino binary (Linux build); without it the suite reports itself as skipped.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { cborDecode, cborEncode } from "./cbor.ts";
import { crc16 } from "./crc16.ts";
import { SmpDemux, smpLines } from "./smp-frame.ts";
import { smpHeader, smpPacket } from "./smp-header.ts";

const espruino = process.env["GENESIS_ESPRUINO"];
const vectors = (JSON.parse(readFileSync(new URL("./rfc8949-appendix-a.json", import.meta.url), "utf8")) as { vectors: { hex: string }[] }).vectors.map((v) => v.hex);

/** Runs a tile-dialect entry (which must print one line RESULT:<text>) and returns that text. */
async function runOnEspruino(entry: string): Promise<string> {
  const bundled = await build({
    stdin: { contents: entry, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true, write: false, minify: true, format: "iife", target: "es2015", charset: "ascii", mangleProps: /^_/,
    supported: { "nullish-coalescing": true },
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  const dir = mkdtempSync(join(tmpdir(), "wire-espruino-"));
  writeFileSync(join(dir, "t.js"), bundled.outputFiles[0]?.text ?? "");
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(espruino as string, ["t.js"], { cwd: dir, stdio: ["pipe", "pipe", "inherit"] });
      let out = "";
      const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
      child.stdout.on("data", (data: Buffer) => {
        out += data.toString("latin1");
        if (/\nRESULT:[^\n]*\n/.test(out) || /Uncaught|Interrupted/.test(out)) setTimeout(() => child.kill("SIGKILL"), 50);
      });
      child.on("close", () => {
        clearTimeout(timer);
        const found = /\nRESULT:([^\r\n]*)/.exec(out);
        if (found) resolve(found[1] as string);
        else reject(new Error(`no result from Espruino: ${out.slice(-2000)}`));
      });
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Code for both engines, in parts that fit the memory of a small board: each fills `out` with everything the wire code answers. */
const helpers = `
  const hex = (s) => { let o = ""; for (let i = 0; i < s.length; i++) o += (s.charCodeAt(i) + 256).toString(16).substr(1); return o; };
  const out = [];
`;
const codecPart = (hexes: string[]): string => `${helpers}
  const unhex = (h) => { let o = ""; for (let i = 0; i < h.length; i += 2) o += String.fromCharCode(parseInt(h.substr(i, 2), 16)); return o; };
  "${hexes.join(" ")}".split(" ").forEach((v) => {
    for (let flags = 0; flags < 2; flags++) {
      const why = { e: 0, p: 0 };
      const value = cborDecode(unhex(v), flags, why);
      out.push(why.e + "/" + why.p + "/" + (value === undefined ? "-" : hex(cborEncode(value))));
    }
  });
`;
const encodePart = `${helpers}
  [0,1,-1,23,24,255,256,65535,65536,4294967295,4294967296,9007199254740991,-9007199254740991,1099511627776,-4294967297].forEach((n) => out.push(hex(cborEncode([n]))));
  out.push(hex(cborEncode({ bb: 1, a: "x\\xff", "10": [true, null], "-1": {}, "\\xc3\\xa9": false, "100": 5, "": 0 })));
`;
const framePart = `${helpers}
  const make = (n) => {
    let s = "";
    for (let i = 0; i < n; i++) s += String.fromCharCode((i * 37 + n) & 255);
    return smpPacket(2, 1, 64 + n, n & 255, 1, s);
  };
  const d = new SmpDemux(native, 512, 512);
  [0, 1, 3, 80, 81, 82, 83, 84, 170, 200, 504].forEach((n) => {
    const p = make(n);
    const stream = "text " + n + "\\n" + smpLines(p, native);
    out.push(crc16(native.bytes(stream)));
    for (let i = 0; i < stream.length; i += 50) d.push(stream.substr(i, 50)).forEach((got) => {
      const h = smpHeader(got);
      out.push(got === p, [h.op, h.v, h.g, h.q, h.i, h.n].join(","));
    });
    out.push(hex(d.text), d.dropped);
    d.text = "";
  });
  const line = smpLines(make(83), native);
  for (let i = 0; i < 120; i += 7) {
    const e = new SmpDemux(native, 512, 512);
    out.push(e.push(line.substr(0, i) + line.substr(i + 1) + "\\n" + smpLines(make(3), native)).length, e.dropped);
  }
`;

const parts: [string, string][] = [
  ...Array.from({ length: Math.ceil(vectors.length / 20) }, (_, i): [string, string] => [`RFC 8949 vectors from ${i * 20}`, codecPart(vectors.slice(i * 20, i * 20 + 20))]),
  ["encoding", encodePart],
  ["CRC, framing and demultiplexer", framePart],
];

describe.skipIf(!espruino)("on Espruino", () => {
  for (const [name, code] of parts) {
    test(`${name}: the same answers as in Node`, async () => {
      const run = new Function("cborDecode", "cborEncode", "SmpDemux", "smpLines", "smpPacket", "smpHeader", "crc16", "native", `${code}; return out.join(" ");`) as (...args: unknown[]) => string;
      const native = {
        atob: (t: string) => Buffer.from(t, "base64").toString("latin1"),
        btoa: (b: string) => Buffer.from(b, "latin1").toString("base64"),
        bytes: (b: string) => new Uint8Array(Buffer.from(b, "latin1")),
      };
      const inNode = run(cborDecode, cborEncode, SmpDemux, smpLines, smpPacket, smpHeader, crc16, native);
      const onTile = await runOnEspruino(`
        import { cborDecode, cborEncode } from "./cbor.ts";
        import { SmpDemux, smpLines } from "./smp-frame.ts";
        import { smpHeader, smpPacket } from "./smp-header.ts";
        import { crc16 } from "./crc16.ts";
        const native = { atob: (t) => atob(t), btoa: (b) => btoa(b), bytes: (b) => E.toUint8Array(b) };
        ${code}
        print("RESULT:" + out.join(" "));
      `);
      expect(onTile.split(" ")).toEqual(inNode.split(" "));
      expect(inNode.length).toBeGreaterThan(20);
    });
  }
});
