// No index signs two messages: with the power cut or the disk failing at every operation, processes killed, files copied, restored, cut short and changed, and two who sign at once.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Failure } from "../cli/failure.ts";
import { isHssSignature } from "./hss-key.ts";
import { lmsShape, type LmsParameters } from "./lms-parameters.ts";
import { adoptPart, createKey, diskPowers, openSigner, signerStatus, type KeyPlace, type Signer, type SignerPowers } from "./signer.ts";
import { CrashFiles, Cut, type Choose } from "./testing/crash-files.ts";

const LEVEL: LmsParameters = { n: 24, w: 4, height: 5 };
const PLACE: KeyPlace = { key: "/keys/a", records: "/records" };

/** Powers over files in memory; the lock holds as long as `locks` lives. */
function powersOver(files: CrashFiles, locks: Set<string> = new Set(), computer: string = "this one"): SignerPowers {
  let next = 0;
  return {
    files,
    lock: (file) => {
      if (locks.has(file)) return undefined;
      locks.add(file);
      return () => void locks.delete(file);
    },
    computer: () => computer,
    random: (bytes) => createHash("sha512").update(`seed ${next++}`).digest().subarray(0, bytes),
  };
}

/** Which message each one-time key has signed, over all that was ever given out. */
class Ledger {
  readonly #signed = new Map<string, string>();
  add(publicKey: Buffer, message: Buffer, signature: Buffer, levels: readonly LmsParameters[]): void {
    expect(isHssSignature(publicKey, message, signature)).toBe(true);
    let key = publicKey.subarray(4);
    let at = 4;
    levels.forEach((level, depth) => {
      const shape = lmsShape(level);
      const end = at + shape.signatureBytes;
      const isLast = depth === levels.length - 1;
      const signed = isLast ? message : signature.subarray(end, end + lmsShape(levels[depth + 1]!).publicKeyBytes);
      const name = `${key.subarray(8, 24).toString("hex")} ${signature.readUInt32BE(at)}`;
      const before = this.#signed.get(name);
      if (before !== undefined && (isLast || before !== signed.toString("hex"))) throw new Error(`one-time key ${name} has signed twice`);
      this.#signed.set(name, signed.toString("hex"));
      key = Buffer.from(signed);
      at = end + (isLast ? 0 : signed.length);
    });
  }
}

/** A key in memory, made once per set of levels. */
const made = new Map<string, CrashFiles>();
function freshKey(levels: readonly LmsParameters[]): CrashFiles {
  const name = JSON.stringify(levels);
  let files = made.get(name);
  if (files === undefined) {
    files = new CrashFiles();
    createKey(PLACE, levels, undefined, powersOver(files));
    made.set(name, files);
  }
  return files.copy();
}

let messages = 0;
const nextMessage = (): Buffer => Buffer.from(`message ${messages++}`);

/** A day of a signer: opens, signs, reserves, splits, closes, comes back. */
function day(files: CrashFiles, ledger: Ledger, levels: readonly LmsParameters[], place: KeyPlace = PLACE): void {
  for (let visit = 0; visit < 2; visit++) {
    const signer = openSigner(place, undefined, powersOver(files));
    const sign = (): void => {
      const message = nextMessage();
      ledger.add(signer.publicKey, message, signer.sign(message), levels);
    };
    sign();
    signer.reserve(3);
    sign();
    sign();
    signer.close();
  }
}

/** Choices of what survives: nothing, everything, half of each content, and seeded mixtures. */
function choices(seed: number): Choose[] {
  const mixed = (n: number): Choose => {
    let state = (seed * 7919 + n * 104729) | 1;
    return () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (["old", "new", "half"] as const)[(state >> 16) % 3]!;
    };
  };
  return [() => "old", () => "new", () => "half", mixed(1), mixed(2), mixed(3)];
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return "none";
};

