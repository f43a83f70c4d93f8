/** The framing of Espruino's packets in C against a model of ten lines, under random bytes, lengths and pauses, with the sanitizers on. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeCompiler } from "./native-core.ts";

type Step = { start: true } | { bytes: Uint8Array } | { waitUs: number };
const timeoutUs = 5_000_000;

/** What the harness should answer, line by line. */
function model(steps: readonly Step[]): string[] {
  let packet: number[] | undefined;
  let startUs = 0;
  let nowUs = 0;
  return steps.map((step) => {
    let said = "";
    if ("start" in step) {
      packet = [];
      startUs = nowUs;
    } else if ("waitUs" in step) {
      nowUs += step.waitUs;
      if (packet && nowUs - startUs >= timeoutUs) {
        packet = undefined;
        said = " given up raw 15";
      }
    } else {
      let outside = 0;
      for (const byte of step.bytes) {
        if (!packet) {
          outside++;
          continue;
        }
        packet.push(byte);
        const header = ((packet[0] ?? 0) << 8) | (packet[1] ?? 0);
        if (packet.length < 2 || packet.length < 2 + (header & 0x1fff)) continue;
        said += ` packet ${header >> 13} ${Buffer.from(packet.slice(2)).toString("hex")}`;
        packet = undefined;
      }
      said += ` outside ${outside}`;
    }
    return `${said} ${packet ? "waiting" : "idle"}`;
  });
}

const command = (step: Step): string => ("start" in step ? "start" : "waitUs" in step ? `wait ${step.waitUs}` : `bytes ${Buffer.from(step.bytes).toString("hex")}`);

describe.skipIf(!nativeCompiler())("packet framing in C", () => {
  let folder: string;
  let program: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "genesis-packets-"));
    program = path.join(folder, "packets");
    const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-DGENESIS_RUNTIME_H", "-fsanitize=address,undefined", "-fno-sanitize-recover"];
    execFileSync("cc", [...flags, path.join(import.meta.dirname, "packets-harness.c"), "-o", program], { stdio: "pipe" });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function check(steps: readonly Step[]): void {
    const result = spawnSync(program, { input: steps.map((step) => `${command(step)}\n`).join(""), encoding: "latin1", maxBuffer: 1 << 26, timeout: 60_000 });
    expect([result.status, result.stderr]).toEqual([0, ""]);
    expect(result.stdout.split("\n").slice(0, -1)).toEqual(model(steps));
  }

  it("takes the longest packet, an empty one, and the byte after each", () => {
    const longest = Uint8Array.from({ length: 2 + 8191 + 1 }, (_, i) => (i === 0 ? 0x9f : i === 1 ? 0xff : i & 255));
    check([{ start: true }, { bytes: longest }, { start: true }, { bytes: Uint8Array.of(0x80, 0, 7) }, { start: true }, { bytes: Uint8Array.of(0xe0) }, { waitUs: timeoutUs - 1 }, { waitUs: 1 }, { bytes: Uint8Array.of(1) }]);
  });

  it("agrees with the model on garbage, wrong lengths and pauses", () => {
    const start = fc.constant<Step>({ start: true });
    const garbage = fc.uint8Array({ maxLength: 60 }).map((bytes): Step => ({ bytes }));
    const header = fc.record({ type: fc.nat(7), length: fc.oneof(fc.nat(40), fc.nat(8191)) }).map(({ type, length }): Step => ({ bytes: Uint8Array.of((type << 5) | (length >> 8), length & 255) }));
    const flood = fc.nat(9000).map((length): Step => ({ bytes: new Uint8Array(length).fill(length & 255) }));
    const wait = fc.oneof(fc.nat(1000), fc.nat(2 * timeoutUs)).map((waitUs): Step => ({ waitUs }));
    fc.assert(fc.property(fc.array(fc.oneof(start, start, header, header, garbage, flood, wait), { minLength: 1, maxLength: 40 }), (steps) => check(steps)), { numRuns: 120, seed: 1 });
  });
});
