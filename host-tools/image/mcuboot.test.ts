import fc from "fast-check";
import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Image, imageStart, tlvStart } from "../../firmware/update/image-format.ts";
import { buildImage, formatVersion, imageFileName, ImageError, isSealedWith, parseImage, parseVersion, sealImage } from "./mcuboot.ts";

const script = "(function(p,c,i){return 1})";
const image = buildImage(script, { major: 1, minor: 2, revision: 3, build: 4 });

/** Reads an image the way imgtool's `dumpinfo` and mcumgr clients do: from MCUboot's structures, knowing nothing of this project. */
function readAsMcuboot(file: Buffer): { version: number[]; tlvs: Map<number, Buffer>; signed: Buffer } {
  expect(file.readUInt32LE(0)).toBe(0x96f3b83d);
  const headerBytes = file.readUInt16LE(8);
  const protectedBytes = file.readUInt16LE(10);
  const size = file.readUInt32LE(12);
  const at = headerBytes + size + protectedBytes;
  expect(file.readUInt16LE(at)).toBe(0x6907);
  const end = at + file.readUInt16LE(at + 2);
  expect(end).toBe(file.length);
  const tlvs = new Map<number, Buffer>();
  for (let tlv = at + 4; tlv < end; tlv += 4 + file.readUInt16LE(tlv + 2)) tlvs.set(file.readUInt16LE(tlv), file.subarray(tlv + 4, tlv + 4 + file.readUInt16LE(tlv + 2)));
  return { version: [file[20]!, file[21]!, file.readUInt16LE(22), file.readUInt32LE(24)], tlvs, signed: file.subarray(0, headerBytes + size + protectedBytes) };
}

describe("an image file", () => {
  it("is a MCUboot image to a reader that knows only MCUboot's structures", () => {
    const seen = readAsMcuboot(image);
    expect(seen.version).toEqual([1, 2, 3, 4]);
    expect(seen.tlvs.get(0x10)).toEqual(createHash("sha256").update(seen.signed).digest());
    expect([...seen.tlvs.keys()]).toEqual([0x10, 0xa1, 0xa0]);
    expect(seen.signed.length % 4).toBe(0);
  });

  it("starts and ends where the tile looks for it", () => {
    expect(image.toString("latin1", 0, 12)).toBe(imageStart);
    const tlvs = image.subarray(image.length - Image.TlvBytes);
    expect(tlvs.toString("latin1", 0, 8)).toBe(tlvStart);
    const { digest } = parseImage(image);
    expect(tlvs.subarray(Image.Digest, Image.Digest + 32)).toEqual(digest);
  });

  it("parses back to what was built", () => {
    const parsed = parseImage(image);
    expect(parsed.script).toBe(script);
    expect(formatVersion(parsed.version)).toBe("1.2.3.4");
    expect(parsed.isSealed).toBe(false);
    expect(imageFileName("small", parsed.version)).toBe("small-v1.2.3.4.genesis.bin");
  });

  it("is sealed by an HMAC of its digest, under one key only", () => {
    const key = createHash("sha256").update("a").digest();
    const sealed = sealImage(image, key);
    expect(sealed.subarray(-32)).toEqual(createHmac("sha256", key).update(parseImage(image).digest).digest());
    expect(parseImage(sealed)).toMatchObject({ isSealed: true, hash: parseImage(image).hash });
    expect(isSealedWith(sealed, key)).toBe(true);
    expect(isSealedWith(sealed, createHash("sha256").update("b").digest())).toBe(false);
    expect(() => sealImage(image, key.subarray(1))).toThrow(RangeError);
  });

  it("is refused at every length but its own, with a reason", () => {
    for (let length = 0; length < image.length; length++) expect(() => parseImage(image.subarray(0, length))).toThrow(ImageError);
    expect(() => parseImage(image.subarray(0, 100))).toThrow(/cut off: 100 bytes of/);
    expect(() => parseImage(Buffer.concat([image, Buffer.alloc(1)]))).toThrow(/1 bytes too many/);
  });

  it("is refused when any one bit differs, except the HMAC's, which only one tile can judge", () => {
    for (let bit = 0; bit < (image.length - 32) * 8; bit++) {
      const changed = Buffer.from(image);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => parseImage(changed), `bit ${bit}`).toThrow(ImageError);
    }
  });

  it("never fails in another way, whatever the bytes", () => {
    const head = image.subarray(0, 32);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, hasHead) => {
        try {
          parseImage(hasHead ? Buffer.concat([head, bytes]) : bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
    );
  });

  it("holds any ASCII script and nothing else", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const isAscii = /^[\t\n\x20-\x7e]*$/.test(text) && text.trim() !== "";
        if (isAscii) expect(parseImage(buildImage(text, parseVersion("0.1.0"))).script).toBe(text.trimEnd());
        else expect(() => buildImage(text, parseVersion("0.1.0"))).toThrow(ImageError);
      }),
    );
  });
});

describe("a version", () => {
  it("reads as semantic versions and as mcumgr writes them", () => {
    expect(parseVersion("255.255.65535+4294967295")).toEqual({ major: 255, minor: 255, revision: 65535, build: 4294967295 });
    expect(parseVersion("1.2.3.4")).toEqual(parseVersion("1.2.3+4"));
    expect(formatVersion(parseVersion("1.0.0"))).toBe("1.0.0");
  });
  it.each(["", "1", "1.2", "256.0.0", "1.2.65536", "v1.2.3", "1.2.3-rc1", "1.2.3+4294967296"])("refuses %j", (text) => {
    expect(() => parseVersion(text)).toThrow(/is not a version/);
  });
});
