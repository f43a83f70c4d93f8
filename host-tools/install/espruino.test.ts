// Installation, A/B update, one-slot update and power cuts on the real interpreter. Opt-in: GENESIS_ESPRUINO names a Linux build; GENESIS_CUTS the
// stride between cut points (default 5, 1 cuts at every flash operation).
import { kernelConstants } from "../build/kernel-features.ts";
import { buildSync } from "esbuild";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { journalOffset } from "../../firmware/update/layout.ts";
import type { Board } from "../../hal/board.ts";
import { featureConstants } from "../build/features.ts";
import { spawnEspruino } from "../espruino-process.ts";
import { buildFirstStage, buildOneSlotScript } from "../image/first-stage-script.ts";
import { buildImage, parseImage, parseVersion, sealImage } from "../image/mcuboot.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { EspruinoPackets } from "../link/espruino-packets.ts";
import { childStream } from "../link/socket-stream.ts";
import { sleep } from "../link/wait-for.ts";
import { restoreBackup, takeBackup, type Backup } from "./backup.ts";
import { base64, evaluateInteger, quote, type DeviceConsole } from "./device-console.ts";
import { installTile, type InstallResult } from "./install-tile.ts";
import { openOneSlotDevice } from "./one-slot-device.ts";
import { updateOneSlot } from "./one-slot.ts";
import { newIdentity } from "./tile-config.ts";

const binary = process.env["GENESIS_ESPRUINO"];
const stride = Number(process.env["GENESIS_CUTS"] ?? 5);
const root = resolve(import.meta.dirname, "../..");
const board = {
  id: "espruino-linux", name: "Espruino for Linux", engine: "espruino", tier: 2, mcu: "x86", ramBytes: 0, flashBytes: 262144, storageBytes: 262144, pageBytes: 1024, profile: "small",
  slots: 2, slotPages: 9, previousPages: 9, journalPages: 2, link: { device: "Serial1", baud: 115200 }, nativeSha256: true, pins: {}, power: [], source: "measured on 2v29.277",
} satisfies Board;

/** What a rig puts into `.boot0`, which runs before the first stage: flash operations that can be cut, and a reset cause. */
const powerSwitch = `(function(){var F=require("Flash"),w=F.write,e=F.erasePage,r=F.read,n=0,k=0,off=E.reboot;
F.write=function(d,a){var t=n&&!--n,l=(d.length>>1)&~3;if(t&&k==1&&l)w(typeof d=="string"?d.substr(0,l):new Uint8Array(d.buffer,0,l),a);if(!t||k==2)w(d,a);if(t)off()};
F.erasePage=function(a){var t=n&&!--n,p,h;if(t&&k==1){p=F.getPage(a);h=r(p.length/2,p.addr+p.length/2);e(a);w(h,p.addr+p.length/2)}else if(!t||k==2)e(a);if(t)off()};
global.rigCut=function(c,m){n=c;k=m}})()`;

