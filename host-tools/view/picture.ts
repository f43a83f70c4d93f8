// Where a picture goes: to the screen, to a file, or as data to a program; and in which format.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { usage } from "../cli/failure.ts";
import type { Output } from "../cli/output.ts";

export type PictureFormat = "text" | "dot" | "svg";

const ENDINGS: Readonly<Record<string, PictureFormat>> = { ".svg": "svg", ".dot": "dot", ".gv": "dot", ".txt": "text" };

/** What --format says, else what the end of --out says, else text. @throws Failure USAGE */
export function pictureFormat<F extends PictureFormat>(format: unknown, out: unknown, known: readonly F[]): F {
  const isKnown = (word: unknown): word is F => known.includes(word as F);
  const list = `${known.slice(0, -1).join(", ")} or ${known.at(-1) ?? ""}`;
  if (format !== undefined) {
    if (isKnown(format)) return format;
    throw usage(`--format takes ${list}, not "${String(format)}"`);
  }
  if (out === undefined) return known[0] as F;
  const ending = path.extname(String(out)).toLowerCase();
  const found = ENDINGS[ending];
  if (isKnown(found)) return found;
  throw usage(`${String(out)} does not say which format: ${ending === "" ? "it has no ending" : `${ending} is none of ours`}`, `add --format ${known.join(" or --format ")}`);
}

/** Writes or shows it; `otherwise` says it as data where neither a file nor another format than text was asked for. Throws what the file system throws. */
export function showPicture(output: Output, drawn: string, format: PictureFormat, out: unknown, otherwise: () => void): void {
  const bytes = Buffer.byteLength(drawn) + 1;
  if (out !== undefined) {
    writeFileSync(String(out), `${drawn}\n`);
    output.data("picture", { format, file: String(out), bytes }, `${String(out)}: ${format}, ${bytes} bytes`);
  } else if (format === "text") otherwise();
  else output.data("picture", { format, bytes, text: drawn }, drawn);
}
