// occupancy: how many people are in a room, by two light barriers in its door.
//
// Who walks in breaks the outer beam, then the inner one. The tile tells a change that has lasted for DEBOUNCE_US and notes when it was; the module asks
// both pins for the time of their last change and takes each pair of breaks within PASSAGE_US as one passage, in the direction of the earlier one.
// Each quarter of an hour it records who came and went and how many are there; that number is saved. Command Set puts it right.

import { Address, Event, int32At, int32Bytes, Op, PinEdge, PinLabel, SelfLabel, Status, TelemetryLabel } from "genesis/module";
import { Need } from "./needs.ts";

const enum Command {
  /** a: how many are in the room, 0 to 10,000. */
  Set = 1,
  /** → a: how many are there, b: passages since the last record. */
  Tell = 2,
}

/** [came, went, are there, breaks of one beam alone] */
const INTERVAL_RECORD = 1;

const enum Asked { Load, WatchOuter, WatchInner, Ready, Outer, Inner, Log, Save }

const DEBOUNCE_US = 30_000;
/** From one beam to the other at most. */
const PASSAGE_US = 2_000_000;
const INTERVAL_US = 900_000_000;

let asked = Asked.Load;
let present = 0;
let came = 0;
let went = 0;
let alone = 0;
let nextUs = 0;
/** Breaks that no passage has used, µs; 0: none. And the last ones known. */
let outerUs = 0;
let innerUs = 0;
let seenOuterUs = 0;
let seenInnerUs = 0;

function ask(what: Asked, address: number, label: number, a: number, b: number, data: string): void {
  asked = what;
  gate(Op.Call, address, label, a, b, data);
}

/** A break that has found no other within its time is no passage. */
function isStale(breakUs: number, otherUs: number): boolean {
  return breakUs > 0 && otherUs - breakUs > PASSAGE_US;
}

/** Looks at the two breaks that wait. */
function judge(): void {
  const newestUs = Math.max(outerUs, innerUs);
  if (isStale(outerUs, newestUs)) {
    alone++;
    outerUs = 0;
  }
  if (isStale(innerUs, newestUs)) {
    alone++;
    innerUs = 0;
  }
  if (outerUs === 0 || innerUs === 0) return;
  if (outerUs < innerUs) {
    came++;
    present++;
  } else if (innerUs < outerUs) {
    went++;
    present = Math.max(0, present - 1);
  } else alone++;
  outerUs = 0;
  innerUs = 0;
}

function message(label: number, a: number): void {
  const isSet = label === Command.Set && a >= 0 && a <= 10_000;
  if (isSet) present = Math.floor(a);
  gate(Op.Reply, 0, isSet || label === Command.Tell ? Status.Ok : Status.InvalidArgument, present, came + went, "");
  if (isSet) ask(Asked.Save, Address.Self, SelfLabel.Save, 1, 0, int32Bytes(present));
}

function answered(isGood: boolean, label: number, b: number, data: string): void {
  if (asked === Asked.Load) {
    if (isGood && label === 1) present = int32At(data, 0);
    ask(Asked.WatchOuter, Need.Outer, PinLabel.Watch, PinEdge.Rising, DEBOUNCE_US, "");
  } else if (asked === Asked.WatchOuter) {
    ask(Asked.WatchInner, Need.Inner, PinLabel.Watch, PinEdge.Rising, DEBOUNCE_US, "");
  } else if (asked === Asked.WatchInner) {
    ask(Asked.Ready, Address.Self, SelfLabel.Ready, 0, 0, "");
  } else if (asked === Asked.Ready) {
    nextUs = gate(Op.Now) + INTERVAL_US;
    gate(Op.SetTimer, 0, 0, nextUs);
  } else if (asked === Asked.Outer) {
    if (isGood && b !== seenOuterUs) {
      if (outerUs > 0) alone++;
      outerUs = seenOuterUs = b;
    }
    ask(Asked.Inner, Need.Inner, PinLabel.Read, 0, 0, "");
  } else if (asked === Asked.Inner) {
    if (isGood && b !== seenInnerUs) {
      if (innerUs > 0) alone++;
      innerUs = seenInnerUs = b;
    }
    judge();
  } else if (asked === Asked.Log && isGood) {
    came = went = alone = 0;
    ask(Asked.Save, Address.Self, SelfLabel.Save, 1, 0, int32Bytes(present));
  }
}

export function handle(event: Event, badge: number, label: number, a: number, b: number, data: string): void {
  if (event === Event.Start) ask(Asked.Load, Address.Self, SelfLabel.Load, 0, 0, "");
  else if (event === Event.Notification) ask(Asked.Outer, Need.Outer, PinLabel.Read, 0, 0, "");
  else if (event === Event.Message) message(label, a);
  else if (event === Event.Timer) {
    nextUs += INTERVAL_US;
    gate(Op.SetTimer, 0, 0, nextUs);
    ask(Asked.Log, Need.Log, TelemetryLabel.Append, INTERVAL_RECORD, 0, int32Bytes(came) + int32Bytes(went) + int32Bytes(present) + int32Bytes(alone));
  } else answered(event === Event.Reply && label >= Status.Ok, label, b, data);
}
