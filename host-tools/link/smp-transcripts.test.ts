// Byte for byte what other implementations of the published protocol put on the line (testing/smp-transcripts.json).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SmpDemux, smpLines } from "../../firmware/wire/smp-frame.ts";
import { smpHeader } from "../../firmware/wire/smp-header.ts";
import { streamPair } from "./byte-stream.ts";
import { decodeCborString, encodeCborString } from "./host-cbor.ts";
import type { HostCbor, HostCborMap } from "./host-cbor.ts";
import { nodeNative, toByteString } from "./latin1.ts";
import { SmpClient } from "./smp-client.ts";
import { fileHash, uploadFile } from "./smp-fs.ts";
import { eraseImage } from "./smp-image.ts";
import { echo, info, reset } from "./smp-os.ts";
import { shell } from "./smp-shell-stat.ts";

type Call = [string, ...(string | number)[]];
const transcripts = JSON.parse(readFileSync(new URL("./testing/smp-transcripts.json", import.meta.url), "utf8")) as {
  lines: { from: string; packet: string; line: string }[];
  requests: { what: string; sequence: number; call: Call; packet: string }[];
  replies: { what: string; packet: string; body: { [key: string]: unknown } }[];
};
const fromHex = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");

describe("lines of other programs", () => {
  for (const t of transcripts.lines) {
    test(t.from, () => {
      const wire = `\x06\x09${t.line}\n`;
      expect(smpLines(fromHex(t.packet), nodeNative)).toBe(wire);
      expect(new SmpDemux(nodeNative, 512, 512).push(wire)).toEqual([fromHex(t.packet)]);
    });
  }
});

/** Makes the call and gives the first packet it puts on the line. */
async function sentBy(call: Call, sequence: number): Promise<string> {
  const [stream, far] = streamPair();
  const client = new SmpClient(stream, { firstSequence: sequence });
  const first = new Promise<string>((resolve) => {
    const demux = new SmpDemux(nodeNative, 4096, 4096);
    far.onData((bytes) => {
      for (const packet of demux.push(toByteString(bytes))) resolve(Buffer.from(packet, "latin1").toString("hex"));
    });
  });
  const [name, ...args] = call;
  const calls: { [name: string]: () => Promise<unknown> } = {
    echo: () => echo(client, String(args[0])),
    reset: () => reset(client),
    info: () => info(client, String(args[0])),
    erase: () => eraseImage(client, args[0] as number | undefined),
    // A buffer that leaves room for exactly the piece of the transcript.
    fsUpload: () => uploadFile(client, String(args[0]), Buffer.concat([Buffer.from(String(args[1]), "hex"), Buffer.alloc(Number(args[2]) - String(args[1]).length / 2)]), { bufBytes: 8 + 4 + 0x25 - 4 + 2 + 4, alignBytes: 4, minPieceBytes: 4 }),
    fsHash: () => fileHash(client, String(args[0]), args[1] as "crc32", { off: Number(args[2]), len: Number(args[3]) }),
    shell: () => shell(client, args.map(String)),
  };
  const done = calls[name]?.().catch(() => undefined);
  const packet = await first;
  client.close();
  await done;
  return packet;
}

describe("requests", () => {
  for (const t of transcripts.requests) test(t.what, async () => expect(await sentBy(t.call, t.sequence)).toBe(t.packet));
});

describe("replies", () => {
  const plain = (value: HostCbor): unknown =>
    value instanceof Uint8Array ? { hex: Buffer.from(value).toString("hex") } : value !== null && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) : value;
  for (const t of transcripts.replies) {
    test(t.what, () => {
      const packet = fromHex(t.packet);
      const header = smpHeader(packet);
      expect(header && header.op & 1).toBe(1);
      const body = decodeCborString(packet.substring(8), true) as HostCborMap;
      expect(plain(body)).toEqual(t.body);
      // Those with a definite map are deterministic CBOR, so we would send the same bytes.
      if (!t.packet.includes("bf62")) expect(encodeCborString(body)).toBe(packet.substring(8));
    });
  }
});
