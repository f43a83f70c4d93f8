/** A tile on QuickJS: its API against recordings of Espruino, its limits, its resets, its time. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import * as api from "../../boards/qemu-mps2-an385/api.ts";
import { apiGroups, programOf, programPrelude } from "../../boards/qemu-mps2-an385/test-vectors/api-vectors.ts";
import { board as small } from "../../boards/sim-small/board.ts";
import { flashFile } from "./flash-file.ts";
import { flashBase } from "./sim-hardware.ts";
import { crc32 } from "node:zlib";
import { joinUarts } from "./sim-uart.ts";
import { TypedTile } from "./testing/typed-tile.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "../../boards/qemu-mps2-an385/test-vectors/api-vectors.json"), "utf8")) as Record<string, string[]>;

let open: TypedTile[] = [];
async function start(options: Parameters<typeof TypedTile.start>[0] = {}): Promise<TypedTile> {
  const typed = await TypedTile.start(options);
  open.push(typed);
  return typed;
}
afterEach(() => {
  for (const typed of open) typed.close();
  open = [];
});

/** Keeps what ran when the engine ended for lack of memory: here the engine throws. */
const ONLY_THERE = new Set(["E.lastWord"]);

describe("API", () => {
  it.each(apiGroups)("answers as recorded from Espruino 2v29: $name", async (group) => {
    const typed = await start();
    const program = `function report(s){print("@@"+s+"@@")}\n${programPrelude}\n${programOf(group)}`;
    typed.tile.hardware.storage.write("program", program);
    const said = typed.type('\x10eval(require("Storage").read("program"))\n', 2000);
    const answers = [...said.matchAll(/@@([^]*?)@@/g)].map((match) => match[1]!.replaceAll("\r\n", "\n"));
    expect(answers).toEqual(recorded[group.name]);
  });

  it("has every name that the QEMU board documents", async () => {
    const typed = await start();
    const names = Object.values(api).flat().map(({ name }) => name).filter((name) => !ONLY_THERE.has(name));
    expect(names.length).toBeGreaterThan(100);
    for (const name of names) expect(typed.print(`typeof ${name}`), name).not.toBe("undefined");
  });

  it("drives, watches and measures pins, and talks to devices", async () => {
    const typed = await start();
    const { wires } = typed.tile;
    typed.type("\x10var n=0,e;setWatch(function(x){n++;e=x},D5,{repeat:true,edge:'rising'});digitalWrite(D7,1)\n");
    expect(wires.pin("D7")).toEqual({ mode: "output", output: 1 });
    wires.drive("D5", 1);
    typed.wait(10);
    wires.drive("D5", 0);
    typed.wait(10);
    wires.drive("D5", 1);
    typed.wait(10);
    expect(typed.print("n+' '+e.state+' '+(e.time>0)+' '+digitalRead(D5)")).toBe("2 true true 1");
    wires.applyVoltage("A0", (timeUs) => (timeUs > 1e6 ? 0.5 : 0.25));
    expect(typed.print("analogRead(A0).toFixed(2)")).toBe("0.25");
    typed.wait(2000);
    expect(typed.print("analogRead(A0).toFixed(2)")).toBe("0.50");
    let written: number[] = [];
    wires.modelI2c(1, 0x48, { write: (data) => void (written = [...data]), read: (count) => new Uint8Array(count).fill(0x19) });
    wires.modelSpi(1, (out) => out.map((byte) => byte ^ 0xff));
    expect(typed.print("I2C1.readReg(0x48,2,2).join()+' '+SPI1.send([1,2]).join()")).toBe("25,25 254,253");
    expect(written).toEqual([2]);
    expect(typed.print("(function(){try{I2C1.writeTo(9,1)}catch(e){return e.message}})()")).toContain("No ACK");
  });
});

