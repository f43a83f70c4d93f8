// Placeholder, replaced below.
import type { SpecState } from "./spec/state.ts";
export function violation(_s: SpecState): string | undefined {
  return undefined;
}
