// The SMP client over good, bad and shared lines.
import { afterEach, describe, expect, test } from "vitest";
import { smpLines } from "../../firmware/wire/smp-frame.ts";
import { smpPacket } from "../../firmware/wire/smp-header.ts";
import { osApi } from "../../firmware/smp/os-api.ts";
import { streamPair } from "./byte-stream.ts";
import { encodeCborString } from "./host-cbor.ts";
import { fromByteString, nodeNative } from "./latin1.ts";
import { callRead, callWrite, misfit } from "./service-client.ts";
import { SmpClient } from "./smp-client.ts";
import type { SmpClientOptions } from "./smp-client.ts";
import { downloadFile, fileHash, fileLength, uploadFile } from "./smp-fs.ts";
import { listImages, uploadImage } from "./smp-image.ts";
import { echo, readParameters, reset } from "./smp-os.ts";
import { listStatistics, readStatistics, shell } from "./smp-shell-stat.ts";
import { FakeTile } from "./testing/fake-tile.ts";
import type { FakeTileOptions } from "./testing/fake-tile.ts";
import { LossyStream, seededRandom } from "./testing/lossy-line.ts";
import type { LineFaults } from "./testing/lossy-line.ts";
import { useVirtualTime } from "./testing/virtual-time.ts";

useVirtualTime();
const open: SmpClient[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

function connect(faults: LineFaults | undefined, tileOptions: FakeTileOptions = {}, options: SmpClientOptions = {}): { client: SmpClient; tile: FakeTile; line: LossyStream } {
  const [host, board] = streamPair();
  const line = new LossyStream(host, faults ?? { seed: 1 });
  const tile = new FakeTile(board, tileOptions);
  const client = new SmpClient(line, { minWaitMs: 15, firstWaitMs: 30, ...options });
  open.push(client);
  return { client, tile, line };
}

function randomBytes(length: number, seed = 7): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random() & 255);
}

describe("a good line", () => {
  test("echo, parameters, images, statistics, shell, files", async () => {
    const { client, tile } = connect(undefined);
    expect(await echo(client, "grüße")).toBe("grüße");
    expect(await readParameters(client)).toEqual({ bufBytes: 512, bufCount: 1 });
    expect((await listImages(client))[0]).toMatchObject({ slot: 0, version: "1.0.0", active: true, pending: false });
    expect(await listStatistics(client)).toEqual(["link"]);
    expect(await readStatistics(client, "link")).toEqual({ sent: 1, lost: 2 });
    expect(await shell(client, ["help", "me"])).toEqual({ output: 'ran ["help","me"]', code: 0 });
    const data = randomBytes(3000);
    await uploadFile(client, "a.js", data, { bufBytes: 512 });
    expect(tile.files.get("a.js")).toEqual(data);
    expect(await fileLength(client, "a.js")).toBe(3000);
    expect((await fileHash(client, "a.js", "sha256")).lengthBytes).toBe(3000);
    expect(await downloadFile(client, "a.js")).toEqual(data);
    expect(client.stats).toMatchObject({ repeated: 0, stray: 0, damaged: 0, timeouts: 0 });
  });
  test("console text goes to its listeners, whole characters only", async () => {
    const { client, tile } = connect(undefined);
    let text = "";
    client.onConsole((t) => (text += t));
    tile.print("temperature 21 °C\r\n");
    await echo(client, "x");
    expect(text).toBe("temperature 21 °C\r\n");
  });
  test("a refusal carries group and code, in both versions of the protocol", async () => {
    for (const version of [0, 1] as const) {
      const { client } = connect(undefined, {}, { version });
      await expect(readStatistics(client, "nothing")).rejects.toMatchObject({ code: "REFUSED", exitCode: 1, group: 2, rc: 5 });
    }
  });
  test("requests that can not be encoded and replies that are no map are errors, not hangs", async () => {
    const { client, tile } = connect(undefined);
    await expect(client.request({ group: 0, id: 0, op: "write", body: { d: 0.5 } })).rejects.toMatchObject({ code: "BAD_REPLY" });
    const garbled = client.request({ group: 64, id: 1, op: "read", timeoutMs: 500 });
    tile.dead = true;
    const sequence = (client as unknown as { sequence: number }).sequence;
    void tile.stream.write(fromByteString(smpLines(smpPacket(1, 1, 64, (sequence + 255) & 255, 1, "\x80"), nodeNative)));
    await expect(garbled).rejects.toMatchObject({ code: "BAD_REPLY" });
  });
  test("more requests than the window queue up and all arrive", async () => {
    const { client } = connect(undefined, { workMs: 2 }, { window: 4 });
    const replies = await Promise.all(Array.from({ length: 300 }, (_, i) => echo(client, `n${i}`)));
    expect(replies).toEqual(Array.from({ length: 300 }, (_, i) => `n${i}`));
  });
});

