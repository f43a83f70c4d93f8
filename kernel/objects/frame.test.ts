// Frames: the first and the last byte, windows on flash, tiles that have neither flash nor bytes, and readers that nobody runs.
import { describe, expect, it } from "vitest";
import { setFlashFrame } from "../boot.ts";
import { CapType, Op, Rights, Status } from "../gate.ts";
import { World, type Task } from "../host/world.ts";
import type { Flash } from "../../hal/flash.ts";
import { inspect } from "../model/inspect-state.ts";
import { Limit, Reg, Tcb } from "../state.ts";

/** Flash of 64 bytes, erased. */
function fakeFlash(): Flash & { bytes: string[] } {
  const bytes = Array<string>(64).fill("\xff");
  return {
    bytes,
    pageBytes: 64,
    read: (offset, length) => bytes.slice(offset, offset + length).join(""),
    program: (offset, data) => void bytes.splice(offset, data.length, ...data),
    erase: () => void bytes.fill("\xff"),
  };
}

const BYTES = 16;

/** A task with a frame of 16 bytes at address 1, which is (with `flash`) a window on the flash from byte 32 on, and a frame in RAM at 2. */
function build(flash?: Flash): { w: World; t: Task; write(at: number, a: number, data: string): number } {
  const w = new World();
  const [one, ram] = [w.make(CapType.Frame, 0, BYTES), w.make(CapType.Frame, 0, BYTES)];
  const t = w.task(5);
  w.give(t, 1, one);
  w.give(t, 2, ram);
  if (flash) {
    w.k._flash = flash;
    setFlashFrame(w.object(one), 32, BYTES);
  }
  w.start();
  return { w, t, write: (at, a, data) => w.gate(Op.Write, at, 0, a, 0, data) };
}

describe("a frame in RAM", () => {
  it("is lent, written and read up to its last byte, in whole bytes", () => {
    const { w, t, write } = build();
    w.as(t, () => {
      expect(write(1, BYTES - 1, "z")).toBe(1);
      expect(w.read(1, BYTES - 1, 1)).toBe("z");
      expect(write(1, BYTES, "")).toBe(0);
      expect(w.read(1, BYTES, 1)).toBe("");
      for (const a of [0.5, BYTES - 0.5, -1, BYTES, Number.NaN]) expect(write(1, a, "x")).toBe(Status.RangeError);
      expect(w.read(1, 0.5, 1)).toBe("");
      for (const [a, b, status] of [[0, BYTES, Status.Ok], [BYTES - 1, 1, Status.Ok], [1, BYTES, Status.RangeError], [BYTES, 1, Status.RangeError], [0, 0, Status.RangeError]] as const)
        expect(w.gate(Op.Lend, 1, Rights.Read, a, b, "")).toBe(status);
    });
  });

  it("has no fewer bytes than none: neither before it is first written, nor after", () => {
    const { w, t, write } = build();
    w.as(t, () => {
      expect(w.read(1, 5, -1)).toBe("");
      write(1, 0, "0123456789");
      expect(w.read(1, 5, -1)).toBe("");
    });
    // An exception would have been a fault.
    expect(inspect(w.k).tasks[0]!.faults).toBe(0);
  });

  it("asks the engine for bytes only when there are any", () => {
    const { w, t, write } = build();
    // As an engine does that has no array for an empty string.
    w.k._native = { bytes: (data) => (data ? Uint8Array.from(data, (c) => c.charCodeAt(0)) : (undefined as unknown as Uint8Array)), text: (data) => String.fromCharCode(...data) };
    w.as(t, () => {
      expect(write(1, 3, "")).toBe(0);
      expect(write(1, 3, "a")).toBe(1);
    });
    expect(inspect(w.k).tasks[0]!.faults).toBe(0);
  });

  it("cannot be written, and is not read, where the engine has no bytes", () => {
    const { w, t, write } = build();
    w.k._native = undefined;
    w.as(t, () => {
      expect(write(1, 0, "abcd")).toBe(Status.IllegalOperation);
      expect(w.read(1, 0, 4)).toBe("\0\0\0\0");
    });
  });
});

describe("a frame on flash", () => {
  it("is a window on it: words are programmed once, where it is erased", () => {
    const flash = fakeFlash();
    const { w, t, write } = build(flash);
    w.as(t, () => {
      expect(write(1, 4, "abcdefgh")).toBe(8);
      expect(flash.bytes.join("")).toBe("\xff".repeat(36) + "abcdefgh" + "\xff".repeat(20));
      expect(w.read(1, 3, 4)).toBe("\xffabc");
      // Not whole words: where it begins, how many; and what is not erased, down to the last byte.
      for (const [a, data] of [[2, "1234"], [0, "123"], [8, "1234"], [0, "12345678"]] as const) expect(write(1, a, data)).toBe(Status.InvalidArgument);
      expect(write(1, BYTES - 4, "wxyz")).toBe(4);
      expect(write(1, BYTES, "1234")).toBe(Status.RangeError);
      expect(w.read(1, BYTES - 4, 4)).toBe("wxyz");
    });
    expect(flash.bytes.join("")).toBe("\xff".repeat(36) + "abcdefgh" + "wxyz" + "\xff".repeat(16));
  });

  it("leaves those in RAM alone", () => {
    const flash = fakeFlash();
    const { w, t, write } = build(flash);
    w.as(t, () => {
      expect(write(2, 1, "abc")).toBe(3);
      expect(write(2, 1, "xyz")).toBe(3);
      expect(w.read(2, 0, 5)).toBe("\0xyz\0");
    });
    expect(flash.bytes.every((byte) => byte === "\xff")).toBe(true);
  });

  it("is neither written nor read on a tile without flash", () => {
    const { w, t, write } = build(fakeFlash());
    w.k._flash = undefined;
    w.as(t, () => {
      expect(write(1, 0, "abcd")).toBe(Status.IllegalOperation);
      expect(w.read(1, 0, 4)).toBe("");
    });
    expect(Object.keys(w.k._frames)).toEqual([]);
  });
});

describe("outside of a run", () => {
  it("nothing is read", () => {
    const { w, t, write } = build();
    w.as(t, () => write(1, 0, "secret"));
    for (const running of [0, Limit.Kernel]) {
      w.k._m[Reg.Running] = running;
      for (let address = 0; address < 4; address++) expect(w.read(address, 0, 6)).toBe("");
    }
  });

  it("nor through registers that a message makes look like a task with a frame", () => {
    // Read as a TCB, the registers have their root CNode where the last of so many tasks stands.
    for (const [running, count] of [[0, 14], [Limit.Kernel, 15]] as const) {
      const w = new World({ words: 9000 });
      const f = w.make(CapType.Frame, 0, BYTES);
      const e = w.endpoint();
      const tasks = Array.from({ length: count }, (_, i) => w.task(i, { radix: 2 }));
      const last = tasks[count - 1]!;
      w.give(last, 1, e);
      w.give(last, 2, f);
      w.start();
      w.as(last, () => w.gate(Op.Write, 2, 0, 0, 0, "secret"));
      // A word of the message is a capability to the frame, the next one its object.
      const forged = new Float64Array(Int32Array.of(CapType.Frame * 16 + Rights.All, w.object(f)).buffer)[0]!;
      w.as(last, () => expect(w.gate(Op.Send, 1, 0, forged, forged, "")).toBe(Status.Ok));
      expect(w.k._m[last.id + Tcb.A + 1]).toBe(w.object(f));
      w.k._m[Reg.Running] = running;
      for (let address = 0; address < 8; address++) expect(w.read(address, 0, 6)).toBe("");
    }
  });
});
