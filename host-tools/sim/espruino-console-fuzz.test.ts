// Garbage on the simulated console: packets cut, too long, of every type, with nonsense in them, and bytes of every value. Whatever came, the board
// goes on: after the packet time-out and one Ctrl-C it evaluates a line and a packet as before, and its files are as they were.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packet, TypedTile } from "./testing/typed-tile.ts";

const bytes = (maxLength: number): fc.Arbitrary<string> => fc.uint8Array({ maxLength }).map((data) => Buffer.from(data).toString("latin1"));
/** Text that looks like a request, with wrong fields. */
const request = fc.oneof(
  fc.record({ fn: fc.oneof(fc.string({ maxLength: 40 }), fc.integer(), fc.constant(null)), s: fc.oneof(fc.integer(), fc.constantFrom(-1, 0, 1e9, 1.5)), offs: fc.oneof(fc.integer(), fc.constantFrom(-1, 1e9)) }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
  fc.json({ maxDepth: 2 }),
  bytes(60),
).map((text) => text.slice(0, 8191));
const whole = fc.record({ type: fc.nat(7), body: request }).map(({ type, body }) => packet(type, body));
const cut = fc.record({ text: whole, at: fc.nat(80) }).map(({ text, at }) => text.slice(0, at));
/** A length that does not fit what follows. */
const wrongLength = fc.record({ type: fc.nat(7), length: fc.nat(8191), body: bytes(80) }).map(({ type, length, body }) => `\x10\x01${String.fromCharCode((type << 5) | (length >> 8), length & 255)}${body}`);
const garbage = fc.array(fc.oneof(whole, cut, wrongLength, bytes(60), fc.constantFrom("\x10", "\x10\x01", "\x03", "\x05", "\x1b[", "(", "`", "/*", '"', "\n", "\r\n")), { minLength: 1, maxLength: 12 });

let tile: TypedTile;
beforeAll(async () => {
  tile = await TypedTile.start();
  tile.type('\x10require("Storage").write("kept","as it was")\n');
});
afterAll(() => tile.close());

test("the console goes on after any garbage", () => {
  let count = 0;
  fc.assert(
    fc.property(garbage, (pieces) => {
      for (const piece of pieces) tile.type(piece, 1);
      tile.wait(6000);
      tile.type("\x03");
      tile.said();
      const number = ++count;
      expect(tile.type(`\x10print("alive",${number}*7)\n`)).toContain(`alive ${number * 7}`);
      expect(tile.type(packet(1, `${number}+0.5   `))).toContain(`\x06\x10\x01\0${String.fromCharCode(`${number}.5`.length)}${number}.5`);
      expect(tile.print('require("Storage").read("kept")')).toBe("as it was");
    }),
    { numRuns: 150, seed: 1 },
  );
  expect(count).toBeGreaterThanOrEqual(150);
});