describe("the power is cut at each operation", () => {
  const twoLevels: LmsParameters[] = [LEVEL, LEVEL];
  test.each([["one level", [LEVEL]], ["two levels", twoLevels]])("%s: no one-time key signs twice, and the key goes on", (_name, levels) => {
    const rehearsal = freshKey(levels);
    const before = rehearsal.operations;
    day(rehearsal, new Ledger(), levels);
    const operations = rehearsal.operations - before;
    expect(operations).toBeGreaterThan(30);
    let runs = 0;
    for (let cut = 1; cut <= operations; cut++) {
      for (const isAfter of levels.length === 1 ? [false, true] : [cut % 2 === 0]) {
        // With two levels each run grows two trees; what the second level adds is not in the files.
        for (const choose of choices(cut).slice(0, levels.length === 1 ? 6 : cut % 5 === 0 ? 3 : 1)) {
          const ledger = new Ledger();
          const files = freshKey(levels);
          files.cutAt = cut;
          files.isAfter = isAfter;
          expect(() => day(files, ledger, levels)).toThrow(Cut);
          // A second cut while it recovers, then a day without one.
          const again = files.restart(choose);
          again.cutAt = 1 + (cut % 7);
          try {
            day(again, ledger, levels);
          } catch (error) {
            expect(error).toBeInstanceOf(Cut);
          }
          day(again.restart(choose), ledger, levels);
          runs++;
        }
      }
    }
    console.log(`${levels.length} level(s): ${operations} operations, ${runs} cuts, each with a second one`);
  });

  test("a killed process leaves what it wrote, a power cut after it only what was synced", () => {
    const operations = 40;
    for (let cut = 1; cut <= operations; cut++) {
      for (let second = 1; second <= 12; second++) {
        const ledger = new Ledger();
        const files = freshKey([LEVEL]);
        files.cutAt = cut;
        try {
          day(files, ledger, [LEVEL]);
        } catch (error) {
          expect(error).toBeInstanceOf(Cut);
        }
        // Killed: the same files, nothing lost, and still not synced.
        files.cutAt = files.operations + second;
        try {
          day(files, ledger, [LEVEL]);
        } catch (error) {
          expect(error).toBeInstanceOf(Cut);
        }
        day(files.restart(() => "old"), ledger, [LEVEL]);
      }
    }
  });

  test.each(["content", "names"] as const)("these tests notice when %s are not synced", (what) => {
    let doubles = 0;
    let refusals = 0;
    for (let cut = 1; cut <= 40; cut++) {
      const files = freshKey([LEVEL]);
      if (what === "content") files.sync = () => undefined;
      else files.syncFolder = () => undefined;
      const ledger = new Ledger();
      files.cutAt = cut;
      try {
        day(files, ledger, [LEVEL]);
      } catch (error) {
        expect(error).toBeInstanceOf(Cut);
      }
      for (const choose of choices(cut).slice(0, 1)) {
        try {
          day(files.restart(choose), ledger, [LEVEL]);
        } catch (error) {
          if (error instanceof Failure) refusals++;
          else if (/signed twice/.test((error as Error).message)) doubles++;
          else throw error;
        }
      }
    }
    expect(what === "names" ? doubles : refusals).toBeGreaterThan(5);
  });

  test("while a key is made: it is there and good, or there is none", () => {
    const rehearsal = new CrashFiles();
    createKey(PLACE, [LEVEL], undefined, powersOver(rehearsal));
    const seen = new Set<string>();
    for (let cut = 1; cut <= rehearsal.operations; cut++) {
      for (const choose of choices(cut).slice(0, 4)) {
        const files = new CrashFiles();
        files.cutAt = cut;
        expect(() => createKey(PLACE, [LEVEL], undefined, powersOver(files))).toThrow(Cut);
        const after = files.restart(choose);
        const code = codeOf(() => openSigner(PLACE, undefined, powersOver(after)).close());
        seen.add(code);
        if (code === "NO_SIGNING_KEY") createKey(PLACE, [LEVEL], undefined, { ...powersOver(after), random: randomBytes });
        day(after, new Ledger(), [LEVEL]);
      }
    }
    expect([...seen].sort()).toEqual(["NO_SIGNING_KEY", "none"]);
  });

  test("while a key is split: an index is the old part's or the new one's or nobody's", () => {
    const target: KeyPlace = { key: "/keys/b", records: "/records" };
    const split = (files: CrashFiles): void => {
      const signer = openSigner(PLACE, undefined, powersOver(files));
      signer.split(10, target.key);
      signer.close();
    };
    const rehearsal = freshKey([LEVEL]);
    const before = rehearsal.operations;
    split(rehearsal);
    for (let cut = 1; cut <= rehearsal.operations - before; cut++) {
      for (const choose of choices(cut)) {
        const files = freshKey([LEVEL]);
        files.cutAt = cut;
        expect(() => split(files)).toThrow(Cut);
        const after = files.restart(choose);
        const ledger = new Ledger();
        for (const place of [PLACE, target]) {
          if (place === target && after.read(`${target.key}/key.json`) === undefined) continue;
          if (place === target) adoptPart(place, powersOver(after));
          // The first and the last two of each.
          const signer = openSigner(place, undefined, powersOver(after));
          for (let i = 0; signer.remaining > 0; i++) {
            if (i === 2 && signer.remaining > 4) signer.reserve(signer.remaining - 2);
            if (i === 2) signer.reserve(2);
            const message = nextMessage();
            ledger.add(signer.publicKey, message, signer.sign(message), [LEVEL]);
          }
          signer.close();
        }
      }
    }
  });
});

describe("the disk fails at each operation", () => {
  test("the signer gives up, and who opens the key again uses no index twice", () => {
    let cut = 0;
    for (let isDone = false; !isDone;) {
      cut++;
      const files = freshKey([LEVEL]);
      const ledger = new Ledger();
      files.cutAt = cut;
      files.isAfter = cut % 2 === 0;
      let signer: Signer | undefined;
      const locks = new Set<string>();
      try {
        signer = openSigner(PLACE, undefined, powersOver(files, locks));
        for (let i = 0; i < 4; i++) {
          const message = nextMessage();
          ledger.add(signer.publicKey, message, signer.sign(message), [LEVEL]);
        }
        isDone = true;
      } catch (error) {
        expect(error).toBeInstanceOf(Cut);
        if (signer !== undefined) expect(codeOf(() => signer!.sign(nextMessage()))).toBe("KEY_CLOSED");
      }
      signer?.close();
      expect(locks.size).toBe(0);
      files.cutAt = 0;
      day(files, ledger, [LEVEL]);
    }
    expect(cut).toBeGreaterThan(30);
  });
});

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
