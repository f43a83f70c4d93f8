// What a value may be: a set of kinds, as bits.
//
// Functions are no values in the guest language, so eight kinds are all there are. The empty set means "never computed" (dead code).

export const Kind = { Number: 1, String: 2, Boolean: 4, Undefined: 8, Null: 16, Array: 32, Record: 64, Bytes: 128 } as const;

/** No value at all: reading a member of it throws, nothing else. */
export const NOTHING = Kind.Undefined | Kind.Null;
/** Becomes a number without running anything. */
export const NUMERIC = Kind.Number | Kind.Boolean | NOTHING;
export const PRIMITIVE = NUMERIC | Kind.String;
export const OBJECT = Kind.Array | Kind.Record | Kind.Bytes;

export function within(mask: number, allowed: number): boolean {
  return (mask & ~allowed) === 0;
}

const NAMES: readonly [number, string][] = [
  [Kind.Number, "a number"], [Kind.String, "a string"], [Kind.Boolean, "a boolean"], [Kind.Undefined, "undefined"], [Kind.Null, "null"],
  [Kind.Array, "an array"], [Kind.Record, "a record"], [Kind.Bytes, "a typed array"],
];

/** "a number or undefined" */
export function kindWords(mask: number): string {
  const names = NAMES.filter(([bit]) => mask & bit).map(([, name]) => name);
  if (names.length === 0) return "nothing";
  const last = names.at(-1)!;
  return names.length === 1 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}
