/** pins.js, bus.js and storage.js of the prelude in Node, with the C functions played by the test. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

type Callable = (...args: unknown[]) => unknown;
type Bag = Record<string, unknown>;

/** A board of nothing but pins and buses: what was sent, what the host drives, a clock, queued calls and timers. */
class PreludeBoard {
  readonly global: Bag = {};
  readonly sent: string[] = [];
  readonly levels = new Map<number, number>();
  readonly watched = new Set<number>();
  readonly answers = new Map<string, string>();
  readonly uncaught: string[] = [];
  nowMs = 0;
  analog = 0;
  readonly #native: Record<string, Callable>;
  #queue: (() => void)[] = [];
  #timers: { at: number; id: number; run: () => void }[] = [];
  #nextId = 1;

  constructor(...files: string[]) {
    this.#native = {
      channelSend: (line) => this.sent.push(line as string),
      channelAsk: (line, tag) => {
        this.sent.push(line as string);
        return this.answers.get(tag as string);
      },
      pinLevel: (pin) => this.levels.get(pin as number) ?? -1,
      pinAnalog: () => this.analog,
      pinWatch: (pin, on) => (on ? this.watched.add(pin as number) : this.watched.delete(pin as number)),
      queueCall: (callback, _self, ...args) => this.#queue.push(() => (callback as Callable)(...args)),
    };
    const toBytes = (value: unknown): number[] =>
      typeof value === "string" ? [...Buffer.from(value, "latin1")] : typeof value === "number" ? [value & 255] : Array.from(value as ArrayLike<unknown>).flatMap(toBytes);
    const scope: Bag = {
      native: this.#native,
      modules: {},
      global: this.global,
      E: { toUint8Array: (value: unknown) => Uint8Array.from(toBytes(value)), toString: (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1") },
      getTime: () => this.nowMs / 1000,
      setTimeout: (callback: Callable, ms: number, ...args: unknown[]) => {
        const id = this.#nextId++;
        this.#timers.push({ at: this.nowMs + ms, id, run: () => void callback(...args) });
        return id;
      },
      clearTimeout: (id: number) => (this.#timers = this.#timers.filter((timer) => timer.id !== id)),
      hideProperty: (object: object, name: string, value: unknown) => Object.defineProperty(object, name, { value, writable: true, configurable: true }),
    };
    const source = files.map((file) => readFileSync(join(import.meta.dirname, "../runtime/prelude", file), "utf8")).join("\n");
    // Free names such as digitalWrite or Pin are properties of the board's global object.
    const globals = new Proxy(this.global, { has: (target, key) => key in target, get: (target, key) => (key === Symbol.unscopables ? undefined : target[key as string]) });
    new Function("globals", ...Object.keys(scope), `with(globals){${source}}`)(globals, ...Object.values(scope));
  }

  call(name: string, ...args: unknown[]): unknown {
    return (this.global[name] as Callable)(...args);
  }

  pin(name: string): Record<string, Callable> {
    return this.global[name] as Record<string, Callable>;
  }

  /** The host changes a level; the board queues the edge. */
  edge(pin: number, level: number): void {
    this.levels.set(pin, level);
    if (this.watched.has(pin)) this.#native["edge"]?.(pin * 4 + level + 1, this.nowMs / 1000);
    this.settle();
  }

  askDump(): void {
    this.#native["edge"]?.(-1, 0);
    this.settle();
  }

  settle(): void {
    for (let run = this.#queue.shift(); run; run = this.#queue.shift()) {
      try {
        run();
      } catch (error) {
        this.uncaught.push(String(error));
      }
    }
  }

  advance(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowMs = Math.max(this.nowMs, next.at);
      next.run();
      this.settle();
    }
    this.nowMs = end;
  }
}

const board = (): PreludeBoard => new PreludeBoard("pins.js", "bus.js");

describe("pins", () => {
  it("sets the mode by itself, tells the host each change once, and reads back its own output", () => {
    const b = board();
    b.call("digitalWrite", b.global["D3"], 1);
    b.call("digitalWrite", b.global["D3"], 1);
    b.call("digitalWrite", "D3", 0);
    b.call("digitalWrite", [b.global["D4"], b.global["D3"]], 0b01);
    expect(b.sent).toEqual(["pD3 output 1", "pD3 output 0", "pD3 output 1", "pD4 output 0"]);
    expect(b.call("getPinMode", b.global["D3"])).toBe("output");
    expect(b.pin("D3")["toggle"]?.()).toBe(false);
    expect(b.sent.at(-1)).toBe("pD3 output 0");
  });

  it("writes all pins of an array for a boolean, least significant first", () => {
    const b = board();
    b.call("digitalWrite", ["D1", "D2", "A0"], true);
    expect(b.sent).toEqual(["pA0 output 1", "pD2 output 1", "pD1 output 1"]);
    expect(b.call("digitalRead", ["D1", "D5"])).toBe(0); // reading turns them to inputs that nobody drives
    expect(b.call("digitalRead", [])).toBe(0);
  });

  it("knows pull resistors and open drain", () => {
    const b = board();
    expect(b.call("digitalRead", "D0")).toBe(0);
    b.call("pinMode", "D0", "input_pullup");
    expect(b.call("digitalRead", "D0")).toBe(1);
    b.levels.set(0, 0);
    expect(b.call("digitalRead", "D0")).toBe(0);
    b.call("pinMode", "D1", "opendrain_pullup");
    b.call("digitalWrite", "D1", 1);
    expect(b.call("digitalRead", "D1")).toBe(1);
    b.call("digitalWrite", "D1", 0);
    b.levels.set(1, 1);
    expect(b.call("digitalRead", "D1")).toBe(0);
    expect(() => b.call("pinMode", "D0", "foo")).toThrow("Unknown pin mode");
    expect(() => b.call("digitalWrite", "Q7", 1)).toThrow("Invalid pin");
    expect(() => b.call("digitalRead", undefined)).toThrow("Invalid pin");
  });

  it("keeps a mode that was set by hand, until auto", () => {
    const b = board();
    b.call("pinMode", "D0", "input_pullup");
    b.call("digitalWrite", "D0", 0);
    expect(b.call("getPinMode", "D0")).toBe("input_pullup");
    b.call("pinMode", "D0");
    b.call("digitalWrite", "D0", 0);
    expect(b.call("getPinMode", "D0")).toBe("output");
  });

  it("has analog pins", () => {
    const b = board();
    b.analog = 65535;
    expect(b.call("analogRead", "A7")).toBe(1);
    expect(b.call("analogRead", "D0")).toBeNaN();
    b.call("analogWrite", "D9", 0.5);
    b.call("analogWrite", "D9", 7);
    expect(b.sent.slice(-2)).toEqual(["pD9 af_output 32768", "pD9 af_output 65535"]);
  });

  it("looks like Espruino's Pin", () => {
    const b = board();
    const pin = b.global["Pin"] as Callable & { new (name: unknown): unknown };
    expect(pin("D5")).toBe(b.global["D5"]);
    expect(new pin(5)).toBe(b.global["D5"]);
    expect(pin("Q5")).toBeUndefined();
    expect(JSON.stringify({ p: b.global["A0"] })).toBe('{"p":"A0"}');
    expect(Number(b.global["A0"])).toBe(32);
    expect(`${"pin "}${String(b.global["A0"])}`).toBe("pin A0");
    expect(b.global["D5"]).toBeInstanceOf(pin);
    expect(b.pin("D0")["getInfo"]?.()).toEqual({ port: "D", num: 0, mode: undefined, output: 0, functions: {} });
  });

  it("makes pulses one after the other", () => {
    const b = board();
    b.call("digitalPulse", "D0", 1, [5, 2, 4]);
    b.call("digitalPulse", "D0", 1, 3);
    const seen: string[] = [];
    for (let ms = 0; ms < 20; ms++) {
      seen.push(...b.sent.splice(0).map((line) => `${ms}:${line.slice(-1)}`));
      b.advance(1);
    }
    // The second pulse waits for the first, which ended low; its own end is low as well: no edge.
    expect(seen).toEqual(["0:1", "5:0", "7:1", "11:0"]);
    expect(() => b.call("digitalPulse", "D0", 1, -1)).toThrow("less than 0");
  });

  it("dumps the pins in use when the host asks", () => {
    const b = board();
    b.call("digitalWrite", "D1", 1);
    b.call("digitalRead", "D2");
    b.sent.length = 0;
    b.askDump();
    expect(b.sent).toEqual(["pD1 output 1", "pD2 input 0"]);
  });
});

describe("setWatch", () => {
  it("calls once by default, on the asked edge, with both times", () => {
    const b = board();
    const events: unknown[] = [];
    b.call("setWatch", (event: unknown) => events.push(event), "D1", { edge: "falling" });
    b.nowMs = 1000;
    b.edge(1, 1);
    b.nowMs = 3000;
    b.edge(1, 0);
    b.nowMs = 4000;
    b.edge(1, 1);
    b.edge(1, 0);
    expect(events).toEqual([{ state: false, lastTime: 1, time: 3, pin: b.global["D1"] }]);
    expect(b.watched.size).toBe(0);
  });

  it("repeats, and one watch's error leaves the others alone", () => {
    const b = board();
    const seen: boolean[] = [];
    b.call("setWatch", () => { throw new Error("mine"); }, "D1", { repeat: true });
    b.call("setWatch", (event: { state: boolean }) => seen.push(event.state), "D1", true);
    b.edge(1, 1);
    b.edge(1, 1); // no change, no edge
    b.edge(1, 0);
    expect(seen).toEqual([true, false]);
    expect(b.uncaught).toEqual(["Error: mine", "Error: mine"]);
  });

  it("debounces: the state that stays counts", () => {
    const b = board();
    const events: { state: boolean; time: number }[] = [];
    b.call("setWatch", (event: { state: boolean; time: number }) => events.push(event), "D1", { repeat: true, debounce: 10, edge: "both" });
    b.edge(1, 1);
    b.advance(4);
    b.edge(1, 0);
    b.advance(4);
    b.edge(1, 1);
    b.advance(30);
    b.edge(1, 0); // a spike: gone before the time is up
    b.advance(3);
    b.edge(1, 1);
    b.advance(30);
    expect(events.map((event) => [event.state, event.time])).toEqual([[true, 0.008]]);
  });

  it("clears one, all, and refuses what Espruino refuses", () => {
    const b = board();
    const seen: string[] = [];
    const first = b.call("setWatch", () => seen.push("first"), "D1", true);
    b.call("setWatch", () => seen.push("second"), "D1", true);
    b.call("clearWatch", first);
    b.edge(1, 1);
    b.call("clearWatch");
    b.edge(1, 0);
    expect(seen).toEqual(["second"]);
    expect(() => b.call("clearWatch", first)).toThrow(`Unknown Watch ${String(first)}`);
    expect(() => b.call("clearWatch", undefined)).toThrow("clearWatch(undefined) not allowed");
    expect(() => b.call("setWatch", () => 0, "D1", { edge: "up" })).toThrow(TypeError);
    expect(() => b.call("setWatch", 5, "D1")).toThrow("Function or String not supplied!");
    expect(() => b.call("setWatch", () => 0, "zz")).toThrow("Invalid pin");
  });
});

describe("buses", () => {
  it("sends SPI in the type it was given, with the chip select around it", () => {
    const b = board();
    const spi = b.global["SPI1"] as Record<string, Callable>;
    b.answers.set("S1", "ff01");
    expect(spi["send"]?.([1, 2], b.global["D10"])).toEqual(Uint8Array.of(255, 1));
    expect(b.sent).toEqual(["pD10 output 0", "s1 0102", "pD10 output 1"]);
    expect(spi["send"]?.("ab")).toBe("\xff\x01");
    b.answers.set("S1", "7f");
    expect(spi["send"]?.(5)).toBe(127);
    expect(spi["write"]?.(5, b.global["D10"])).toBeUndefined();
    b.answers.set("S1", "7f00");
    expect(() => spi["send"]?.(5)).toThrow("the host answered 2 bytes, not 1");
  });

  it("splits long SPI transfers and raises the chip select when nobody answers", () => {
    const b = board();
    const spi = b.global["SPI2"] as Record<string, Callable>;
    expect(() => spi["send"]?.(new Uint8Array(3), b.global["D1"])).toThrow("SPI2: no answer from the host in 2 s");
    expect(b.sent.at(-1)).toBe("pD1 output 1");
    b.sent.length = 0;
    b.answers.set("S2", "00".repeat(1024));
    expect(spi["send"]?.(new Uint8Array(2048))).toEqual(new Uint8Array(2048));
    expect(b.sent.map((line) => line.length)).toEqual([2051, 2051]);
  });

  it("speaks I2C: registers, stop bits, no acknowledge", () => {
    const b = board();
    const i2c = b.global["I2C1"] as Record<string, Callable>;
    b.answers.set("W1", "ok");
    b.answers.set("R1", "0a0b");
    expect(i2c["readReg"]?.(118, 0xd0, 2)).toEqual(Uint8Array.of(10, 11));
    i2c["writeTo"]?.({ address: 5, stop: true }, 1, [2, 3]);
    expect(b.sent).toEqual(["w1 118 d0 nostop", "r1 118 2", "w1 5 010203"]);
    b.answers.set("W1", "nak");
    b.answers.set("R1", "nak");
    expect(() => i2c["writeTo"]?.(9, 1)).toThrow("No ACK from address 9");
    expect(() => i2c["readFrom"]?.(9, 1)).toThrow("No ACK from address 9");
    expect(() => i2c["writeTo"]?.(9, new Uint8Array(1025))).toThrow("at most 1024");
    expect(i2c["readFrom"]?.(9, 0)).toBeUndefined();
  });

  it("says that there is no software bus", () => {
    const b = board();
    const spi = new (b.global["SPI"] as new () => Record<string, Callable>)();
    expect(() => spi["send"]?.(1)).toThrow("no software SPI");
  });
});
