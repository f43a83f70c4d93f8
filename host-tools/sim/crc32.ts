/** CRC-32 (ISO 3309, reflected polynomial 0xEDB88320), as `E.CRC32` of Espruino gives it: an unsigned integer. */

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

/** @param crc the result for the bytes before `data`, to go on from there. */
export function crc32(data: Uint8Array, crc = 0): number {
  let state = ~crc;
  for (const byte of data) state = (state >>> 8) ^ table[(state ^ byte) & 0xff]!;
  return ~state >>> 0;
}
