/** The simulated Storage against answers and flash images recorded from real Espruino; heatshrink and CRC-32 against known bytes. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordedGeometry, storageScenarios } from "../../boards/qemu-mps2-an385/test-vectors/storage-vectors.ts";
import type { RecordedScenario, StorageStep } from "../../boards/qemu-mps2-an385/test-vectors/storage-vectors.ts";
import { EspruinoStorage } from "./espruino-storage.ts";
import { NorFlash } from "./nor-flash.ts";
import { StorageFile } from "./storage-file.ts";

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "../../boards/qemu-mps2-an385/test-vectors/storage-vectors.json"), "utf8")) as RecordedScenario[];
const toHex = (text: string): string => Buffer.from(text, "latin1").toString("hex") || "-";
const fromHex = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");
const answer = (value: string | undefined): string => (value === undefined ? "undefined" : toHex(value));

class Player {
  readonly flash = new NorFlash({ baseAddress: recordedGeometry.baseAddr, flashBytes: recordedGeometry.flashBytes, pageBytes: recordedGeometry.pageBytes });
  readonly #storage = new EspruinoStorage(this.flash, recordedGeometry.baseAddr, recordedGeometry.storageBytes);
  #file: StorageFile | undefined;

  play(step: StorageStep): string {
    try {
      return this.#do(step);
    } catch (error) {
      return `Error: ${(error as Error).message}`;
    }
  }

  #do(step: StorageStep): string {
    const storage = this.#storage;
    switch (step.op) {
      case "write":
        if ((step.offset ?? 0) < 0) return "false"; // the API's answer, not the format's
        storage.write(step.name, fromHex(step.data), step.offset, step.size);
        return "true";
      case "read":
        return answer(storage.read(step.name));
      case "erase":
        return String(void storage.erase(step.name));
      case "eraseAll":
        return String(storage.eraseAll());
      case "compact":
        return String(storage.compact());
      case "list":
        return storage.list().map(toHex).join(" ");
      case "listFiles":
        return storage.list(false).map(toHex).join(" ");
      case "listLogs":
        return storage.list(true).map(toHex).join(" ");
      case "stats": {
        const s = storage.stats();
        return [s.totalBytes, s.freeBytes, s.fileBytes, s.fileCount, s.trashBytes, s.trashCount].join(" ");
      }
      case "hash":
        return String(storage.hash());
      case "open":
        this.#file = new StorageFile(storage, step.name, step.mode);
        return `${this.#file.chunk} ${this.#file.offset}`;
      case "append":
        return String(this.#file!.write(fromHex(step.data)));
      case "take":
        return answer(this.#file!.read(step.length));
      case "takeLine":
        return answer(this.#file!.readLine());
      case "length":
        return String(this.#file!.getLength());
      case "drop":
        return String(this.#file!.erase());
      case "flashErase":
        return String(this.flash.erasePage(step.addr));
      case "flashWrite":
        return String(this.flash.program(step.addr, fromHex(step.data)));
      case "flashRead":
        return toHex(this.flash.readString(step.addr, step.length));
    }
  }
}

describe("Storage", () => {
  it.each(storageScenarios)("answers like Espruino 2v29 and leaves the same flash image: $name", (scenario) => {
    const reference = recorded.find((r) => r.name === scenario.name)!;
    const player = new Player();
    scenario.steps.forEach((step, i) => expect(player.play(step), `step ${i}: ${JSON.stringify(step).slice(0, 200)}`).toBe(reference.answers[i]));
    expect(createHash("sha256").update(player.flash.bytes()).digest("hex")).toBe(reference.imageSha256);
  });

  it("knows a corrupt Storage", () => {
    const flash = new NorFlash({ baseAddress: 0, flashBytes: 8192, pageBytes: 1024 });
    const storage = new EspruinoStorage(flash, 0, 8192);
    expect(storage.isValid()).toBe(true);
    storage.write("a", "x".repeat(100));
    expect(storage.isValid()).toBe(true);
    flash.program(1028, "a name without a size");
    expect(storage.isValid()).toBe(false);
  });

  it("cut in a compaction loses files, as a real board does", () => {
    const flash = new NorFlash({ baseAddress: 0, flashBytes: 4096, pageBytes: 1024 });
    const storage = new EspruinoStorage(flash, 0, 4096);
    storage.write("old", "x".repeat(200));
    storage.write("keep", "y".repeat(200));
    storage.erase("old");
    flash.armCut({ operation: 1, mode: "after" });
    expect(() => storage.compact()).toThrow(/power was cut/);
    flash.powerOn();
    expect(storage.read("keep")).toBeUndefined();
  });
});
