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

/** The handler of the sensor task. */
export function createSensorServer(gate: Gate, deps: SensorDeps): Handler {
  const journal = deps.journal;
  /** Replay: its id (0 none) and the next sample. Samples taken by the detector; dropped. */
  let id = 0;
  let offset = 0;
  let taken = 0;
  let lost = 0;
  /** Pin driver: interval (0 off), pin, its batch so far, time of that batch's first sample and of the next one. */
  let intervalS = 0;
  let pin = "";
  let batch = "";
  let firstUs = 0;
  let dueUs = 0;
  /** The detector has seen no sample of this source yet. Samples it is working on; a client waits for the answer. */
  let isFresh = true;
  let working = 0;
  let isAsked = false;

  function isWithin(value: unknown, least: number, most: number): boolean {
    return typeof value === "number" && value >= least && value <= most;
  }

  // A pin's value: 0 to 32767, -1 when it has none.
  function readPin(name: unknown): number {
    let value = -1;
    try {
      value = Math.floor(deps.analogRead(name as Pin) * 32767);
    } catch (e) {
      value = -1;
    }
    return isWithin(value, 0, 32767) ? value : -1;
  }

  // Switches the source. `settings` is what the pin driver starts from after a restart, "" without one.
  function use(replayId: number, periodS: number, name: string, settings: string, nowUs: number): void {
    id = replayId;
    intervalS = periodS;
    pin = name;
    offset = 0;
    batch = "";
    isFresh = true;
    dueUs = intervalS ? nowUs + intervalS * 1000000 : 0;
    gate(Op.SetTimer, 0, 0, dueUs, 0, "");
    if ("" + journal.get(JournalKey.Sensor) !== settings) journal.set(JournalKey.Sensor, settings);
  }

  function give(values: string, firstS: number, periodS: number): number {
    working = values.length >> 1;
    return gate(Op.Call, deps.detector, isFresh ? DetectorLabel.Fresh : DetectorLabel.Samples, firstS, periodS, values);
  }

  // One request; returns its rc, or -1 when the answer comes later.
  function serve(label: number, r: CborMap, data: string, nowUs: number): number {
    const values = r["d"];
    if (label === SensorCommand.Start * 2 + 1) {
      if (!isWithin(r["id"], 1, 9007199254740991)) return SmpRc.InvalidValue;
      if (r["id"] !== id) use(r["id"] as number, 0, "", "", nowUs);
    } else if (label === SensorCommand.Feed * 2 + 1) {
      if (typeof values !== "string" || !isWithin(values.length, 2, SensorLimit.Batch * 2) || values.length & 1 || !isWithin(r["off"], 0, 9007199254740991) || !isWithin(r["t"], 0, SensorLimit.LatestS) || !isWithin(r["dt"], 1, SensorLimit.LongestIntervalS))
        return SmpRc.InvalidValue;
      if (id && r["off"] === offset) {
        isAsked = give(values, r["t"] as number, r["dt"] as number) === Status.Ok;
        return isAsked ? -1 : SmpRc.BadState;
      }
    } else if (label === SensorCommand.Pin * 2 + 1) {
      if (typeof r["pin"] !== "string" || !isWithin(r["s"], 0, SensorLimit.LongestIntervalS) || (r["s"] && readPin(r["pin"]) < 0) || data.length > SensorLimit.SettingsBytes) return SmpRc.InvalidValue;
      use(0, r["s"] as number, "" + r["pin"], r["s"] ? data : "", nowUs);
    } else if (label !== SensorCommand.Status * 2) return SmpRc.NotSupported;
    return SmpRc.Ok;
  }

  return function (event, badge, label, a, b, data) {
    const nowUs = gate(Op.Now, 0, 0, 0, 0, "");
    let rc = -1;
    if (event === Event.Start) {
      data = "" + journal.get(JournalKey.Sensor);
      isAsked = false;
      if (data) serve(SensorCommand.Pin * 2 + 1, cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap, data, nowUs);
    } else if (event === Event.Timer) {
      const value = readPin(pin);
      if (!batch) firstUs = nowUs;
      if (value >= 0) batch += String.fromCharCode(value >> 8, value & 255);
      // On the grid of its interval, also when it comes late.
      dueUs += Math.max(1, Math.ceil((nowUs - dueUs) / (intervalS * 1000000))) * intervalS * 1000000;
      gate(Op.SetTimer, 0, 0, dueUs, 0, "");
      if (batch.length >= SensorLimit.PinBatch * 2 && give(batch, Math.floor(firstUs / 1000000), intervalS) !== Status.Ok && batch.length >= SensorLimit.PinBatch * 10) {
        lost += working;
        batch = "";
      }
    } else if (event === Event.Message) {
      const r = cborDecode(data, CborFlag.Lenient | CborFlag.Flat);
      rc = r ? serve(label, r as CborMap, data, nowUs) : SmpRc.InvalidValue;
    } else {
      // The detector has answered, or died.
      const isDone = event === Event.Reply && !label;
      if (isDone) {
        taken += working;
        isFresh = false;
      }
      if (isAsked) {
        rc = isDone ? SmpRc.Ok : SmpRc.BadState;
        if (isDone) offset += working;
      } else {
        if (!isDone) lost += working;
        batch = "";
      }
      isAsked = false;
    }
    if (rc >= 0) gate(Op.Reply, 0, rc, 0, 0, rc ? "" : (cborEncode({ source: intervalS ? SensorSource.Pin : id ? SensorSource.Replay : SensorSource.None, id: id, off: offset, max: SensorLimit.Batch, taken: taken, lost: lost }) as string));
  };
}
