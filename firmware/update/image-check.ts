// Is an image whole, and is it ours?
//
// Whole: the header and TLV heads are the ones every tile image has, and the digest over header and body matches. SHA-256 where the engine has it natively;
// where it has none, or can't take that many bytes at once, the CRC-32 beside it (a JavaScript SHA-256 would take minutes on such a board).
// Ours: the HMAC (RFC 2104) of that digest under the tile's key. First stage and update service share this file, so they agree on what is bootable.
import type { EspruinoApi, EspruinoSha } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { Image, imageStart, tlvStart, wordAt } from "./image-format.ts";
import { slotOffset } from "./layout.ts";
import { Refusal } from "./refusal.ts";

/** Offset in the flash of the TLV area of the image in `slot`; beyond the slot when there is no image. */
export function tlvOffset(config: TileConfig, flash: Flash, slot: number): number {
  return slotOffset(config, slot) + Image.HeaderBytes + wordAt(flash.read(slotOffset(config, slot) + Image.BodyLength, 4), 0);
}

/** The TLV area of the image in `slot`, up to the HMAC, when that image is whole; else "". Its digest stands at Image.Digest. */
export function wholeImage(port: EspruinoApi, config: TileConfig, flash: Flash, slot: number): string {
  const at = slotOffset(config, slot);
  const end = tlvOffset(config, flash, slot);
  if (flash.read(at, 12) !== imageStart || end > slotOffset(config, slot + 1)) return "";
  const tlvs = flash.read(end, Image.Hmac);
  if (tlvs.substr(0, 8) !== tlvStart) return "";
  const signed = flash.read(at, end - at);
  let isGood = false;
  try {
    isGood = port.E.toString((port.require("crypto") as EspruinoSha).SHA256(signed)) === tlvs.substr(Image.Digest, 32);
  } catch (e) {
    isGood = port.E.CRC32(signed) >>> 0 === wordAt(tlvs, Image.Crc);
  }
  return isGood ? tlvs : "";
}

/** HMAC-SHA256 of a 32-byte digest under `key` (64 hexadecimal digits). Throws where the engine has no SHA-256. */
export function imageHmac(port: EspruinoApi, key: string, digest: string): string {
  const sha = port.require("crypto") as EspruinoSha;
  const inner = new Uint8Array(96).fill(0x36);
  const outer = new Uint8Array(96).fill(0x5c);
  for (let i = 0; i < 32; i++) {
    const byte = parseInt(key.substr(i * 2, 2), 16);
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
    inner[64 + i] = digest.charCodeAt(i);
  }
  outer.set(new Uint8Array(sha.SHA256(inner)), 64);
  return port.E.toString(sha.SHA256(outer)) as string;
}

/** 0 when the image in `slot` is whole, ours, and (unless `length` is 0) a file of `length` bytes. */
export function checkImage(port: EspruinoApi, config: TileConfig, flash: Flash, slot: number, length: number): number {
  const tlvs = wholeImage(port, config, flash, slot);
  const at = tlvOffset(config, flash, slot);
  if (!tlvs || (length && at + Image.TlvBytes - slotOffset(config, slot) !== length)) return Refusal.Corrupt;
  try {
    if (imageHmac(port, config.key, tlvs.substr(Image.Digest, 32)) !== flash.read(at + Image.Hmac, Image.HmacBytes)) return Refusal.AccessDenied;
  } catch (e) {
    // No native SHA-256 on this board: integrity only (docs/ASSURANCE.md).
  }
  return 0;
}
