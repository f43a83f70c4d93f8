// The image format, as the tile reads it: MCUboot's, with the script as the body.
//
// 32-byte header, body (ASCII script padded with spaces to whole words), then a TLV area: SHA-256 of header + body, CRC-32 of the same for boards
// without a native SHA-256, and an HMAC of the SHA-256 under the tile's key. The order of the TLVs is fixed, so the first stage finds
// the digest without a loop. Standard: MCUboot docs/design.md, "Image format" (little endian; 0x00A0–0x00FE are vendor TLVs; authentication
// TLVs cover the digest, not the image). host-tools/image/mcuboot.ts builds and parses these files on the host.

export const enum Image {
  HeaderBytes = 32,
  /** Offset in the header of the body's length. */
  BodyLength = 12,
  /** Offset in the header of the version: major u8, minor u8, revision u16, build u32. */
  Version = 20,
  /** TLV area: info 4, SHA-256 4 + 32, CRC-32 4 + 4, HMAC 4 + 32. */
  TlvBytes = 84,
  Digest = 8,
  Crc = 44,
  Hmac = 52,
  HmacBytes = 32,
}

/** First 12 header bytes of every tile image: magic 0x96f3b83d, load address 0, header size 32, no protected TLVs. */
export const imageStart = "=\xb8\xf3\x96\0\0\0\0 \0\0\0";
/** TLV info (magic 0x6907, 84 bytes) and the head of the SHA-256 TLV. */
export const tlvStart = "\x07\x69\x54\0\x10\0 \0";

/** Little-endian 32-bit word, 0 … 2³²−1. */
export function wordAt(bytes: string, at: number): number {
  return (bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8) | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)) >>> 0;
}

/** The same word as four bytes. */
export function wordBytes(word: number): string {
  return String.fromCharCode(word & 255, (word >> 8) & 255, (word >> 16) & 255, (word >> 24) & 255);
}
