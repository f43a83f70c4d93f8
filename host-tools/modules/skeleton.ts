// What `genesis module new` writes: a module that works, with a manifest, a test, and the least that an editor needs.
//
// It does a little of everything that most modules do: a timer, an output, a command, a record, state with a version.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Failure, usage } from "../cli/failure.ts";
import { checkManifest, type ModuleManifest } from "./manifest.ts";
import { readManifest } from "./manifest-file.ts";
import { needsText } from "./needs-file.ts";

const manifestText = (name: string): string => `// ${name}: what it needs and may take. Read before it is installed, and never run: plain data only.
import type { ModuleManifest } from "genesis/manifest";

export const manifest = {
  name: "${name}",
  version: 1,
  // Addresses 2, 3 … in this order. After a change here: genesis module needs
  needs: [
    { as: "light", service: "pins", pin: "LED1", mode: "output", safe: 0, why: "the light that shows it works" },
    { as: "log", service: "telemetry", rights: "append", why: "how often the light was on" },
  ],
  quotas: { fuelPerRun: 10_000, memoryBlocks: 50, messageBytes: 32, energyUcPerPeriod: 100_000, periodMs: 60_000 },
  restart: { policy: "threshold", backoffMs: 1000, limit: 5 },
  state: { version: 1, bytes: 4 },
} as const satisfies ModuleManifest;
`;

const moduleText = (name: string): string => `// ${name}: turns a light on and off each second, counts how often, and records the count each minute.
//
// It is called with an event, asks one thing (gate) and returns; the answer is the next event. \`asked\` says what was asked for.

import { Address, Event, int32At, int32Bytes, Op, PinLabel, SelfLabel, Status, TelemetryLabel } from "genesis/module";
import { Need } from "./needs.ts";

/** Command. → a: how often the light was on. */
const TELL = 1;

/** Telemetry record: [how often the light was on]. */
const COUNT_RECORD = 1;

const enum Asked { Load, Ready, Light, Log, Save }

const EVERY_US = 1_000_000;

let asked = Asked.Load;
let nextUs = 0;
let level = 0;
let count = 0;

function ask(what: Asked, address: number, label: number, a: number, data: string): void {
  asked = what;
  gate(Op.Call, address, label, a, 0, data);
}

export function handle(event: Event, badge: number, label: number, a: number, b: number, data: string): void {
  const isGood = event === Event.Reply && label >= Status.Ok;
  if (event === Event.Start) {
    ask(Asked.Load, Address.Self, SelfLabel.Load, 0, "");
  } else if (event === Event.Message) {
    gate(Op.Reply, 0, label === TELL ? Status.Ok : Status.InvalidArgument, count, 0, "");
  } else if (event === Event.Timer) {
    nextUs += EVERY_US;
    gate(Op.SetTimer, 0, 0, nextUs);
    level = 1 - level;
    count += level;
    ask(Asked.Light, Need.Light, PinLabel.Write, level, "");
  } else if (asked === Asked.Load) {
    // label: the schema version of what is saved, 0 for nothing. An older one is converted here.
    if (isGood && label === 1) count = int32At(data, 0);
    ask(Asked.Ready, Address.Self, SelfLabel.Ready, 0, "");
  } else if (asked === Asked.Ready) {
    nextUs = gate(Op.Now) + EVERY_US;
    gate(Op.SetTimer, 0, 0, nextUs);
  } else if (asked === Asked.Light) {
    if (level === 1 && count % 30 === 0) ask(Asked.Log, Need.Log, TelemetryLabel.Append, COUNT_RECORD, int32Bytes(count));
  } else if (asked === Asked.Log) {
    ask(Asked.Save, Address.Self, SelfLabel.Save, 1, int32Bytes(count));
  }
}
`;

const testText = (name: string): string => `// ${name} on a fake tile: genesis module test
import { expect, test } from "vitest";
import { int32s, moduleTests } from "genesis/module-test";

const S = 1_000_000;
const TELL = 1;

// Each test runs twice: on the code as it is written, and on the verified text that ships.
moduleTests(import.meta.url, ({ start }) => {
  test("the light is on every other second", () => {
    const tile = start();
    const levels = [1, 2, 3, 4].map(() => {
      tile.advance(S);
      return tile.pin("LED1");
    });
    expect(levels).toEqual([1, 0, 1, 0]);
    expect(tile.send(TELL)).toMatchObject({ label: 0, a: 2 });
  });

  test("each minute is a record, and a restart goes on from there", () => {
    const tile = start();
    tile.advance(70 * S);
    expect(tile.telemetry.map(({ values }) => values)).toEqual([[30]]);
    tile.restart();
    expect(tile.send(TELL)).toMatchObject({ a: 30 });
  });

  test("it is off when the module is not running", () => {
    const tile = start({ state: { version: 1, data: int32s(7) } });
    tile.advance(S);
    expect([tile.pin("LED1"), tile.send(TELL)?.a]).toEqual([1, 8]);
    tile.stop();
    expect(tile.pin("LED1")).toBe(0);
  });
});
`;

/** For editors and tsc only; the build does not look at it. */
function tsconfigText(root: string, folder: string): string {
  const author = path.join(root, "modules", "tsconfig.author.json");
  return `${JSON.stringify({ extends: author, files: [path.join(root, "modules", "gate.d.ts")], include: [path.join(folder, "*.ts")].map((one) => path.relative(folder, one)) }, null, 2)}\n`;
}

/** Makes the folder `<where>/<name>`. @returns its absolute path and the files in it. @throws Failure when the name is none, or something is there already. */
export function writeSkeleton(root: string, where: string, name: string): { folder: string; files: string[] } {
  checkName(name);
  const folder = path.resolve(where, name);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Failure("EXISTS", 2, `${folder} is there already and not empty`, "choose another name, or another folder to make it in");
  mkdirSync(folder, { recursive: true });
  const texts: Record<string, string> = { "manifest.ts": manifestText(name), "module.ts": moduleText(name), "module.test.ts": testText(name) };
  const isInside = !path.relative(path.join(root, "modules"), folder).startsWith("..");
  if (!isInside) texts["tsconfig.json"] = tsconfigText(root, folder);
  for (const [file, text] of Object.entries(texts)) writeFileSync(path.join(folder, file), text);
  writeFileSync(path.join(folder, "needs.ts"), needsText(readManifest(path.join(folder, "manifest.ts"))));
  return { folder, files: [...Object.keys(texts), "needs.ts"].sort() };
}

function checkName(name: string): void {
  const any: ModuleManifest = { name, version: 1, needs: [], quotas: { fuelPerRun: 1000, memoryBlocks: 0, messageBytes: 0, energyUcPerPeriod: 0, periodMs: 1 }, restart: { policy: "stop", backoffMs: 0, limit: 0 }, state: { version: 0, bytes: 0 } };
  try {
    checkManifest(any);
  } catch {
    throw usage(`"${name}" is no name for a module`, 'take 1 to 24 of a-z, 0-9 and "-", beginning with a letter: genesis module new porch-light');
  }
}
