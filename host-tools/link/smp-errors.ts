// What SMP result codes mean, in words, and the error a refused request becomes. Standard: Zephyr SMP protocol (MGMT_ERR_*, IMG_MGMT_ERR_*, FS_MGMT_ERR_*).
import { LinkError } from "./link-errors.ts";

/** Group-independent `rc`. */
const COMMON: readonly string[] = [
  "success",
  "unknown error",
  "out of memory",
  "a field is missing or has a value that is not allowed",
  "it took too long",
  "no such entry",
  "not possible in the present state",
  "the answer is too long for its buffer",
  "not supported",
  "the data is corrupt",
  "busy with something else",
  "not allowed",
];

/** Group 1 (images), SMP version 2. */
const IMAGE: readonly string[] = [
  "success", "unknown error", "the flash layout can not be read", "there is no image in that slot", "the image has no trailer",
  "the image's trailer is damaged", "the image has more than one hash", "a field of the image's trailer has the wrong size", "no image with that hash",
  "no free slot", "flash can not be opened", "flash can not be read", "flash can not be written", "flash can not be erased", "no such slot",
  "out of memory", "an upload is already open", "no upload is open", "no flash device", "not on a page boundary", "wrong offset", "wrong length",
  "the image header is wrong", "this is not an image (wrong magic number)", "the hash is wrong", "wrong flash address", "the version can not be read",
  "the running version is newer", "an image is already waiting for a restart", "the image's vector table is wrong", "the image is too large",
  "more data than the image has", "confirming was denied", "the running image can not be set to test", "the running slot is not known",
];

/** Group 8 (files), SMP version 2. */
const FILES: readonly string[] = [
  "success", "unknown error", "not a valid name", "no such file", "it is a directory", "the file can not be opened", "seeking failed", "reading failed",
  "truncating failed", "deleting failed", "writing failed", "that offset does not exist", "the offset lies beyond the end", "no such kind of hash",
  "out of memory", "reading the size failed", "the file is in use",
];

/** Words for a result code of a group. */
export function resultWords(group: number, rc: number, groupSpecific: boolean): string {
  // Of the groups we speak only images and files have a numbering of their own; ours from 64 up use the common one.
  const table = groupSpecific && group === 1 ? IMAGE : groupSpecific && group === 8 ? FILES : COMMON;
  return table[rc] ?? (groupSpecific ? `code ${rc} of group ${group}` : `code ${rc}`);
}

/** Codes of the image group that mean "refused because of its version" (IMG 27) or "of who made it" (access denied): exit code 7. */
export function isImageRefusal(group: number, rc: number, groupSpecific: boolean): boolean {
  return group === 1 && rc === (groupSpecific ? 27 : 11);
}

/** The error a refused request becomes. `what` names the request ("image upload"). */
export function refusal(what: string, group: number, rc: number, groupSpecific: boolean, reason?: string): LinkError {
  const words = reason ?? resultWords(group, rc, groupSpecific);
  const code = isImageRefusal(group, rc, groupSpecific) ? "IMAGE_REFUSED" : group === 1 && rc === 9 && !groupSpecific ? "VERIFY_FAILED" : "REFUSED";
  return new LinkError(code, `the tile refused ${what}: ${words} (group ${group}, rc ${rc})`, NEXT[rc] && !groupSpecific ? NEXT[rc] : undefined, { group, rc });
}

const NEXT: Readonly<Record<number, string>> = {
  8: "this tile's image does not carry that service: genesis boards shows which profile has it",
  10: "wait a moment and try again",
};
