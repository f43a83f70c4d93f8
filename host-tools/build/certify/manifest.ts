// What a module asks for, written by its author: a plain value, checked before anything is signed.

import { Certificate, Restart } from "../../../firmware/modules/certificate-format.ts";
import type { CertificateBounds } from "../verify/verify.ts";

/** A capability that it needs. */
export interface ModuleNeed {
  service: string;
  /** Sum of the kernel's Rights: Write 1, Read 2, Grant 4, GrantReply 8. */
  rights: number;
  /** For whoever grants it: one line. */
  why: string;
}

export interface ModuleManifest {
  /** Lower case letters, digits and -, at most 32. */
  name: string;
  /** Grows with each release of that name. */
  sequence: number;
  needs: readonly ModuleNeed[];
  /** Units of fuel for one run, µAh for a day, variables that one run may make, messages that one run may send. */
  quotas: { fuel: number; chargeUah: number; memory: number; messages: number };
  /** At most `most` restarts within `withinS` seconds. */
  restart: { policy: "never" | "on-fault" | "always"; most: number; withinS: number };
  /** Version of the state that it keeps over an update. */
  stateSchema: number;
  /** Lowest version of the kernel's interface. */
  minimumKernel: number;
  /** For people: author, source, licence … No tile reads them. */
  notes?: readonly string[];
}

export const RESTARTS = { never: Restart.Never, "on-fault": Restart.OnFault, always: Restart.Always } as const;
const RIGHTS_ALL = 15;
const WHY_BYTES = 80;
const NOTES_MOST = 8;

/** @throws RangeError, TypeError: the field first, and what it may be */
export function checkManifest(manifest: ModuleManifest, { bounds }: CertificateBounds): void {
  const whole = (label: string, value: number, least: number = 0, most: number = Number.MAX_SAFE_INTEGER): void => {
    if (typeof value !== "number") throw new TypeError(`${label}: a number, not ${typeof value}`);
    if (!Number.isSafeInteger(value) || value < least || value > most) throw new RangeError(`${label}: a whole number from ${least} to ${most}, not ${value}`);
  };
  const line = (label: string, value: string): void => {
    if (typeof value !== "string") throw new TypeError(`${label}: text, not ${typeof value}`);
    if (!/^[\x20-\x7e]+$/.test(value) || value.length > WHY_BYTES) throw new RangeError(`${label}: one line of 1 to ${WHY_BYTES} printable ASCII characters`);
  };
  const name = (label: string, value: string): void => {
    if (typeof value !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(value) || value.length > Certificate.NameBytes) throw new RangeError(`${label}: 1 to ${Certificate.NameBytes} lower case letters, digits and -, not ${JSON.stringify(value)}`);
  };
  const { quotas, restart, needs, notes = [] } = manifest;
  name("name", manifest.name);
  whole("sequence", manifest.sequence);
  whole("stateSchema", manifest.stateSchema);
  whole("minimumKernel", manifest.minimumKernel);
  for (const key of ["fuel", "chargeUah", "memory", "messages"] as const) whole(`quotas.${key}`, quotas[key]);
  if (!Object.hasOwn(RESTARTS, restart.policy)) throw new RangeError(`restart.policy: never, on-fault or always, not ${restart.policy}`);
  whole("restart.most", restart.most, 0, 1_000_000);
  whole("restart.withinS", restart.withinS, 0, 2 ** 32);
  if (needs.length > Certificate.NeedsMost) throw new RangeError(`needs: at most ${Certificate.NeedsMost}`);
  needs.forEach((need, index) => {
    name(`needs[${index}].service`, need.service);
    whole(`needs[${index}].rights`, need.rights, 1, RIGHTS_ALL);
    line(`needs[${index}].why`, need.why);
  });
  if (new Set(needs.map(({ service }) => service)).size < needs.length) throw new RangeError("needs: each service once");
  if (notes.length > NOTES_MOST) throw new RangeError(`notes: at most ${NOTES_MOST}`);
  notes.forEach((note, index) => line(`notes[${index}]`, note));
  for (const [what, one] of [["loading", bounds.load], ["one event", bounds.handle]] as const) {
    if ((one.fuel ?? 0) > quotas.fuel) throw new RangeError(`quotas.fuel: ${what} comes to ${one.fuel}, so ${quotas.fuel} is too little`);
    if ((one.memory ?? 0) > quotas.memory) throw new RangeError(`quotas.memory: ${what} comes to ${one.memory} variables, so ${quotas.memory} is too little`);
  }
}
