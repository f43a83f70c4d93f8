/**
 * Image files: builds and parses what a tile's slot takes, in MCUboot's image format.
 *
 * The idea: the tile reads these files with fixed offsets (firmware/update/image-format.ts), so the builder writes exactly one shape and the parser refuses
 * every other, saying what is wrong. An image is built once for everybody; `sealImage` then fills in the HMAC under one tile's key.
 * Until it is sealed, those 32 bytes are 0. Standard: MCUboot docs/design.md, "Image format"; version text as Zephyr's image list prints it.
 */
import { createHash, createHmac } from "node:crypto";
import { crc32 } from "../sim/crc32.ts";

export const imageMagic = 0x96f3b83d;
export const headerBytes = 32;
const tlvMagic = 0x6907;
/** TLV types: MCUboot's SHA-256, and two from the range it leaves to vendors. */
export const tlvType = { sha256: 0x10, hmac: 0xa0, crc32: 0xa1 } as const;
const tlvBytes = 4 + (4 + 32) + (4 + 4) + (4 + 32);
const crcAt = 44;
const hmacAt = 52;
/** Largest body that fits any board's slot; a guard against nonsense lengths. */
const maxBodyBytes = 1 << 20;

export interface ImageVersion {
  /** 0–255. */
  major: number;
  /** 0–255. */
  minor: number;
  /** 0–65,535. */
  revision: number;
  /** 0–4,294,967,295. */
  build: number;
}

export interface ParsedImage {
  version: ImageVersion;
  /** The script, without the padding. */
  script: string;
  /** SHA-256 of header and body: the image's name in SMP. */
  digest: Buffer;
  /** Digest in hexadecimal. */
  hash: string;
  /** False while the HMAC is still to be filled in. */
  isSealed: boolean;
  bytes: Buffer;
}

/** A file that is not a tile's image. The message says what is wrong with it; `next` what to do. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly code = "IMAGE_INVALID";
  readonly exitCode = 6;
  readonly next = "build the image again with: genesis build";
}

/** "1.2.3" or "1.2.3+4". @throws ImageError */
export function parseVersion(text: string): ImageVersion {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,5})(?:[+.](\d{1,10}))?$/.exec(text);
  const [major, minor, revision, build] = [1, 2, 3, 4].map((group) => Number(match?.[group] ?? 0)) as [number, number, number, number];
  if (!match || major > 255 || minor > 255 || revision > 65_535 || build > 0xffff_ffff)
    throw new ImageError(`${JSON.stringify(text)} is not a version: use major.minor.revision, as in 1.2.3 or 1.2.3+4 (at most 255.255.65535)`);
  return { major, minor, revision, build };
}

/** As mcumgr shows it: "1.2.3", or "1.2.3.4" when the build number is not 0. */
export function formatVersion(version: ImageVersion): string {
  const text = `${version.major}.${version.minor}.${version.revision}`;
  return version.build ? `${text}.${version.build}` : text;
}

/** File name of an image: `<profile>-v1.2.3.genesis.bin`. */
export function imageFileName(name: string, version: ImageVersion): string {
  return `${name}-v${formatVersion(version)}.genesis.bin`;
}

/**
 * Wraps a script into an unsealed image.
 * @param script ASCII; its value is a function (port, config, info). @throws ImageError
 */
export function buildImage(script: string, version: ImageVersion): Buffer {
  const odd = /[^\t\n\x20-\x7e]/.exec(script);
  if (odd) throw new ImageError(`the script has the character U+${script.charCodeAt(odd.index).toString(16).padStart(4, "0")} at ${odd.index}; images hold printable ASCII only`);
  if (script.trim() === "") throw new ImageError("the script is empty");
  const body = Buffer.from(script.padEnd((script.length + 3) & ~3, " "), "latin1");
  if (body.length > maxBodyBytes) throw new ImageError(`the script has ${body.length} bytes; no board takes more than ${maxBodyBytes}`);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(imageMagic, 0);
  header.writeUInt16LE(headerBytes, 8);
  header.writeUInt32LE(body.length, 12);
  header.writeUInt8(version.major, 20);
  header.writeUInt8(version.minor, 21);
  header.writeUInt16LE(version.revision, 22);
  header.writeUInt32LE(version.build, 24);
  const signed = Buffer.concat([header, body]);
  const tlvs = Buffer.alloc(tlvBytes);
  tlvs.writeUInt16LE(tlvMagic, 0);
  tlvs.writeUInt16LE(tlvBytes, 2);
  writeTlv(tlvs, 4, tlvType.sha256, createHash("sha256").update(signed).digest());
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(crc32(signed));
  writeTlv(tlvs, crcAt - 4, tlvType.crc32, crc);
  writeTlv(tlvs, hmacAt - 4, tlvType.hmac, Buffer.alloc(32));
  return Buffer.concat([signed, tlvs]);
}

