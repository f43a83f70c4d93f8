// thermostat: keeps a room at its setpoint with a heater that is on or off.
//
// Every 10 s it reads the sensor through a calibration. Below setpoint - hysteresis the heater goes on, above setpoint + hysteresis off, and each lasts a
// least time, which spares relay and burner. A sensor at either end of its range is broken or not connected: then the heater goes off at once.
// Temperatures are hundredths of a degree. State 2: setpoint, temperature at 0, at full scale; state 1 had the setpoint alone, in tenths.

import { Address, Event, int32At, int32Bytes, Op, PinLabel, SelfLabel, Status } from "genesis/module";
import { Need } from "./needs.ts";

const enum Command {
  /** a: setpoint, 500 to 3,500. */
  SetPoint = 1,
  /** a, b: temperature at analog value 0 and at full scale, b > a. */
  Calibrate = 2,
  /** → a: temperature, b: setpoint; data: "1" when the heater is on. NotReady: no reading. */
  Tell = 3,
}

const enum Asked { Load, Save, Ready, Sensor, Heater }

const EVERY_US = 10_000_000;
const HYSTERESIS = 50;
const LEAST_ON_US = 120_000_000;
const LEAST_OFF_US = 180_000_000;
const FULL_SCALE = 32767;
const NO_READING = -100_000;

let asked = Asked.Load;
let setPoint = 2000;
let atZero = -2000;
let atFull = 8000;
let temperature = NO_READING;
let isOn = false;
let nextUs = 0;
/** Before this time the heater stays as it is. */
let heldUntilUs = 0;

function ask(what: Asked, address: number, label: number, a: number, data: string): void {
  asked = what;
  gate(Op.Call, address, label, a, 0, data);
}

function save(): void {
  ask(Asked.Save, Address.Self, SelfLabel.Save, 2, int32Bytes(setPoint) + int32Bytes(atZero) + int32Bytes(atFull));
}

function loaded(version: number, data: string): void {
  if (version === 1) setPoint = int32At(data, 0) * 10;
  if (version === 2) {
    setPoint = int32At(data, 0);
    atZero = int32At(data, 1);
    atFull = int32At(data, 2);
  }
  if (version === 1) save();
  else ask(Asked.Ready, Address.Self, SelfLabel.Ready, 0, "");
}

function decide(nowUs: number): void {
  const isBroken = temperature === NO_READING;
  if (!isBroken && nowUs < heldUntilUs) return;
  const wanted = isBroken ? false : isOn ? temperature <= setPoint + HYSTERESIS : temperature < setPoint - HYSTERESIS;
  if (wanted === isOn) return;
  isOn = wanted;
  heldUntilUs = nowUs + (isOn ? LEAST_ON_US : LEAST_OFF_US);
  ask(Asked.Heater, Need.Heater, PinLabel.Write, isOn ? 1 : 0, "");
}

function message(label: number, a: number, b: number): void {
  const isSetPoint = label === Command.SetPoint && a >= 500 && a <= 3500;
  const isCalibration = label === Command.Calibrate && a >= -10_000 && b > a && b <= 20_000;
  if (label === Command.Tell) {
    gate(Op.Reply, 0, temperature === NO_READING ? Status.NotReady : Status.Ok, temperature, setPoint, isOn ? "1" : "0");
    return;
  }
  gate(Op.Reply, 0, isSetPoint || isCalibration ? Status.Ok : Status.InvalidArgument, 0, 0, "");
  if (isSetPoint) setPoint = Math.floor(a);
  if (isCalibration) {
    atZero = Math.floor(a);
    atFull = Math.floor(b);
  }
  if (isSetPoint || isCalibration) save();
}

export function handle(event: Event, badge: number, label: number, a: number, b: number, data: string): void {
  if (event === Event.Start) {
    ask(Asked.Load, Address.Self, SelfLabel.Load, 0, "");
  } else if (event === Event.Message) {
    message(label, a, b);
  } else if (event === Event.Timer) {
    nextUs = gate(Op.Now) + EVERY_US;
    gate(Op.SetTimer, 0, 0, nextUs);
    ask(Asked.Sensor, Need.Sensor, PinLabel.Analog, 0, "");
  } else if (asked === Asked.Load) {
    loaded(event === Event.Reply ? label : 0, data);
  } else if (asked === Asked.Sensor) {
    const isGood = event === Event.Reply && label === Status.Ok && a > 0 && a < FULL_SCALE;
    temperature = isGood ? atZero + Math.floor((a * (atFull - atZero)) / FULL_SCALE) : NO_READING;
    decide(gate(Op.Now));
  } else if (asked === Asked.Save && nextUs === 0) {
    ask(Asked.Ready, Address.Self, SelfLabel.Ready, 0, "");
  } else if (asked === Asked.Heater && (event === Event.DeadReply || label < 0)) {
    // Not switched: at the next reading it tries again.
    isOn = !isOn;
    heldUntilUs = 0;
  } else if (asked === Asked.Ready) {
    gate(Op.SetTimer, 0, 0, gate(Op.Now) + 1);
  }
}
