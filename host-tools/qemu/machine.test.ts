// QEMU boards as processes: lines, persistence, determinism, and that none outlives its caller.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SerialPort } from "serialport";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createFlashFile, FILE_BYTES, FLASH_BYTES } from "./flash-file.ts";
import { startQemu, type QemuMachine } from "./machine.ts";
import { buildRuntime, repositoryRoot } from "./runtime-build.ts";
import { connectSocket, Line, startTestBoard, testCacheDir } from "./test-board.ts";
import { missingPrograms } from "./toolchain.ts";

const onQemu = describe.skipIf(missingPrograms().length > 0);

let elfPath: string;
let folder: string;
const machines: QemuMachine[] = [];

beforeAll(async () => {
  ({ elfPath } = await buildRuntime({ cacheDir: testCacheDir }));
}, 300_000);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "genesis-machine-"));
});
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.kill();
  rmSync(folder, { recursive: true, force: true });
});

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

onQemu("flash file", () => {
  it("is erased flash in a sparse file with a serial number", () => {
    const file = path.join(folder, "flash.bin");
    createFlashFile(file, Uint8Array.from({ length: 12 }, (_, i) => i));
    const content = readFileSync(file);
    expect(content.length).toBe(FILE_BYTES);
    expect(content.subarray(0, FLASH_BYTES).every((byte) => byte === 0xff)).toBe(true);
    expect(content.subarray(FLASH_BYTES + 4096, FLASH_BYTES + 4108).toString("hex")).toBe("000102030405060708090a0b");
    expect(statSync(file).blocks * 512).toBeLessThan(2 * FLASH_BYTES);
  });
  it("is kept when it exists, refused when it is something else", () => {
    const file = path.join(folder, "flash.bin");
    createFlashFile(file);
    const before = readFileSync(file);
    createFlashFile(file);
    expect(readFileSync(file).equals(before)).toBe(true);
    writeFileSync(file, "my diary");
    expect(() => createFlashFile(file)).toThrow(/not a flash file[\s\S]*Next: /);
  });
});

onQemu("lines", () => {
  it("a pty opens like a serial port, at once and again", async () => {
    const machine = await startQemu({ elfPath, flashPath: path.join(folder, "flash.bin"), serial0: "pty" });
    machines.push(machine);
    for (let round = 0; round < 3; round++) {
      const port = new SerialPort({ path: machine.serial0, baudRate: 115_200 });
      let said = "";
      port.on("data", (data: Buffer) => (said += data.toString("latin1")));
      await new Promise((resolve) => port.once("open", resolve));
      port.write(`\x10print(${round}+100)\n`);
      await expect.poll(() => said).toContain(`${100 + round}\r\n`);
      await new Promise((resolve) => port.close(resolve));
    }
  });

  it("two boards talk over Serial2", async () => {
    const wire = path.join(folder, "wire");
    const one = await startQemu({ elfPath, flashPath: path.join(folder, "1.bin"), serial0: { socketPath: path.join(folder, "c1"), wait: true }, serial1: { socketPath: wire } });
    machines.push(one);
    const two = await startQemu({ elfPath, flashPath: path.join(folder, "2.bin"), serial0: { socketPath: path.join(folder, "c2"), wait: true }, serial1: { socketPath: wire, connect: true } });
    machines.push(two);
    const [first, second] = [new Line(await connectSocket(one.serial0)), new Line(await connectSocket(two.serial0))];
    await Promise.all([first.until(/>$/), second.until(/>$/)]);
    // QEMU joins the two by itself a moment after the start, and what is written before is lost: the first one says it until the second one has it.
    second.send("\x10rx='';Serial2.on('data',d=>{rx+=d;if(rx.endsWith('.')){print('got',rx);rx=''}})\n");
    first.send("\x10setInterval(()=>Serial2.write('over the wire.'),50)\n");
    await second.until("got over the wire.\r\n");
    first.close();
    second.close();
  });
});

onQemu("persistence", () => {
  it("acknowledged writes survive kill -9, and so does the serial number", async () => {
    let board = await startTestBoard({ folder });
    const serial = await board.evaluate("getSerial()");
    for (let n = 0; n < 3; n++) {
      expect(await board.evaluate(`require('Storage').write('n','${n}')`)).toBe("true");
      process.kill(board.machine.pid, "SIGKILL");
      expect((await board.machine.exited).code).toBe(137);
      await board.stop();
      board = await startTestBoard({ folder });
      expect(await board.evaluate("[require('Storage').read('n'),E.genesis().resetReason]")).toBe(`["${n}","power-on"]`);
    }
    expect(await board.evaluate("getSerial()")).toBe(serial);
    expect(serial).toMatch(/^"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}"$/);
    await board.stop();
  });
});

