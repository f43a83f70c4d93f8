// irrigation: waters when the soil is dry, inside of a window of hours, and never more than so long a day.
//
// Every 30 s while the valve is open, every 10 minutes else, it asks clock and sensor. Without either, outside of the window or with the day's minutes used up,
// the valve closes. Open time is saved as it passes, so restarts don't water twice; the tile closes the valve when the module is not running. Hours are UTC.

import { Address, ClockLabel, Event, int32At, int32Bytes, Op, PinLabel, SelfLabel, Status, TelemetryLabel } from "genesis/module";
import { Need } from "./needs.ts";

const enum Command {
  /** a, b: window from and to, minutes of the day (UTC); to < from goes over midnight. */
  SetWindow = 1,
  /** → a: seconds open today, b: moisture, -1 without a reading; data: "1" when the valve is open. */
  Tell = 2,
}

/** [seconds open, Why it closed, moisture, seconds open today] */
const WATERED_RECORD = 1;

const enum Why { Open, Wet, Window, DayUsedUp, NoClock, NoReading }

const enum Asked { Load, Ready, Clock, Moisture, Valve, Log, Save }

const WATCH_US = 30_000_000;
const IDLE_US = 600_000_000;
const OPEN_BELOW = 300;
const CLOSE_ABOVE = 450;
const DAY_S = 1800;
const FULL_SCALE = 32767;
/** A clock that may be off by so much is none. */
const CLOCK_MS = 900_000;

let asked = Asked.Load;
/** Saved: window in minutes of the day, day, seconds open on it. */
let fromMinute = 240;
let toMinute = 420;
let day = 0;
let openS = 0;
let isOpen = false;
let countedUs = 0;
let runS = 0;
let why = Why.NoClock;
let moisture = -1;

function ask(what: Asked, address: number, label: number, a: number, data: string): void {
  asked = what;
  gate(Op.Call, address, label, a, 0, data);
}

/** What the clock says: a reason to stay closed, or Open. */
function reasonOfTime(wallMs: number): Why {
  const today = Math.floor(wallMs / 86_400_000);
  const minute = Math.floor((wallMs - today * 86_400_000) / 60_000);
  if (today > day) openS = 0;
  day = Math.max(day, today);
  const isInside = fromMinute <= toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
  return isInside ? Why.Open : Why.Window;
}

/** What to do with time and moisture known: turns the valve, or saves what has run through it, or nothing. */
function decide(nowUs: number): void {
  const seconds = isOpen ? Math.floor((nowUs - countedUs) / 1_000_000) : 0;
  countedUs += seconds * 1_000_000;
  openS += seconds;
  runS += seconds;
  if (why === Why.Open && openS >= DAY_S) why = Why.DayUsedUp;
  else if (why === Why.Open && moisture < 0) why = Why.NoReading;
  else if (why === Why.Open && moisture > (isOpen ? CLOSE_ABOVE : OPEN_BELOW)) why = Why.Wet;
  gate(Op.SetTimer, 0, 0, nowUs + (why === Why.Open ? Math.min(WATCH_US, (DAY_S - openS) * 1_000_000) : IDLE_US));
  if ((why === Why.Open) !== isOpen) ask(Asked.Valve, Need.Valve, PinLabel.Write, isOpen ? 0 : 1, "");
  else if (seconds > 0) save();
}

function save(): void {
  ask(Asked.Save, Address.Self, SelfLabel.Save, 1, int32Bytes(fromMinute) + int32Bytes(toMinute) + int32Bytes(day) + int32Bytes(openS));
}

function turned(nowUs: number): void {
  isOpen = !isOpen;
  if (isOpen) {
    countedUs = nowUs;
    runS = 0;
  } else ask(Asked.Log, Need.Log, TelemetryLabel.Append, WATERED_RECORD, int32Bytes(runS) + int32Bytes(why) + int32Bytes(moisture) + int32Bytes(openS));
}

function message(label: number, a: number, b: number): void {
  const isWindow = label === Command.SetWindow && a >= 0 && a < 1440 && b >= 0 && b < 1440;
  gate(Op.Reply, 0, isWindow || label === Command.Tell ? Status.Ok : Status.InvalidArgument, openS, moisture, isOpen ? "1" : "0");
  if (!isWindow) return;
  fromMinute = Math.floor(a);
  toMinute = Math.floor(b);
  save();
}

export function handle(event: Event, badge: number, label: number, a: number, b: number, data: string): void {
  const isGood = event === Event.Reply && label >= Status.Ok;
  if (event === Event.Start) ask(Asked.Load, Address.Self, SelfLabel.Load, 0, "");
  else if (event === Event.Message) message(label, a, b);
  else if (event === Event.Timer) ask(Asked.Clock, Need.Clock, ClockLabel.Wall, 0, "");
  else if (asked === Asked.Load) {
    if (isGood && label === 1) {
      fromMinute = int32At(data, 0);
      toMinute = int32At(data, 1);
      day = int32At(data, 2);
      openS = int32At(data, 3);
    }
    ask(Asked.Ready, Address.Self, SelfLabel.Ready, 0, "");
  } else if (asked === Asked.Ready) gate(Op.SetTimer, 0, 0, gate(Op.Now) + 1);
  else if (asked === Asked.Clock) {
    why = isGood && b < CLOCK_MS ? reasonOfTime(a) : Why.NoClock;
    ask(Asked.Moisture, Need.Moisture, PinLabel.Analog, 0, "");
  } else if (asked === Asked.Moisture) {
    moisture = isGood && a > 0 && a < FULL_SCALE ? Math.floor((a * 1000) / FULL_SCALE) : -1;
    decide(gate(Op.Now));
  } else if (asked === Asked.Valve) {
    if (isGood) turned(gate(Op.Now));
    else gate(Op.SetTimer, 0, 0, gate(Op.Now) + 1_000_000);
  } else if (asked === Asked.Log) save();
}
