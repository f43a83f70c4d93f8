// The same console transcript typed into the QEMU board and into real Espruino, answers compared after normalising.
// Part of the Espruino tier: GENESIS_ESPRUINO=<interpreter> switches it on.
//
// Not compared: positions and source lines of traces (XS keeps function names only), the wording of some errors, functions'
// text, and what only the Linux build does (0x04 and a second Ctrl-C end it, so packets whose length is 3 or 4 are padded).
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spawnEspruino } from "../../host-tools/espruino-process.ts";
import { packet, startTestBoard, type TestBoard } from "../../host-tools/qemu/test-board.ts";
import { missingPrograms } from "../../host-tools/qemu/toolchain.ts";

const espruino = process.env["GENESIS_ESPRUINO"];
const QUIET_MS = 120;
const LATEST_MS = 4000;

/** What both have: bytes in, bytes out. */
interface Console {
  send(bytes: string): void;
  /** Everything said until it has been quiet for a while. */
  answer(): Promise<string>;
  stop(): Promise<void>;
}

async function settle(read: () => string): Promise<string> {
  const start = Date.now();
  let last = read();
  for (let quiet = 0; quiet < QUIET_MS && Date.now() - start < LATEST_MS; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    quiet = read() === last ? quiet + 20 : 0;
    last = read();
  }
  return last;
}