onQemu("determinism", () => {
  // The board runs a program from Storage alone and writes to a file: nothing of the host's time gets in.
  // Timers, idle time, meter, random numbers and the cause of resets must repeat to the last digit.
  const program = `var n=0,h=7,t=setInterval(()=>{for(var i=0;i<500;i++)h=(h*31+i)>>>0;h^=E.hwRand();print(n,h,getTime(),Math.random(),JSON.stringify(E.genesis()));
if(++n==20){clearInterval(t);print(E.genesis().resetReason=='power-on'?'again':'done');if(E.genesis().resetReason=='power-on')E.reboot()}},37.3)`;

  it("-icount repeats byte for byte", async () => {
    const original = path.join(folder, "original.bin");
    createFlashFile(original, new Uint8Array(12));
    const setUp = await startQemu({ elfPath, flashPath: original, serial0: { socketPath: path.join(folder, "s"), wait: true } });
    const line = new Line(await connectSocket(setUp.serial0));
    await line.until(/>$/);
    line.send(`\x10E.setBootCode(${JSON.stringify(program)});print('stored')\n`);
    await line.until("stored");
    await setUp.kill();
    const runs: string[] = [];
    for (let run = 0; run < 2; run++) {
      const flashPath = path.join(folder, `run${run}.bin`);
      writeFileSync(flashPath, readFileSync(original));
      const outputPath = path.join(folder, `run${run}.txt`);
      machines.push(await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } }));
      await expect.poll(() => readFileSync(outputPath, "latin1"), { timeout: 60_000 }).toContain("done\r\n");
      runs.push(readFileSync(outputPath, "latin1").split("done\r\n")[0] ?? "");
    }
    expect(runs[0]).toContain("reset: software");
    expect(runs[1]).toBe(runs[0]);
  });
});

onQemu("long runs", () => {
  it("the clock goes on when its 32-bit counter wraps (every 171.8 s), and intervals do not drift over 20 minutes", async () => {
    const flashPath = path.join(folder, "flash.bin");
    const setUp = await startTestBoard({ folder });
    await setUp.run(`E.setBootCode("var n=0,worst=0;setInterval(()=>{n++;worst=Math.max(worst,Math.abs(getTime()-t0-n*10))},10000);t0=getTime();setTimeout(()=>print('ticks',n,'off by',worst,'s; time',Math.round(getTime()),'cap',E.genesis().capWakeups,'done'),1205000)")`);
    await setUp.stop();
    const outputPath = path.join(folder, "out.txt");
    machines.push(await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } }));
    await expect.poll(() => readFileSync(outputPath, "latin1"), { timeout: 60_000 }).toContain("done");
    const said = readFileSync(outputPath, "latin1");
    expect(said).toMatch(/ticks 120 off by \S+ s; time 120[56] /);
    expect(Number(/off by (\S+)/.exec(said)?.[1])).toBeLessThan(0.002);
    expect(Number(/cap (\d+)/.exec(said)?.[1])).toBeGreaterThan(11_000);
  });
});

onQemu("no board outlives its caller", () => {
  it("kill() ends QEMU, more than once", async () => {
    const machine = await startQemu({ elfPath, flashPath: path.join(folder, "flash.bin"), serial0: "pty" });
    expect(alive(machine.pid)).toBe(true);
    await machine.kill();
    await machine.kill();
    expect(alive(machine.pid)).toBe(false);
  });

  it("QEMU dies with a caller that is killed by SIGKILL", async () => {
    const script = path.join(repositoryRoot(), ".genesis", `orphan-${process.pid}.mjs`);
    const source = `import { startQemu } from ${JSON.stringify(path.join(repositoryRoot(), "host-tools/qemu/machine.ts"))};
const machine = await startQemu({ elfPath: ${JSON.stringify(elfPath)}, flashPath: ${JSON.stringify(path.join(folder, "flash.bin"))}, serial0: "pty" });
console.log("qemu " + machine.pid);`;
    writeFileSync(`${script}.ts`, source);
    execFileSync(path.join(repositoryRoot(), "node_modules/.bin/esbuild"), [`${script}.ts`, "--bundle", "--platform=node", "--format=esm", `--outfile=${script}`, "--log-level=error"]);
    const caller = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    caller.stdout.on("data", (data: Buffer) => (said += data.toString()));
    await expect.poll(() => said).toMatch(/qemu \d+\n/);
    const pid = Number(/qemu (\d+)/.exec(said)?.[1]);
    expect(alive(pid)).toBe(true);
    caller.kill("SIGKILL");
    await expect.poll(() => alive(pid)).toBe(false);
    rmSync(script);
    rmSync(`${script}.ts`);
  });

  it("says what is wrong when QEMU can't start, or is not there", async () => {
    await expect(startQemu({ elfPath: path.join(folder, "none.elf"), flashPath: path.join(folder, "flash.bin"), serial0: "pty" })).rejects.toThrow(/none\.elf does not exist[\s\S]*Next: /);
    await expect(startQemu({ elfPath, flashPath: path.join(folder, "flash.bin"), serial0: { socketPath: path.join(folder, "no/such/folder") } })).rejects.toThrow(/QEMU ended at once[\s\S]*no\/such\/folder[\s\S]*Next: /);
    const before = process.env["PATH"];
    process.env["PATH"] = folder;
    try {
      await expect(startQemu({ elfPath, flashPath: path.join(folder, "flash.bin"), serial0: "pty" })).rejects.toThrow(/qemu-system-arm is not installed[\s\S]*apt-get install/);
    } finally {
      process.env["PATH"] = before;
    }
  });
});
