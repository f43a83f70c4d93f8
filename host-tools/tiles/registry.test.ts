// What this computer remembers: tiles with their keys, where they were flashed, what they were before; names of emulated tiles.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Backup } from "../install/backup.ts";
import { newestBackup, saveBackupFile } from "../install/backup-store.ts";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { keyOf, type KnownTile, knownTiles, rememberTile, tileAt } from "./registry.ts";
import { knownMachines, machineBoard, machineFolder, machineLabel, parseTile } from "./tile-name.ts";

let home = "";
beforeEach(() => (home = mkdtempSync(path.join(os.tmpdir(), "genesis registry-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const tile = (n: number, more: Partial<KnownTile> = {}): KnownTile => ({ id: String(n).padStart(16, "0"), name: `tile-${n}`, board: "sim", key: String(n).padStart(64, "0"), flashedAt: `2026-01-0${n}T00:00:00Z`, ...more });

describe("known tiles", () => {
  it("are found by id and by place, the last flashed first, and keep what they were before", () => {
    rememberTile(home, tile(1, { place: "/dev/a", backup: "/b.json" }));
    rememberTile(home, tile(2, { place: "/dev/a" }));
    rememberTile(home, tile(1, { name: "porch", flashedAt: "2026-01-03T00:00:00Z" }));
    expect(knownTiles(home)).toEqual([tile(2, { place: "/dev/a" }), tile(1, { name: "porch", flashedAt: "2026-01-03T00:00:00Z", place: "/dev/a", backup: "/b.json" })]);
    expect(tileAt(home, "/dev/a")?.name).toBe("porch");
    expect(tileAt(home, "/dev/b")).toBeUndefined();
    expect(keyOf(home, tile(2).id)).toEqual(Buffer.from(tile(2).key, "hex"));
    expect(() => keyOf(home, "ff")).toThrow("not flashed from this computer");
  });

  it("keep their keys to the user, and damaged files harm nobody", () => {
    rememberTile(home, tile(1));
    const file = path.join(home, "tiles", `${tile(1).id}.json`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(path.join(home, "tiles", `${tile(2).id}.json`), "{");
    writeFileSync(path.join(home, "tiles", "notes.txt"), "x");
    expect(knownTiles(home).length).toBe(1);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(tile(1));
  });
});

describe("backups", () => {
  it("the newest one that is whole, of this board, and not of a tile", () => {
    const backup = (board: string, name: string): Backup => {
      const content = Buffer.from(name);
      return { format: "genesis-backup", version: 1, board, espruino: "2v29", files: [{ name, kind: "file", bytes: content.length, crc32: crc32(content) >>> 0, base64: content.toString("base64") }], sha256: createHash("sha256").update(content).digest("hex") };
    };
    const save = (board: string, name: string, day: number): string => saveBackupFile(home, backup(board, name), undefined, new Date(Date.UTC(2026, 0, day)));
    expect(newestBackup(home, "PUCKJS")).toBeUndefined();
    save("PUCKJS", "old.js", 1);
    const wanted = save("PUCKJS", "new.js", 2);
    save("PUCKJS", "g.cfg", 3);
    save("PUCKJS-LIKE", "other.js", 4);
    writeFileSync(path.join(home, "backups", "puckjs-2026-12-31.json"), '{"format":"genesis-backup"');
    expect(newestBackup(home, "PUCKJS")).toBe(wanted);
  });
});

describe("names of emulated tiles", () => {
  it("say which machine, and never leave the state folder", () => {
    expect([parseTile(home, "sim"), parseTile(home, "qemu:porch-2.b")].map(machineLabel)).toEqual(["sim", "qemu:porch-2.b"]);
    for (const text of ["sim:", "sim:..", "sim:../x", "qemu:a/b", "sim:a b", "sim:.x", `sim:${"a".repeat(33)}`]) expect(() => parseTile(home, text), text).toThrow("is not a name for a tile");
    for (const text of ["", "..", "/etc", "simx", "porch"]) expect(() => parseTile(home, text), text).toThrow("there is no tile");
    for (const name of ["qemu-porch", "sim-attic", "sim-porch", "other"]) mkdirSync(path.join(home, "machines", name), { recursive: true });
    expect(knownMachines(home).map(machineLabel)).toEqual(["qemu:porch", "sim:attic", "sim:porch"]);
    expect(parseTile(home, "attic")).toEqual({ kind: "sim", name: "attic" });
    expect(() => parseTile(home, "porch")).toThrow("there are two");
  });

  it("keep their board", () => {
    const folder = machineFolder(home, { kind: "sim", name: "a" });
    expect([machineBoard(folder, undefined, "sim"), machineBoard(folder, "sim", "other"), machineBoard(folder, undefined, "other")]).toEqual(["sim", "sim", "sim"]);
    expect(() => machineBoard(folder, "puckjs", "sim")).toThrow("is a sim, not a puckjs");
  });
});