async function realEspruino(program: string): Promise<Console> {
  const folder = mkdtempSync(path.join(tmpdir(), "genesis-espruino-"));
  const child: ChildProcess = spawnEspruino(program, folder);
  let said = "";
  child.stdout?.on("data", (data: Buffer) => (said += data.toString("latin1")));
  await settle(() => said);
  await new Promise((resolve) => setTimeout(resolve, 500));
  said = "";
  return {
    send: (bytes) => child.stdin?.write(Buffer.from(bytes, "latin1")),
    async answer() {
      const all = await settle(() => said);
      said = "";
      return all;
    },
    async stop() {
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function qemuConsole(board: TestBoard): Console {
  return {
    send: (bytes) => board.console.send(bytes),
    async answer() {
      const before = await settle(() => board.console.pending);
      await board.console.quiet(0);
      return before;
    },
    stop: () => board.stop(),
  };
}

/** Removes what is allowed to differ. */
function normalise(answer: string): string {
  return answer
    .replaceAll(/\r\n\r\n *\^(?=\r\n)/g, "") // source line and marker below a trace line
    .replaceAll(/ {4}at (?:(\S+) \(.*?\)|:\d+:\d+)/g, (_all, name: string | undefined) => `    at ${name ?? "REPL"}`)
    .replaceAll(/function \([^)]*\) \{[^}]*\}/g, "function")
    .replaceAll(/Promise: \{ .*? \}/g, "Promise: { }") // Espruino shows its inner state
    .replaceAll(/2v29\.\w+/g, "2v29")
    .replaceAll(/(Uncaught \w*Error: )(?!"\w+" is not defined|boo|Module|Unhandled|Assignment to a constant).*/g, "Uncaught Error: ...")
    .replaceAll(/(?: {4}at \w+\r\n)+/g, "    at ...\r\n");
}

const LINES = [
  "1+2\n", "\n", "1+2\r", "1+2\r\n", "foo\n", "\x10print(1)\n", "\x105\n", "echo(0)\n", "6*7\n", "print(3)\n", "foo\n", "echo(1)\n", "7\n",
  "function f() {\n", "return 1}\n", "f()\n", "f\n", "({a:1,b:'x',c:[1,2,3]})\n", "[1,2,3]\n", "new Uint8Array(5)\n", "'hello'\n", "undefined\n",
  "null\n", "throw new Error('boo')\n", "throw 'x'\n", "throw {a:1}\n", "function g(){ foo() }\n", "g()\n", "1+\n", "}\n",
  "print({a:1},[1],'s',undefined,null,true,1.5,1/3)\n", "setTimeout(()=>{zz},1)\n", "0.1+0.2\n", "-0\n", "()=>1\n", "Serial1\n",
  "class A{constructor(){this.x=1} m(){}}\n", "new A()\n", "new ArrayBuffer(3)\n", "true\n", "'a\\nb\"\\x80\\xff\\x00'\n", "print('a\\nb\"\\x80\\xff')\n",
  "[undefined,null,,1]\n", "({})\n", "[]\n", "({a:{b:{c:{d:1}}}})\n", "new Array(100).fill(7)\n", "'x'.repeat(300)\n", "var z=5\n", "let y=5\n", "y\n",
  "new Uint8Array([1,2,255])\n", "new Uint8Array(100).fill(1)\n", "new Float32Array([1.5])\n", "NaN\n", "1/0\n", "1e10\n", "123456789012345\n", "1e-7\n",
  "JSON.stringify({a:1})\n", "E.toJS({a:1,'b c':[1,'x'],c:undefined})\n", "x\x05\n", "\x10foo\n", "\x10function q() {\n\x10return 5}\n\x10print(q())\n",
  "if (1) {\nprint('a')\n}\n", "print('(')\n", "/* hi\n*/ 3\n", "// foo {\n", "`a\n", "`\n", "abc\b\b\b4\n", "\x061\t+\t2\n", "\x10print('\t'.length)\n", "[1,[2,[3]]]\n", "new Error('x')\n",
  "Promise.reject(1)\n", "({a:1,b:2,c:3,d:4,e:5,f:6})\n", "[{a:1},'s',2,[3]]\n", "[1,2,3].map(x=>x*2)\n", "x()\n", "require('zz')\n", "const c=1;c=2\n", "throw 5\n",
  "process.on('uncaughtException',e=>print('UE',e))\n", "foo\n", "process.removeAllListeners('uncaughtException')\n",
  "E.on('some',()=>print('i'));E.emit('some');print('after')\n", "var q={};q.on('z',function(a,b){print(this===q,a,b)});q.emit('z',1,2)\n",
  "setTimeout(function(a,b){print(a,b)},1,5,6)\n", "print(btoa('\\xff\\x00a'),atob('/wBh')=='\\xff\\x00a')\n", "E.toUint8Array([1,2],'a',3)\n", "E.toString([65,66])\n",
  "E.toString('x',{data:3,count:2})\n", "changeInterval(99,1)\n", "clearTimeout(99)\n", "clearTimeout(undefined)\n", "E.getSizeOf(1)\n",
  "setTimeout(()=>print('in',setTimeout(()=>0,1)),1)\n", "setTimeout(5,1)\n", "Serial1.on('data')\n", "(5).on('x',print)\n", "({}).emit('a',1,2,3,4,5)\n",
  "E.toString()\n", "E.toString({})\n", "E.toArrayBuffer(5)\n", "btoa()\n", "E.setConsole('Nope')\n", "print()\n", "Serial1.read()\n", "Serial1.available()\n",
  "E.toArrayBuffer('abc')\n", "setTimeout(()=>print('nan'),'abc')\n", "changeInterval(setInterval(()=>0,10),0)\n", "clearInterval()\n", "console.warn(1)\n",
  "require('Storage').write('hello','world')\n", "require('Storage').read('hello')\n", "require('Storage').write('mod','exports.n=5')\n", "require('mod').n\n",
  "E.CRC32('abc')\n", "var w=E.toString(require('crypto').SHA256('abc'));w.length\n", "eval('1+1')\n", "'\\1\\7\\8'.length\n", "'\\t\\b'\n", "({'a-b':1,'c':2})\n", "[,]\n", "isNaN('x')\n",
];

/** Keys of a VT100 terminal: history, cursor, delete, home and end. */
const KEYS = [
  "1+1\n", "2+2\n", "\x1b[A", "\x1b[A", "\x1b[B", "\n", "abc\x1b[D\x1b[DX", "\x1b[C\x1b[H", "Y", "\x1b[F", "Z", "\b", "\x1b[D\b", "\x1b[3~", "\x1b[2H", "\n",
  "\x1b[A\x1b[A", "\x1b[B\x1b[B\x1b[B\x1b[B", "7\n", "function x() {\nreturn 1;\n}\n", "\x1b[A", "\n", "ab\x1b[2H", "5\n", "12\x1b[D+\x1b[F\n",
  "setTimeout(()=>print('over'),40)\nhalf a li\x1b[D", "\x1b[2H", "9\n",
];

const PACKETS = [
  packet(1, "1+2   "), packet(1, "undefined"), packet(1, "foo  "), packet(1, "print(5)"), packet(2, '{"a":1}'), "E.on('packet',d=>print('packet',d))\n",
  packet(2, '{"a":1}'), packet(2, "{a:1}"), packet(2, "[[[  "), packet(3, '{fn:"hi",s:11   '), packet(3, '{fn:"hi",s:11 } '), packet(4, "Hello"), packet(4, " World"),
  packet(4, " World"), packet(5, '{fn:"hi"}'), packet(5, '{fn:"hx"}'), packet(0, "xx"), packet(7, "xx"), `abc${packet(1, "1+2   ")}`, "\n", packet(1, "({a:1})"),
  packet(1, "new Uint8Array([1,2,300])"), packet(1, "({a:'\\x00\\xff',b:[true,null]})"), "5\n",
];

describe.skipIf(!espruino || missingPrograms().length > 0)("the console answers like Espruino's", () => {
  let real: Console;
  let ours: Console;
  beforeAll(async () => {
    real = await realEspruino(espruino ?? "");
    ours = qemuConsole(await startTestBoard());
  }, 300_000);
  afterAll(async () => {
    await real?.stop();
    await ours?.stop();
  });

  it.each([...LINES, ...KEYS, ...PACKETS].map((sent) => [sent] as const))("%j", async (sent) => {
    real.send(sent);
    ours.send(sent);
    const [theirs, mine] = await Promise.all([real.answer(), ours.answer()]);
    expect(normalise(mine)).toBe(normalise(theirs));
  });
});
