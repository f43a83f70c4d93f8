// The kernel's numbers in words, as every view says them: types and rights of capabilities, states, events, devices.
import { CapType, DeviceKind, Event, FaultKind, Op, Rights, TaskState } from "../../kernel/gate.ts";
import type { Device } from "./kernel-tables.ts";

const TYPES: Readonly<Record<number, string>> = {
  [CapType.Untyped]: "untyped",
  [CapType.Endpoint]: "endpoint",
  [CapType.Notification]: "notification",
  [CapType.Reply]: "reply",
  [CapType.CNode]: "cnode",
  [CapType.Tcb]: "tcb",
  [CapType.SchedContext]: "sched-context",
  [CapType.Frame]: "frame",
  [CapType.IrqHandler]: "irq-handler",
  [CapType.IrqControl]: "irq-control",
  [CapType.SchedControl]: "sched-control",
  [CapType.Domain]: "domain",
  [CapType.Zombie]: "zombie",
};

const STATES: Readonly<Record<number, string>> = {
  [TaskState.Inactive]: "inactive",
  [TaskState.Ready]: "ready",
  [TaskState.BlockedOnReceive]: "receiving",
  [TaskState.BlockedOnSend]: "sending",
  [TaskState.BlockedOnReply]: "calling",
  [TaskState.BlockedOnNotification]: "waiting",
  [TaskState.BlockedOnWork]: "deleting",
  [TaskState.Faulted]: "FAULTED",
};

const EVENTS: Readonly<Record<number, string>> = {
  [Event.Start]: "start",
  [Event.Message]: "message",
  [Event.Reply]: "reply",
  [Event.Notification]: "notification",
  [Event.Timer]: "timer",
  [Event.Fault]: "fault",
  [Event.DeadReply]: "dead-reply",
  [Event.Done]: "done",
  [Event.Cancelled]: "cancelled",
};

const FAULTS: Readonly<Record<number, string>> = {
  [FaultKind.Thrown]: "thrown",
  [FaultKind.Interrupted]: "interrupted",
  [FaultKind.UnknownSyscall]: "unknown operation",
  [FaultKind.CapFault]: "capability",
  [FaultKind.Contract]: "contract",
  [FaultKind.Timeout]: "fuel",
};

/** Operations that a run can end with. */
const ENDINGS: Readonly<Record<number, string>> = {
  [Op.Send]: "send",
  [Op.Call]: "call",
  [Op.ReplyRecv]: "reply-receive",
  [Op.Recv]: "receive",
  [Op.NbRecv]: "receive",
  [Op.Wait]: "wait",
  [Op.Delete]: "delete",
  [Op.Revoke]: "revoke",
};

const KINDS: Readonly<Record<number, string>> = {
  [DeviceKind.Pin]: "pin",
  [DeviceKind.Watch]: "watch",
  [DeviceKind.Serial]: "serial",
  [DeviceKind.Spi]: "spi",
  [DeviceKind.I2c]: "i2c",
  [DeviceKind.Adc]: "adc",
  [DeviceKind.Radio]: "radio",
  [DeviceKind.Flash]: "flash",
};

const word = (table: Readonly<Record<number, string>>, what: string) => (n: number): string => table[n] ?? `${what} ${n}`;

export const typeWord: (type: number) => string = word(TYPES, "type");
export const stateWord: (state: number) => string = word(STATES, "state");
export const eventWord: (event: number) => string = word(EVENTS, "event");
export const faultWord: (kind: number) => string = word(FAULTS, "kind");
export const endingWord: (op: number) => string = word(ENDINGS, "op");

/** Rights as capDL writes them, P for GrantReply: "RWGP", "WP", "-" for none. */
function rightsWord(rights: number): string {
  return `${rights & Rights.Read ? "R" : ""}${rights & Rights.Write ? "W" : ""}${rights & Rights.Grant ? "G" : ""}${rights & Rights.GrantReply ? "P" : ""}` || "-";
}

/** Types whose rights the kernel looks at; on the others they say nothing. */
const WITH_RIGHTS: ReadonlySet<string> = new Set([CapType.Endpoint, CapType.Notification, CapType.Tcb, CapType.Frame].map(typeWord));

/** Rights of a capability on an object of this type (`typeWord`); "" where rights mean nothing. */
export const rightsText = (type: string, rights: number): string => (WITH_RIGHTS.has(type) ? rightsWord(rights) : "");

/** "serial 0", "pin 3-6". */
export function deviceWord({ kind, first, count }: Device): string {
  return `${word(KINDS, "device kind")(kind)} ${first}${count > 1 ? `-${first + count - 1}` : ""}`;
}
