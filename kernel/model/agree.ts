// Does the kernel agree with its specification? The same question as compare.ts, read off the kernel's words without building anything: the answer that is
// asked for after every operation, hundreds of millions of times. When it is no, or every so often to check this file, compare.ts says what differs.
//
// Every slot of every container and every object that the specification knows is compared, so nothing else in the kernel can be named by a capability.

import { CapType, Event, Op, Rights, TaskState } from "../gate.ts";
import { CNode, Ep, Frame, Irq, Limit, Nt, Reg, Rep, Sc, Send, Slot, SlotBit, Tcb, Ut } from "../state.ts";
import type { KernelState } from "../state.ts";
import type { AbstractMessage } from "./abstract-state.ts";
import type { SpecState, SpecTask } from "./spec/state.ts";

declare const FULL: boolean;

const GRANTS = Send.Grant | Send.GrantReply;

function isQueue(m: Int32Array, head: number, queue: readonly number[]): boolean {
  let t = m[head]!;
  for (let i = 0; i < queue.length; i++) {
    if (t !== queue[i]) return false;
    t = m[t + Tcb.Next]!;
  }
  return t === 0;
}

function isRun({ _m: m }: KernelState, s: SpecState, running: number): boolean {
  if (m[Reg.Doom] !== s.doom) return false;
  const op = m[Reg.Pending] as Op;
  const want = s.pending;
  if (!op || !want) return !op && !want;
  const isSend = op === Op.Send || op === Op.Call;
  const isRecv = op === Op.Recv || op === Op.NbRecv || op === Op.ReplyRecv;
  if ((op === Op.NbRecv ? Op.Recv : op) !== want.op || m[Reg.PendingObject] !== want.object) return false;
  if ((isSend ? m[running + Tcb.Badge] : 0) !== want.badge || (isRecv ? m[Reg.PendingReply] : 0) !== want.reply) return false;
  return (isSend ? m[Reg.PendingFlags]! & GRANTS : isRecv ? m[Reg.PendingFlags]! & Send.Grant : 0) === want.grants;
}

/** What a task's message is depends on what it is about: see abstract-state.ts. */
function isMessage(k: KernelState, t: number, event: Event | undefined, isQueued: boolean, want: AbstractMessage): boolean {
  const { _m: m, _d: d } = k;
  const isAll = isQueued || event === Event.Message || event === Event.Fault || event === Event.Reply;
  if ((isAll || event === Event.Notification ? m[t + Tcb.Badge] : 0) !== want.badge) return false;
  if ((isAll || event === Event.Done ? m[t + Tcb.Label] : 0) !== want.label) return false;
  const a = isAll || event === Event.Timer ? d[(t + Tcb.A) >> 1]! : event === Event.Start ? m[t + Tcb.Generation]! : 0;
  if (!Object.is(a, want.a) || !Object.is(isAll ? d[(t + Tcb.B) >> 1]! : 0, want.b)) return false;
  return (isAll ? (k._data[m[t + Tcb.Number]!] ?? "") : "") === want.data;
}

