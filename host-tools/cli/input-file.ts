// Reads a file that the command line names.
import { readFileSync } from "node:fs";

/** @throws NodeJS.ErrnoException with `path`, which Node leaves out for a folder. */
export function readInputFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
}
