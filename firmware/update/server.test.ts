// The update service as a client sees it: SMP group 1 requests in CBOR against real flash and a real first stage.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { BootBench } from "../../host-tools/image/boot-bench.ts";
import { parseImage } from "../../host-tools/image/mcuboot.ts";
import { Event, Op } from "../../kernel/gate.ts";
import { CborBytes, cborDecode, cborEncode, type CborMap, type CborValue } from "../wire/cbor.ts";
import { markHealthy, type BootInfo } from "./boot-log.ts";
import { imageLimit } from "./layout.ts";
import { createUpdateServer } from "./server.ts";

const geometry = { page: 256, journal: 2, slot: 6, slots: 2 as const, prev: 0 };

interface Answer {
  rc: number;
  body: CborMap;
}

/** A tile with image 1.0.0 and its update service; `reset` gives the service of the next life. */
class Client {
  readonly bench: BootBench;
  #send: (label: number, body: CborMap) => Answer;

  constructor(slots: 1 | 2 = 2) {
    this.bench = new BootBench(slots === 2 ? geometry : { ...geometry, slots: 1, prev: 4 });
    this.bench.install(this.bench.image("1.0.0", 600));
    this.#send = () => ({ rc: -1, body: {} });
    this.reset();
  }

  reset(): string | undefined {
    const start = this.bench.reset();
    this.#send = this.#connect(start.info!);
    markHealthy(this.bench.flash, start.info!);
    return start.version;
  }

  #connect(info: BootInfo): (label: number, body: CborMap) => Answer {
    let answer: Answer | undefined;
    const handler = createUpdateServer(
      (op, _address, label, _a, _b, data) => {
        expect(op).toBe(Op.Reply);
        answer = { rc: label, body: cborDecode(data, 0) as CborMap };
        return 0;
      },
      this.bench.port,
      this.bench.config,
      this.bench.flash,
      info,
    );
    return (label, body) => {
      answer = undefined;
      handler(Event.Message, 0, label, 1, 0, cborEncode(body)!);
      if (!answer) throw new Error("the service did not answer");
      return answer;
    };
  }

  read(id: number, body: CborMap = {}): Answer {
    return this.#send(id * 2, body);
  }

  write(id: number, body: CborMap = {}): Answer {
    return this.#send(id * 2 + 1, body);
  }

  images(): CborMap[] {
    return this.read(0).body["images"] as CborMap[];
  }

  piece(image: Buffer, off: number, bytes: number, first = true): Answer {
    const sha = new CborBytes(createHash("sha256").update(image).digest().toString("latin1"));
    const opening: CborMap = off === 0 && first ? { len: image.length, sha } : {};
    return this.write(1, { off, data: new CborBytes(image.toString("latin1", off, off + bytes)), ...opening });
  }

  upload(image: Buffer, pieceBytes = 120): number {
    let requests = 0;
    for (let off = 0; off < image.length; requests++) {
      const answer = this.piece(image, off, pieceBytes);
      if (answer.rc) return -answer.rc;
      off = answer.body["off"] as number;
      if (off === image.length) expect(answer.body["match"]).toBe(true);
    }
    return requests;
  }
}

const hashOf = (image: Buffer): CborValue => new CborBytes(parseImage(image).digest.toString("latin1"));