describe("limits", () => {
  it("refuses strings that are no byte strings", async () => {
    const typed = await start();
    expect(typed.type("Serial2.write('\\u263a')\n")).toContain("a string holds bytes");
    expect(typed.type("String.fromCharCode(300)\n")).toContain("a string holds bytes");
    expect(typed.print("btoa('\\0\\x01\\xff')+atob('AAH/').length+E.CRC32('\\0\\xff')")).toBe(`AAH/3${crc32(Buffer.from("00ff", "hex"))}`);
  });

  it("has no Date and nothing else that no Espruino has", async () => {
    const typed = await start();
    for (const name of ["Date", "Map", "Set", "Symbol", "Proxy", "Reflect", "BigInt", "WeakRef", "SharedArrayBuffer"]) expect(typed.print(`typeof ${name}`), name).toBe("undefined");
  });

  it("stops recursion at the board's depth, and lives on", async () => {
    const depths: number[] = [];
    for (const board of [undefined, small]) {
      const typed = await start(board ? { board } : {});
      typed.type("\x10var n=0;function f(){n++;f()}\n");
      expect(typed.type("f()\n")).toContain("Too much recursion");
      depths.push(Number(typed.print("n")));
      expect(typed.print("E.getErrorFlags().join()")).toContain("LOW_MEMORY");
    }
    expect(depths[0]).toBeGreaterThan(90);
    expect(depths[0]).toBeLessThan(160);
    expect(depths[1]).toBeGreaterThan(30);
    expect(depths[1]).toBeLessThan(75);
  });

  it("runs out of memory without taking the host along, and reports variables", async () => {
    const typed = await start({ board: small });
    const before = Number(typed.print("process.memory().usage"));
    typed.type("\x10var a=[];for(var i=0;i<200;i++)a.push({x:i});\n");
    const after = Number(typed.print("process.memory().usage"));
    expect(after - before).toBeGreaterThan(200);
    expect(Number(typed.print("process.memory().total"))).toBe(2600);
    expect(typed.type("for(;;)a.push({x:[1,2,3]})\n", 500)).toContain("out of memory");
    expect(typed.print("E.getErrorFlags().join()")).toContain("MEMORY");
    typed.type("\x10a=[]\n");
    typed.type("\x10setTimeout(function(){for(;;)a.push({x:[1,2,3]})},10)\n", 500);
    expect(typed.print("(a=0,E.getErrorFlags().join())")).toContain("MEMORY");
    expect(typed.type("1+1\n")).toContain("=2");
    // Where a program is alone with its memory (the console lends some): one of these objects is 2 variables on Espruino, so 1,300 would fit.
    typed.type("\x10a=0;var n=0;setTimeout(function(){var o;try{for(;;){o={o:o};n++}}catch(e){o=0}},10)\n", 1000);
    const objects = Number(typed.print("n"));
    expect(objects).toBeGreaterThan(1300 * 0.8);
    expect(objects).toBeLessThan(1300 * 1.2);
  });

  it("cuts names at 28 characters and keeps Storage at its size", async () => {
    const typed = await start({ board: small });
    typed.type(`\x10require("Storage").write("${"n".repeat(40)}","x")\n`);
    expect(typed.print("require('Storage').list()[0].length")).toBe("28");
    expect(typed.type(`require('Storage').write('big','x',0,${small.storageBytes})\n`)).toContain("Unable to find or create file");
    expect(typed.print("require('Flash').getPage(268435456).length")).toBe("4096");
  });

  it("loses bytes that do not fit the receive buffer while code runs, and says so", async () => {
    const typed = await start({ board: small });
    typed.type("\x10var got=0;Serial2.on('data',function(d){got+=d.length})\n");
    typed.tile.serial1.feed("\x10for(var i=0;i<3e5;i++);\n");
    typed.tile.serial2.feed("y".repeat(3000));
    typed.wait(2000);
    const got = Number(typed.print("got"));
    expect(got).toBeGreaterThan(0);
    expect(got).toBeLessThan(3000);
    expect(typed.print("E.getErrorFlags().join()")).toContain("FIFO_FULL");
  });
});

describe("time", () => {
  it("repeats exactly from its seed", async () => {
    const run = async (seed: number): Promise<string> => {
      const typed = await start({ seed });
      return typed.type("\x10setInterval(function(){print(getTime(),Math.random(),E.hwRand())},333)\n", 2000);
    };
    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
  });

  it("keeps intervals from drifting, and time running while code runs", async () => {
    const typed = await start();
    typed.type("\x10var t=[],t0=getTime();setInterval(function(){t.push(Math.round((getTime()-t0)*1000))},100)\n", 1000);
    expect(typed.print("t.slice(0,4).join()")).toBe("100,200,300,400");
    expect(typed.print("(function(){var a=getTime();while(getTime()<a+1);return Math.round(getTime()-a)})()")).toBe("");
    typed.wait(2000);
    expect(typed.said()).toContain("1\r\n");
    typed.type("\x10setTime(1e6)\n");
    expect(Number(typed.print("getTime()"))).toBeGreaterThan(1e6);
  });

  it("takes ten bit times for a byte", async () => {
    const typed = await start();
    typed.tile.serial2.setBaud(9600);
    let sentAtUs = 0;
    typed.tile.serial2.onSent = () => (sentAtUs = typed.clock.nowUs);
    const beganUs = typed.clock.nowUs;
    typed.type("\x10Serial2.write('0123456789')\n");
    expect(sentAtUs - beganUs).toBeGreaterThan(10_416);
    expect(sentAtUs - beganUs).toBeLessThan(14_000);
  });

  it("joins two tiles", async () => {
    const [a, b] = [await start(), await start()];
    joinUarts(a.tile.serial2, b.tile.serial2);
    b.type("\x10Serial2.on('data',function(d){print('got',d)})\n");
    a.type("\x10Serial2.write('hi')\n");
    b.wait(10);
    expect(b.said()).toContain("got hi");
  });

  it("counts wake-ups and charge", async () => {
    const typed = await start();
    const { meter } = typed.tile.hardware;
    const before = meter.wakeups;
    typed.type("\x10setInterval(function(){},1000)\n", 10_000);
    expect(meter.wakeups - before).toBe(11);
    const chargeUah = meter.chargeUah(typed.clock.nowUs);
    expect(chargeUah).toBeGreaterThan(0.008); // 10 s at 3 µA
    expect(chargeUah).toBeLessThan(0.03);
  });
});

