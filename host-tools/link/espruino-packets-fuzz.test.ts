// Packets against a board whose answers are cut, repeated, mixed up, delayed and full of noise: every call ends, with a LinkError or with what is true.
//
// Files carry a CRC-32 that both sides compute, so "true" is checked for them in every case. The answer to a single `eval` has neither checksum nor number
// (PROTOCOL.md, section 9): it is held to the truth where the answer's own bytes arrive whole and in order, whatever stands around them.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ByteStreamBase, streamPair } from "./byte-stream.ts";
import type { ByteStream } from "./byte-stream.ts";
import { EspruinoConsole } from "./espruino-console.ts";
import { EspruinoPackets } from "./espruino-packets.ts";
import { fromByteString, toByteString } from "./latin1.ts";
import { LinkError, isLinkError } from "./link-errors.ts";
import { FakeEspruino } from "./testing/fake-espruino.ts";

/** What happens to one piece that the board sends. */
interface Trouble {
  kind: "whole" | "split" | "text before" | "text after" | "noise before" | "noise after" | "cut" | "lost" | "repeat" | "swap";
  at: number;
  noise: string;
}

/** The board's side of the line, with troubles in turn while there are some. */
class TroubledStream extends ByteStreamBase {
  readonly name = "troubled";
  troubles: Trouble[] = [];
  private held = "";
  private readonly inner: ByteStream;

  constructor(inner: ByteStream) {
    super();
    this.inner = inner;
    inner.onData((bytes) => this.pass(toByteString(bytes)));
  }

  write(bytes: Uint8Array): Promise<void> {
    traffic++;
    return this.inner.write(bytes);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private say(text: string): void {
    if (text !== "") this.received(fromByteString(text));
  }

  private pass(text: string): void {
    traffic++;
    const { kind, at, noise } = this.troubles.shift() ?? { kind: "whole", at: 0, noise: "" };
    const cut = at % (text.length + 1);
    const held = this.held;
    this.held = "";
    if (kind === "split") for (const byte of text) this.say(byte);
    else if (kind === "text before" || kind === "noise before") this.say(noise + text);
    else if (kind === "text after" || kind === "noise after") this.say(text + noise);
    else if (kind === "cut") this.say(text.slice(0, cut));
    else if (kind === "repeat") this.say(text + text.slice(cut) + text);
    else if (kind === "swap") this.held = text;
    else if (kind !== "lost") this.say(text);
    this.say(held);
  }
}

const consoleText = fc.stringMatching(/^[ -~\r\n]{0,40}$/);
const noise = fc.uint8Array({ maxLength: 40 }).map(toByteString);
const trouble = (kinds: Trouble["kind"][]): fc.Arbitrary<Trouble> =>
  fc.constantFrom(...kinds).chain((kind) => fc.record({ kind: fc.constant(kind), at: fc.nat(2000), noise: kind.startsWith("text") ? consoleText : noise }));
const harmless = fc.array(trouble(["whole", "split", "text before", "text after"]), { maxLength: 30 });
const harmful = fc.array(trouble(["whole", "whole", "split", "text before", "text after", "noise before", "noise after", "cut", "lost", "repeat", "swap"]), { maxLength: 30 });

/** Values that an object literal states as JSON does: there, __proto__ sets the prototype. */
const value = fc.jsonValue().filter((json) => !JSON.stringify(json).includes("__proto__"));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Pieces that went over any line so far, either way. */
let traffic = 0;

/** Lets everything on the line arrive, until six turns of the event loop were quiet. (Virtual) time stands still. */
async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 6; quiet++) {
    const before = traffic;
    await new Promise((resolve) => setImmediate(resolve));
    if (traffic !== before) quiet = 0;
  }
}

/** Lets virtual time pass until `work` ends; a quarter of an hour is "hangs". */
async function ends<T>(work: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  let result: { value: T } | { error: unknown } | undefined;
  work.then(
    (value) => (result = { value }),
    (error: unknown) => (result = { error }),
  );
  const begin = performance.now();
  for (;;) {
    await settle();
    if (result !== undefined || vi.getTimerCount() === 0 || performance.now() - begin > 900_000) break;
    await vi.advanceTimersToNextTimerAsync();
  }
  if (result === undefined) throw new Error("hangs: no end within 15 minutes");
  if ("error" in result) expect(result.error, String(result.error)).toBeInstanceOf(LinkError);
  return result;
}

