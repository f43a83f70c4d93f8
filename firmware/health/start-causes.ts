// Why the tile started, the last eight times: one byte each in the journal, newest last.
//
// Before the tile restarts itself it notes why, with the top bit set; the next start finds that mark and takes it for its cause.
// Without one, the cause is what the port reports (power, watchdog …) or unknown.

import type { EspruinoApi } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import type { BootInfo } from "../update/boot-log.ts";
import type { Journal } from "../storage/journal.ts";
import { JournalKey } from "../storage/journal.ts";
import type { StartCause } from "./api.ts";

const enum Causes {
  Kept = 8,
  Announced = 128,
}

/** Notes this start and returns the list. `reported` is what the port knows. */
export function noteStart(journal: Journal, reported: number): string {
  let list = "" + journal.get(JournalKey.FirstFree);
  const last = list.length - 1;
  const newest = list.charCodeAt(last);
  if (newest >= Causes.Announced) list = list.substring(0, last) + String.fromCharCode(newest - Causes.Announced);
  else list = list.substring(list.length - Causes.Kept + 1) + String.fromCharCode(reported);
  journal.set(JournalKey.FirstFree, list);
  return list;
}

/** Notes in the boot log that this start went well. */
export function markHealthy(flash: Flash, info: BootInfo): void {
  if (info.log >= 0) flash.program(info.log, "\0\0\0\0");
}

/** Restarts the tile and notes why. */
export function restart(api: EspruinoApi, journal: Journal, cause: StartCause): void {
  const list = "" + journal.get(JournalKey.FirstFree);
  journal.set(JournalKey.FirstFree, list.substring(list.length - Causes.Kept + 1) + String.fromCharCode(cause + Causes.Announced));
  api.E.reboot();
}
