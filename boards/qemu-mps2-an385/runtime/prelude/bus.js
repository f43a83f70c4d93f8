/*
 * bus.js - SPI1, SPI2, I2C1, I2C2. Every transfer is a line to the host, which models the devices
 * and answers (HARDWARE-CHANNEL.md, "Buses"); without an answer in 2 s the call throws.
 */
{
  const MOST_BYTES = 1024; // of one line
  const numbers = new WeakMap(); // bus object -> its number

  function ask(what, bus, line, tag) {
    const answer = native.channelAsk(line, tag + bus);
    if (answer === undefined) throw new Error(what + bus + ": no answer from the host in 2 s; is a device modelled on it?");
    return answer;
  }
  function toHex(bytes) {
    let hex = "";
    for (let i = 0; i < bytes.length; i++) hex += (256 + bytes[i]).toString(16).slice(1);
    return hex;
  }
  function fromHex(hex, count, what) {
    if (hex.length !== 2 * count) throw new Error(what + ": the host answered " + hex.length / 2 + " bytes, not " + count);
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
    return bytes;
  }
  function numberOf(object, what) {
    const bus = numbers.get(object);
    if (bus === undefined) throw new Error("This board has no software " + what + ": use " + what + "1 or " + what + "2");
    return bus;
  }

  class SPI {
    // Baud rate, mode and pins make no difference to modelled devices.
    setup() {
      numberOf(this, "SPI");
    }
    // An integer gives an integer, a string a string, anything else a Uint8Array.
    send(data, nss) {
      const bus = numberOf(this, "SPI");
      const bytes = E.toUint8Array(data);
      const answer = new Uint8Array(bytes.length);
      if (nss !== undefined) digitalWrite(nss, 0);
      try {
        for (let at = 0; at < bytes.length; at += MOST_BYTES) {
          const part = bytes.subarray(at, at + MOST_BYTES);
          answer.set(fromHex(ask("SPI", bus, "s" + bus + " " + toHex(part), "S"), part.length, "SPI" + bus), at);
        }
      } finally {
        if (nss !== undefined) digitalWrite(nss, 1);
      }
      if (typeof data === "number") return answer[0];
      return typeof data === "string" ? E.toString(answer) : answer;
    }
    write(...data) {
      const nss = data[data.length - 1] instanceof Pin ? data.pop() : undefined;
      this.send(E.toUint8Array(data), nss);
    }
  }

  class I2C {
    setup() {
      numberOf(this, "I2C");
    }
    writeTo(address, ...data) {
      const bus = numberOf(this, "I2C"), to = target(address);
      const bytes = E.toUint8Array(data);
      if (!bytes.length) return;
      if (bytes.length > MOST_BYTES) throw new RangeError("I2C: at most " + MOST_BYTES + " bytes in one transfer");
      const line = "w" + bus + " " + to.address + " " + toHex(bytes) + (to.stop ? "" : " nostop");
      if (ask("I2C", bus, line, "W") !== "ok") throw noAck(to);
    }
    readFrom(address, count) {
      const bus = numberOf(this, "I2C"), to = target(address);
      if (!(count > 0)) return undefined;
      if (count > MOST_BYTES) throw new RangeError("I2C: at most " + MOST_BYTES + " bytes in one transfer");
      const answer = ask("I2C", bus, "r" + bus + " " + to.address + " " + count + (to.stop ? "" : " nostop"), "R");
      if (answer === "nak") throw noAck(to);
      return fromHex(answer, count, "I2C" + bus);
    }
    readReg(address, register, count) {
      this.writeTo({ address, stop: false }, register);
      return this.readFrom(address, count);
    }
  }
  function target(address) {
    if (address === null || typeof address !== "object") return { address: address | 0, stop: true };
    return { address: address.address | 0, stop: address.stop === undefined || !!address.stop };
  }
  function noAck(to) {
    return new Error("I2C Error: No ACK from address " + to.address);
  }

  for (const type of [SPI, I2C]) {
    const name = type === SPI ? "SPI" : "I2C";
    hideProperty(global, name, type);
    for (const number of [1, 2]) {
      const bus = new type();
      numbers.set(bus, number);
      hideProperty(global, name + number, bus);
    }
  }
}
