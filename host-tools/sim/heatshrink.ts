/**
 * Heatshrink with a window of 8 and a lookahead of 6 bits: what `require("heatshrink")` of Espruino reads and writes, byte for byte.
 *
 * The stream is bits, most significant first. `1` and 8 bits: a literal byte. `0`, 8 bits of distance - 1 and 6 bits of length - 1: a copy
 * of bytes that came out before; before the beginning lie zeros. The last byte is filled up with zero bits. The encoder is greedy: the
 * longest match, the nearest of equals, worth it from two bytes on.
 */

const windowBits = 8;
const lengthBits = 6;
const windowBytes = 1 << windowBits;
const longestCopy = 1 << lengthBits;
const worthwhile = Math.floor((1 + windowBits + lengthBits) / 8);

/** Compresses bytes. */
export function heatshrinkCompress(data: Uint8Array): Uint8Array {
  const out: number[] = [];
  let bits = 0;
  let pending = 0;
  // The window before the first byte holds zeros.
  const padded = new Uint8Array(windowBytes + data.length);
  padded.set(data, windowBytes);
  const put = (value: number, count: number): void => {
    bits = ((bits << count) | value) & 0xffffff;
    for (pending += count; pending >= 8; ) {
      pending -= 8;
      out.push((bits >>> pending) & 0xff);
    }
  };
  for (let at = windowBytes; at < padded.length; ) {
    const most = Math.min(longestCopy, padded.length - at);
    let best = 0;
    let distance = 0;
    for (let back = 1; back <= windowBytes && best < most; back++) {
      // A longer match has to agree in the byte after the best one so far.
      if (padded[at - back + best] !== padded[at + best]) continue;
      let same = 0;
      while (same < most && padded[at - back + same] === padded[at + same]) same++;
      if (same > best) {
        best = same;
        distance = back;
      }
    }
    if (best > worthwhile) {
      put(distance - 1, 1 + windowBits);
      put(best - 1, lengthBits);
      at += best;
    } else put(256 | padded[at++]!, 9);
  }
  if (pending > 0) put(0, 8 - pending);
  return Uint8Array.from(out);
}

/** Decompresses a stream; bits that make no whole step at the end are filling. */
export function heatshrinkDecompress(data: Uint8Array): Uint8Array {
  let out = new Uint8Array(Math.max(64, data.length * 4));
  let count = 0;
  let at = 0;
  const left = (): number => data.length * 8 - at;
  const take = (bits: number): number => {
    let value = 0;
    for (; bits > 0; bits--, at++) value = (value << 1) | ((data[at >> 3]! >> (7 - (at & 7))) & 1);
    return value;
  };
  while (left() > windowBits) {
    const isLiteral = take(1) === 1;
    const value = take(windowBits);
    if (!isLiteral && left() < lengthBits) break;
    const copies = isLiteral ? 1 : take(lengthBits) + 1;
    if (count + copies > out.length) {
      const larger = new Uint8Array(out.length * 2);
      larger.set(out);
      out = larger;
    }
    for (let i = 0; i < copies; i++, count++) {
      const from = count - 1 - value;
      out[count] = isLiteral ? value : from < 0 ? 0 : out[from]!;
    }
  }
  return out.slice(0, count);
}
