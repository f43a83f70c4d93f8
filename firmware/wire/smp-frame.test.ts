// The SMP serial transport against published byte sequences, and against everything a bad cable does.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc16 } from "./crc16.ts";
import type { WireNative } from "./native.ts";
import { SmpDemux, smpLines } from "./smp-frame.ts";
import { SmpGroup, SmpOp, smpHeader, smpPacket } from "./smp-header.ts";

const native: WireNative = {
  atob: (text) => Buffer.from(text, "base64").toString("latin1"),
  btoa: (bytes) => Buffer.from(bytes, "latin1").toString("base64"),
  bytes: (bytes) => new Uint8Array(Buffer.from(bytes, "latin1")),
};
const fromHex = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");
const toHex = (bytes: string): string => Buffer.from(bytes, "latin1").toString("hex");
const demux = (max = 2048): SmpDemux => new SmpDemux(native, max, max);
const packetOf = (n: number, fill = 7): string => smpPacket(SmpOp.Write, 1, SmpGroup.Image, n & 255, 1, Array.from({ length: n }, (_, i) => String.fromCharCode((i * fill + n) & 255)).join(""));

/** The bit-by-bit definition of CRC-16/XMODEM. */
function crcByDefinition(bytes: string): number {
  let crc = 0;
  for (const c of Buffer.from(bytes, "latin1")) {
    crc ^= c << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

describe("crc16", () => {
  test("check value of the catalogue", () => expect(crc16(native.bytes("123456789"))).toBe(0x31c3));
  test("equals the definition, and appending it gives 0", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const s = Buffer.from(bytes).toString("latin1");
        const crc = crcByDefinition(s);
        expect(crc16(bytes)).toBe(crc);
        expect(crc16(native.bytes(s + String.fromCharCode(crc >> 8, crc & 255)))).toBe(0);
      }),
    );
  });
});

describe("published byte sequences", () => {
  // Zephyr SMP protocol and group 0 specification: os/echo, version 2, sequence 139, {"d": "Hello world!"}.
  const echo = fromHex("0a00001000008b00a161646c48656c6c6f20776f726c6421");
  test("os echo request: header and line", () => {
    expect(toHex(smpPacket(SmpOp.Write, 1, SmpGroup.Os, 139, 0, fromHex("a161646c48656c6c6f20776f726c6421")))).toBe(toHex(echo));
    expect(smpHeader(echo)).toEqual({ op: 2, v: 1, g: 0, q: 139, i: 0, n: 16 });
    // Written out by hand from the specification: 001a = 24 + 2, CRC-16/XMODEM at the end.
    expect(smpLines(echo, native)).toBe("\x06\x09ABoKAAAQAACLAKFhZGxIZWxsbyB3b3JsZCGqEQ==\n");
  });
  test("image upload reply of an mcumgr server (indefinite map) passes the transport unchanged", () => {
    const reply = fromHex("0300000c00010201" + "bf62726300636f666618a5ff");
    expect(demux().push(smpLines(reply, native))).toEqual([reply]);
    expect(smpHeader(reply)).toEqual({ op: 3, v: 0, g: 1, q: 2, i: 1, n: 12 });
  });
  test("os reset, SMP v1: the line as mcumgr's own tools send it", () => {
    // Header 02 00 0001 0000 42 05, body a0.
    const packet = smpPacket(SmpOp.Write, 0, SmpGroup.Os, 0x42, 5, "\xa0");
    expect(toHex(packet)).toBe("0200000100004205a0");
    expect(smpLines(packet, native)).toBe("\x06\x09AAsCAAABAABCBaC6FQ==\n");
  });
});

describe("lines", () => {
  test("every length from empty body to 2 kB: lines of at most 127 bytes, base64 in fours, CRC whole in the last, reads back", () => {
    for (let n = 0; n < 2040; n++) {
      const packet = packetOf(n);
      const text = smpLines(packet, native);
      const lines = text.split("\n").slice(0, -1);
      lines.forEach((line, i) => {
        expect(line.length + 1).toBeLessThanOrEqual(127);
        expect((line.length - 2) % 4).toBe(0);
        expect(line.substring(0, 2)).toBe(i === 0 ? "\x06\x09" : "\x04\x14");
      });
      expect(native.atob((lines[lines.length - 1] as string).substring(2)).length).toBeGreaterThanOrEqual(2);
      const d = demux();
      expect(d.push(text)).toEqual([packet]);
      expect(d.text).toBe("");
      expect(d.dropped).toBe(0);
    }
  });
  test("longer lines than 127 are read too (some clients send them)", () => {
    const packet = packetOf(700);
    const crc = crcByDefinition(packet);
    const whole = native.btoa(String.fromCharCode(710 >> 8, 710 & 255) + packet + String.fromCharCode(crc >> 8, crc & 255));
    expect(demux().push("\x06\x09" + whole + "\r\n")).toEqual([packet]);
  });
  test("Zephyr's sender cuts continuation lines after 90 bytes: read too", () => {
    const packet = packetOf(400);
    const crc = crcByDefinition(packet);
    const raw = String.fromCharCode(410 >> 8, 410 & 255) + packet + String.fromCharCode(crc >> 8, crc & 255);
    let text = "\x06\x09" + native.btoa(raw.substring(0, 93)) + "\n";
    for (let at = 93; at < raw.length; at += 90) text += "\x04\x14" + native.btoa(raw.substring(at, at + 90)) + "\n";
    expect(demux().push(text)).toEqual([packet]);
  });
});

