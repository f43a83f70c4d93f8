// What a module and its tile say to each other: operations, events and labels, as small integers and byte strings. Authors import it as "genesis/module".
//
// Capabilities. The module's CSpace holds at address 1 "self", its supervisor; at 2, 3 … what its manifest needs, in that order, one capability each (the
// generated `Need` names them); nothing else. All are endpoint capabilities with Write and GrantReply, so that the module may Call and never receives there.
// Their badge is the tile's row for this module and need: it says which pin, which way, whose state. A module can't read or forge it, so no label carries a pin.
//
// Calls. `gate(Op.Call, address, label, a, b, data)` is 0 when it is on its way, or a Status; the handler returns, and the answer is the next event, Event.Reply:
// label ≥ 0 is success and a, b, data what was asked for; label < 0 is a Status. Only one Call in a run: a second one is a fault. Nothing but the answer (or
// Event.DeadReply: the service died, its work may be done or not) comes while a module waits for it; then notifications, the timer, messages, in this order.
// An answer's data is cut to the module's `messageBytes`, and data longer than that is refused (TruncatedMessage). Each label belongs to one service and is above
// 511, the highest that a request from the link can have: a service may take modules and link at one endpoint, and refuses what is not its own (IllegalOperation).
//
// Start, state, migration. At Event.Start module level has just been evaluated: nothing is remembered but what was saved. The module calls Load and gets the
// bytes with the schema version they were saved under (label; 0: nothing saved). Are they older than its own, it converts them: that is its migration. When it has
// taken them over it calls Ready. Until then a new version is on trial: what it saves is kept apart, and when it faults or says nothing for ReadyMs, the version and
// the state before it come back. A module without state may call Ready at once. Saves cost flash: save at intervals, not in every run.
//
// Messages. Event.Message comes from the host through the supervisor: label is the module's own command (0 to 255), a, b, data its arguments. It is answered in the
// same run or a later one with `gate(Op.Reply, 0, label, a, b, data)`; until then the next message waits.
//
// Pins. An output is set to its manifest's `safe` level before Start and whenever the module is not running: stopped, faulted, removed, the tile restarting.
// Watches end when the module ends. A module has one notification, bound to its TCB; who tells a change holds a capability to it with the need's bit as badge.
// All times are µs since the tile's start, which restart with the tile.

/**
 * Number of this contract. A certificate names the one of the build that made it, and a tile takes what is not above its own. Raise it by hand when modules can use something that tiles of
 * the number before don't have: an operation, event, label, service or mode. What certified texts rely on is not changed or taken away; if it must be, Certificate.Format is raised too,
 * of which a tile takes only its own.
 */
export const enum GuestApi {
  Version = 1,
}

/** Operations of the gate that a module uses; numbers are those of kernel/gate.ts, and a test holds them beside. */
export const enum Op {
  /** → µs since the tile's start. */
  Now = 0,
  /** Ends a run's asking: the answer is the next event. One in a run. */
  Call = 4,
  /** address 0: answers the message. */
  Reply = 5,
  /** a: absolute time in µs of the next Event.Timer; 0: none. There is one timer; setting it again moves it. */
  SetTimer = 12,
}

/** Why the handler runs; as in kernel/gate.ts. */
export const enum Event {
  /** The module begins. */
  Start = 0,
  /** label: command, a, b, data: arguments. */
  Message = 1,
  /** The answer to the Call: label, a, b, data. */
  Reply = 2,
  /** badge: bits of the watched pins that changed since, `1 << (address - 2)`. Changes that come together are one event. */
  Notification = 3,
  /** a: the time it was set for. */
  Timer = 4,
  /** The Call will not be answered. */
  DeadReply = 6,
}

/** Results below 0, of the gate and as label of an answer; as in kernel/gate.ts. */
export const enum Status {
  Ok = 0,
  /** An argument has no meaning here. */
  InvalidArgument = -1,
  /** Not what this capability is for: a Write to an input. */
  InvalidCapability = -2,
  /** The service has no such label. */
  IllegalOperation = -3,
  /** A number is out of range. */
  RangeError = -4,
  /** There is no capability at this address: the manifest has no such need. */
  FailedLookup = -6,
  /** Data is longer than the manifest's messageBytes, or than state.bytes. */
  TruncatedMessage = -7,
  /** The tile has no room for it, or this period's share is used up. */
  NotEnoughMemory = -10,
  /** Not now: the service is down, the clock not set, no sample yet. Try again later. */
  NotReady = -11,
}

/** Address of the module's own supervisor. */
export const enum Address {
  Self = 1,
  /** The manifest's first need. */
  FirstNeed = 2,
}

/** At Address.Self. */
export const enum SelfLabel {
  /** → label: schema version of what is saved, 0 when nothing is; a: its length; data: the bytes. */
  Load = 768,
  /** a: schema version, the manifest's; data: the whole state, at most the manifest's state.bytes. → Ok when it would survive a power cut. */
  Save = 769,
  /** The module has taken over its state and works. → Ok. Again: nothing. */
  Ready = 770,
}

/** A need of service "pins". A level is 0 or 1. */
export const enum PinLabel {
  /** Mode "input", "watch" and "output". → a: the level; b: mode "watch": µs of the last change that was told, 0 for none. */
  Read = 784,
  /** Mode "output". a: the level. */
  Write = 785,
  /** Mode "analog". → a: 0 to 32767, full scale. */
  Analog = 786,
  /** Mode "watch". a: PinEdge; b: µs for which the level has to stay before it is told (the tile may round up to ms). → a: the level now. Replaces the watch before. */
  Watch = 787,
}

/** Which changes are told. */
export const enum PinEdge {
  None = 0,
  Rising = 1,
  Falling = 2,
  Both = 3,
}

/** A need of service "telemetry", rights "append". */
export const enum TelemetryLabel {
  /** a: the module's own record kind, 0 to 255; data: 1 to 16 numbers, each an int32 of four bytes, highest first (int32Bytes). The tile adds time and module. → a: 1, it is in flash. */
  Append = 800,
}

/** A need of service "sensor", rights "read": the tile's own samples, from a pin or replayed by the host. */
export const enum SensorLabel {
  /** → a: the last sample, -32768 to 32767; b: its time, s. NotReady: none yet. */
  Latest = 816,
}

/** A need of service "clock", rights "read". */
export const enum ClockLabel {
  /** → a: ms since 1970, UTC, at this moment; b: uncertainty, ms. NotReady: the clock is not set. */
  Wall = 832,
}

export const enum GuestLimit {
  /** Needs of one manifest. */
  Needs = 12,
  /** Numbers of a telemetry record. */
  RecordValues = 16,
  /** How long a new version may take from Start to Ready, ms. */
  ReadyMs = 60000,
}

/** Four bytes, highest first; `value` is taken modulo 2^32. */
export function int32Bytes(value: number): string {
  return String.fromCharCode((value >> 24) & 255) + String.fromCharCode((value >> 16) & 255) + String.fromCharCode((value >> 8) & 255) + String.fromCharCode(value & 255);
}

/** Number `index` of a row of int32Bytes; 0 where there is none. */
export function int32At(data: string, index: number): number {
  return (data.charCodeAt(index * 4) << 24) | (data.charCodeAt(index * 4 + 1) << 16) | (data.charCodeAt(index * 4 + 2) << 8) | data.charCodeAt(index * 4 + 3);
}
