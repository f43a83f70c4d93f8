// What is printed does what was written: the same gate calls and the same throws, on every engine, with the same fuel burned.
import { describe, expect, it } from "vitest";
import { missingPrograms } from "../../qemu/toolchain.ts";
import { inNode, inQuickJs, onEspruino, onQemu, original, PLENTY, type GuestOutcome } from "./testing/run.ts";
import { SAMPLES } from "./testing/samples.ts";
import { withQemu } from "./testing/with-qemu.ts";
import { verifyModule } from "./verify.ts";

const printed = SAMPLES.map(({ source, events }) => ({ text: verifyModule(source).text, events }));
const espruino = process.env["GENESIS_ESPRUINO"]?.split(",")[0];

describe("printed modules", () => {
  it.each(SAMPLES.map((sample, index) => [sample.name, sample, index] as const))("%s: as written", (_, { source, events }, index) => {
    const wanted = original(source, events);
    const [outcomes] = inNode([printed[index]!]);
    expect(outcomes).toHaveLength(events.length);
    expect((outcomes as GuestOutcome[]).map(({ gate, thrown }) => ({ gate, thrown }))).toEqual(wanted);
    for (const one of outcomes as GuestOutcome[]) expect(one).toMatchObject({ fuel: expect.toSatisfy((left: number) => left > 0 && left < PLENTY) as number, deep: 0 });
  });

  it("burn the same on QuickJS", async () => {
    expect(await inQuickJs(printed)).toEqual(inNode(printed));
  });

  it.skipIf(espruino === undefined)("burn the same on Espruino", { timeout: 300_000 }, async () => {
    const wanted = inNode(printed);
    for (const [index, run] of printed.entries()) expect((await onEspruino(espruino!, [run]))[0], SAMPLES[index]!.name).toEqual(wanted[index]);
  });

  it.skipIf(missingPrograms().length > 0)("burn the same in XS on QEMU", { timeout: 300_000 }, async () => {
    await withQemu(async (run) => expect(await onQemu(run, printed)).toEqual(inNode(printed)));
  });

  it("burn no more than the bound says", () => {
    for (const [index, sample] of SAMPLES.entries()) {
      const { bounds } = verifyModule(sample.source).certificate;
      const outcomes = inNode([printed[index]!])[0] as GuestOutcome[];
      for (const { fuel, memory } of outcomes) {
        if (bounds.handle.fuel !== undefined) expect(PLENTY - fuel).toBeLessThanOrEqual(bounds.handle.fuel);
        if (bounds.handle.memory !== undefined) expect(PLENTY - memory).toBeLessThanOrEqual(bounds.handle.memory);
      }
    }
  });
});
