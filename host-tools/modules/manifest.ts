// A module's manifest: what it needs and why, what it may take, what happens when it fails, and the shape of its state. Plain data; authors write it as
// `export const manifest = {…} as const satisfies ModuleManifest` (imported from "genesis/manifest"), and people read it before they install a stranger's module.
// The certificate (host-tools/build/certify) carries all of it but the names `as`, which are the author's; its bounds are those of the certificate.

import { Certificate } from "../../firmware/modules/certificate-format.ts";
import { GuestLimit } from "../../firmware/modules/guest-api.ts";
import { isRecord, ManifestCheck } from "./manifest-check.ts";

interface NeedBase {
  /** Name in the module's code: "led" is `Need.Led`. */
  as: string;
  /** Why it is needed, for who installs it. */
  why: string;
}

/** A pin of the board, by the board's name for it ("D4", "LED1"), and the one thing that may be done with it. */
export type PinNeed = NeedBase & { service: "pins"; pin: string } & ({ mode: "input" | "analog" | "watch" } | {
  mode: "output";
  /** Level that the tile sets whenever the module is not running. */
  safe: 0 | 1;
});

export type Need = PinNeed | (NeedBase & { service: "telemetry"; rights: "append" }) | (NeedBase & { service: "sensor" | "clock"; rights: "read" });

export interface ModuleManifest {
  /** a-z, 0-9 and "-", at most 24 (Certificate.NameBytes). */
  name: string;
  /** Sequence number: 1, 2, 3 … A tile never goes back. */
  version: number;
  /** Capabilities, in the order of their addresses from 2 on. */
  needs: readonly Need[];
  quotas: {
    /** Units of fuel of one run, and of loading. A Call costs about 4,000; 200,000 are some 6 s on a slow board. */
    fuelPerRun: number;
    /** Memory that one run, or loading, may make: about one variable of Espruino each. */
    memoryBlocks: number;
    /** Longest byte string to or from the module. */
    messageBytes: number;
    /** Charge that it may draw in a period, µC (1 mA for 1 s is 1,000), and the period. */
    energyUcPerPeriod: number;
    periodMs: number;
  };
  restart: {
    /**
     * After a fault: "restart" always; "threshold": at most `limit` times in quotas.periodMs, then it stays stopped until it is started by hand; "stop" at once;
     * "quarantine": as threshold, and no tile that hears of it starts this version again.
     */
    policy: "restart" | "threshold" | "stop" | "quarantine";
    /** Wait before the first restart; doubles with each. */
    backoffMs: number;
    limit: number;
  };
  state: {
    /** Version of the schema of what it saves; 0 without state. */
    version: number;
    /** Most bytes that it saves. */
    bytes: number;
  };
  /** For people: author, source, licence … At most 8 lines of 80 characters; no tile reads them. */
  notes?: readonly string[];
}

/** Bounds of the numbers; what is beyond would be no module of a tile. */
const RANGES = {
  quotas: { fuelPerRun: [1000, 200_000], memoryBlocks: [0, 2000], messageBytes: [0, 1024], energyUcPerPeriod: [0, 1e12], periodMs: [1, 86_400_000] },
  restart: { backoffMs: [0, 3_600_000], limit: [0, 100] },
  state: { version: [0, 65_535], bytes: [0, 1024] },
} as const;

const PIN_MODES = ["output", "input", "analog", "watch"] as const;
/** What may be done with a need, pin or not: by NeedMode of the certificate. */
export const MODES = [...PIN_MODES, "append", "read"] as const;
/** By Restart of the certificate. */
export const POLICIES = ["restart", "threshold", "stop", "quarantine"] as const;
const NOTES_MOST = 8;
/** What may be done with the services besides pins. */
const RIGHTS: ReadonlyMap<string, string> = new Map([["telemetry", "append"], ["sensor", "read"], ["clock", "read"]]);