function isTask(k: KernelState, t: number, want: SpecTask): boolean {
  const { _m: m, _d: d } = k;
  const state = m[t] as TaskState;
  if (state !== want.state || m[t + Tcb.Number] !== want.number) return false;
  const object = state === TaskState.Ready || state === TaskState.Inactive ? 0 : m[t + Tcb.Object]!;
  const code = m[t + Tcb.Event]!;
  const event = state === TaskState.Ready && code >= 0 && code !== Limit.GoHome ? (code as Event) : undefined;
  if (object !== want.object || event !== want.event) return false;
  const isSending = state === TaskState.BlockedOnSend;
  const isReceiving = state === TaskState.BlockedOnReceive;
  const flags = m[t + Tcb.Flags]!;
  if ((isSending && (flags & Send.Call) > 0) !== want.isCall) return false;
  if ((isSending ? flags & GRANTS : isReceiving ? flags & Send.Grant : 0) !== want.grants || (isReceiving ? m[t + Tcb.Reply] : 0) !== want.reply) return false;
  if (!isMessage(k, t, event, isSending || (state === TaskState.Faulted && object > 0), want.message)) return false;
  if (m[t + Tcb.Attach] !== want.attached || m[t + Tcb.Received] !== want.received || !Object.is(d[(t + Tcb.ReceiveRef) >> 1], want.receiveRef)) return false;
  const { lease } = want;
  if (m[t + Tcb.LeaseFrame] !== lease.frame) return false;
  if (lease.frame ? m[t + Tcb.LeaseOffset] !== lease.offset || m[t + Tcb.LeaseBytes] !== lease.bytes || m[t + Tcb.LeaseRights] !== lease.rights : lease.offset || lease.bytes || lease.rights) return false;
  if (m[t + Tcb.Priority] !== want.priority || m[t + Tcb.Mcp] !== want.mcp || m[t + Tcb.Domain] !== want.domain) return false;
  if (m[t + Tcb.Notification] !== want.notification || m[t + Tcb.Sc] !== want.schedContext || m[t + Tcb.Bytes] !== want.bytes) return false;
  return Object.is(d[(t + Tcb.Deadline) >> 1], want.deadline) && m[t + Tcb.Generation] === want.generation && m[t + Tcb.Faults] === want.faults;
}

/** Full slots among the five of the TCB at `t`. */
function inTcb(m: Int32Array, t: number): number {
  let full = 0;
  for (let s = t + Tcb.CSpace; s < t + Tcb.Words; s += Slot.Words) if (m[s]) full++;
  return full;
}

function areSlots(k: KernelState, s: SpecState): boolean {
  const { _m: m } = k;
  let full = m[k._boot + Tcb.CSpace] ? 1 : 0;
  for (const t of s.tasks.keys()) full += inTcb(m, t);
  for (let h = k._irq; h < k._boot; h += Irq.Words) if (m[h + Irq.Slot]) full++;
  for (const [c, { radix }] of s.cnodes) {
    const end = c + (Slot.Words << radix);
    for (let at = c + Slot.Words; at < end; at += Slot.Words) if (m[at]) full++;
  }
  for (const [at, want] of s.slots) {
    const cap = m[at]!;
    const type = (cap >> 4) & 15;
    const isZombie = type === CapType.Zombie;
    if (type !== want.type || m[at + Slot.Object] !== want.object || (!isZombie && (cap & Rights.All) !== want.rights)) return false;
    if ((isZombie ? m[at + Slot.Badge]! & 15 : m[at + Slot.Badge]) !== want.badge) return false;
    if ((cap & SlotBit.Revocable) > 0 !== want.isRevocable || (cap & SlotBit.FirstBadged) > 0 !== want.isFirstBadged) return false;
    if (m[at + Slot.Links]! >>> 16 !== want.previous || (m[at + Slot.Links]! & 0xffff) !== want.next) return false;
    if (isZombie && want.badge === CapType.Tcb) full += inTcb(m, want.object);
  }
  return full === s.slots.size;
}

function areMeetings({ _m: m }: KernelState, s: SpecState): boolean {
  for (const [e, want] of s.endpoints) if (m[e + Ep.IsSending]! > 0 !== want.isSending || m[e + Ep.Home] !== want.home || !isQueue(m, e + Ep.Head, want.queue)) return false;
  for (const [n, want] of s.notifications) {
    const word = m[n + Nt.Word]!;
    if ((word !== 0) !== want.isActive || (word & ~Limit.Active) !== want.word || m[n + Nt.Task] !== want.bound || m[n + Nt.Sc] !== want.schedContext || !isQueue(m, n + Nt.Head, want.queue)) return false;
  }
  for (const [p, want] of s.replies) {
    if (m[p + Rep.Caller] !== want.caller) return false;
    if (want.caller ? m[p + Rep.Server] !== want.server || m[p + Rep.CanGrant]! > 0 !== want.canGrant || m[p + Rep.Sc] !== want.schedContext : want.server || want.canGrant || want.schedContext) return false;
  }
  return true;
}