describe("refusals", () => {
  test("the service's own words, and the exit code that fits", async () => {
    const { client } = connect(undefined);
    const refuse = (group: number, rc: number, version: 0 | 1, errors?: Record<number, string>): Promise<unknown> => {
      const [host, far] = streamPair();
      far.onData(() => {
        const body = version === 1 ? { err: { group, rc } } : { rc };
        void far.write(fromByteString(smpLines(smpPacket(3, version, group, 9, 1, encodeCborString(body)), nodeNative)));
      });
      const one = new SmpClient(host, { firstSequence: 9, version });
      open.push(one);
      return one.request({ group, id: 1, op: "write", what: "it", ...(errors ? { errors } : {}) });
    };
    await expect(refuse(64, 3, 0, { 3: "no such record" })).rejects.toMatchObject({ code: "REFUSED", message: expect.stringContaining("no such record") as string });
    await expect(refuse(1, 11, 0)).rejects.toMatchObject({ code: "IMAGE_REFUSED", exitCode: 7 });
    await expect(refuse(1, 27, 1)).rejects.toMatchObject({ code: "IMAGE_REFUSED", exitCode: 7, message: expect.stringContaining("newer") as string });
    await expect(refuse(1, 9, 0)).rejects.toMatchObject({ code: "VERIFY_FAILED", exitCode: 6 });
    await expect(refuse(70, 8, 1)).rejects.toMatchObject({ code: "REFUSED", message: expect.stringContaining("not supported") as string });
    client.close();
  });
  test("a derived client takes and gives what the description says", async () => {
    const { client } = connect(undefined);
    expect(await callWrite(client, osApi, "echo", { d: "hi" })).toEqual({ r: "hi" });
    expect((await callRead(client, osApi, "params", {})).buf_size).toBe(512);
    await expect(callRead(client, osApi, "taskstat", {})).rejects.toMatchObject({ code: "REFUSED" });
    await expect(callWrite(client, osApi, "echo", { d: 5 } as unknown as { d: string })).rejects.toThrow(TypeError);
    expect(misfit({ a: [{ b: 1 }] }, { a: { type: "list", about: "", fields: { b: { type: "text", about: "" } } } }, "")).toBe("has a[0].b that is not text");
    expect(misfit({}, { a: { type: "uint", about: "" } }, "")).toBe("lacks a");
    expect(misfit({ m: { x: -1 } }, { m: { type: "map", about: "", items: "uint" } }, "")).toBe("has m.x that is not uint");
  });
});

