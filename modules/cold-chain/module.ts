// cold-chain: what the temperature of goods was on their way, for who receives them.
//
// A reading a minute; a record each 15 minutes; one when a time above the limit is over. What counts is saved with each record and when such a time begins: a
// restart loses at most an interval, and a time above the limit goes on after it. What fails is tried again a minute later. Hundredths of a degree.

import { Address, Event, int32At, int32Bytes, Op, PinLabel, SelfLabel, Status, TelemetryLabel } from "genesis/module";
import { Need } from "./needs.ts";

/** Command. a: limit, -5,000 to 3,000 → a: excursions so far, b: minutes above the limit now. */
const SET_LIMIT = 1;
const enum Kind {
  /** [number of the interval, readings, least, greatest, mean, readings that failed] */
  Interval = 1,
  /** [minutes, greatest, limit] */
  Excursion = 2,
}

const enum Asked { Load, Save, Ready, Sensor, Log }

const MINUTE_US = 60_000_000;
const INTERVAL_MINUTES = 15;
/** Calibration: temperature at 0, and from there to full scale. */
const FULL_SCALE = 32767;
const AT_ZERO = -4000;
const SPAN = 12_000;

let asked = Asked.Load;
let nextUs = 0;
/** Saved: limit, intervals so far, the excursion's minutes and greatest, excursions so far. From `minutes` on: of this interval. */
let limit = 800;
let intervals = 0;
let over = 0;
let worst = 0;
let excursions = 0;
let minutes = 0;
let failed = 0;
let least = 0;
let greatest = 0;
let sum = 0;
/** A record that is not in flash yet, and its kind. */
let row = "";
let kind = Kind.Interval;
/** A time above the limit has ended and is not told; there is something to save. */
let isOver = false;
let isDirty = false;

function ask(what: Asked, address: number, label: number, a: number, data: string): void {
  asked = what;
  gate(Op.Call, address, label, a, 0, data);
}

function take(value: number): void {
  const temperature = AT_ZERO + Math.floor((value * SPAN) / FULL_SCALE);
  const isFirst = minutes - failed === 1;
  least = isFirst ? temperature : Math.min(least, temperature);
  greatest = isFirst ? temperature : Math.max(greatest, temperature);
  sum = isFirst ? temperature : sum + temperature;
  if (temperature > limit) {
    if (over === 0) isDirty = true;
    worst = over === 0 ? temperature : Math.max(worst, temperature);
    over++;
  } else if (over > 0) isOver = true;
}

/** Does the next thing that is left to do; nothing when the timer is to come. */
function goOn(): void {
  if (row === "" && isOver) {
    row = int32Bytes(over) + int32Bytes(worst) + int32Bytes(limit);
    kind = Kind.Excursion;
    isOver = false;
    over = 0;
    excursions++;
  } else if (row === "" && minutes >= INTERVAL_MINUTES) {
    const good = minutes - failed;
    row = int32Bytes(++intervals) + int32Bytes(good) + int32Bytes(least) + int32Bytes(greatest) + int32Bytes(good > 0 ? Math.floor(sum / good) : 0) + int32Bytes(failed);
    kind = Kind.Interval;
    minutes = failed = least = greatest = sum = 0;
  }
  if (row !== "") ask(Asked.Log, Need.Log, TelemetryLabel.Append, kind, row);
  else if (isDirty) ask(Asked.Save, Address.Self, SelfLabel.Save, 1, int32Bytes(limit) + int32Bytes(intervals) + int32Bytes(over) + int32Bytes(worst) + int32Bytes(excursions));
}

export function handle(event: Event, badge: number, label: number, a: number, b: number, data: string): void {
  const isAnswer = event === Event.Reply && label >= Status.Ok;
  if (event === Event.Start) {
    ask(Asked.Load, Address.Self, SelfLabel.Load, 0, "");
  } else if (event === Event.Timer) {
    nextUs += MINUTE_US;
    gate(Op.SetTimer, 0, 0, nextUs);
    ask(Asked.Sensor, Need.Sensor, PinLabel.Analog, 0, "");
  } else if (event === Event.Message) {
    const isLimit = label === SET_LIMIT && a >= -5000 && a <= 3000;
    gate(Op.Reply, 0, isLimit ? Status.Ok : Status.InvalidArgument, excursions, over, "");
    if (!isLimit) return;
    limit = Math.floor(a);
    isDirty = true;
    goOn();
  } else if (asked === Asked.Load) {
    if (isAnswer && label === 1) {
      limit = int32At(data, 0);
      intervals = int32At(data, 1);
      over = int32At(data, 2);
      worst = int32At(data, 3);
      excursions = int32At(data, 4);
    }
    ask(Asked.Ready, Address.Self, SelfLabel.Ready, 0, "");
  } else if (asked === Asked.Ready) {
    nextUs = gate(Op.Now) + MINUTE_US;
    gate(Op.SetTimer, 0, 0, nextUs);
  } else if (asked === Asked.Sensor) {
    minutes++;
    if (isAnswer && a > 0 && a < FULL_SCALE) take(a);
    else failed++;
    goOn();
  } else if (isAnswer) {
    if (asked === Asked.Log) row = "";
    isDirty = asked === Asked.Log;
    goOn();
  }
}