/** @throws ManifestError with every wrong field. */
export function checkManifest(value: unknown): ModuleManifest {
  const check = new ManifestCheck();
  const top = check.record(value, "", ["name", "version", "needs", "quotas", "restart", "state", "notes"]);
  check.text(top.name, "name", new RegExp(`^[a-z](?:[a-z0-9-]{0,${Certificate.NameBytes - 2}}[a-z0-9])?$`), `write 1 to ${Certificate.NameBytes} of a-z, 0-9 and "-", as "cold-chain"`);
  check.integer(top.version, "version", 1, 2 ** 31 - 1);
  checkNeeds(check, top.needs);

  const quotas = check.numbers(top.quotas, "quotas", RANGES.quotas);
  check.numbers(top.restart, "restart", RANGES.restart, ["policy"]);
  if (isRecord(top.restart)) check.oneOf(top.restart.policy, "restart.policy", POLICIES);
  const state = check.numbers(top.state, "state", RANGES.state);
  if (typeof state.bytes === "number" && typeof quotas.messageBytes === "number" && state.bytes > quotas.messageBytes) check.wrong("state.bytes", `${state.bytes} bytes are saved and loaded as one message, which may have ${quotas.messageBytes}`, `write quotas.messageBytes: ${state.bytes} or more`);
  if (typeof state.bytes === "number" && state.bytes > 0 && state.version === 0) check.wrong("state.version", "version 0 means that nothing is saved", "write 1, or state.bytes: 0");
  if (top.notes !== undefined) checkNotes(check, top.notes);
  check.end();
  return value as ModuleManifest;
}

function checkNeeds(check: ManifestCheck, needs: unknown): void {
  if (!Array.isArray(needs)) return check.wrong("needs", check.shown(needs), "write a list: needs: [ { as, service, …, why } ], or []");
  if (needs.length > GuestLimit.Needs) check.wrong("needs", `${needs.length} of them`, `write at most ${GuestLimit.Needs}; split the module`);
  const names = new Map<unknown, string>();
  const targets = new Map<string, string>();
  needs.forEach((one: unknown, index) => {
    const at = `needs[${index}]`;
    const service = isRecord(one) ? one.service : undefined;
    const mode = isRecord(one) ? one.mode : undefined;
    const own = service === "pins" ? ["pin", "mode", ...(mode === "output" ? ["safe"] : [])] : ["rights"];
    const need = check.record(one, at, ["as", "service", ...own, "why"]);
    check.text(need.as, `${at}.as`, /^[a-z][A-Za-z0-9]{0,23}$/, 'write the name that the code uses, as "led" for Need.Led');
    check.text(need.why, `${at}.why`, /^[\x20-\x7e]{5,120}$/, "write in a few words of ASCII what for: who installs the module reads it");
    check.oneOf(service, `${at}.service`, ["pins", ...RIGHTS.keys()]);
    if (service === "pins") {
      check.text(need.pin, `${at}.pin`, /^[A-Za-z][A-Za-z0-9_]{0,15}$/, 'write the board\'s name for it, as "D4" or "LED1" (genesis boards <id>)');
      check.oneOf(mode, `${at}.mode`, PIN_MODES);
      if (mode === "output" && need.safe !== 0 && need.safe !== 1) check.wrong(`${at}.safe`, check.shown(need.safe), "write 0 or 1: the level while the module is not running");
    } else if (typeof service === "string" && RIGHTS.has(service)) check.oneOf(need.rights, `${at}.rights`, [RIGHTS.get(service)!]);
    const target = service === "pins" ? `pin ${String(need.pin)}` : `service ${String(service)}`;
    if (names.has(need.as)) check.wrong(`${at}.as`, `${check.shown(need.as)} is ${names.get(need.as)}'s name too`, "give each need a name of its own");
    if (targets.has(target)) check.wrong(at, `${target} is ${targets.get(target)} too`, "name it once: one capability is enough");
    names.set(need.as, at);
    targets.set(target, at);
  });
}

function checkNotes(check: ManifestCheck, notes: unknown): void {
  if (!Array.isArray(notes) || notes.length > NOTES_MOST) return check.wrong("notes", check.shown(notes), `write a list of at most ${NOTES_MOST} lines, or leave it out`);
  notes.forEach((one: unknown, index) => check.text(one, `notes[${index}]`, /^[\x20-\x7e]{1,80}$/, "write one line of 1 to 80 characters of ASCII"));
}

/** What a need is for a certificate and for who grants it: "" has no target, -1 no safe level. */
export function needParts(need: Need): { service: string; target: string; mode: (typeof MODES)[number]; safe: number } {
  return need.service === "pins" ? { service: "pins", target: need.pin, mode: need.mode, safe: need.mode === "output" ? need.safe : -1 } : { service: need.service, target: "", mode: need.rights, safe: -1 };
}

/** The address of a need: its place in the list. @throws RangeError when the manifest has none of that name. */
export function addressOf(manifest: ModuleManifest, as: string): number {
  const index = manifest.needs.findIndex((need) => need.as === as);
  if (index < 0) throw new RangeError(`module ${manifest.name} has no need "${as}", only ${manifest.needs.map((need) => need.as).join(", ")}`);
  return index + 2;
}
