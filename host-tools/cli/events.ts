// The lines of `--json`: one schema, as data. docs/reference/json-events.md is made from it, and the tests hold every line of every command to it.
//
// A field is "name: type", "name?: type" when it may be missing. Types: string, number, boolean, null, object, array, any, and unions of them ("number|null").

export const SCHEMA_VERSION = 1;

export interface EventDescription {
  event: string;
  fields: readonly string[];
  meaning: string;
}

export interface DataDescription {
  kind: string;
  fields: readonly string[];
  /** Commands that write it. */
  from: string;
  meaning: string;
}

export const EVENTS: readonly EventDescription[] = [
  { event: "begin", fields: ["task: string", "title: string"], meaning: "a task that may take over a second starts" },
  { event: "progress", fields: ["task: string", "fraction: number|null", "note?: string"], meaning: "how far it is, 0 to 1, or null when the end is not known; at most ten a second" },
  { event: "end", fields: ["task: string", "ok: boolean", "note?: string"], meaning: "it is over; every begin has one" },
  { event: "info", fields: ["text: string"], meaning: "a remark for people" },
  { event: "warning", fields: ["text: string"], meaning: "something to look at" },
  { event: "data", fields: ["kind: string"], meaning: "what the command was asked for; further fields depend on `kind`" },
  { event: "error", fields: ["code: string", "message: string", "next?: string", "exitCode: number"], meaning: "why the command ended early; always the last line" },
];

const RECORD = ["seq: number", "kind: string", "ms: number", "values: object"] as const;