describe("nobody there", () => {
  test("time-out says how often and how long, and an abort ends the wait", async () => {
    const { client, tile } = connect(undefined);
    tile.dead = true;
    await expect(echo(client, "x", { timeoutMs: 120 })).rejects.toMatchObject({ code: "TIMEOUT", exitCode: 5 });
    expect(client.stats.repeated).toBeGreaterThan(0);
    const stop = new AbortController();
    const waiting = client.request({ group: 0, id: 0, op: "read", signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(waiting).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
  });
  test("closing the line rejects what is under way and what waits", async () => {
    const { client, tile } = connect(undefined);
    tile.dead = true;
    const two = [echo(client, "a"), echo(client, "b")];
    setTimeout(() => void tile.stream.close(), 10);
    for (const result of await Promise.allSettled(two)) expect(result).toMatchObject({ status: "rejected", reason: { code: "PORT_LOST" } });
  });
});

describe("a bad line", () => {
  const bad: LineFaults = { seed: 42, loseOneIn: 500, doubleOneIn: 2000, flipOneIn: 3000, noiseOneIn: 3000 };

  test("one byte in 500 lost, repeats, flips and noise, both ways: 300 requests, each answered right", async () => {
    const { client, line } = connect(bad, {}, { window: 2 });
    const replies = await Promise.all(Array.from({ length: 300 }, (_, i) => echo(client, `${i}-`.padEnd(i % 90, "x"))));
    replies.forEach((reply, i) => expect(reply).toBe(`${i}-`.padEnd(i % 90, "x")));
    expect(line.faultCount).toBeGreaterThan(100);
    expect(client.stats.repeated).toBeGreaterThan(10);
  });
  for (const window of [1, 3]) {
    test(`image upload of 20 kB on it, window ${window}`, async () => {
      const { client, tile } = connect({ ...bad, seed: 5 + window }, { bufBytes: 512, bufCount: window });
      const image = randomBytes(20_000);
      const progress: number[] = [];
      const result = await uploadImage(client, image, { onProgress: (p) => progress.push(p.sentBytes) });
      expect(tile.slot).toEqual(image);
      expect(result.lastReply["match"]).not.toBe(false);
      expect(progress.at(-1)).toBe(20_000);
    });
  }
  test("file there and back on it, with a 2 kB buffer", async () => {
    const { client } = connect({ ...bad, seed: 77 }, { bufBytes: 2048 });
    const data = randomBytes(6000, 3);
    await uploadFile(client, "f", data, { bufBytes: 2048 });
    expect(await downloadFile(client, "f")).toEqual(data);
  });
  test("a write that must not happen twice happens once although its answer is lost: the server recognises repeats", async () => {
    const { client, tile } = connect({ ...bad, seed: 9, loseOneIn: 150 }, {}, { repeatWrites: true });
    for (let i = 0; i < 40; i++) await shell(client, ["count", String(i)]);
    expect(tile.carriedOut.filter((c) => c === "9/0").length).toBe(40);
    expect(client.stats.repeated).toBeGreaterThan(5);
  });
  test("restart happens exactly once", async () => {
    for (let seed = 1; seed < 12; seed++) {
      const { client, tile } = connect({ seed, loseOneIn: 40 }, { remembers: 0 });
      const boots = async (): Promise<number> => (await client.request({ group: 65, id: 0, op: "read" }))["boots"] as number;
      await reset(client, boots, { waitMs: 60 });
      expect(tile.bootCount).toBe(2);
    }
  });
  test("a tile too slow to answer in time is not restarted twice", async () => {
    const { client, tile } = connect(undefined, { workMs: 80, rebootMs: 100 }, { minWaitMs: 300, firstWaitMs: 300 });
    const boots = async (): Promise<number> => (await client.request({ group: 65, id: 0, op: "read" }))["boots"] as number;
    await reset(client, boots, { waitMs: 60 });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(tile.bootCount).toBe(2);
  });
});

describe("others on the line", () => {
  test("a second client with its own requests, a babbler with frames, and a log disturb nothing", async () => {
    const { client, tile, line } = connect({ seed: 3 }, { workMs: 1 }); // while it works, time passes for the others
    let stop = false;
    const stranger = (async () => {
      for (let i = 0; !stop; i++) {
        const [marker, body] = i % 3 === 0 ? [0, { r: "not yours" }] : i % 3 === 1 ? [3, { rc: 1 }] : [1, { off: 12 }];
        line.inject(fromByteString(smpLines(smpPacket(marker as number, 1, i % 9, i & 255, i % 4, encodeCborString(body as { r: string })), nodeNative).slice(0, i % 5 === 0 ? 9 : undefined)));
        if (i % 2 === 0) tile.print(`log line ${i}\r\n`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let i = 0; i < 60 || client.stats.stray <= 20; i++) expect(await client.request({ group: 65, id: 0, op: "read" })).toEqual({ boots: 1 });
    await shell(client, ["once"]);
    stop = true;
    await stranger;
    expect(client.stats.stray).toBeGreaterThan(20);
    expect(tile.carriedOut.filter((c) => c === "9/0").length).toBe(1);
  });
  test("replies that come twice or late are dropped and counted", async () => {
    const [host, board] = streamPair();
    const tile = new FakeTile(board, { workMs: 60 });
    const client = new SmpClient(host, { minWaitMs: 20, firstWaitMs: 20, repeatWrites: true });
    open.push(client);
    for (let i = 0; i < 5; i++) expect(await echo(client, `late ${i}`)).toBe(`late ${i}`);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(client.stats.stray).toBeGreaterThan(0);
    expect(tile.carriedOut.filter((c) => c === "0/0").length).toBe(5);
  });
});

describe("resume", () => {
  test("an upload cut short goes on where the tile stands, also on another connection", async () => {
    const image = randomBytes(9000, 11);
    const first = connect(undefined);
    const stop = new AbortController();
    await expect(uploadImage(first.client, image, { signal: stop.signal, onProgress: (p) => p.sentBytes > 4000 && stop.abort() })).rejects.toMatchObject({ code: "INTERRUPTED" });
    const had = first.tile.slot.length;
    expect(had).toBeGreaterThan(4000);
    first.client.close();
    const again = new SmpClient(first.line, { minWaitMs: 15, firstWaitMs: 30 });
    open.push(again);
    const result = await uploadImage(again, image);
    expect(result.resumedAtBytes).toBe(had);
    expect(first.tile.slot).toEqual(image);
  });
  test("a tile that restarts and forgets in the middle gets the rest from where it then stands", async () => {
    const image = randomBytes(6000, 13);
    const { client, tile } = connect(undefined);
    let done = false;
    const result = await uploadImage(client, image, {
      onProgress: (p) => {
        if (p.sentBytes > 3000 && !done) {
          done = true;
          tile.slot = tile.slot.slice(0, 0);
          tile.slotLength = 0;
        }
      },
    });
    expect(tile.slot).toEqual(image);
    expect(result.lastReply["match"]).toBe(true);
  });
  test("what does not hash is VERIFY_FAILED, exit 6", async () => {
    const { client, tile } = connect(undefined);
    await expect(uploadImage(client, randomBytes(2000), { onProgress: () => tile.slot.fill(1) })).rejects.toMatchObject({ code: "VERIFY_FAILED", exitCode: 6 });
  });
  test("a dead link asks onLinkLost and goes on after it", async () => {
    const { client, tile } = connect(undefined, {}, { timeoutMs: 100 });
    const image = randomBytes(5000, 17);
    let asked = 0;
    await uploadImage(client, image, {
      stallMs: 150,
      onProgress: (p) => {
        if (p.sentBytes > 2000 && asked === 0) tile.dead = true;
      },
      onLinkLost: (error) => {
        asked++;
        expect(error.code).toBe("TIMEOUT");
        tile.dead = false;
        return Promise.resolve(true);
      },
    });
    expect(asked).toBeGreaterThan(0);
    expect(tile.slot).toEqual(image);
  });
});