describe("the image group", () => {
  it("lists the running image as mcumgr expects it", () => {
    const client = new Client();
    expect(client.images()).toEqual([
      { slot: 0, version: "1.0.0", hash: hashOf(client.bench.image("1.0.0", 600)), bootable: true, pending: false, confirmed: true, active: true, permanent: false },
    ]);
    expect(client.read(6).body).toEqual({ images: [{ image: 0, slots: [{ slot: 0, size: 1536 }, { slot: 1, size: 1536 }], max_image_size: 1536 - 64 - 24 }] });
  });

  it("uploads, tests, confirms", () => {
    const client = new Client();
    const v2 = client.bench.image("2.0.0", 1100);
    expect(client.upload(v2)).toBeGreaterThan(8);
    expect(client.images().map((image) => [image["version"], image["pending"], image["active"]])).toEqual([["1.0.0", false, true], ["2.0.0", false, false]]);
    const set = client.write(0, { hash: hashOf(v2), confirm: false });
    expect((set.body["images"] as CborMap[])[1]).toMatchObject({ version: "2.0.0", pending: true, permanent: false, confirmed: false });
    expect(client.reset()).toBe("2.0.0");
    expect(client.images()[1]).toMatchObject({ active: true, confirmed: false, pending: false });
    expect(client.write(0, { confirm: true }).rc).toBe(0);
    expect(client.reset()).toBe("2.0.0");
    expect(client.images()[1]).toMatchObject({ active: true, confirmed: true });
  });

  it("takes pieces of any length in whole words, and the last one as it is", () => {
    for (const pieceBytes of [4, 7, 61, 256, 300, 2000]) {
      const client = new Client();
      const v2 = client.bench.image("2.0.0", 1100);
      expect(client.upload(v2, pieceBytes)).toBeGreaterThan(0);
      expect(client.bench.nor.lostBits).toBe(0);
    }
  });

  it("goes on after a reset from the last whole page, and after a lost answer from where it was", () => {
    const client = new Client();
    const v2 = client.bench.image("2.0.0", 1100);
    for (let off = 0; off < 700; off += 100) client.piece(v2, off, 100);
    expect(client.piece(v2, 0, 100).body["off"]).toBe(700);
    expect(client.reset()).toBe("1.0.0");
    expect(client.piece(v2, 700, 100).body["off"]).toBe(0); // the new life knows nothing until it is told len and sha
    expect(client.piece(v2, 0, 100).body["off"]).toBe(512);
    expect(client.upload(v2)).toBeGreaterThan(4);
    expect(client.reset()).toBe("1.0.0");
    expect(client.upload(v2)).toBe(1); // it is there already
  });

  it("starts over for another file, also one of the same length", () => {
    const client = new Client();
    const v2 = client.bench.image("2.0.0", 1100);
    const v3 = client.bench.image("3.0.0", 1100);
    client.piece(v2, 0, 600);
    expect(client.piece(v3, 0, 100).body["off"]).toBe(100);
    expect(client.upload(v3)).toBeGreaterThan(0);
    expect(client.images()[1]!["version"]).toBe("3.0.0");
  });

  it("refuses and clears what is damaged, too large, or not sealed under this tile's key", () => {
    const client = new Client();
    const v2 = client.bench.image("2.0.0", 1100);
    const damaged = Buffer.from(v2);
    damaged[500]! ^= 1;
    expect(client.upload(damaged)).toBe(-9);
    const foreign = Buffer.from(v2);
    foreign[foreign.length - 1]! ^= 1;
    expect(client.upload(foreign)).toBe(-11);
    expect(client.images()).toHaveLength(1);
    const header = Buffer.concat([v2, Buffer.alloc(4)]);
    expect(client.upload(header)).toBe(-9);
    expect(client.write(1, { off: 0, data: new CborBytes("abcd"), len: imageLimit(geometry) + 4 }).rc).toBe(2);
    expect(client.write(1, { off: 0, data: new CborBytes("abcd") }).rc).toBe(3);
    expect(client.write(1, { off: 0, data: new CborBytes("x".repeat(200)), len: 100 }).rc).toBe(3);
    expect(client.write(1, { data: new CborBytes("abcd") }).rc).toBe(3);
    expect(client.upload(v2)).toBeGreaterThan(0);
  });

  it("never touches the way back while the running image is on trial", () => {
    const client = new Client();
    const v2 = client.bench.image("2.0.0", 1100);
    client.upload(v2);
    client.write(0, { hash: hashOf(v2) });
    expect(client.reset()).toBe("2.0.0");
    const operations = client.bench.nor.operations;
    expect(client.upload(client.bench.image("3.0.0", 500))).toBe(-6);
    expect(client.write(5).rc).toBe(6);
    expect(client.write(0, { hash: hashOf(client.bench.image("1.0.0", 600)), confirm: true }).rc).toBe(6);
    expect(client.bench.nor.operations).toBe(operations);
    expect(client.reset()).toBe("1.0.0");
  });

  it("can be told to go back to the older image, and three trials use a slot up", () => {
    const client = new Client();
    const v2 = client.bench.image("2.0.0", 1100);
    client.upload(v2);
    for (let trial = 0; trial < 3; trial++) {
      expect(client.write(0, { hash: hashOf(v2) }).rc).toBe(0);
      expect(client.write(0, { hash: hashOf(v2) }).rc).toBe(0); // asked twice, written once
      expect(client.reset()).toBe("2.0.0");
      expect(client.reset()).toBe("1.0.0");
    }
    expect(client.write(0, { hash: hashOf(v2) }).rc).toBe(2);
    expect(client.write(5).rc).toBe(0);
    expect(client.images()).toHaveLength(1);
    client.upload(v2);
    client.write(0, { hash: hashOf(v2), confirm: true });
    expect(client.images()[1]).toMatchObject({ pending: true, permanent: true });
    expect(client.reset()).toBe("2.0.0");
    client.write(0, { hash: hashOf(client.bench.image("1.0.0", 600)) });
    expect(client.reset()).toBe("1.0.0");
    expect(client.write(0, { confirm: true }).rc).toBe(0);
    expect(client.reset()).toBe("1.0.0");
  });

  it("says what it does not know", () => {
    const client = new Client();
    expect(client.write(0, { hash: new CborBytes("x".repeat(32)) }).rc).toBe(5);
    expect(client.write(0, {}).rc).toBe(3);
    expect(client.write(5, { slot: 7 }).rc).toBe(3);
    expect(client.write(5, { slot: 0 }).rc).toBe(6);
    expect(client.read(9).rc).toBe(8);
    expect(new Client(1).upload(client.bench.image("2.0.0", 500))).toBe(-8);
  });
});
