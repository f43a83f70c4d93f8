// detector: says when an analog value is no longer what it has learnt to be normal; the tile's own detector (detect.ts) as a module.
//
// A sample every 5 minutes. An alarm's begin and end are records; what has been learnt is saved every 6 hours and with each alarm. Time is counted in samples
// and goes on over restarts, so a pause is not seen. Reply to Tell: a: alarms so far, b: % of the threshold.

import { Address, Event, int32At, int32Bytes, Op, PinLabel, SelfLabel, Status, TelemetryLabel } from "genesis/module";
import { createDetector, detectorRate, percent, Verdict } from "../../firmware/detector/ewma-cusum.ts";
import { detect } from "./detect.ts";
import { Need } from "./needs.ts";

const TELL = 1;

const enum Kind {
  /** [time, since, 1 too high or -1 too low, value], s */
  AlarmStart = 1,
  /** [time, since, 1 or -1, peak % of the threshold] */
  AlarmEnd = 2,
}

const enum Asked { Load, Ready, Sensor, Log, Save }

const EVERY_S = 300;
const SAVE_EVERY = 72;
const FULL_SCALE = 32767;

const detector = createDetector();
let asked = Asked.Load;
let nextUs = 0;
let direction = 0;

function ask(what: Asked, address: number, label: number, a: number, data: string): void {
  asked = what;
  gate(Op.Call, address, label, a, 0, data);
}

/** Everything but the rate, in two parts: a text of twelve joins would take too much stack. */
function save(): void {
  const d = detector;
  const learnt = int32Bytes(d._count) + int32Bytes(d._lastS) + int32Bytes(d._level) + int32Bytes(d._deviation) + int32Bytes(d._high) + int32Bytes(d._low);
  const alarm = int32Bytes(d._highSinceS) + int32Bytes(d._lowSinceS) + int32Bytes(d._alarm) + int32Bytes(d._sinceS) + int32Bytes(d._peak) + int32Bytes(d._alarms);
  ask(Asked.Save, Address.Self, SelfLabel.Save, 1, learnt + alarm);
}

function load(data: string): void {
  const d = detector;
  d._count = int32At(data, 0);
  d._lastS = int32At(data, 1);
  d._level = int32At(data, 2);
  d._deviation = int32At(data, 3);
  d._high = int32At(data, 4);
  d._low = int32At(data, 5);
  d._highSinceS = int32At(data, 6);
  d._lowSinceS = int32At(data, 7);
  d._alarm = int32At(data, 8);
  d._sinceS = int32At(data, 9);
  d._peak = int32At(data, 10);
  d._alarms = int32At(data, 11);
}

function sample(value: number): void {
  const timeS = detector._lastS + EVERY_S;
  const verdict = detect(detector, value, timeS);
  if (verdict === Verdict.AlarmStarts) direction = detector._alarm;
  const since = int32Bytes(timeS) + int32Bytes(detector._sinceS) + int32Bytes(direction);
  if (verdict === Verdict.AlarmStarts) ask(Asked.Log, Need.Log, TelemetryLabel.Append, Kind.AlarmStart, since + int32Bytes(value));
  else if (verdict === Verdict.AlarmEnds) ask(Asked.Log, Need.Log, TelemetryLabel.Append, Kind.AlarmEnd, since + int32Bytes(percent(detector._peak)));
  else if (detector._count % SAVE_EVERY === 0) save();
}

export function handle(event: Event, badge: number, label: number, a: number, b: number, data: string): void {
  const isGood = event === Event.Reply && label >= Status.Ok;
  if (event === Event.Start) {
    ask(Asked.Load, Address.Self, SelfLabel.Load, 0, "");
  } else if (event === Event.Message) {
    gate(Op.Reply, 0, label === TELL ? Status.Ok : Status.InvalidArgument, detector._alarms, percent(Math.max(detector._high, detector._low)), "");
  } else if (event === Event.Timer) {
    nextUs += EVERY_S * 1_000_000;
    gate(Op.SetTimer, 0, 0, nextUs);
    ask(Asked.Sensor, Need.Sensor, PinLabel.Analog, 0, "");
  } else if (asked === Asked.Load) {
    if (isGood && label === 1) load(data);
    direction = detector._alarm;
    detectorRate(detector, EVERY_S, detector._lastS);
    ask(Asked.Ready, Address.Self, SelfLabel.Ready, 0, "");
  } else if (asked === Asked.Ready) {
    nextUs = gate(Op.Now) + EVERY_S * 1_000_000;
    gate(Op.SetTimer, 0, 0, nextUs);
  } else if (asked === Asked.Sensor) {
    if (isGood && a > 0 && a < FULL_SCALE) sample(a);
  } else if (asked === Asked.Log) save();
}
