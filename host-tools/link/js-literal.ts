// Reads the string literal that Espruino's E.toJS prints, which is JavaScript, not JSON (\x escapes). Standard: ECMA-262 string literals.

const SIMPLE: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", "0": "\0" };

/** The text of a quoted JavaScript string literal; undefined when it is not one. */
export function readStringLiteral(source: string): string | undefined {
  const quote = source[0];
  if ((quote !== '"' && quote !== "'" && quote !== "`") || source.length < 2 || source.at(-1) !== quote) return undefined;
  return source.slice(1, -1).replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|([^]))/g, (_all, x: string | undefined, u: string | undefined, octal: string | undefined, c: string | undefined) => {
    const hex = x ?? u;
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    return SIMPLE[c as string] ?? (c as string);
  });
}
