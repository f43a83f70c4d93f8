// Base-64 VLQ, the numbers of a source map (ECMA-426): five bits a digit, the lowest bit of the number is its sign.

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The first number of a segment, and where it ends. @throws RangeError when it is not base 64. */
export function readVlq(segment: string): { value: number; end: number } {
  let value = 0;
  for (let i = 0, shift = 0; ; i++, shift += 5) {
    const digit = DIGITS.indexOf(segment[i] ?? "");
    if (digit < 0) throw new RangeError(`source map: bad segment ${JSON.stringify(segment)}`);
    value += (digit & 31) * 2 ** shift;
    if ((digit & 32) === 0) return { value: value % 2 === 1 ? -Math.floor(value / 2) : value / 2, end: i + 1 };
  }
}

export function writeVlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  do {
    const digit = rest % 32;
    rest = Math.floor(rest / 32);
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
