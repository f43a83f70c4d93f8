// Control characters in string literals, written out as \xNN: esbuild prints them raw, but shipped text is printable ASCII (it travels over
// consoles that act on them). The source map follows: every segment to the right of an escape moves by the characters it added.
//
// Source map revision 3: `mappings` is lines split by ";", segments by ",", each a run of base-64 VLQ numbers; the first is the column's delta.

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ADDED = 3;

/** The first number of a segment, and where it ends. */
function readVlq(segment: string): { value: number; end: number } {
  let value = 0;
  for (let i = 0, shift = 0; ; i++, shift += 5) {
    const digit = DIGITS.indexOf(segment[i] ?? "");
    if (digit < 0) throw new RangeError(`source map: bad segment ${JSON.stringify(segment)}`);
    value += (digit & 31) * 2 ** shift;
    if ((digit & 32) === 0) return { value: value % 2 === 1 ? -Math.floor(value / 2) : value / 2, end: i + 1 };
  }
}

function writeVlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  do {
    const digit = rest % 32;
    rest = Math.floor(rest / 32);
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

const isControl = (character: string): boolean => character !== "\n" && (character < " " || character === "\x7f");

/** Escapes control characters in `code` (they can only stand inside string and template literals) and moves the map's columns along. */
export function escapeControl(code: string, sourceMap: string): { code: string; sourceMap: string } {
  const lines = code.split("\n");
  if (!lines.some((line) => [...line].some(isControl))) return { code, sourceMap };
  const map = JSON.parse(sourceMap) as { mappings: string };
  const mapped = map.mappings.split(";");
  const out = lines.map((line, index) => {
    const columns: number[] = [];
    let text = "";
    for (let column = 0; column < line.length; column++) {
      const character = line[column] as string;
      if (isControl(character)) {
        columns.push(column);
        text += `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
      } else text += character;
    }
    const segments = mapped[index];
    if (columns.length > 0 && segments !== undefined && segments !== "") {
      let before = 0;
      let moved = 0;
      mapped[index] = segments.split(",").map((segment) => {
        const { value, end } = readVlq(segment);
        before += value;
        const now = before + ADDED * columns.filter((column) => column < before).length;
        const delta = now - moved;
        moved = now;
        return writeVlq(delta) + segment.slice(end);
      }).join(",");
    }
    return text;
  });
  return { code: out.join("\n"), sourceMap: JSON.stringify({ ...map, mappings: mapped.join(";") }) };
}
