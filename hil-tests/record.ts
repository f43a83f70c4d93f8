// Writes results/espruino.json: what CI can't run, kept with what it was measured on.
import type { ImageStore } from "./images.ts";
import type { Outcome } from "./runner.ts";
import type { Rig } from "./scenario.ts";

export function recordEspruino(_root: string, _rig: Rig, _images: ImageStore, _outcomes: readonly Outcome[]): Promise<void> {
  return Promise.reject(new Error("todo"));
}
