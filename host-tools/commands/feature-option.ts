// The option --with of the commands that build an image.
import { type Feature, FEATURES, isFeature } from "../build/features.ts";
import type { CommandOption } from "../cli/command.ts";
import { usage } from "../cli/failure.ts";

export const withOption: CommandOption = { flags: "--with <features>", summary: `features beyond those of the profile, with commas between them: ${Object.keys(FEATURES).join(", ")}` };

/** @throws Failure USAGE for a name that is no feature. */
export function asFeatures(value: unknown): Feature[] {
  if (value === undefined) return [];
  const names = String(value).split(",").map((name) => name.trim());
  return names.map((name) => {
    if (isFeature(name)) return name;
    throw usage(`there is no feature "${name}"`, `use --with ${Object.entries(FEATURES).map(([known, about]) => `${known} (${about})`).join(", ")}; several with commas between them`);
  });
}