export const DATA: readonly DataDescription[] = [
  { kind: "text", from: "completion, --help, --version", fields: ["text: string"], meaning: "text that is the same for programs and people" },
  { kind: "board", from: "boards", fields: ["board: object"], meaning: "one board description (hal/board.ts)" },
  { kind: "build", from: "build", fields: ["image: string", "profile: string", "extra: array", "version: string", "file: string", "bytes: number", "sha256: string", "bytesPerSubsystem: object", "budgets: array"], meaning: "an image file and what it weighs" },
  { kind: "calls", from: "build --calls", fields: ["roots: array", "whole: object", "heaviest: object", "mostCallbacks: object", "kernel: object", "circles: array", "unknown: array"], meaning: "the deepest chains of calls, outermost function first (host-tools/build/call-depth.ts)" },
  { kind: "map", from: "build --map", fields: ["board: string", "rows: array"], meaning: "where everything lies in a board's Storage" },
  { kind: "plan", from: "flash, update --dry-run", fields: ["board: string", "bytes: number", "from: string|null", "to: string"], meaning: "what would be done" },
  { kind: "flashed", from: "flash, run", fields: ["id: string", "name: string", "board: string", "version: string", "hash: string", "signed: boolean", "wasDone: boolean", "backup: string|null", "map: array"], meaning: "a board is a tile now" },
  { kind: "updated", from: "update", fields: ["id: string", "outcome: string", "from: string", "to: string", "signed: boolean", "why?: string", "resumedAtBytes?: number", "bytesPerSecond?: number"], meaning: "the tile runs the new image, confirmed (or, in the demo, went back)" },
  { kind: "record", from: "telemetry, monitor, run, demo", fields: ["record: object"], meaning: `a telemetry record: {${RECORD.join(", ")}}` },
  { kind: "console", from: "monitor, run", fields: ["text: string"], meaning: "a line the tile printed" },
  { kind: "health", from: "monitor, run", fields: ["health: object", "signed: boolean", "charge: object|null"], meaning: "the health service's answer (docs/reference/services.md), whether the image carries a signature, and an estimate from the board's currents since the start: {chargeUah: number, meanUa: number}, null when the board states none" },
  { kind: "trace", from: "monitor, run", fields: ["image: string|null", "places: array"], meaning: "a trace on the console, decoded: {name: string, place: string|null (file:line:column), certain: boolean} for each frame, innermost first; none when the image was not built or flashed from here" },
  { kind: "restarted", from: "monitor, run", fields: ["causes: array"], meaning: "the tile restarted; its last reset causes" },
  { kind: "capabilities", from: "caps", fields: ["tile: string", "board: string", "holders: array", "objects: array", "devices: array"], meaning: "the capability graph: holders {id, name, task?, capabilities: {slot, place, type, rights, badge, object, parent …}}, objects {id, type, name, task?}, devices {name, object, notification?, wakes?}; rights are bits (1 write, 2 read, 4 grant, 8 grant reply), `object` is an id of objects, `parent` the slot it was derived from (0: none)" },
  {
    kind: "top",
    from: "top",
    fields: ["tile: string", "upUs: number", "overUs: number", "active: number", "wakeupsPerS: number", "freeBlocks: number", "totalBlocks: number", "faults: number", "rxLostBytes: number", "queued: number", "hasLedger: boolean", "chargeUah: number|null", "restChargeUah: number|null", "meanUa: number|null", "fuelPerRun: number|null", "tasks: array"],
    meaning: "one round: rates are about the last `overUs`; charge since the start is the tile's ledger's, or an estimate where `hasLedger` is false, `restChargeUah` what is no task's (sleep and wake-ups; of an estimate also the open line); `fuelPerRun` what a run may burn, null when the image is not metered: fuel then counts gate calls only; tasks {task, name, priority, state, waitsFor, queue, callers, runs, runsPerS, fuel, fuelPerS, share, chargeNc, chargeUah, starts, faults}, busiest first",
  },
  {
    kind: "task-run",
    from: "trace",
    fields: ["seq: number", "startUs: number", "durationUs: number|null", "task: number", "name: string", "runEvent: number", "op: number", "doomed: boolean", "fuel: number", "argument: number", "peer: number|null"],
    meaning: "one run of a task's handler (PROTOCOL, \"Trace\"): `runEvent` and `op` are numbers of Event and Op (kernel/gate.ts), `durationUs` null when it faulted, `peer` the task that called",
  },
  { kind: "timeline", from: "trace", fields: ["tile: string", "board: string", "fromUs: number", "toUs: number", "runs: number", "lost: number", "fuelPerRun: number|null"], meaning: "all runs have been told; `lost` ones were overwritten before they were read; `fuelPerRun` as in `top`" },
  { kind: "picture", from: "caps, trace", fields: ["format: string", "bytes: number", "file?: string", "text?: string"], meaning: "a picture in a file, or as text where no file was named" },
  { kind: "value", from: "repl", fields: ["value: any"], meaning: "the JSON value of the expression" },
  { kind: "finding", from: "doctor", fields: ["check: string", "ok: boolean", "what: string", "optional?: boolean", "next?: string", "exitCode?: number", "signed?: boolean"], meaning: "one thing that was looked at" },
  { kind: "backup", from: "backup", fields: ["file: string", "files: number", "bytes: number", "sha256: string", "board: string"], meaning: "what the board had is in this file" },
  { kind: "restored", from: "restore", fields: ["file: string", "files: number", "sha256: string"], meaning: "the board has what the file holds" },
  { kind: "uninstalled", from: "uninstall", fields: ["restored: string|null"], meaning: "a plain Espruino board again, with this backup or empty" },
  { kind: "detection", from: "demo", fields: ["recording: string", "caught: number", "windows: array", "falseAlarms: array", "quietDays: number", "records: number", "lostRecords: number", "wallMs: number"], meaning: "what the detector on the tile found in a recording" },
  { kind: "demo", from: "demo", fields: ["board: string", "update: string", "brokenUpdate: string", "wallMs: number", "causes: array", "machine: object", "ambient: object"], meaning: "the demo in one line" },
  { kind: "module", from: "module build, verify", fields: ["name: string", "version: number", "folder: string", "file: string|null", "certificateFile: string|null", "signed: boolean", "textBytes: number", "sha256: string", "bounds: array", "stackBytes: number", "operations: array", "intrinsics: array"], meaning: "an accepted module; `file` is null when nothing was written, `certificateFile` when it is not signed; bounds {name, most, quota}, `most` null where loops or data decide" },
  { kind: "complaint", from: "module build, verify, test", fields: ["module: string", "file: string", "line: number", "column: number", "rule: number|null", "ruleName: string|null", "reason: string", "why: string", "instead: string", "page: string|null"], meaning: "why a module is not accepted; `rule` is the verifier's number, null when it is the manifest that is wrong or does not allow it" },
  { kind: "module-key", from: "module key", fields: ["folder: string", "record: string", "publicKey: string", "signatures: number"], meaning: "a signing key was made: its secret folder, the folder of its record, the HSS public key in hexadecimal digits, and how many modules it signs" },
  {
    kind: "certificate",
    from: "module explain",
    fields: ["file: string", "keyId: string", "textSha256: string", "textBytes: number", "verifier: object", "engines: array", "kernel: number", "operations: array", "intrinsics: array", "bounds: object", "manifest: object", "needs: array", "bytes: object", "checks: object"],
    meaning: "what a certificate says (PROTOCOL §14); needs {service, target, mode, safe, why} by address from 2 on; checks {form, text, verifier, signature}: true, false, or null when there was nothing to check it with; `verifier` false only means that another one than this checkout's was used",
  },
  { kind: "module-files", from: "module new, needs", fields: ["folder: string", "files: array"], meaning: "files that were written" },
  { kind: "module-test", from: "module test", fields: ["module: string", "test: string", "text: string", "ok: boolean", "message?: string"], meaning: "a test of a module on one of its texts: \"written\" or \"ships\"" },
  { kind: "module-tests", from: "module test", fields: ["passed: number", "failed: number", "dearest: array"], meaning: "all tests of modules together; dearest {module, fuel, fuelQuota, memory, memoryQuota}: what the dearest run on the text that ships took" },
  { kind: "scenario", from: "test --list", fields: ["name: string", "summary: string", "needs: array"], meaning: "a scenario and what of a rig it needs" },
  { kind: "outcome", from: "test", fields: ["scenario: string", "variant: string", "verdict: string", "reason: string", "seconds: number", "seed: number", "log: array", "measured: object"], meaning: "how a scenario went" },
  { kind: "summary", from: "test", fields: ["rig: string", "seed: number", "passed: number", "failed: number", "skipped: number"], meaning: "all scenarios together" },
];

const typeOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

/** What keeps a parsed line from being of this schema, or undefined when nothing does. */
export function eventProblem(line: unknown): string | undefined {
  if (typeOf(line) !== "object") return "it is not an object";
  const fields = line as Record<string, unknown>;
  if (fields.v !== SCHEMA_VERSION || typeof fields.timeMs !== "number") return "it lacks v or timeMs";
  const event = EVENTS.find((known) => known.event === fields.event);
  if (event === undefined) return `there is no event ${JSON.stringify(fields.event)}`;
  const data = event.event === "data" ? DATA.find((known) => known.kind === fields.kind) : undefined;
  if (event.event === "data" && data === undefined) return `there is no data kind ${JSON.stringify(fields.kind)}`;
  const known = new Set(["v", "event", "timeMs"]);
  for (const declared of [...event.fields, ...(data?.fields ?? [])]) {
    const [, name = "", optional, types = ""] = /^(\w+)(\?)?: (.+)$/.exec(declared) ?? [];
    known.add(name);
    const value = fields[name];
    if (value === undefined && optional === undefined) return `${name} is missing`;
    if (value !== undefined && types !== "any" && !types.split("|").includes(typeOf(value))) return `${name} is ${typeOf(value)}, not ${types}`;
  }
  const stranger = Object.keys(fields).find((name) => !known.has(name));
  return stranger === undefined ? undefined : `${stranger} is not in the schema`;
}
