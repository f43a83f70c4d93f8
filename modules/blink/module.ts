// blink: a light that is on for 100 ms of each second; message 1 sets another period.
//
// It wakes at the times of a grid, so that late wake-ups don't add up.

import { Address, Event, Op, PinLabel, SelfLabel, Status } from "genesis/module";
import { Need } from "./needs.ts";

const enum Command {
  /** a: period, ms, 200 to 60,000. */
  SetPeriod = 1,
}

/** How long it is on, µs. */
const ON_US = 100_000;

let periodUs = 1_000_000;
let nextUs = 0;
let level = 0;
let isReady = false;

/** Sets the light; what comes next is due after that. */
function turn(to: number): void {
  level = to;
  nextUs += to === 1 ? ON_US : periodUs - ON_US;
  gate(Op.SetTimer, 0, 0, nextUs);
  gate(Op.Call, Need.Led, PinLabel.Write, to, 0, "");
}

export function handle(event: Event, badge: number, label: number, a: number): void {
  if (event === Event.Start) {
    gate(Op.Call, Address.Self, SelfLabel.Ready, 0, 0, "");
  } else if (event === Event.Timer) {
    // Later than a whole period: the grid begins anew.
    const nowUs = gate(Op.Now);
    if (nowUs - nextUs > periodUs) nextUs = nowUs;
    turn(1 - level);
  } else if (event === Event.Message) {
    const isKnown = label === Command.SetPeriod && a >= 200 && a <= 60_000;
    if (isKnown) periodUs = a * 1000;
    gate(Op.Reply, 0, isKnown ? Status.Ok : Status.InvalidArgument, 0, 0, "");
  } else if (event === Event.Reply && !isReady) {
    isReady = true;
    nextUs = gate(Op.Now);
    turn(1);
  }
}
