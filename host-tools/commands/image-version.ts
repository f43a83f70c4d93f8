// The --image-version of several commands.
import { usage } from "../cli/failure.ts";
import { parseVersion } from "../image/mcuboot.ts";

/** The version as text, checked. @throws Failure USAGE */
export function imageVersion(value: unknown): string {
  try {
    parseVersion(String(value));
  } catch (error) {
    throw usage(`--image-version: ${(error as Error).message}`);
  }
  return String(value);
}
