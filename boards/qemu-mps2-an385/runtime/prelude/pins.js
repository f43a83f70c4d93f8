/*
 * pins.js - Pin, digitalRead/Write/Pulse, pinMode, analogRead/Write, setWatch over pins.c.
 *
 * A pin has a mode and an output; its level is what its own driver, the host (native.pinLevel) or
 * a pull resistor makes of it, in that order. Every change is told to the host. As on Espruino,
 * reading and writing set the mode by themselves unless pinMode() was called for the pin.
 */
{
  const DIGITAL = 32, PINS = 40;
  const MODES = ["analog", "input", "input_pullup", "input_pulldown", "output", "opendrain", "opendrain_pullup", "af_output", "af_opendrain"];
  const pins = [];
  const state = []; // {mode, manual, output, seen (level at the last edge)} of each pin

  function Pin(value) {
    const pin = toPin(value);
    return pin === undefined && new.target ? this : pin;
  }
  const proto = Pin.prototype;
  for (let i = 0; i < PINS; i++) {
    const pin = Object.create(proto);
    const name = i < DIGITAL ? "D" + i : "A" + (i - DIGITAL);
    Object.defineProperty(pin, "number", { value: i });
    Object.defineProperty(pin, "name", { value: name });
    pins.push(pin);
    state.push({ mode: undefined, manual: false, output: 0, seen: 0 });
    hideProperty(global, name, pin);
  }
  hideProperty(global, "Pin", Pin);

  function toPin(value) {
    if (value instanceof Pin) return value;
    if (typeof value === "number") return pins[value];
    return pins.find((pin) => pin.name === value);
  }
  function need(value) {
    const pin = toPin(value);
    if (!pin || pin.number === undefined) throw new Error("Invalid pin");
    return pin.number;
  }
  native.toPin = toPin;

  function report(i) {
    native.channelSend("p" + pins[i].name + " " + (state[i].mode || "undefined") + " " + state[i].output);
  }
  function change(i, mode, output) {
    const s = state[i];
    if (s.mode === mode && s.output === output) return;
    s.mode = mode;
    s.output = output;
    report(i);
  }
  function levelOf(i, wire) {
    const s = state[i];
    if (s.mode === "output") return s.output;
    const openDrain = s.mode === "opendrain" || s.mode === "opendrain_pullup";
    if (openDrain && !s.output) return 0;
    if (wire >= 0) return wire;
    return s.mode === "input_pullup" || s.mode === "opendrain_pullup" ? 1 : 0;
  }
  function read(i) {
    const s = state[i];
    if (!s.manual) change(i, "input", s.output);
    return levelOf(i, native.pinLevel(i));
  }
  function write(i, value) {
    const s = state[i];
    change(i, s.manual ? s.mode : "output", value ? 1 : 0);
  }
  function setMode(i, mode, automatic) {
    const s = state[i];
    if (mode === undefined || mode === "auto") {
      s.manual = false;
    } else if (MODES.includes(mode)) {
      s.manual = !automatic;
      change(i, mode, s.output);
    } else {
      s.manual = false;
      throw new Error("Unknown pin mode");
    }
  }

  const api = {
    digitalRead(pin) {
      if (Array.isArray(pin)) return pin.reduce((bits, p) => (bits << 1) | read(need(p)), 0);
      if (pin && typeof pin === "object" && !(pin instanceof Pin)) {
        if (typeof pin.read !== "function") throw new Error("Invalid pin");
        return pin.read() | 0;
      }
      return read(need(pin));
    },
    digitalWrite(pin, value) {
      let bits = typeof value === "boolean" ? (value ? -1 : 0) : value | 0;
      if (Array.isArray(pin)) {
        for (let i = pin.length - 1; i >= 0; i--, bits >>= 1) write(need(pin[i]), bits & 1);
      } else if (pin && typeof pin === "object" && !(pin instanceof Pin)) {
        if (typeof pin.write !== "function") throw new Error("Invalid pin");
        pin.write(bits);
      } else write(need(pin), bits);
    },
    // Edges come from timers. time 0 waits for the pulses that run on the pin, as on Espruino.
    digitalPulse(pin, value, times) {
      const i = need(pin);
      const list = typeof times === "number" ? [times] : times;
      if (list === undefined || list === null || typeof list !== "object") throw new Error("Expecting Number or Array, got " + typeof times);
      if (typeof times === "number" && !(times >= 0)) throw new Error("Pulse Time is less than 0 or not a number");
      const s = state[i];
      if (times === 0) {
        while (s.pulseEnd > getTime()) runPulses(i);
        return runPulses(i);
      }
      s.pulses = s.pulses || [];
      if (!s.pulses.length) {
        write(i, value);
        s.pulseEnd = getTime();
      }
      let level = !value;
      for (let n = 0; n < list.length; n++, level = !level) {
        if (!(list[n] > 0)) continue;
        s.pulseEnd += list[n] / 1000;
        s.pulses.push({ at: s.pulseEnd, level });
        setTimeout(runPulses, Math.max(0, (s.pulseEnd - getTime()) * 1000), i);
      }
    },
    pinMode(pin, mode, automatic) {
      setMode(need(pin), mode, automatic);
    },
    getPinMode(pin) {
      return state[need(pin)].mode;
    },
    analogRead(pin) {
      const i = need(pin);
      if (i < DIGITAL) return NaN; // no ADC on this pin
      if (!state[i].manual) change(i, "analog", state[i].output);
      return native.pinAnalog(i) / 65535;
    },
    analogWrite(pin, value) {
      const duty = Math.round(Math.min(1, Math.max(0, +value || 0)) * 65535);
      change(need(pin), "af_output", duty);
    },
    setWatch(callback, pin, options) {
      const i = need(pin);
      let repeat = !!options, debounce = 0, edge = 0, data;
      if (options && typeof options === "object") {
        repeat = !!options.repeat;
        debounce = options.debounce > 0 ? options.debounce : 0;
        edge = typeof options.edge === "number" ? Math.sign(options.edge) : { rising: 1, falling: -1, both: 0, undefined: 0 }[options.edge];
        if (edge === undefined) throw new TypeError("'edge' in setWatch should be 1, -1, 0, 'rising', 'falling' or 'both'");
        if (options.irq) throw new Error("irq=true set, but function is not a native function");
        data = toPin(options.data);
      }
      if (typeof callback !== "function" && typeof callback !== "string") throw new Error("Function or String not supplied!");
      const level = read(i);
      if (!watches.some((w) => w.pin === i)) state[i].seen = level;
      const id = nextWatch++;
      watches.push({ id, pin: i, callback, repeat, debounce, edge, data, state: !!level, lastTime: undefined, timer: undefined });
      native.pinWatch(i, true);
      return id;
    },
    clearWatch(...ids) {
      if (!ids.length) {
        watches.slice().forEach(removeWatch);
        return;
      }
      if (ids[0] === undefined) throw new Error("clearWatch(undefined) not allowed. Use clearWatch() instead");
      const watch = watches.find((w) => w.id === ids[0]);
      if (!watch) throw new Error("Unknown Watch " + ids[0]);
      removeWatch(watch);
    },
  };
  for (const name in api) hideProperty(global, name, api[name]);

  function runPulses(i) {
    const due = getTime() + 0.00001;
    const pulses = state[i].pulses || [];
    while (pulses.length && pulses[0].at <= due) write(i, pulses.shift().level);
  }

  const methods = {
    read() { return !!read(need(this)); },
    write(value) { write(need(this), value); },
    set() { write(need(this), 1); },
    reset() { write(need(this), 0); },
    toggle() {
      const i = need(this);
      const level = state[i].output ? 0 : 1;
      write(i, level);
      return !!level;
    },
    mode(mode) { setMode(need(this), mode); },
    getMode() { return state[need(this)].mode; },
    analog() { return api.analogRead(this); },
    pwm(value, options) { api.analogWrite(this, value, options); },
    pulse(value, times) { api.digitalPulse(this, value, times); },
    writeAtTime(value, time) {
      const i = need(this);
      setTimeout(() => write(i, value), Math.max(0, (time - getTime()) * 1000));
    },
    getInfo() {
      const i = need(this), s = state[i];
      return { port: this.name[0], num: +this.name.slice(1), mode: s.mode, output: s.output ? 1 : 0, functions: i < DIGITAL ? {} : { ADC1: i - DIGITAL } };
    },
    toString() { return this.name; },
    toJSON() { return this.name; },
    valueOf() { return this.number; },
  };
  // Espruino's pins are numbers that print as names: "pin " + D5 is a name here, +D5 and D5 | 0 are numbers.
  Object.defineProperty(proto, Symbol.toPrimitive, { value(hint) { return hint === "number" ? this.number : this.name; } });
  for (const name in methods) hideProperty(proto, name, methods[name]);

  const watches = [];
  let nextWatch = 1;

  function removeWatch(watch) {
    const at = watches.indexOf(watch);
    if (at >= 0) watches.splice(at, 1);
    if (watch.timer !== undefined) clearTimeout(watch.timer);
    if (!watches.some((w) => w.pin === watch.pin)) native.pinWatch(watch.pin, false);
  }
  function fire(watch, level, time) {
    watch.state = level;
    if (watch.edge === 0 || (watch.edge > 0) === level) {
      const event = { state: level, lastTime: watch.lastTime, time, pin: pins[watch.pin] };
      if (watch.data) event.data = !!read(watch.data.number);
      if (!watch.repeat) removeWatch(watch);
      native.queueCall(watch.callback, undefined, event);
    }
    watch.lastTime = time;
  }
  // Debounce as on Espruino: the last edge counts, once the pin has been quiet for that long.
  function debounced(watch, level, time) {
    if (watch.timer === undefined && level === watch.state) return;
    if (watch.timer !== undefined) clearTimeout(watch.timer);
    watch.timer = setTimeout(() => {
      watch.timer = undefined;
      if (level !== watch.state) fire(watch, level, time);
    }, watch.debounce);
  }
  function edge(what, time) {
    if (what < 0) return state.forEach((s, i) => s.mode && report(i));
    const i = what >> 2;
    const level = levelOf(i, (what & 3) - 1);
    if (level === state[i].seen) return;
    state[i].seen = level;
    for (const watch of watches.filter((w) => w.pin === i)) {
      if (watch.debounce > 0) debounced(watch, !!level, time);
      else fire(watch, !!level, time);
    }
  }
  native.edge = (what, time) => native.queueCall(edge, undefined, what, time);
}
