// What the kernel's profile small leaves out, chosen when an image is built (docs/decisions/0010-small-kernel.md says why).
//
// Idea: one source; each feature is a constant (`declare const FRAMES: boolean` in kernel code) that the bundler knows, so that what is not carried
// leaves no byte. They are independent: any of them can be switched off by itself. Profile full has them all.
import type { Profile } from "../../hal/board.ts";

export const KERNEL_FEATURES = {
  frames: "frames, their leases with a call, and writing to them",
  budgets: "fuel budgets with refills, timeout faults, yieldTo",
  donation: "scheduling contexts that go along with a call or a signal (passive servers)",
  transfer: "capabilities and badges that go along with a message",
  retype: "new objects after boot",
  cnodes: "copies of capabilities, their deletion and revocation after boot",
  wiring: "the parts of tasks, contexts and interrupts bound and configured after boot",
  power: "charge ledger, energy contexts, slack of timers, ranking and sleep by policy; only where the tile was given its board's currents",
} as const;

export type KernelFeature = keyof typeof KERNEL_FEATURES;

const ALL = Object.keys(KERNEL_FEATURES) as KernelFeature[];

/** What small carries. */
const SMALL: readonly KernelFeature[] = ["frames", "budgets", "donation"];

/** The constants that kernel code is built with, as esbuild's and vite's `define` take them. `without`: features left out besides. */
export function kernelConstants(profile: Profile, without: readonly KernelFeature[] = []): Record<string, string> {
  return Object.fromEntries(ALL.map((feature) => [feature.toUpperCase(), String((profile === "full" || SMALL.includes(feature)) && !without.includes(feature))]));
}