function areContexts({ _m: m, _d: d }: KernelState, s: SpecState): boolean {
  for (const [sc, want] of s.schedContexts) {
    if (m[sc + Sc.Task] !== want.tcb || m[sc + Sc.Notification] !== want.notification || !isQueue(m, sc + Sc.Lenders, want.lenders) || m[sc + Sc.Budget] !== want.budget) return false;
    if (d[(sc + Sc.Period) >> 1] !== want.periodUs || d[(sc + Sc.Consumed) >> 1] !== want.consumed || m[sc + Sc.Count] !== want.refills.length) return false;
    for (let i = 0; i < want.refills.length; i++) {
      const at = sc + Sc.Refill + i * Sc.RefillWords;
      if (d[at >> 1] !== want.refills[i]!.atUs || m[at + 2] !== want.refills[i]!.fuel) return false;
    }
  }
  return true;
}

function isRest({ _m: m, _d: d }: KernelState, s: SpecState): boolean {
  for (const [u, want] of s.untypeds) if (m[u + Ut.Words] !== want.words || m[u + Ut.Used] !== want.used || m[u + Ut.Bytes] !== want.bytes || m[u + Ut.BytesUsed] !== want.bytesUsed) return false;
  for (const [f, want] of s.frames) if (m[f + Frame.Kind] !== want.kind || m[f + Frame.Offset] !== want.offset || m[f + Frame.Bytes] !== want.bytes) return false;
  for (const [c, want] of s.cnodes) if (m[c + CNode.Words] !== 1 << want.radix) return false;
  for (const [h, want] of s.irqHandlers) {
    if (m[h + Irq.Active]! > 0 !== want.isActive) return false;
    if (!want.isActive) continue;
    const has = m[h + Irq.Device]!;
    if ((has & 15) !== want.kind || ((has >> 4) & 4095) !== want.first || has >> 16 !== want.count || m[h + Irq.State]! > 0 !== want.isMasked || m[h + Irq.State]! > 1 !== want.isPending) return false;
  }
  if (!FULL) return true;
  if (m[Reg.Domain] !== s.domain.current || m[Reg.Row] !== s.domain.row || d[Reg.Until >> 1] !== s.domain.untilUs) return false;
  for (let i = 0; i < s.domain.schedule.length; i++) if (m[Reg.Schedule + 4 * i] !== s.domain.schedule[i]!.domain || d[(Reg.Schedule + 4 * i + 2) >> 1] !== s.domain.schedule[i]!.durationUs) return false;
  return true;
}

/** Is the kernel in the state that the specification says? What only `inspect` can tell (the parents of slots) is left to compare.ts. */
export function agrees(k: KernelState, s: SpecState): boolean {
  const { _m: m } = k;
  const running = m[Reg.Running]! > Limit.Kernel && m[Reg.Running] !== k._boot ? m[Reg.Running]! : 0;
  if (running !== s.running || (running && !isRun(k, s, running))) return false;
  if (!isQueue(m, Reg.Ready, s.ready) || m[Reg.YieldTo] !== s.yieldTo) return false;
  const { work } = s;
  if (m[Reg.WorkOp] ? !work || m[Reg.WorkTask] !== work.task || m[Reg.WorkOp] !== work.op || m[Reg.WorkSlot] !== work.slot : work) return false;
  let tasks = 0;
  for (let i = Reg.Tasks; i < Reg.EndTasks; i++) {
    const t = m[i]!;
    if (!t) continue;
    tasks++;
    const want = s.tasks.get(t);
    if (!want || !isTask(k, t, want)) return false;
  }
  return tasks === s.tasks.size && areSlots(k, s) && areMeetings(k, s) && areContexts(k, s) && isRest(k, s);
}
