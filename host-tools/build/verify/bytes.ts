// Strings of a module as byte strings, which is what they are on a tile: codes 0 to 255.
//
// What the source writes as \xNN or as a character up to U+00FF is that byte; every other character is its bytes in UTF-8 (RFC 3629). Names of fields
// go the same way before anything compares them: two spellings of one key must be one field for the verifier too.

export function toBytes(text: string): string {
  if (/^[\x00-\xff]*$/.test(text)) return text;
  let bytes = "";
  for (const one of text) bytes += one.length === 1 && one <= "\xff" ? one : Buffer.from(one, "utf8").toString("latin1");
  return bytes;
}