async function connect(): Promise<{ line: TroubledStream; device: FakeEspruino; packets: EspruinoPackets }> {
  const [near, far] = streamPair();
  const device = new FakeEspruino(far, { packetMs: 60 });
  const line = new TroubledStream(near);
  const opened = await ends(EspruinoConsole.open(line, { answerMs: 100 }));
  if ("error" in opened) throw opened.error;
  return { line, device, packets: new EspruinoPackets(opened.value, { answerMs: 250, tries: 3 }) };
}

describe("a troubled board", () => {
  test("values are right whatever stands around the answers", async () => {
    await fc.assert(
      fc.asyncProperty(harmless, fc.array(value, { minLength: 1, maxLength: 8 }), async (troubles, values) => {
        const { line, packets } = await connect();
        line.troubles = [...troubles];
        for (const value of values) {
          const json = JSON.stringify(value).replaceAll(/[^ -~]/g, "?");
          expect(await ends(packets.eval(`(${json})`))).toEqual({ value: JSON.parse(json) as unknown });
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test("a file is read whole or not at all", async () => {
    let read = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(harmful, fc.uint8Array({ minLength: 1, maxLength: 2000 }), fc.boolean(), async (troubles, data, native) => {
        const { line, device, packets } = await connect();
        device.files.set("f", toByteString(data));
        line.troubles = [...troubles];
        const result = await ends(native ? packets.receiveFile("f") : packets.readFile("f"));
        if ("value" in result) expect(result.value).toEqual(data);
        if ("value" in result) read++;
        else refused++;
      }),
      { numRuns: 150, seed: 2 },
    );
    expect([read > 10, refused > 10], `${read} read, ${refused} refused`).toEqual([true, true]);
  });

  test("a file that is said to be written is there", async () => {
    let written = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(harmful, fc.uint8Array({ minLength: 1, maxLength: 1500 }), fc.constantFrom("data" as const, "eval" as const), async (troubles, data, method) => {
        const { line, device, packets } = await connect();
        expect(await ends(packets.writeFile("f", Uint8Array.from([...data, 1, 2, 3]), { method, pieceBytes: 256 }))).not.toHaveProperty("error");
        line.troubles = [...troubles];
        const result = await ends(packets.writeFile("f", data, { method, pieceBytes: 256 }));
        if ("value" in result) expect(fromByteString(device.files.get("f") ?? "")).toEqual(data);
        if ("value" in result) written++;
        else refused++;
      }),
      { numRuns: 100, seed: 3 },
    );
    expect([written > 10, refused > 10], `${written} written, ${refused} refused`).toEqual([true, true]);
  });

  test("after any trouble the next exchange on a good line works", async () => {
    await fc.assert(
      fc.asyncProperty(harmful, async (troubles) => {
        const { line, packets } = await connect();
        line.troubles = [...troubles];
        for (let i = 0; i < 4; i++) await ends(packets.eval(`[${i}]`));
        line.troubles = [];
        await ends(packets.eval("0"));
        await vi.advanceTimersByTimeAsync(10_000);
        expect(await ends(packets.eval("6*7"))).toEqual({ value: 42 });
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  test("a board that only babbles is told apart from one that answers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(consoleText, { minLength: 1, maxLength: 20 }), async (babble) => {
        const [near, far] = streamPair();
        const device = new FakeEspruino(far, { packetMs: 60 });
        const line = new TroubledStream(near);
        const opened = await ends(EspruinoConsole.open(line, { answerMs: 100 }));
        if ("error" in opened) throw opened.error;
        const packets = new EspruinoPackets(opened.value, { answerMs: 250, tries: 2 });
        line.troubles = babble.map(() => ({ kind: "lost", at: 0, noise: "" }));
        for (const text of babble) setTimeout(() => void far.write(fromByteString(text)), 5);
        const result = await ends(packets.eval("1"));
        if ("error" in result) expect(isLinkError(result.error, "TIMEOUT", "BAD_REPLY", "EVAL_FAILED")).toBe(true);
        else expect(result.value).toBe(1);
        expect(device.files.size).toBe(0);
      }),
      { numRuns: 30, seed: 5 },
    );
  });
});