/** The same image with its HMAC under `key` (32 bytes). @throws ImageError */
export function sealImage(image: Uint8Array, key: Uint8Array): Buffer {
  if (key.length !== 32) throw new RangeError(`key: ${key.length} bytes; an image key has 32`);
  const parsed = parseImage(image);
  const sealed = Buffer.from(parsed.bytes);
  createHmac("sha256", key).update(parsed.digest).digest().copy(sealed, sealed.length - 32);
  return sealed;
}

/** Was the image sealed under `key`? @throws ImageError */
export function isSealedWith(image: Uint8Array, key: Uint8Array): boolean {
  return sealImage(image, key).equals(image);
}

/** Reads an image file strictly. @throws ImageError for anything that a tile would not run. */
export function parseImage(file: Uint8Array): ParsedImage {
  const bytes = Buffer.from(file);
  const refuse = (why: string): never => {
    throw new ImageError(`not a tile image: ${why}`);
  };
  if (bytes.length < headerBytes) refuse(`${bytes.length} bytes is shorter than the header of ${headerBytes}`);
  const magic = bytes.readUInt32LE(0);
  if (magic !== imageMagic) refuse(`it starts with ${hex(magic)}, MCUboot images with ${hex(imageMagic)}`);
  if (bytes.readUInt32LE(4) !== 0) refuse(`load address ${hex(bytes.readUInt32LE(4))}; tile images run in place and have 0`);
  if (bytes.readUInt16LE(8) !== headerBytes) refuse(`header of ${bytes.readUInt16LE(8)} bytes, expected ${headerBytes}: built for another kind of device`);
  if (bytes.readUInt16LE(10) !== 0) refuse("it has protected TLVs, which tiles do not read");
  const bodyBytes = bytes.readUInt32LE(12);
  if (bodyBytes === 0 || bodyBytes % 4 !== 0 || bodyBytes > maxBodyBytes) refuse(`body length ${bodyBytes}; it has to be a multiple of 4 from 4 to ${maxBodyBytes}`);
  if (bytes.readUInt32LE(16) !== 0) refuse(`image flags ${hex(bytes.readUInt32LE(16))}, expected 0`);
  if (bytes.readUInt32LE(28) !== 0) refuse("the header's reserved word is not 0");
  const end = headerBytes + bodyBytes;
  if (bytes.length < end + tlvBytes) refuse(`cut off: ${bytes.length} bytes of ${end + tlvBytes}`);
  if (bytes.length > end + tlvBytes) refuse(`${bytes.length - end - tlvBytes} bytes too many after the end`);
  const tlvs = bytes.subarray(end);
  if (tlvs.readUInt16LE(0) !== tlvMagic) refuse(`the TLV area starts with ${hex(tlvs.readUInt16LE(0))}, expected ${hex(tlvMagic)}`);
  if (tlvs.readUInt16LE(2) !== tlvBytes) refuse(`a TLV area of ${tlvs.readUInt16LE(2)} bytes, expected ${tlvBytes}`);
  const digest = readTlv(tlvs, 4, tlvType.sha256, 32, refuse);
  const crc = readTlv(tlvs, crcAt - 4, tlvType.crc32, 4, refuse);
  const hmac = readTlv(tlvs, hmacAt - 4, tlvType.hmac, 32, refuse);
  const signed = bytes.subarray(0, end);
  if (!createHash("sha256").update(signed).digest().equals(digest)) refuse("the SHA-256 does not match: the file was changed or damaged");
  if (crc32(signed) !== crc.readUInt32LE(0)) refuse("the CRC-32 does not match");
  const script = bytes.toString("latin1", headerBytes, end).trimEnd();
  if (script === "" || /[^\t\n\x20-\x7e]/.test(script)) refuse("the body is not an ASCII script");
  return {
    version: { major: bytes.readUInt8(20), minor: bytes.readUInt8(21), revision: bytes.readUInt16LE(22), build: bytes.readUInt32LE(24) },
    script,
    digest: Buffer.from(digest),
    hash: digest.toString("hex"),
    isSealed: hmac.some((byte) => byte !== 0),
    bytes,
  };
}

function writeTlv(area: Buffer, at: number, type: number, value: Buffer): void {
  area.writeUInt16LE(type, at);
  area.writeUInt16LE(value.length, at + 2);
  value.copy(area, at + 4);
}

function readTlv(area: Buffer, at: number, type: number, length: number, refuse: (why: string) => never): Buffer {
  if (area.readUInt16LE(at) !== type || area.readUInt16LE(at + 2) !== length)
    refuse(`TLV ${hex(area.readUInt16LE(at))} of ${area.readUInt16LE(at + 2)} bytes where ${hex(type)} of ${length} bytes belongs`);
  return area.subarray(at + 4, at + 4 + length);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
