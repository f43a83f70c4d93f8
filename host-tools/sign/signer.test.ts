// No index signs two messages: two who sign at once, files copied, restored, cut short and changed, and processes killed on a real disk.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Failure } from "../cli/failure.ts";
import { isHssSignature } from "./hss-key.ts";
import type { LmsParameters } from "./lms-parameters.ts";
import { adoptPart, createKey, diskPowers, openSigner, signerStatus, type KeyPlace, type Signer } from "./signer.ts";
import { CrashFiles } from "./testing/crash-files.ts";
import { LEVEL, PLACE, powersOver, Ledger, freshKey, nextMessage, day, codeOf } from "./testing/signer-days.ts";

describe("two at once", () => {
  test("a key that is open is busy", () => {
    const files = freshKey([LEVEL]);
    const locks = new Set<string>();
    const signer = openSigner(PLACE, undefined, powersOver(files, locks));
    expect(codeOf(() => openSigner(PLACE, undefined, powersOver(files, locks)))).toBe("KEY_BUSY");
    signer.close();
    openSigner(PLACE, undefined, powersOver(files, locks)).close();
  });

  test("where the lock fails, the record still has one maker: at each operation of one, another signs", () => {
    for (let visits = 1; visits <= 3; visits++) {
      for (let at = 1; at <= 24; at++) {
        const files = freshKey([LEVEL]);
        const ledger = new Ledger();
        const sign = (signer: Signer): void => {
          const message = nextMessage();
          ledger.add(signer.publicKey, message, signer.sign(message), [LEVEL]);
        };
        let operation = 0;
        files.onOperation = () => {
          if (++operation !== at) return;
          for (let i = 0; i < visits; i++) {
            // May be refused where the first one has just moved the record; must not sign twice.
            const other = tryOpen(files);
            if (other === undefined) return;
            sign(other);
            if (i === 1) sign(other);
          }
        };
        let isStopped = false;
        try {
          const one = openSigner(PLACE, undefined, powersOver(files));
          sign(one);
          sign(one);
        } catch (error) {
          if (!(error instanceof Failure) && (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
          isStopped = true;
        }
        if (at <= 3) expect(isStopped).toBe(true);
      }
    }
    function tryOpen(files: CrashFiles): Signer | undefined {
      try {
        return openSigner(PLACE, undefined, powersOver(files));
      } catch (error) {
        if (error instanceof Failure) return undefined;
        throw error;
      }
    }
  });
});

describe("in doubt a key is refused", () => {
  const signTimes = (files: CrashFiles, times: number, place: KeyPlace = PLACE): void => {
    const signer = openSigner(place, undefined, powersOver(files));
    for (let i = 0; i < times; i++) signer.sign(nextMessage());
    signer.close();
  };
  const openCode = (files: CrashFiles, place: KeyPlace = PLACE, computer?: string): string => codeOf(() => openSigner(place, undefined, powersOver(files, undefined, computer)).close());
  const copyKey = (files: CrashFiles, to: string): void => {
    for (const name of ["key.json", "state.json", "tree.bin"]) files.put(`${to}/${name}`, files.read(`${PLACE.key}/${name}`));
  };
  const recordNames = (files: CrashFiles): string[] => files.names().filter((name) => /^\/records\/.*\.json$/.test(name));

  test("copied to another computer before it was ever used", () => {
    const files = freshKey([LEVEL]);
    const copy = { key: "/keys/copy", records: "/elsewhere" };
    copyKey(files, copy.key);
    expect(openCode(files, copy)).toBe("KEY_IN_DOUBT");
    expect(codeOf(() => adoptPart(copy, powersOver(files)))).toBe("KEY_USED");
  });

  test("copied to another computer", () => {
    const files = freshKey([LEVEL]);
    signTimes(files, 1);
    const copy = { key: "/keys/copy", records: "/elsewhere" };
    copyKey(files, copy.key);
    expect(openCode(files, copy)).toBe("KEY_IN_DOUBT");
    expect(codeOf(() => adoptPart(copy, powersOver(files)))).toBe("KEY_USED");
    expect(openCode(files, PLACE, "another one")).toBe("KEY_IN_DOUBT");
    expect(codeOf(() => signerStatus(copy, powersOver(files)))).toBe("KEY_IN_DOUBT");
  });

  test("copied on the same computer: the two never use the same index, and the one that fell behind is refused", () => {
    const files = freshKey([LEVEL]);
    const copy = { ...PLACE, key: "/keys/copy" };
    copyKey(files, copy.key);
    const ledger = new Ledger();
    day(files, ledger, [LEVEL]);
    expect(openCode(files, copy)).toBe("KEY_IN_DOUBT");
    copyKey(files, copy.key);
    for (const place of [PLACE, copy, PLACE, copy]) {
      const signer = openSigner(place, undefined, powersOver(files));
      const message = nextMessage();
      ledger.add(signer.publicKey, message, signer.sign(message), [LEVEL]);
      signer.close();
    }
  });

  test("restored: the key, the record", () => {
    const files = freshKey([LEVEL]);
    signTimes(files, 1);
    const old = files.copy();
    signTimes(files, 2);
    const restoredKey = files.copy();
    for (const name of ["key.json", "state.json", "tree.bin"]) restoredKey.put(`${PLACE.key}/${name}`, old.read(`${PLACE.key}/${name}`));
    expect(openCode(restoredKey)).toBe("KEY_IN_DOUBT");
    const restoredRecord = files.copy();
    for (const name of recordNames(files)) restoredRecord.put(name, undefined);
    for (const name of recordNames(old)) restoredRecord.put(name, old.read(name));
    expect(openCode(restoredRecord)).toBe("KEY_IN_DOUBT");
    const lostRecord = files.copy();
    for (const name of recordNames(files)) lostRecord.put(name, undefined);
    expect(openCode(lostRecord)).toBe("KEY_IN_DOUBT");
    expect(openCode(files)).toBe("none");
  });

  test("every file cut short anywhere, and every byte of it changed", () => {
    const files = freshKey([LEVEL]);
    signTimes(files, 1);
    const inUse = [`${PLACE.key}/key.json`, `${PLACE.key}/state.json`, ...recordNames(files)];
    expect(inUse).toHaveLength(3);
    for (const name of inUse) {
      const whole = files.read(name)!;
      for (let at = 0; at < whole.length; at++) {
        files.put(name, whole.subarray(0, at));
        expect(openCode(files)).toBe("KEY_DAMAGED");
        for (const bit of [1, 0x20, 0x80]) {
          const changed = Buffer.from(whole);
          changed[at]! ^= bit;
          files.put(name, changed);
          expect(openCode(files)).toBe("KEY_DAMAGED");
        }
      }
      files.put(name, undefined);
      expect(openCode(files)).toMatch(/^KEY_DAMAGED$|^KEY_IN_DOUBT$|^NO_SIGNING_KEY$/);
      files.put(name, whole);
    }
    expect(openCode(files)).toBe("none");
  });

  test("the tree is grown anew where it is missing or wrong", () => {
    const files = freshKey([LEVEL]);
    const tree = files.read(`${PLACE.key}/tree.bin`)!;
    files.put(`${PLACE.key}/tree.bin`, undefined);
    signTimes(files, 1);
    expect(files.read(`${PLACE.key}/tree.bin`)!.equals(tree)).toBe(true);
    files.put(`${PLACE.key}/tree.bin`, tree.subarray(1));
    signTimes(files, 1);
    expect(files.read(`${PLACE.key}/tree.bin`)!.equals(tree)).toBe(true);
    // A wrong node below a right root: the signature is checked before it is given out.
    const wrong = Buffer.from(tree);
    for (let r = 2; r < 64; r++) wrong[r * LEVEL.n]! ^= 1;
    files.put(`${PLACE.key}/tree.bin`, wrong);
    expect(codeOf(() => signTimes(files, 1))).toBe("SIGNING_FAILED");
    files.put(`${PLACE.key}/tree.bin`, undefined);
    signTimes(files, 1);
  });

  test("exhausted, and how many are left", () => {
    const files = freshKey([LEVEL]);
    const signer = openSigner(PLACE, undefined, powersOver(files));
    expect(signer.remaining).toBe(32);
    expect(codeOf(() => signer.reserve(33))).toBe("KEY_EXHAUSTED");
    signer.reserve(30);
    signer.sign(nextMessage());
    expect(signer.remaining).toBe(31);
    signer.close();
    expect(codeOf(() => signer.sign(nextMessage()))).toBe("KEY_CLOSED");
    expect(signerStatus(PLACE, powersOver(files))).toMatchObject({ remaining: 2, capacity: 32, levels: [LEVEL] });
    signTimes(files, 2);
    expect(codeOf(() => signTimes(files, 1))).toBe("KEY_EXHAUSTED");
    expect(() => signer.reserve(0)).toThrow(RangeError);
  });

  test("a part is adopted once, by one", () => {
    const files = freshKey([LEVEL]);
    const signer = openSigner(PLACE, undefined, powersOver(files));
    signer.split(8, "/keys/b");
    expect(signer.remaining).toBe(24);
    expect(codeOf(() => signer.split(8, "/keys/b"))).toBe("KEY_EXISTS");
    expect(codeOf(() => signer.split(25, "/keys/c"))).toBe("KEY_EXHAUSTED");
    signer.close();
    const part = { ...PLACE, key: "/keys/b" };
    expect(openCode(files, part)).toBe("KEY_NOT_ADOPTED");
    adoptPart(part, powersOver(files));
    expect(codeOf(() => adoptPart(part, powersOver(files)))).toBe("KEY_USED");
    // A copy of the folder from now on is one that was used.
    expect(codeOf(() => adoptPart({ ...part, records: "/elsewhere" }, powersOver(files)))).toBe("KEY_USED");
    expect(openCode(files, { ...part, records: "/elsewhere" })).toBe("KEY_IN_DOUBT");
    const there = openSigner(part, undefined, powersOver(files));
    expect(there.remaining).toBe(8);
    expect(there.sign(nextMessage()).readUInt32BE(4)).toBe(24);
    there.close();
    expect(codeOf(() => createKey(PLACE, [LEVEL], undefined, powersOver(files)))).toBe("KEY_EXISTS");
  });

  test("parameters that nobody could make or check", () => {
    const files = new CrashFiles();
    const create = (levels: LmsParameters[]) => () => createKey(PLACE, levels, undefined, powersOver(files));
    expect(create([])).toThrow(RangeError);
    expect(create([LEVEL, LEVEL, LEVEL])).toThrow(RangeError);
    expect(create([{ ...LEVEL, height: 20 }])).toThrow(RangeError);
    expect(create([LEVEL, { ...LEVEL, n: 32 }])).toThrow(RangeError);
    expect(files.names()).toEqual([]);
  });
});

describe("on this computer's disk", () => {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "genesis-signer-"));
    program = path.join(folder, "sign.mjs");
    const entry = `
      import { openSigner } from "./signer.ts";
      import { randomBytes } from "node:crypto";
      const [key, records] = process.argv.slice(2);
      const signer = openSigner({ key, records });
      const pause = new Int32Array(new SharedArrayBuffer(4));
      while (signer.remaining > 0) {
        const message = randomBytes(8);
        process.stdout.write(message.toString("hex") + " " + signer.sign(message).toString("hex") + "\\n");
        Atomics.wait(pause, 0, 0, 1);
      }
    `;
    const built = await build({ stdin: { contents: entry, resolveDir: import.meta.dirname, loader: "ts" }, bundle: true, write: false, platform: "node", format: "esm", packages: "external" });
    writeFileSync(program, built.outputFiles[0]!.text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("private files are the owner's only", () => {
    const place = { key: path.join(folder, "modes", "key"), records: path.join(folder, "modes", "records") };
    const publicKey = createKey(place, [LEVEL]);
    const signer = openSigner(place);
    expect(isHssSignature(publicKey, Buffer.from("x"), signer.sign(Buffer.from("x")))).toBe(true);
    expect(codeOf(() => openSigner(place))).toBe("KEY_BUSY");
    signer.close();
    if (process.platform === "win32") return;
    expect(statSync(place.key).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(place.key)) expect(statSync(path.join(place.key, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(place.key).sort()).toEqual(["key.json", "state.json", "tree.bin"]);
    expect(readdirSync(path.join(place.records, signerStatus(place).part))).toEqual(["2.json"]);
    cpSync(place.key, path.join(folder, "modes", "copy"), { recursive: true });
    expect(codeOf(() => openSigner({ key: path.join(folder, "modes", "copy"), records: path.join(folder, "modes", "none") }))).toBe("KEY_IN_DOUBT");
  });

  test("processes that are killed at any moment use no index twice", async () => {
    const place = { key: path.join(folder, "killed", "key"), records: path.join(folder, "killed", "records") };
    const levels: LmsParameters[] = [{ ...LEVEL, height: 10 }];
    const publicKey = createKey(place, levels);
    const ledger = new Ledger();
    let signatures = 0;
    for (let life = 0; life < 12; life++) {
      const output = await new Promise<string>((resolve) => {
        const child = spawn(process.execPath, [program, place.key, place.records], { stdio: ["ignore", "pipe", "inherit"] });
        let text = "";
        child.stdout.on("data", (bytes: Buffer) => {
          if (text === "") setTimeout(() => child.kill("SIGKILL"), 15 + life * 7);
          text += bytes.toString("latin1");
        });
        child.once("close", () => resolve(text));
      });
      for (const line of output.split("\n").slice(0, -1)) {
        const [message, signature] = line.split(" ").map((hex) => Buffer.from(hex, "hex"));
        ledger.add(publicKey, message!, signature!, levels);
        signatures++;
      }
    }
    const left = signerStatus(place).remaining;
    console.log(`12 processes killed: ${signatures} signatures read, ${1024 - left} indexes reserved`);
    expect(signatures).toBeGreaterThan(11);
    expect(1024 - left - signatures).toBeLessThan(12 * 40);
  });

  test("progress is told of from the second second on", () => {
    // Time is not ours here: a clock that jumps.
    const now = Date.now;
    let time = 0;
    const told: number[] = [];
    Date.now = () => (time += 100);
    try {
      createKey({ key: path.join(folder, "progress", "key"), records: path.join(folder, "progress", "records") }, [LEVEL], (done, total) => void told.push(done / total), diskPowers);
    } finally {
      Date.now = now;
    }
    expect(told.length).toBeGreaterThan(2);
    expect(told[0]).toBeGreaterThan(0.2);
    expect([...told].sort((a, b) => a - b)).toEqual(told);
  });
});
