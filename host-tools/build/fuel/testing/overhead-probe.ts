// Runs on a tile: today's service code at work, for measuring what metering it costs. Bundled by overhead.ts with and without fuel.
import { createDetector, detect, detectorRate } from "../../../../firmware/detector/ewma-cusum.ts";
import { cborDecode, cborEncode, type CborValue } from "../../../../firmware/wire/cbor.ts";
import { CborFlag } from "../../../../firmware/wire/cbor-reader.ts";
import { crc16 } from "../../../../firmware/wire/crc16.ts";

/** Work `kind` done `times` times; the result depends on all of it. */
export function boot(port: object, config: { kind: number; times: number }): number {
  let sum = 0;
  const kind = config.kind;
  const detector = createDetector();
  detectorRate(detector, 300, 0);
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++) bytes[i] = i * 7;
  for (let i = 0; i < config.times; i++) {
    if (kind === 0) sum += detect(detector, 2000 + ((i * 37) % 91), i * 300);
    else if (kind === 1) sum += crc16(bytes);
    else if (kind === 2) sum += (cborEncode({ seq: i, kind: 3, values: [i, 2, 3], name: "tile" }) as string).length;
    else if (kind === 3) sum += cborDecode("\xa2cseq\x05fvalues\x83\x01\x02\x03", CborFlag.Lenient as number) as CborValue ? 1 : 0;
    sum %= 1000003;
  }
  return sum + detector._level;
}
