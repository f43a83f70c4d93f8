// Time, resets, boot order and memory of the board, against the real machine in QEMU.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startQemu } from "../../host-tools/qemu/machine.ts";
import { buildRuntime } from "../../host-tools/qemu/runtime-build.ts";
import { startTestBoard, testCacheDir, type TestBoard } from "../../host-tools/qemu/test-board.ts";
import { missingPrograms } from "../../host-tools/qemu/toolchain.ts";

const onQemu = describe.skipIf(missingPrograms().length > 0);

let board: TestBoard;
beforeAll(async () => {
  board = await startTestBoard({ serial1: true });
}, 300_000);
afterAll(async () => board?.stop());

/**
 * What a program says, up to `last`, on a board whose time is counted in its own instructions and skips idling: there a second
 * is a second for the program, however long the host keeps the board waiting. It starts from Storage, for input would bring the host's time in.
 */
async function onExactTime(program: string, last: RegExp): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "genesis-exact-"));
  try {
    const setUp = await startTestBoard({ folder });
    await setUp.run(`E.setBootCode(${JSON.stringify(program)})`);
    await setUp.stop();
    const outputPath = path.join(folder, "said");
    const machine = await startQemu({ ...(await buildRuntime({ cacheDir: testCacheDir })), flashPath: path.join(folder, "flash.bin"), icount: true, serial0: { outputPath } });
    const said = (): string => readFileSync(outputPath, "latin1");
    try {
      await expect.poll(said).toMatch(last);
      return said();
    } finally {
      await machine.kill();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was said, and more until it holds `text`, if it does not yet. */
const saying = async (said: string, text: string): Promise<string> => (said.includes(text) ? said : said + (await board.console.until(text)));

const value = async (expression: string): Promise<unknown> => JSON.parse(await board.evaluate(`JSON.stringify(${expression})`).then((text) => JSON.parse(text) as string));

onQemu("timers", () => {
  afterEach(() => board.run("clearInterval()"));

  it("keep their cadence without drift", async () => {
    await board.run("times=[];t0=getTime();setInterval(()=>times.push(getTime()-t0),10)");
    await expect.poll(() => value("times.length")).toBeGreaterThan(150);
    // Whatever the host's load: the n-th tick is never early, ...
    const times = (await value("times.slice(0,150)")) as number[];
    times.forEach((time, n) => expect(time).toBeGreaterThan((n + 1) * 0.01 - 0.0001));
    // ... and ticks that are late are made up for: a board that was held up has as many as the time asks for soon after. Ticks counted from late ones would fall behind for good.
    await expect.poll(async () => value("Math.floor((getTime()-t0)/0.01)-times.length")).toBeLessThanOrEqual(1);
  });

  it("run in order of time, then of age; strings and arguments work; errors stop only themselves", async () => {
    // Set anew when the host held the board up meanwhile: "first" has to be due before the others, however late it is set.
    const said = await board.run("do{clearInterval();t=getTime();log=[];setTimeout(()=>log.push('c'),30);setTimeout('log.push(\"b\")',20);setTimeout((x,y)=>log.push(x+y),10,'a','1');setTimeout(()=>{throw 1},10);setTimeout(()=>log.push('a2'),10);setTimeout(()=>log.push('first'))}while(getTime()>t+.009)");
    expect(await saying(said, "Uncaught 1")).toContain("Uncaught 1");
    await expect.poll(() => value("log")).toEqual(["first", "a1", "a2", "b", "c"]);
  });

  it("take fractions of a millisecond", async () => {
    await board.run("n=0;t0=getTime();i=setInterval(()=>{if(++n==100){clearInterval(i);dt=getTime()-t0}},0.5)");
    await expect.poll(() => board.evaluate("typeof dt")).toBe('"number"');
    expect(Number(await board.evaluate("dt"))).toBeGreaterThanOrEqual(0.0499);
  });

  it("can be changed and cleared, also by their own callback", async () => {
    await board.run("n=0;i=setInterval(()=>{if(++n==3)clearInterval(i)},2)");
    await expect.poll(() => board.evaluate("n")).toBe("3");
    await board.run("m=0;i=setInterval(()=>m++,100000);changeInterval(i,2)");
    await expect.poll(async () => Number(await board.evaluate("m"))).toBeGreaterThan(2);
    await board.run("k=m");
    await expect.poll(async () => Number(await board.evaluate("m-k"))).toBeGreaterThan(2);
    await board.run("clearInterval();k=m");
    await board.console.quiet(50);
    expect(await board.evaluate("m-k")).toBe("0");
  });
});

onQemu("events", () => {
  it("are queued, keep their order and `this`, and stop for removed listeners", async () => {
    const said = await board.run("log=[];o={id:1};f=function(a,b){log.push(['f',this===o,a,b])};o.on('x',f);o.on('x',()=>{throw 'oops'});o.on('x','log.push(\"s\")');o.emit('x',1,2);log.push('sync')");
    expect(await saying(said, "Uncaught oops")).toContain("Uncaught oops");
    await expect.poll(() => value("log")).toEqual(["sync", ["f", true, 1, 2], "s"]);
    await board.run("log=[];o.removeListener('x',f);o.emit('x');o.removeAllListeners('x');o.emit('x')");
    await expect.poll(() => value("log")).toEqual(["s"]); // from the first emit; the second found no listeners
    expect(await value("[Object.keys(o),'on' in {}]")).toEqual([["id"], true]);
  });
});

onQemu("serial", () => {
  it("sends every kind of data and receives all byte values", async () => {
    await board.run("Serial2.write(1,'a\\xff',[2,3],new Uint8Array([4]),{data:'z',count:2});Serial2.print(5);Serial2.println('x')");
    expect(await board.serial2?.until("x\r\n")).toBe("\x01a\xff\x02\x03\x04zz5x\r\n");
    const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
    board.serial2?.send(all);
    await expect.poll(() => board.evaluate("Serial2.available()")).toBe("256");
    expect(await board.evaluate("btoa(Serial2.read(2))+Serial2.available()")).toBe('"AAE=254"');
    await board.run("rx='';Serial2.on('data',d=>rx+=d)");
    await expect.poll(() => board.evaluate("btoa(rx)")).toBe(JSON.stringify(Buffer.from(all.slice(2), "latin1").toString("base64")));
    await board.run("Serial2.removeAllListeners('data')");
  });

  it("loses nothing when the tile is busy for long (back-pressure)", async () => {
    await board.run("n=0;Serial2.on('data',d=>n+=d.length)");
    board.console.send("\x10t=getTime();while(getTime()<t+0.5);\n");
    board.serial2?.send("x".repeat(100_000));
    await expect.poll(() => board.evaluate("n")).toBe("100000");
    await board.run("Serial2.removeAllListeners('data')");
  });
});

onQemu("a host that does not read", () => {
  it("for 3 s costs nothing while the send ring (8 kB) has room, and the program goes on", async () => {
    board.serial2?.pause();
    await board.run("for(i=0;i<60;i++)Serial2.write('y'.repeat(100))");
    expect(await board.evaluate("1+1")).toBe("2"); // had it been held up, some of the output below would be missing
    await board.console.quiet(3000);
    board.serial2?.resume();
    expect((await board.serial2?.until(/y{6000}/))?.length).toBe(6000);
  });
  it("at all holds the program up for 1 s, then loses output instead", async () => {
    board.serial2?.pause();
    await board.run("t=getTime();for(i=0;i<400;i++)Serial2.write('z'.repeat(100));Serial2.write('end');t=getTime()-t");
    const heldUpS = Number(await board.evaluate("t"));
    expect(heldUpS).toBeGreaterThanOrEqual(1);
    expect(heldUpS).toBeLessThan(8); // once, not for each byte
    board.serial2?.resume();
    // What was kept comes out as fast as the computer is; until there is room again nothing new gets in.
    await expect.poll(() => board.run("Serial2.write('again')").then(() => board.serial2?.pending)).toContain("again");
    const got = (await board.serial2?.until("again")) ?? "";
    expect(got.length).toBeGreaterThan(8192);
    expect(got.length).toBeLessThan(40_000);
  });
});

onQemu("sleep", () => {
  it("counts the program's wake-ups apart from the 100 ms cap", async () => {
    type Account = { idleUs: number; wakeups: number; capWakeups: number };
    const said = await onExactTime("w=[];setTimeout(()=>w.push(E.genesis()),100);setTimeout(()=>{w.push(E.genesis());print('slept',JSON.stringify(w))},1150)", /slept .*\r\n/);
    const [before, after] = JSON.parse(/slept (.*)/.exec(said)?.[1] ?? "") as [Account, Account];
    expect([after.capWakeups - before.capWakeups, after.wakeups - before.wakeups]).toEqual([10, 1]);
    expect(after.idleUs - before.idleUs).toBeGreaterThan(1_045_000);
    expect(after.idleUs - before.idleUs).toBeLessThan(1_050_000);
  });
});

onQemu("byte strings", () => {
  it("convert both ways for all codes", async () => {
    const all = Array.from({ length: 256 }, (_, i) => i);
    await board.run(`s=E.toString(${JSON.stringify(all)})`);
    expect(await board.evaluate("[s.length,s.charCodeAt(0),s.charCodeAt(128),s.charCodeAt(255)]")).toBe("[256,0,128,255]");
    expect(await board.evaluate("atob(btoa(s))==s")).toBe("true");
    expect(await board.evaluate("btoa(s)")).toBe(JSON.stringify(Buffer.from(all).toString("base64")));
    expect(await board.evaluate("E.toString(E.toUint8Array(s))==s&&E.toString(E.toArrayBuffer(s))==s")).toBe("true");
  });
  it.each(["", "a", "ab", "abc", "\0\0"])("base64 of %j", async (text) => {
    expect(await board.evaluate(`btoa(${JSON.stringify(text)})`)).toBe(JSON.stringify(Buffer.from(text).toString("base64")));
    expect(await board.evaluate(`atob(btoa(${JSON.stringify(text)}))==${JSON.stringify(text)}`)).toBe("true");
  });
});

onQemu("modules and boot files", () => {
  it("require() loads Storage files once, and says what is missing", async () => {
    await board.run("require('Storage').write('mod','exports.n=(global.count=(global.count||0)+1)')");
    expect(await board.evaluate("[require('mod').n,require('mod').n]")).toBe("[1,1]");
    board.console.send("require('none')\n");
    expect(await board.console.until("REPL\r\n>")).toContain('Uncaught Error: Module "none" not found');
  });

  it("boots .boot0-.boot3, .bootcde, then init; load(file), reset() and E.setBootCode", async () => {
    await board.run("s=require('Storage');s.write('.boot0','order=[0]');s.write('.boot3','order.push(3)');E.setBootCode('order.push(\"code\");E.on(\"init\",()=>order.push(\"init\"))');s.write('app','order.push(\"app\")')");
    board.console.send("\x10load()\n");
    await expect.poll(() => board.evaluate("typeof order=='object'&&order")).toBe('[0,3,"code","init"]');
    board.console.send("\x10E.on('kill',()=>require('Storage').write('killed','1'));load('app')\n");
    await expect.poll(() => board.evaluate("order")).toBe('[0,3,"app"]');
    expect(await board.evaluate("require('Storage').read('killed')")).toBe('"1"');
    board.console.send("\x10reset()\n");
    await expect.poll(() => board.evaluate("order")).toBe("[0,3]");
    await board.run("E.setBootCode('order.push(\"always\")',true)");
    board.console.send("\x10reset()\n");
    await expect.poll(() => board.evaluate("order")).toBe('[0,3,"always"]');
    await board.run("E.setBootCode();s=require('Storage');s.erase('.boot0');s.erase('.boot3');s.erase('app')");
  });
});

onQemu("resets", () => {
  const restart = async (line: string): Promise<void> => {
    await board.console.quiet(50);
    board.console.send(`\x10${line}\n`);
    await board.console.until(/reset: [\s\S]*>/, 20_000);
  };
  it("E.reboot()", async () => {
    await restart("E.reboot()");
    expect(await value("[E.genesis().resetReason,E.genesis().resets]")).toEqual(["software", 1]);
  });
  it("the watchdog resets a board that hangs, and one that idles without kicks", async () => {
    await restart("E.enableWatchdog(0.3);while(1);");
    expect(await value("E.genesis().resetReason")).toBe("watchdog");
    await restart("E.enableWatchdog(0.3,false)");
    expect(await value("[E.genesis().resetReason,E.genesis().resets]")).toEqual(["watchdog", 3]);
  });
  it("does not bite while the program kicks, nor in automatic mode while it idles", async () => {
    const said = await onExactTime("E.enableWatchdog(0.5,false);k=setInterval(E.kickWatchdog,100);setTimeout(()=>{print('kicked');E.enableWatchdog(0.5);clearInterval(k);setTimeout(()=>print('idled'),1500)},1500)", /idled\r\n|reset: (?!power-on)\w+/);
    expect(said).toMatch(/reset: power-on\r\n[\s\S]*kicked\r\n[\s\S]*idled\r\n/);
  });
  it("Ctrl-C at any moment of a boot leaves a whole machine", async () => {
    await board.run("setTimeout(E.reboot,100)");
    for (let count = 0; count < 100; count++) {
      board.console.send("\x03");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await board.console.until(/reset: [\s\S]*>/, 20_000);
    expect(await board.console.quiet(200)).not.toContain("Uncaught");
    expect(await value("[1,2].concat(E.genesis().resetReason)")).toEqual([1, 2, "software"]);
  });
  it("a boot that runs out of memory at once gives the console back", async () => {
    await board.run("E.setBootCode('a=[];while(1)a.push(new Uint8Array(9999))')");
    board.console.send("\x10E.reboot()\n");
    await board.console.until(/restarted[\s\S]*reset: [\s\S]*>/, 20_000);
    await board.run("E.setBootCode()");
    expect(await value("E.genesis().restarts")).toBe(1);
  });
  it("a Storage that makes no sense is erased at boot, and the console says so", async () => {
    await board.run("require('Storage').eraseAll();f=require('Flash');a=f.getFree()[0];f.write('nonsense',a.addr+a.length)");
    await board.console.quiet(50);
    board.console.send("\x10E.reboot()\n");
    expect(await board.console.until(/reset: [\s\S]*>/, 20_000)).toContain("Storage is corrupt.\r\nErasing Storage Area...\r\nErase complete.\r\n");
    expect(await value("require('Storage').getFree()")).toBe(512 * 1024);
  });
});

onQemu("memory", () => {
  it("is counted in blocks and given back", async () => {
    const free = async (): Promise<number> => Number(await board.evaluate("process.memory().free"));
    const before = await free();
    await board.run("big=new Uint8Array(160000)");
    const during = await free();
    expect(before - during).toBeGreaterThan(9_900);
    expect(before - during).toBeLessThan(10_400);
    await board.run("big=undefined");
    expect(Math.abs((await free()) - before)).toBeLessThan(400);
    expect(await value("(m=>m.free+m.usage==m.total&&m.total*m.blocksize==1536*1024&&m.stackFree>100000)(process.memory())")).toBe(true);
  });
  it.each(["/", "+", "\\x05"])("is collected when arrays have holes and room to grow, though that room is full of %j", async (filling) => {
    // To the collector words of these bytes look like a stack (47 is "/"), a key (43) or a string (5) at a wild address.
    await board.run(`s='${filling}'.repeat(300000);s=0;process.memory()`);
    await board.run("all=[];for(n=5;n<60;n++){a=[];for(i=0;i<n;i++)a.push('x'+i);a[1000]=n;all.push(a)}process.memory()");
    expect(await value("all.every((a,k)=>a.length==1001&&a[1000]==k+5&&a[0]=='x0'&&a[k+4]=='x'+(k+4))")).toBe(true);
    await board.run("all=a=0");
  });

  it("that is nested too deeply to be collected restarts JavaScript, and leaves no half heap behind", async () => {
    const { restarts } = (await value("E.genesis()")) as { restarts: number };
    board.console.send("\x10deep=[];for(i=0;i<8000;i++)deep=[deep];process.memory()\n");
    await board.console.until(/restarted[\s\S]*reset: [\s\S]*>/, 20_000);
    expect(await value("[typeof deep,E.genesis().restarts]")).toEqual(["undefined", restarts + 1]);
  });

  it("that ends keeps the word that was watched, through a reset, and tells it once", async () => {
    await board.run("other=new Int32Array(1);E.lastWord(other,0);words=new Int32Array([5,6,7]);E.lastWord(words,1)");
    await board.run("a=[];for(i=0;i<999;i++)a.push('move'+i);a=0;process.memory();words[1]=-123456");
    board.console.send("\x10a=[];for(;;)a.push(new Uint8Array(999))\n");
    await board.console.until(/restarted[\s\S]*reset: [\s\S]*>/, 20_000);
    expect(await value("E.resetCause")).toBe(4);
    board.console.send("\x10E.reboot()\n");
    await board.console.until(/reset: software[\s\S]*>/, 20_000);
    expect(await value("E.resetCause")).toBe(3);
    expect(await value("[E.lastWord(new Int32Array(1),0),E.lastWord(new Int32Array(1),9)]")).toEqual([-123456, 0]);
    // Nothing is watched by a machine that did not ask, and a word beyond the array's end is none.
    board.console.send("\x10a=[];for(;;)a.push(new Uint8Array(999))\n");
    await board.console.until(/restarted[\s\S]*reset: [\s\S]*>/, 20_000);
    expect(await value("E.lastWord(new Int32Array(1),0)")).toBe(0);
  });
});
