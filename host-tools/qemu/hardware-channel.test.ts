/** The line protocol of the hardware channel against a board that is played by the test. */
import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { HardwareChannel } from "./hardware-channel.ts";

/** The board's end: what the host sent, and a way to say something. */
class FakeBoard extends Duplex {
  readonly received: string[] = [];
  #answers = new Map<string, string>();

  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    for (const line of chunk.toString("latin1").split("\n").filter((text) => text !== "")) {
      this.received.push(line);
      const answer = this.#answers.get(line);
      if (answer !== undefined) this.push(answer);
    }
    done();
  }

  answer(line: string, text: string): void {
    this.#answers.set(line, text);
  }

  /** Speaks, and lets the host's handlers run. */
  async say(text: string): Promise<void> {
    this.push(Buffer.from(text, "latin1"));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function connect(): { board: FakeBoard; channel: HardwareChannel } {
  const board = new FakeBoard();
  return { board, channel: new HardwareChannel(board) };
}

describe("HardwareChannel", () => {
  it("drives levels and voltages, and drives them again after the board started", async () => {
    const { board, channel } = connect();
    channel.drive("D5", 1);
    channel.drive("D6", "floating");
    channel.applyVoltage("A0", 0.5);
    expect(board.received).toEqual(["PD5 1", "PD6 z", "AA0 32768"]);
    board.received.length = 0;
    await board.say("b 12 0 0 power-on\n");
    expect(board.received).toEqual(["PD5 1", "PD6 z", "AA0 32768"]);
    expect(channel.lastBoot).toEqual({ flashOperations: 12, armed: 0, resets: 0, cause: "power-on" });
  });

  it("refuses a voltage outside of the reference and a cut at operation 0", async () => {
    const { channel } = connect();
    expect(() => channel.applyVoltage("A0", 1.1)).toThrow(RangeError);
    expect(() => channel.applyVoltage("A0", Number.NaN)).toThrow(RangeError);
    await expect(channel.armPowerCut(0, "before")).rejects.toThrow(RangeError);
  });

  it("mirrors pins, also when a line comes in pieces, and forgets them at a start", async () => {
    const { board, channel } = connect();
    const seen: string[] = [];
    const stop = channel.onPin((pin, state) => seen.push(`${pin}=${state.output}`));
    await board.say("pD1 out");
    expect(channel.pin("D1")).toBeUndefined();
    await board.say("put 1\r\npA3 af_output 32768\n");
    expect(channel.pin("D1")).toEqual({ mode: "output", output: 1 });
    expect(channel.pin("A3")).toEqual({ mode: "af_output", output: 32768 });
    stop();
    await board.say("pD1 output 0\n");
    expect(seen).toEqual(["D1=1", "A3=32768"]);
    await board.say("b 0 0 1 power-cut\n");
    expect(channel.pin("D1")).toBeUndefined();
    await board.say("pD1 output 0\nz\n");
    expect(channel.pin("D1")).toBeUndefined();
  });

  it("waits for a pin, and says what it waited for when it does not come", async () => {
    const { board, channel } = connect();
    const waiting = channel.waitForPin("D2", 1);
    await board.say("pD2 output 0\npD2 output 1\n");
    await waiting;
    await channel.waitForPin("D2", 1); // it already is
    await expect(channel.waitForPin("D2", 0, 20)).rejects.toThrow("D2 = 0 did not come in 20 ms");
  });

  it("arms a power cut and reads the answer", async () => {
    const { board, channel } = connect();
    board.answer("F 3 torn 17", "f 40 3 2 software\n");
    expect(await channel.armPowerCut(3, "torn", 17)).toEqual({ flashOperations: 40, armed: 3, resets: 2, cause: "software" });
    const boot = channel.nextBoot();
    await board.say("b 43 0 3 power-cut\n");
    expect((await boot).cause).toBe("power-cut");
  });

  it("answers SPI with the modelled device and stays silent without one", async () => {
    const { board, channel } = connect();
    channel.modelSpi(1, (out) => (channel.pin("D10")?.output === 0 ? out.map((byte) => byte ^ 0xff) : out.map(() => 0)));
    await board.say("pD10 output 0\ns1 00ff10\n");
    await board.say("pD10 output 1\ns1 55\ns2 01\n");
    expect(board.received).toEqual(["S1 ff00ef", "S1 00"]);
  });

  it("answers I2C: registers, unknown addresses, devices that refuse or break", async () => {
    const { board, channel } = connect();
    let register = 0;
    channel.modelI2c(1, 118, {
      write: (data) => {
        register = data[0] as number;
      },
      read: (count) => Uint8Array.from({ length: count }, (_, i) => register + i),
    });
    channel.modelI2c(2, 5, { write: () => false, read: () => false });
    channel.modelI2c(2, 6, {
      write: () => {
        throw new Error("model broke");
      },
      read: () => new Uint8Array(1),
    });
    await board.say("w1 118 d0 nostop\nr1 118 3\nw1 9 00\nr1 9 1\nw2 5 00\nr2 5 1\nw2 6 00\n");
    expect(board.received).toEqual(["W1 ok", "R1 d0d1d2", "W1 nak", "R1 nak", "W2 nak", "R2 nak", "W2 nak"]);
    expect(channel.errors).toEqual(["I2C2 model: model broke"]);
  });

  it("keeps the board's complaints", async () => {
    const { board, channel } = connect();
    await board.say("e unknown line: hello\n");
    expect(channel.errors).toEqual(["unknown line: hello"]);
  });
});