describe("resets", () => {
  it("boots .boot0, then .bootcde, then init; load and reset start anew", async () => {
    const typed = await start();
    typed.type("\x10var S=require('Storage');S.write('.boot0','print(\"zero\")');S.write('.bootcde','print(\"code\");E.on(\"init\",function(){print(\"init\")})');S.write('app','print(\"app\")')\n");
    expect(typed.type("load()\n")).toMatch(/zero[^]*code[^]*init/);
    expect(typed.type("load('app')\n")).toMatch(/zero\r\napp/);
    expect(typed.type("reset()\n")).not.toContain("code");
    typed.tile.reset();
    typed.wait(100);
    expect(typed.said()).toMatch(/GENESIS_SIM 2v29[^]*zero\r\ncode\r\ninit\r\n>/);
  });

  it("reboots with a cause, forgets RAM, keeps flash", async () => {
    const typed = await start();
    typed.type("\x10x=5;require('Storage').write('kept','yes')\n");
    expect(typed.type("\x10E.reboot();print('never')\n", 200)).not.toContain("never");
    expect(typed.print("typeof x+E.resetCause+require('Storage').read('kept')")).toBe("undefined3yes");
  });

  it("is reset by its watchdog: not kicked, or in an endless loop; not while it is kicked", async () => {
    const typed = await start();
    typed.type("\x10E.enableWatchdog(2,false);setInterval(function(){E.kickWatchdog()},1000)\n", 10_000);
    expect(typed.print("E.resetCause")).toBe("1");
    typed.type("\x10clearInterval()\n", 5000);
    expect(typed.print("E.resetCause")).toBe("2");
    typed.type("\x10E.enableWatchdog(3,true)\n", 20_000);
    expect(typed.tile.hardware.resets).toBe(1);
    const beganUs = typed.clock.nowUs;
    typed.tile.onStart = () => expect((typed.clock.nowUs - beganUs) / 1e6).toBeCloseTo(3, 0);
    typed.type("\x10try{while(1);}finally{while(1);}\n", 5000);
    expect(typed.tile.hardware.resets).toBe(2);
    expect(typed.print("E.resetCause")).toBe("2");
  });

  it("hangs without a watchdog until Ctrl-C and quit", async () => {
    const typed = await start();
    typed.type("while(1);\n", 1000);
    expect(typed.tile.state).toBe("hung");
    expect(typed.type("1+1\n")).toBe("");
    expect(typed.type("\x03")).toContain("debug>");
    expect(typed.type("1+1\n")).toContain("Expected a simple ID");
    expect(typed.type("quit\n")).toContain("Execution Interrupted");
    expect(typed.type("1+1\n", 100_000)).toContain("=2");
  });

  it("loses power at any flash operation, and comes back", async () => {
    const typed = await start();
    for (const mode of ["before", "torn", "noise", "after"] as const) {
      typed.tile.flash.armCut({ operation: 2, mode });
      const said = typed.type(`\x10try{require('Storage').write('f${mode}','12345678')}catch(e){print('caught')};print('never')\n`, 500);
      expect(said).toContain("reset: power");
      expect(said).not.toContain("never");
      expect(typed.print(`require('Storage').read('f${mode}')==='12345678'`)).toBe(String(mode === "after"));
    }
    let cuts = 0;
    typed.tile.onPowerCut = () => cuts++;
    typed.tile.flash.armCut({ operation: 1, mode: "before" });
    typed.type("\x10require('Flash').erasePage(268435456)\n");
    expect([cuts, typed.tile.state]).toEqual([1, "off"]);
  });

  it("erases a Storage that makes no sense", async () => {
    const typed = await start();
    typed.tile.powerOff();
    typed.tile.flash.powerOn();
    typed.tile.flash.program(flashBase + 4, "name without size");
    typed.tile.powerOn();
    typed.wait(1000);
    expect(typed.said()).toContain("Storage is corrupt.");
    expect(typed.print("require('Storage').list().length")).toBe("0");
  });

  it("keeps its flash in a file", async () => {
    const directory = mkdtempSync(join(tmpdir(), "genesis-sim-"));
    try {
      const first = await start({ store: flashFile(join(directory, "flash.bin")) });
      first.type("\x10require('Storage').write('a','kept')\n");
      const second = await start({ store: flashFile(join(directory, "flash.bin")) });
      expect(second.print("require('Storage').read('a')")).toBe("kept");
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
