// The sensor service: two drivers, replay and analog pin, that hand batches of samples to the detector; group 67. Wire: api.ts.

import { Event, Op, Status } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import type { Pin } from "../../hal/espruino.ts";
import { DetectorLabel } from "../detector/api.ts";
import { JournalKey } from "../storage/journal.ts";
import type { Journal } from "../storage/journal.ts";
import { cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpRc } from "../wire/smp-header.ts";
import { SensorCommand, SensorLimit, SensorSource } from "./api.ts";

export interface SensorDeps {
  journal: Journal;
  /** Address of the endpoint of the detector in this task's CSpace (Write and GrantReply). */
  detector: number;
  /** Analog value of a pin, 0 … 1. */
  analogRead(pin: Pin): number;
}

/** What the call under way is for. */
const enum Wait {
  Nothing = 0,
  Start = 1,
  Feed = 2,
  Pin = 3,
  /** The pin driver's own batch: nobody waits for an answer. */
  Batch = 4,
}

/** The handler of the sensor task. */
export function createSensorServer(gate: Gate, deps: SensorDeps): Handler {
  let source: SensorSource = SensorSource.None;
  let id = 0;
  let offset = 0;
  let taken = 0;
  let lost = 0;
  /** Pin driver: pin, interval, batch size, samples so far, time of the first one. */
  let pin = "";
  let intervalS = 0;
  let batch = 0;
  let samples = "";
  let firstUs = 0;
  let dueUs = 0;
  let wait: Wait = Wait.Nothing;
  /** Samples in the call under way, or the id of the replay it starts, or the pin's value. */
  let amount = 0;

  function readPin(name: string): number {
    const value = Math.floor(deps.analogRead(name as unknown as Pin) * 32767);
    return value >= 0 && value <= 32767 ? value : -1;
  }

  function isWithin(value: unknown, least: number, most: number): boolean {
    return typeof value === "number" && value >= least && value <= most;
  }

  // Starts, or with interval 0 stops, the pin driver; false when the settings are not good.
  function usePin(r: CborMap, nowUs: number): boolean {
    const size = r["n"] === undefined ? 12 : r["n"];
    if (typeof r["pin"] !== "string" || !isWithin(r["s"], 0, SensorLimit.LongestIntervalS) || !isWithin(size, 1, SensorLimit.PinBatch)) return false;
    pin = "" + r["pin"];
    intervalS = r["s"] as number;
    batch = size as number;
    samples = "";
    id = 0;
    offset = 0;
    source = intervalS ? SensorSource.Pin : SensorSource.None;
    dueUs = intervalS ? nowUs + intervalS * 1000000 : 0;
    gate(Op.SetTimer, 0, 0, dueUs, 0, "");
    return true;
  }

  function call(purpose: Wait, count: number, label: DetectorLabel, a: number, b: number, data: string): number {
    const status = gate(Op.Call, deps.detector, label, a, b, data);
    if (status === Status.Ok) {
      wait = purpose;
      amount = count;
    }
    return status;
  }

  function sample(nowUs: number): void {
    const value = readPin(pin);
    if (!samples) firstUs = nowUs;
    samples += String.fromCharCode(value >> 8, value & 255);
    // On the grid of its interval, also when it comes late.
    dueUs += Math.max(1, Math.ceil((nowUs - dueUs) / (intervalS * 1000000))) * intervalS * 1000000;
    gate(Op.SetTimer, 0, 0, dueUs, 0, "");
    const count = samples.length >> 1;
    if (count >= batch && call(Wait.Batch, count, DetectorLabel.Samples, Math.floor(firstUs / 1000000), intervalS, samples) !== Status.Ok && count >= SensorLimit.PinBatch) {
      lost += count;
      samples = "";
    }
  }

  // The detector has answered (or died): finish what was waiting for it.
  function finish(isDone: boolean): void {
    const purpose = wait;
    wait = Wait.Nothing;
    if (isDone) {
      if (purpose === Wait.Feed) offset += amount;
      if (purpose === Wait.Feed || purpose === Wait.Batch) taken += amount;
      if (purpose === Wait.Start) {
        gate(Op.SetTimer, 0, 0, 0, 0, "");
        journalPin("");
        source = SensorSource.Replay;
        id = amount;
        offset = 0;
      }
    }
    if (purpose === Wait.Batch) {
      if (!isDone) lost += amount;
      samples = "";
    } else gate(Op.Reply, 0, isDone ? 0 : SmpRc.BadState, 0, 0, isDone ? (cborEncode(purpose === Wait.Pin ? { value: amount } : { id: id, off: offset }) as string) : "");
  }

  function journalPin(request: string): void {
    if (request || deps.journal.get(JournalKey.Sensor)) deps.journal.set(JournalKey.Sensor, request);
  }

  // One request; returns its rc, or -1 when the answer comes later.
  function serve(label: number, r: CborMap, data: string, nowUs: number): number {
    let status: number = Status.Ok;
    if (label === SensorCommand.Start * 2 + 1) {
      if (!isWithin(r["id"], 1, 9007199254740991)) return SmpRc.InvalidValue;
      if (r["id"] === id) return SmpRc.Ok;
      status = call(Wait.Start, r["id"] as number, DetectorLabel.Reset, 0, 0, "");
    } else if (label === SensorCommand.Feed * 2 + 1) {
      const values = r["d"];
      if (typeof values !== "string" || !isWithin(values.length, 2, SensorLimit.Batch * 2) || values.length & 1 || typeof r["off"] !== "number" || !isWithin(r["t"], 0, 9007199254740991 - 20000000) || !isWithin(r["dt"], 1, SensorLimit.LongestIntervalS))
        return SmpRc.InvalidValue;
      if (source !== SensorSource.Replay || r["off"] !== offset) return SmpRc.Ok;
      status = call(Wait.Feed, values.length >> 1, DetectorLabel.Samples, r["t"] as number, r["dt"] as number, values);
    } else if (label === SensorCommand.Pin * 2 + 1) {
      let value = -1;
      try {
        value = readPin(r["pin"] as string);
      } catch (e) {
        value = -1;
      }
      if (value < 0 || !usePin(r, nowUs)) return SmpRc.InvalidValue;
      journalPin(intervalS ? data : "");
      status = call(Wait.Pin, value, DetectorLabel.Reset, 0, 0, "");
    } else return SmpRc.NotSupported;
    return status === Status.Ok ? -1 : SmpRc.BadState;
  }

  return function (event, badge, label, a, b, data) {
    const nowUs = gate(Op.Now, 0, 0, 0, 0, "");
    if (event === Event.Start) {
      wait = Wait.Nothing;
      const settings = deps.journal.get(JournalKey.Sensor);
      const r = settings ? cborDecode("" + settings, CborFlag.Lenient | CborFlag.Flat) : undefined;
      if (r) usePin(r as CborMap, nowUs);
    } else if (event === Event.Timer && source === SensorSource.Pin) sample(nowUs);
    else if (event === Event.Reply || event === Event.DeadReply) finish(event === Event.Reply && !label);
    else if (event === Event.Message) {
      const r = cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined;
      let rc = SmpRc.InvalidValue as number;
      let reply: CborMap = { id: id, off: offset };
      if (label === SensorCommand.Status * 2) {
        rc = 0;
        reply = { source: source, id: id, off: offset, max: SensorLimit.Batch, taken: taken, lost: lost };
      } else if (r) rc = serve(label, r, data, nowUs);
      if (rc >= 0) gate(Op.Reply, 0, rc, 0, 0, rc ? "" : (cborEncode(reply) as string));
    }
  };
}
