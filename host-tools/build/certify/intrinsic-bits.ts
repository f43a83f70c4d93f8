// Field.Intrinsics: one bit for each built-in that printed text may use. The order is part of the format: new ones go behind.

export const INTRINSIC_BITS: readonly string[] = [
  "Math.abs", "Math.ceil", "Math.floor", "Math.max", "Math.min", "parseInt", "String.fromCharCode",
  "Int8Array", "Uint8Array", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float64Array",
  ".charCodeAt", ".charAt", ".substring", ".indexOf", ".startsWith", ".endsWith", ".push", ".pop", ".fill",
];

/** @throws RangeError for a name that has no bit */
export function intrinsicBits(names: readonly string[]): number {
  return names.reduce((bits, name) => {
    const at = INTRINSIC_BITS.indexOf(name);
    if (at < 0) throw new RangeError(`intrinsics: ${name} has no bit in the certificate`);
    return bits + 2 ** at;
  }, 0);
}

/** Names by bits; a bit without a name is `bit n`. */
export function intrinsicNames(bits: number): string[] {
  const names: string[] = [];
  for (let at = 0, left = bits; left > 0; at++, left = Math.floor(left / 2)) if (left % 2 === 1) names.push(INTRINSIC_BITS[at] ?? `bit ${at}`);
  return names;
}
