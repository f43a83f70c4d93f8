// The sections of the bench in the order they run.
import { boots } from "./boots.ts";
import { kernel } from "./kernel.ts";
import { line } from "./line.ts";
import { memory } from "./memory.ts";
import { scheduler } from "./scheduler.ts";
import type { Section } from "./section.ts";
import { sizes } from "./sizes.ts";
import { startUp } from "./start-up.ts";
import { wakeUps } from "./wake-ups.ts";

export const SECTIONS: readonly Section[] = [sizes, memory, startUp, line, wakeUps, boots, kernel, scheduler];
