// The rig's own parts on the real interpreter: reset causes, watchdog, power cuts in all three ways. Opt-in: GENESIS_ESPRUINO names an Espruino for Linux.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ResetCause } from "../../firmware/update/boot-log.ts";
import { EspruinoConsole } from "../../host-tools/link/espruino-console.ts";
import { EspruinoHost, linuxFlash } from "./espruino-host.ts";
import { shimLoader } from "./espruino-shim.ts";

const binary = process.env["GENESIS_ESPRUINO"];
/** A page far from Storage's files. */
const page = linuxFlash.baseAddress + 100 * linuxFlash.pageBytes;

describe.skipIf(!binary)("Espruino for Linux as a board", { timeout: 60_000 }, () => {
  let folder: string;
  let host: EspruinoHost;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "genesis-espruino-"));
    host = await EspruinoHost.create("test", binary as string, folder);
  });
  afterEach(async () => {
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (): Promise<EspruinoConsole> => EspruinoConsole.open(await host.openConsole(), { interrupt: false, smp: false, answerMs: 2000 });
  const starts = (count: number): Promise<void> => expect.poll(() => host.starts.length, { timeout: 10_000 }).toBe(count).then(() => undefined);
  const flashNow = (length: number): Buffer => host.withStorage((storage) => storage.flash.read(page, length));

  it("names the cause of each start", async () => {
    const console = await open();
    expect(await console.evalLine("E.resetCause")).toBe(ResetCause.Power);
    await console.evalLine("(setTimeout(function(){E.reboot()},10),0)");
    await starts(2);
    expect(await (await open()).evalLine("E.resetCause")).toBe(ResetCause.Software);
    await (await open()).evalLine("(setTimeout(function(){E.enableWatchdog(1,false)},10),0)");
    await starts(3);
    expect(await (await open()).evalLine("E.resetCause")).toBe(ResetCause.Watchdog);
  });

  it("lets a tile live that kicks, and ends one that hangs", async () => {
    const console = await open();
    await console.evalLine("(E.enableWatchdog(1,false),setInterval(function(){E.kickWatchdog()},200),0)");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(host.starts).toEqual([ResetCause.Power]);
    await console.evalLine("(setTimeout(function(){while(1);},10),0)");
    await starts(2);
    expect(host.starts).toEqual([ResetCause.Power, ResetCause.Watchdog]);
  });

  it("cuts the power before, in the middle of and after a write", async () => {
    for (const [phase, left] of [["before", "\xff\xff\xff\xff\xff\xff\xff\xff"], ["torn", "abcd\xff\xff\xff\xff"], ["after", "abcdefgh"]] as const) {
      const console = await open();
      await console.evalLine(`(require("Flash").erasePage(${page}),0)`);
      await host.cutPowerAt(2, phase);
      await console.evalLine(`(setTimeout(function(){require("Flash").write("1234",${page}+16);require("Flash").write("abcdefgh",${page});require("Flash").write("5678",${page}+32)},10),0)`);
      const before = host.starts.length;
      await starts(before + 1);
      expect(host.starts.at(-1)).toBe(ResetCause.Power);
      expect(host.isCutArmed).toBe(false);
      await host.powerOff();
      const bytes = flashNow(48).toString("latin1");
      expect([phase, bytes.slice(0, 8), bytes.slice(16, 20), bytes.slice(32, 36)]).toEqual([phase, left, "1234", "\xff\xff\xff\xff"]);
    }
  });

  it("keeps an armed power cut over a reset", async () => {
    const write = `require("Flash").write("abcdefgh",${page})`;
    let console = await open();
    await console.evalLine(`(require("Flash").erasePage(${page}),0)`);
    await host.cutPowerAt(2, "before");
    await console.evalLine(`(setTimeout(function(){require("Flash").write("1234",${page}+16);E.reboot()},10),0)`);
    await starts(2);
    expect(host.isCutArmed).toBe(true);
    console = await open();
    await console.evalLine(`(setTimeout(function(){${write}},10),0)`);
    await starts(3);
    expect([host.isCutArmed, host.starts.at(-1)]).toEqual([false, ResetCause.Power]);
    await host.powerOff();
    expect(flashNow(20).toString("latin1")).toBe("\xff".repeat(16) + "1234");
  });

  it("cuts the power before, in the middle of and after an erase", async () => {
    for (const [phase, first, second] of [["before", "zzzz", "zzzz"], ["torn", "\xff\xff\xff\xff", "zzzz"], ["after", "\xff\xff\xff\xff", "\xff\xff\xff\xff"]] as const) {
      host.withStorage((storage) => {
        storage.flash.erasePage(page);
        storage.flash.program(page, "z".repeat(linuxFlash.pageBytes));
      });
      const console = await open();
      await host.cutPowerAt(1, phase);
      await console.evalLine(`(setTimeout(function(){require("Flash").erasePage(${page}+4)},10),0)`);
      const before = host.starts.length;
      await starts(before + 1);
      await host.powerOff();
      const bytes = flashNow(linuxFlash.pageBytes).toString("latin1");
      expect([phase, bytes.slice(0, 4), bytes.slice(-4)]).toEqual([phase, first, second]);
    }
  });

  it("counts operations, keeps flash over power failures and keeps the shim when Storage is erased", async () => {
    const console = await open();
    const before = await host.flashOperations();
    await console.evalLine(`(require("Flash").erasePage(${page}),require("Flash").write("kept",${page}),0)`);
    expect((await host.flashOperations()) - before).toBe(2);
    await console.evalLine(`(require("Storage").eraseAll(),E.kickWatchdog(),0)`);
    expect(host.withStorage.bind(host, (storage) => storage.list())).toThrow(/is on/);
    await host.powerOff();
    host.withStorage((storage) => storage.write("mine", "1"));
    await host.powerOn();
    expect(await (await open()).evalLine(`require("Storage").list()`)).toEqual(["mine", shimLoader.name]);
  });
});
