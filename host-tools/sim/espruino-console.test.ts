/**
 * The simulated console against Espruino's: a transcript recorded from the real interpreter (2v29), and, in the Espruino tier
 * (GENESIS_ESPRUINO=<binary>), the interpreter itself. GENESIS_RECORD=1 records anew.
 *
 * Not compared: positions and source lines of traces, wording of some engine errors, and what only the Linux build does (a byte 0x04, a second Ctrl-C).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spawnEspruino } from "../espruino-process.ts";
import { openBrackets } from "./espruino-console.ts";
import { packet, TypedTile } from "./testing/typed-tile.ts";

const vectorFile = join(import.meta.dirname, "../../boards/sim/test-vectors/console-vectors.json");
const espruino = process.env["GENESIS_ESPRUINO"];

/** What is typed, in this order, on one board. */
const transcript: readonly string[] = [
  "1+2\n", "\n", "1+2\r", "x=4\r\n", "nope\n", "\x10print(1)\n", "\x105\n", "echo(0)\n", "6*7\n", "print(3)\n", "nope\n", "echo(1)\n", "7\n",
  "function f() {\n", "return 1}\n", "f()\n", "({a:1,b:'x',c:[1,2,3]})\n", "[1,2,3]\n", "new Uint8Array(5)\n", "'hello'\n", "undefined\n", "null\n", "true\n", "1.5\n",
  "throw new Error('boo')\n", "throw 'x'\n", "throw 5\n", "print({a:1},[1],'s',undefined,null,true,1.5)\n", "setTimeout(function(){print('t')},20)\n",
  "setTimeout(function(){throw new Error('boo')},20)\n", "foo(\n", "1,\n", "2)\n", "if(1){\n", "print(3)\n", "}\n", "abc\b\b\b1\n", "\x05", "ab\x05", "\b\b1\n",
  "'\\x00\\x01\\xff\"\\n'\n", "[,1]\n", "-0\n", "1/0\n", "var z=5\n", "`a\n", "`\n", "/* hi\n*/ 3\n", "print('(')\n", "E.toJS({a:1,b:'q',c:[1,undefined,null]})\n",
  packet(1, "7+1  "), packet(1, 'x+"ab"'), packet(1, "nope()"), packet(1, "print(5)"), packet(1, "undefined"), packet(1, '"a\\0\\xff"'), "ab", packet(1, "1+1+1"), "\b\b2\n",
  packet(3, '{"fn":"a","s":5}'), packet(4, "hello"), packet(4, "hello"), 'require("Storage").read("a")\n', packet(5, '{"fn":"a"}'), packet(5, '{"fn":"z"}'),
  packet(2, '{"a":1}'), 'E.on("packet",function(o){print(o.a)})\n', packet(2, '{"a":1}'), packet(2, "bad    "), packet(6, "bad    "), `${packet(1, "1+1  ")}${packet(1, "2+2  ")}`,
  packet(3, '{fn:"c",s:30,c:1}'), "require('heatshrink').compress('hello hello hello hello hello!').byteLength\n",
  'Serial1\n', "E.getConsole()\n", "typeof process.version\n", "btoa('\\0\\xff')\n", "E.CRC32('abc')\n", "JSON.stringify({a:1})\n", "new ArrayBuffer(3)\n", "[{a:1},'s',2,[3]]\n",
];

/** Removes what is allowed to differ. */
function normalise(answer: string): string {
  return answer
    .replaceAll(/^( {4}at .*\r\n)+([^\r\n]*\r\n *\^\r\n)?/gm, "")
    .replaceAll(/function \([^)]*\) \{[^}]*\}/g, "function")
    .replaceAll(/Espruino 2v29\S* \S+/g, "Espruino 2v29 BOARD")
    .replaceAll(/"?(USB|Serial1|Linux|Terminal)"?/g, "CONSOLE");
}

async function askEspruino(binary: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "genesis-espruino-"));
  const child = spawnEspruino(binary, folder);
  try {
    let said = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString("latin1")));
    const settle = async (ms: number): Promise<string> => {
      await new Promise((done) => setTimeout(done, ms));
      const all = said;
      said = "";
      return all;
    };
    await settle(800);
    const answers: string[] = [];
    for (const typed of transcript) {
      child.stdin.write(Buffer.from(typed, "latin1"));
      answers.push(normalise(await settle(200)));
    }
    return answers;
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("console", () => {
  const recorded = (existsSync(vectorFile) ? JSON.parse(readFileSync(vectorFile, "utf8")) : []) as { typed: string; answer: string }[];
  let tile: TypedTile;
  beforeAll(async () => {
    if (espruino && process.env["GENESIS_RECORD"]) {
      const answers = await askEspruino(espruino);
      recorded.splice(0, recorded.length, ...transcript.map((typed, i) => ({ typed, answer: answers[i]! })));
      writeFileSync(vectorFile, `${JSON.stringify(recorded, null, 1)}\n`);
    }
    tile = await TypedTile.start();
  }, 120_000);
  afterAll(() => tile.close());

  it("has a recorded answer for everything that is typed", () => {
    expect(recorded.map((row) => row.typed)).toEqual(transcript);
  });

  it.each(transcript.map((typed, i) => [i, typed] as const))("answers as recorded: %i %j", (i, typed) => {
    expect(normalise(tile.type(typed, 200))).toBe(recorded[i]?.answer);
  });

  it.skipIf(!espruino)("is what Espruino still answers", async () => {
    expect(await askEspruino(espruino!)).toEqual(recorded.map((row) => row.answer));
  }, 120_000);
});

describe("console on its own", () => {
  it("gives up a packet that stops in the middle, after 5 s", async () => {
    const tile = await TypedTile.start();
    expect(tile.type(packet(1, "1+1  ").slice(0, 6), 4900)).toBe("");
    expect(tile.type("", 200)).toBe("\x15");
    expect(tile.type("1+1\n")).toContain("=2");
    tile.close();
  });

  it("Ctrl-C clears the line", async () => {
    const tile = await TypedTile.start();
    tile.type("foo(1,");
    expect(tile.type("\x03")).toBe("\r\x1b[J>");
    expect(tile.type("1+1\n")).toContain("=2");
    tile.close();
  });

  it("moves to another port and away", async () => {
    const tile = await TypedTile.start();
    let two = "";
    tile.tile.serial2.onSent = (bytes) => (two += bytes);
    expect(tile.type("E.setConsole('Serial2')\n")).toContain("-> Serial2");
    tile.tile.serial2.feed("1+1\n");
    tile.wait(50);
    expect(two).toMatch(/<- Serial1[^]*=2\r\n>$/);
    tile.tile.serial2.feed("Serial1.on('data',function(d){Serial1.write('<'+d+'>')});E.setConsole(null)\n");
    tile.wait(50);
    expect(tile.type("1+1\x03\n")).toBe("<1+1\x03\n>");
    tile.close();
  });

  it.each([
    ["f(", 1], ["f()", 0], ["({", 2], ["'('", 0], ["\"a\\\"(\"", 0], ["`a", 1], ["`a${b", 1], ["`a${b}`", 0], ["/* (", 1], ["/* ( */", 0], ["// (\n", 0], ["a/(b", 1], ["x=/(/", 0], ["x=/[/(]/", 0], ["))", -1], ["'unfinished (", 0],
  ])("counts the open brackets of %j", (line, open) => {
    expect(Math.sign(openBrackets(line))).toBe(Math.sign(open));
  });
});