const bundle = binary
  ? buildSync({ entryPoints: [join(root, "host-tools/install/testing/update-image-main.ts")], bundle: true, minify: true, write: false, format: "iife", target: "es2015", charset: "ascii", define: { ...featureConstants("full"), ...kernelConstants("full") }, tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } } })
      .outputFiles[0]!.text.replace(/^"use strict";/, "")
      .trim()
      .replace(/[\0-\x1f\x7f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`)
  : "";

/** Image `version`: says what runs, then does `then`. */
function image(version: string, then = ""): Buffer {
  return buildImage(`(function(p,c,i){${bundle};p.startImage(p,c,i);p.print("RUNS ${version} "+JSON.stringify(i));${then}})`, parseVersion(version));
}

/** One Espruino process after another in one folder: its flash file is the board. */
class LinuxBoard implements DeviceConsole {
  readonly folder = mkdtempSync(join(tmpdir(), "install-espruino-"));
  #child: ChildProcess | undefined;
  #packets: EspruinoPackets | undefined;
  text = "";
  exited = true;

  async start(): Promise<void> {
    this.text = "";
    const child = spawnEspruino(binary!, this.folder);
    this.exited = false;
    child.on("exit", () => (this.exited = true));
    child.stdout!.on("data", (bytes: Buffer) => (this.text += bytes.toString("latin1")));
    this.#child = child;
    this.#packets = undefined;
    await this.until(() => this.text.includes(">") || this.text.includes("RUNS"), "a prompt");
  }

  /** The console, without Ctrl-C: programs keep running. */
  async connect(): Promise<void> {
    const console = await EspruinoConsole.open(childStream(this.#child!, "linux"), { interrupt: false, smp: false, answerMs: 1000 });
    this.#packets = new EspruinoPackets(console);
  }

  async evaluate(expression: string, timeoutMs?: number): Promise<unknown> {
    if (!this.#packets) await this.connect();
    return this.#packets!.eval(expression, timeoutMs);
  }

  /** Power off, whatever it does. */
  async kill(): Promise<void> {
    if (this.exited) return;
    this.#child!.kill("SIGKILL");
    await this.until(() => this.exited, "its end");
  }

  async until(is: () => boolean, what: string, timeoutMs = 8000): Promise<void> {
    for (let waited = 0; !is(); waited += 5) {
      if (waited > timeoutMs) throw new Error(`Espruino did not come to ${what}: ${JSON.stringify(this.text.slice(-400))}`);
      await sleep(5);
    }
  }

  /** Resets into an image, or into the console when nothing may run. `cut`: at which flash operation from here the power goes, and how. */
  async boot(cut?: { operation: number; mode: number }): Promise<string | undefined> {
    await this.kill();
    await this.start();
    if (cut) await this.evaluate(`(rigCut(${cut.operation},${cut.mode}),0)`);
    if (cut) await this.evaluate("genesis(0)");
    await this.until(() => /RUNS \S+ \{.*\}|nothing to start/.test(this.text) || this.exited, "an image");
    return /RUNS (\S+)/.exec(this.text)?.[1];
  }
}

/**
 * Repeats work when Espruino ends under it: its Linux build shares the input queue between two threads without a lock and now and then stops with
 * "ASSERT(len <= 64)". To us that is one more power cut, so the work has to go on where it was.
 */
async function persist<T>(tile: LinuxBoard, work: () => Promise<T>, isInImage = false): Promise<T> {
  for (let crashes = 0; ; crashes++) {
    try {
      return await work();
    } catch (error) {
      await sleep(100);
      if (!tile.exited || crashes === 8) throw error;
      if (isInImage) await tile.boot();
      else await tile.start();
      if (!isInImage && await tile.evaluate("typeof genesis").then((type) => type === "function", () => false)) await tile.evaluate("genesis(-1)");
    }
  }
}

const boards: LinuxBoard[] = [];
afterEach(async () => {
  for (const made of boards.splice(0)) {
    await made.kill();
    rmSync(made.folder, { recursive: true, force: true });
  }
});

async function install(slots: 1 | 2, v1: Buffer): Promise<{ tile: LinuxBoard; result: InstallResult; backup: Backup | undefined; seal: (image: Buffer) => Buffer }> {
  const tile = new LinuxBoard();
  boards.push(tile);
  await tile.start();
  await persist(tile, () => tile.evaluate(`(require("Storage").write("mine.js","print('mine')"),0)`));
  const identity = newIdentity("linux");
  let backup: Backup | undefined;
  const result = await persist(tile, () =>
    installTile({ console: tile, board: { ...board, slots }, image: v1, firstStage: buildFirstStage(root), identity, link: { windowMs: 400, watchdogS: 5, consoleApart: true }, saveBackup: async (saved) => void (backup ??= saved) }),
  );
  await persist(tile, () => tile.evaluate(`(require("Storage").write(".boot0",${quote(powerSwitch)}),require("Flash").write("kept",${result.config.base + journalOffset(result.config)}),0)`));
  return { tile, result, backup, seal: (unsealed) => sealImage(unsealed, Buffer.from(result.config.key, "hex")) };
}

async function expectJournal(tile: LinuxBoard, result: InstallResult): Promise<void> {
  expect(await tile.evaluate(`require("Storage").read("g.dat",${result.config.off + journalOffset(result.config)},4)`)).toBe("kept");
}

/** In which life of an update, at which of its flash operations, and how: 0 before, 1 torn, 2 after. */
interface Cut {
  life: number;
  operation: number;
  mode: number;
}

/** What a host does over SMP, here over the console, from whatever state the tile is in. */
async function update(tile: LinuxBoard, file: Buffer, version: string, cut?: Cut): Promise<void> {
  for (let tries = 0, crashes = 0; tries < 5; tries++) {
    try {
      if (await updateStep(tile, file, version, tries === cut?.life ? cut : undefined)) return;
    } catch (error) {
      await sleep(50);
      if (!tile.exited || tile.text.includes("Not implemented") || crashes++ === 8) throw error;
    }
  }
  throw new Error(`never got to run ${version}`);
}

/** One life of a tile that is being updated; true when there is nothing left to do. */
async function updateStep(tile: LinuxBoard, file: Buffer, version: string, cut?: Cut): Promise<boolean> {
    const runs = await tile.boot(cut);
    await tile.evaluate("healthy()");
    if (runs === version) {
      if (!/"kind":1/.test(tile.text)) return true;
      expect(await tile.evaluate(`up.setState("",true)`)).toBe(0);
      return false;
    }
    expect(runs).toBe("1.0.0");
    const sha = createHash("sha256").update(file).digest();
    for (let offset = 0; offset < file.length; ) offset = await evaluateInteger(tile, `up.upload(${offset},${base64(file.subarray(offset, offset + 512))},${file.length},${base64(sha)})`);
    expect(await tile.evaluate(`up.setState(${base64(parseImage(file).digest)},false)`)).toBe(0);
    return false;
}

describe.skipIf(!binary)("on real Espruino", { timeout: 600_000 }, () => {
  it("installs, backs up and goes back", async () => {
    const { tile, result, backup } = await install(2, image("1.0.0"));
    expect(backup?.files.map((file) => file.name)).toEqual(["mine.js"]);
    expect(await tile.boot()).toBe("1.0.0");
    await persist(tile, () => expectJournal(tile, result));
    const whole = await persist(tile, () => takeBackup(tile));
    await persist(tile, () => restoreBackup(tile, backup!));
    expect(await persist(tile, () => tile.evaluate(`require("Storage").list()`))).toEqual(["mine.js"]);
    await persist(tile, () => restoreBackup(tile, whole));
    expect(await tile.boot()).toBe("1.0.0");
  });

  it("updates, reverts from an image that hangs, and leaves the console a minute after six bad starts", async () => {
    const { tile, result, seal } = await install(2, image("1.0.0"));
    await update(tile, seal(image("2.0.0")), "2.0.0");
    const v3 = seal(image("3.0.0", "while(1);"));
    await persist(
      tile,
      async () => {
        for (let offset = 0; offset < v3.length; ) offset = await evaluateInteger(tile, `up.upload(${offset},${base64(v3.subarray(offset, offset + 512))},${v3.length},"")`);
        expect(await tile.evaluate(`up.setState(${base64(parseImage(v3).digest)},false)`)).toBe(0);
      },
      true,
    );
    expect(await tile.boot()).toBe("3.0.0");
    expect(await tile.boot()).toBe("2.0.0");
    const memory = await persist(tile, async () => {
      await tile.evaluate("healthy()");
      await expectJournal(tile, result);
      return (await tile.evaluate("process.memory().usage")) as number;
    }, true);
    globalThis.console.log(`variables in use with the update service alone: ${memory}`);
    const versions: (string | undefined)[] = [];
    for (let n = 0; n < 6; n++) versions.push(await tile.boot());
    // v1's slot was overwritten by v3, which failed: there is one good image only, and it is tried on.
    expect(versions).toEqual(["2.0.0", "2.0.0", "2.0.0", "2.0.0", "2.0.0", "2.0.0"]);
    await tile.kill();
    await tile.start();
    await sleep(1500);
    expect(tile.text).not.toContain("RUNS");
    expect(await tile.evaluate("genesis(0)")).toBe(1);
    await tile.until(() => tile.text.includes("RUNS 2.0.0"), "the image");
  });

  it("survives power cuts in the middle of an update", async () => {
    const { tile, result, seal } = await install(2, image("1.0.0"));
    const v2 = seal(image("2.0.0"));
    const counts: number[] = [];
    // Lives: upload and test; trial and confirm; normal.
    for (let life = 0; life < 3; life++) {
      counts.push(0);
      for (let operation = 1; ; operation += stride) {
        const mode = (operation + life) % 3;
        const outcome = await update(tile, v2, "2.0.0", { life, operation, mode }).catch((error: unknown) => error);
        const wasCut = tile.exited;
        if (wasCut) counts[life]!++;
        else if (outcome) throw outcome;
        if (wasCut) expect(["1.0.0", "2.0.0"]).toContain(await tile.boot());
        await update(tile, v2, "2.0.0");
        await persist(tile, () => expectJournal(tile, result), true);
        // Back to where it began.
        await tile.kill();
        await tile.start();
        await persist(tile, async () => {
          await tile.evaluate("genesis(-1)");
          await installTile({ console: tile, board: { ...board, slots: 2 }, image: image("1.0.0"), firstStage: buildFirstStage(root), saveBackup: async () => undefined });
        });
        if (!wasCut) break;
      }
    }
    globalThis.console.log(`power cuts on Espruino: ${counts.join(" + ")}`);
    expect(counts[0]).toBeGreaterThan(3);
    expect(counts[1]).toBeGreaterThan(0);
  });

  it("updates a board with one slot, and takes the old image back", async () => {
    const { tile, result, seal } = await install(1, image("1.0.0"));
    expect(await tile.boot()).toBe("1.0.0");
    await tile.evaluate("healthy()");
    await tile.kill();
    await tile.start();
    const written = await persist(tile, async () => updateOneSlot(await openOneSlotDevice(tile, buildOneSlotScript(root)), result.config, seal(image("2.0.0", "p.print(2);"))));
    expect(written).toBeGreaterThan(0);
    expect(await tile.boot()).toBe("2.0.0");
    expect(await tile.boot()).toBe("1.0.0"); // not confirmed
    await tile.evaluate("healthy()");
    await tile.kill();
    await tile.start();
    await persist(tile, async () => updateOneSlot(await openOneSlotDevice(tile, buildOneSlotScript(root)), result.config, seal(image("2.0.0", "p.print(2);"))));
    expect(await tile.boot()).toBe("2.0.0");
    expect(await tile.evaluate(`up.setState("",true)`)).toBe(0);
    expect(await tile.boot()).toBe("2.0.0");
    await expectJournal(tile, result);
  });
});
