// The sections of the bench in the order they run.
import { kernel } from "./kernel.ts";
import type { Section } from "./section.ts";
import { sizes } from "./sizes.ts";

export const SECTIONS: readonly Section[] = [sizes, kernel];
