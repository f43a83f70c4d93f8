// The examples in docs/PROTOCOL.md are what the code does.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { smpLines } from "../../firmware/wire/smp-frame.ts";
import { SmpDemux } from "../../firmware/wire/smp-frame.ts";
import { encodeCbor } from "./host-cbor.ts";
import type { HostCbor } from "./host-cbor.ts";
import { nodeNative } from "./latin1.ts";

const text = readFileSync(new URL("../../docs/PROTOCOL.md", import.meta.url), "utf8");
const blocks = [...text.matchAll(/```wire\n([^]*?)```/g)].map((m) => m[1] as string);
const bytes = (hex: string): string => Buffer.from(hex.replace(/\s/g, ""), "hex").toString("latin1");

test("there are examples", () => expect(blocks.length).toBe(3));

for (const block of blocks) {
  const packet = /^packet ([0-9a-f ]+)$/m.exec(block);
  const line = /^line +([0-9a-f ]+) "([^"]+)" ([0-9a-f ]+)$/m.exec(block);
  if (packet && line) {
    test(`packet ${packet[1] ?? ""}`, () => {
      const wire = bytes(line[1] as string) + (line[2] as string) + bytes(line[3] as string);
      expect(smpLines(bytes(packet[1] as string), nodeNative)).toBe(wire);
      expect(new SmpDemux(nodeNative, 512, 512).push(wire)).toEqual([bytes(packet[1] as string)]);
    });
  }
  const cbor = /^cbor (\{.*\}) = ([0-9a-f ]+)$/m.exec(block);
  if (cbor) test(`cbor ${cbor[1] ?? ""}`, () => expect(Buffer.from(encodeCbor(JSON.parse(cbor[1] as string) as HostCbor)).toString("latin1")).toBe(bytes(cbor[2] as string)));
  if (!cbor && !(packet && line)) test("an example that is neither", () => expect(block).toBe(""));
}