describe("demultiplexer", () => {
  test("any cutting of the stream gives the same packets and text", () => {
    const packets = [packetOf(0), packetOf(85), packetOf(500), packetOf(3)];
    const stream = "boot ok\r\n" + smpLines(packets[0] as string, native) + "> " + smpLines(packets[1] as string, native) + smpLines(packets[2] as string, native) + "t=21\x04.5\n" + smpLines(packets[3] as string, native) + "end";
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }), (cuts) => {
        const d = demux();
        const got: string[] = [];
        let at = 0;
        let i = 0;
        while (at < stream.length) {
          const n = cuts[i++ % cuts.length] as number;
          got.push(...d.push(stream.substring(at, at + n)));
          at += n;
        }
        expect(got).toEqual(packets);
        expect(d.text).toBe("boot ok\r\n> t=21\x04.5\nend");
      }),
    );
  });
  test("console text between the lines of a packet stays text", () => {
    const packet = packetOf(300);
    const lines = smpLines(packet, native).split("\n").slice(0, -1).map((l) => l + "\n");
    const d = demux();
    expect(d.push(lines.join("log line\n"))).toEqual([packet]);
    expect(d.text).toBe("log line\n".repeat(lines.length - 1));
  });
  test("a lost newline costs nothing when a frame follows", () => {
    const a = packetOf(10);
    const b = packetOf(20);
    const d = demux();
    expect(d.push(smpLines(a, native).slice(0, -1) + smpLines(b, native))).toEqual([a, b]);
  });
  test("losing any one byte never gives a wrong packet, and the next packet arrives", () => {
    const a = packetOf(200);
    const b = packetOf(33);
    const text = smpLines(a, native);
    for (let i = 0; i < text.length; i++) {
      const d = demux();
      const got = d.push(text.substring(0, i) + text.substring(i + 1) + "\n" + smpLines(b, native));
      expect(got.filter((p) => p !== a)).toEqual([b]);
    }
  });
  test("changing any one byte never gives a wrong packet", () => {
    const a = packetOf(150);
    const text = smpLines(a, native);
    for (let i = 0; i < text.length; i++)
      for (const c of ["A", "z", "\n", "\x06", "\x04", "\x00", "="]) expect(demux().push(text.substring(0, i) + c + text.substring(i + 1) + "\n").filter((p) => p !== a)).toEqual([]);
  });
  test("a doubled line, a continuation from nowhere, and a packet cut short are dropped and counted", () => {
    const lines = smpLines(packetOf(300), native).split("\n").slice(0, -1).map((l) => l + "\n");
    const doubled = demux();
    expect(doubled.push((lines[0] as string) + (lines[1] as string) + lines.slice(1).join(""))).toEqual([]);
    expect(doubled.dropped).toBeGreaterThan(0);
    const stray = demux();
    expect(stray.push(lines[1] as string)).toEqual([]);
    expect(stray.dropped).toBe(1);
    const cut = demux();
    expect(cut.push((lines[0] as string) + smpLines(packetOf(5), native))).toEqual([packetOf(5)]);
  });
  test("a packet larger than the buffer is dropped at its first line; memory stays bounded under endless noise", () => {
    const d = demux(512);
    expect(d.push(smpLines(packetOf(600), native))).toEqual([]);
    expect(d.push(smpLines(packetOf(504), native))).toEqual([packetOf(504)]);
    expect(d.push("\x06\x09" + "A".repeat(100_000))).toEqual([]);
    expect(JSON.stringify(d).length).toBeLessThan(110_000);
    d.text = "";
    for (let i = 0; i < 1000; i++) {
      expect(d.push("\x06\x09AAAA")).toEqual([]);
      d.text = "";
    }
    expect(JSON.stringify(d).length).toBeLessThan(2000);
  });
  test("a slow board may leave the CRC of long packets to the digest, never that of short ones", () => {
    const flip = (p: string): string => {
      const text = smpLines(p, native);
      const at = 40;
      return text.substring(0, at) + (text[at] === "A" ? "B" : "A") + text.substring(at + 1);
    };
    const d = new SmpDemux(native, 512, 128);
    expect(d.push(flip(packetOf(100)))).toEqual([]);
    expect(d.push(flip(packetOf(300)))).toHaveLength(1);
  });
  test("random bytes never throw", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom("\x06\x09", "\x04\x14", "\n", "AAAA", "=", "\x06", "\x04"), fc.uint8Array({ maxLength: 9 }).map((b) => Buffer.from(b).toString("latin1"))), { maxLength: 200 }), (parts) => {
        const d = demux(256);
        for (const part of parts) for (const packet of d.push(part)) expect(smpHeader(packet)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});
