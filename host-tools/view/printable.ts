// Text that came from a tile, made safe for where it goes: a terminal, a DOT string, XML. Names of tasks and tiles may hold anything.
//
// Standards: XML 1.0 §2.2 and §2.4 (characters, escapes); the DOT language's quoted strings; ECMA-48 control sequences, which never reach a terminal.

// C0, DEL, C1; line and paragraph separators; what turns the direction of text; what XML has no place for, lone surrogates too.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]/gu;

/** On one line and without control characters: each becomes \u and its number. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Cut to `width` characters, the last one … when something is missing. */
export function shortened(text: string, width: number): string {
  const chars = [...text];
  return chars.length <= width ? text : `${chars.slice(0, width - 1).join("")}…`;
}

/** Cut between words into lines of at most `width` characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && [...last].length + 1 + [...word].length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** For text and attributes of XML. */
export function xmlText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? "");
}

/** A quoted string of DOT, quotes included: a backslash in it means itself. */
export function dotString(text: string): string {
  return `"${printable(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
