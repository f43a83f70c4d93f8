// From the kernel's tables to the abstract state: what `inspect(k)` returns. Host only; reads, never writes.
//
// Objects are found through the capabilities and tables that name them, so an object that nobody can reach any more is not part of the state.

import { CapType, Event, FaultKind, GateLimit, Op, Rights, TaskState } from "../gate.ts";
import { isParent } from "../derivation.ts";
import { CNode, Ep, Frame, Irq, Limit, Nt, Reg, Rep, Sc, Send, Slot, SlotBit, Tcb, use, Ut } from "../state.ts";
import type { KernelState } from "../state.ts";
import type * as Abstract from "./abstract-state.ts";

declare const FULL: boolean;

const GRANTS = Send.Grant | Send.GrantReply;

function queue(k: KernelState, head: number): number[] {
  const out: number[] = [];
  for (let t = k._m[head]!; t; t = k._m[t + Tcb.Next]!) {
    if (out.includes(t)) throw new Error(`queue at ${head} has a circle`);
    out.push(t);
  }
  return out;
}

function slotAt(k: KernelState, s: number): Abstract.AbstractSlot {
  const m = k._m;
  const links = m[s + Slot.Links]!;
  let parent = links >>> 16;
  while (parent && !isParent(parent, s)) parent = m[parent + Slot.Links]! >>> 16;
  return {
    at: s,
    type: ((m[s]! >> 4) & 15) as CapType,
    object: m[s + Slot.Object]!,
    rights: m[s]! & Rights.All,
    // A Zombie: what it was; above that stands the Zombie it was found in.
    badge: ((m[s]! >> 4) & 15) === CapType.Zombie ? m[s + Slot.Badge]! & 15 : m[s + Slot.Badge]!,
    isRevocable: (m[s]! & SlotBit.Revocable) > 0,
    isFirstBadged: (m[s]! & SlotBit.FirstBadged) > 0,
    previous: links >>> 16,
    next: links & 0xffff,
    parent,
  };
}

/** Appends every full slot of the CNode at `c`, in order. */
function pushSlots(k: KernelState, c: number, todo: number[]): void {
  const end = c + Slot.Words * k._m[c + CNode.Words]!;
  for (let s = c + Slot.Words; s < end; s += Slot.Words) if (k._m[s]) todo.push(s);
}

const TCB_SLOTS = [Tcb.CSpace, Tcb.Fault, Tcb.Timeout, Tcb.Endpoint, Tcb.HomeReply] as const;

function task(k: KernelState, t: number): Abstract.AbstractTask {
  const m = k._m;
  const d = k._d;
  const state = m[t + Tcb.State]! as TaskState;
  const object = state === TaskState.Ready || state === TaskState.Inactive ? 0 : m[t + Tcb.Object]!;
  const number = m[t + Tcb.Number]!;
  const isRunning = m[Reg.Running] === t;
  const code = m[t + Tcb.Event]!;
  const event = state === TaskState.Ready && code >= 0 && code !== Limit.GoHome ? (code as Event) : undefined;
  const isQueued = state === TaskState.BlockedOnSend || (state === TaskState.Faulted && object > 0);
  const has = (...events: Event[]): boolean => event !== undefined && events.includes(event);
  const isMessage = isQueued || has(Event.Message, Event.Fault, Event.Reply);
  return {
    id: t,
    number,
    state,
    event,
    object,
    isCall: state === TaskState.BlockedOnSend && (m[t + Tcb.Flags]! & Send.Call) > 0,
    grants: state === TaskState.BlockedOnSend ? m[t + Tcb.Flags]! & GRANTS : state === TaskState.BlockedOnReceive ? m[t + Tcb.Flags]! & Send.Grant : 0,
    reply: state === TaskState.BlockedOnReceive ? m[t + Tcb.Reply]! : 0,
    message: {
      badge: isMessage || has(Event.Notification) ? m[t + Tcb.Badge]! : 0,
      label: isMessage || has(Event.Done) ? m[t + Tcb.Label]! : 0,
      a: isMessage || has(Event.Timer) ? d[(t + Tcb.A) >> 1]! : has(Event.Start) ? m[t + Tcb.Generation]! : 0,
      b: isMessage ? d[(t + Tcb.B) >> 1]! : 0,
      data: isMessage ? (k._data[number] ?? "") : "",
    },
    attached: m[t + Tcb.Attach]!,
    received: m[t + Tcb.Received]!,
    receiveRef: d[(t + Tcb.ReceiveRef) >> 1]!,
    lease: m[t + Tcb.LeaseFrame] || isRunning ? { frame: m[t + Tcb.LeaseFrame]!, ...(m[t + Tcb.LeaseFrame] ? { offset: m[t + Tcb.LeaseOffset]!, bytes: m[t + Tcb.LeaseBytes]!, rights: m[t + Tcb.LeaseRights]! } : { offset: 0, bytes: 0, rights: 0 }) } : { frame: 0, offset: 0, bytes: 0, rights: 0 },
    priority: m[t + Tcb.Priority]!,
    mcp: m[t + Tcb.Mcp]!,
    domain: m[t + Tcb.Domain]!,
    notification: m[t + Tcb.Notification]!,
    schedContext: m[t + Tcb.Sc]!,
    bytes: m[t + Tcb.Bytes]!,
    deadline: d[(t + Tcb.Deadline) >> 1]!,
    generation: m[t + Tcb.Generation]!,
    faults: m[t + Tcb.Faults]!,
    slotIds: { cspace: t + Tcb.CSpace, fault: t + Tcb.Fault, timeout: t + Tcb.Timeout, endpoint: t + Tcb.Endpoint, reply: t + Tcb.HomeReply },
  };
}

/** The abstract state of the kernel over the tables `k`. */
export function inspect(k: KernelState): Abstract.AbstractState {
  use(k);
  const m = k._m;
  const d = k._d;
  // Objects by type, in the order in which they are met; containers are searched when they are met.
  const found = new Map<CapType, Set<number>>();
  const slots: Abstract.AbstractSlot[] = [];
  const seen = new Set<number>();
  const todo: number[] = [k._boot + Tcb.CSpace];
  // The boot CNode's own capabilities, also when the boot TCB does not hold it any more.
  pushSlots(k, k._boot + Tcb.Words, todo);
  const tasks: number[] = [];
  for (let i = Reg.Tasks; i < Reg.EndTasks; i++) if (m[i]) tasks.push(m[i]!);
  for (const t of tasks) for (const s of TCB_SLOTS) todo.push(t + s);
  for (let h = k._irq; h < k._boot; h += Irq.Words) todo.push(h + Irq.Slot);
  for (let i = 0; i < todo.length; i++) {
    const s = todo[i]!;
    if (seen.has(s) || !m[s]) continue;
    seen.add(s);
    const slot = slotAt(k, s);
    slots.push(slot);
    const type = slot.type === CapType.Zombie ? (slot.badge as CapType) : slot.type;
    const set = found.get(type) ?? new Set();
    found.set(type, set.add(slot.object));
    if (type === CapType.CNode) pushSlots(k, slot.object, todo);
    if (type === CapType.Tcb) for (const inside of TCB_SLOTS) todo.push(slot.object + inside);
    if (slot.previous) todo.push(slot.previous);
    if (slot.next) todo.push(slot.next);
  }
  const all = (type: CapType): number[] => [...(found.get(type) ?? [])].sort((x, y) => x - y);
  const op = m[Reg.Pending]! as Op;
  const running = m[Reg.Running]! > Limit.Kernel && m[Reg.Running] !== k._boot ? m[Reg.Running]! : 0;
  const isSend = op === Op.Send || op === Op.Call;
  const isRecv = op === Op.Recv || op === Op.NbRecv || op === Op.ReplyRecv;
  const schedule: { domain: number; durationUs: number }[] = [];
  for (let i = 0; i < GateLimit.DomainRows; i++) schedule.push(FULL ? { domain: m[Reg.Schedule + 4 * i]!, durationUs: d[(Reg.Schedule + 4 * i + 2) >> 1]! } : { domain: 0, durationUs: 0 });
  return {
    running,
    pending: running && op ? { op: op === Op.NbRecv ? Op.Recv : op, object: m[Reg.PendingObject]!, badge: isSend ? m[running + Tcb.Badge]! : 0, grants: isSend ? m[Reg.PendingFlags]! & GRANTS : isRecv ? m[Reg.PendingFlags]! & Send.Grant : 0, reply: isRecv ? m[Reg.PendingReply]! : 0 } : undefined,
    doom: (running ? m[Reg.Doom]! : 0) as FaultKind | 0,
    ready: queue(k, Reg.Ready),
    yieldTo: m[Reg.YieldTo]!,
    work: m[Reg.WorkOp] ? { task: m[Reg.WorkTask]!, op: m[Reg.WorkOp]! as Op, slot: m[Reg.WorkSlot]! } : undefined,
    slots: slots.sort((x, y) => x.at - y.at),
    tasks: tasks.map((t) => task(k, t)),
    endpoints: all(CapType.Endpoint).map((e) => ({ id: e, queue: queue(k, e + Ep.Head), isSending: m[e + Ep.IsSending]! > 0, home: m[e + Ep.Home]! })),
    notifications: all(CapType.Notification).map((n) => ({ id: n, isActive: m[n + Nt.Word] !== 0, word: m[n + Nt.Word]! & ~Limit.Active, queue: queue(k, n + Nt.Head), bound: m[n + Nt.Task]!, schedContext: m[n + Nt.Sc]! })),
    replies: all(CapType.Reply).map((p) => (m[p + Rep.Caller] ? { id: p, caller: m[p + Rep.Caller]!, server: m[p + Rep.Server]!, canGrant: m[p + Rep.CanGrant]! > 0, schedContext: m[p + Rep.Sc]! } : { id: p, caller: 0, server: 0, canGrant: false, schedContext: 0 })),
    schedContexts: all(CapType.SchedContext).map((sc) => ({
      id: sc,
      tcb: m[sc + Sc.Task]!,
      notification: m[sc + Sc.Notification]!,
      lenders: queue(k, sc + Sc.Lenders),
      budget: m[sc + Sc.Budget]!,
      periodUs: d[(sc + Sc.Period) >> 1]!,
      refills: Array.from({ length: m[sc + Sc.Count]! }, (_, i) => ({ atUs: d[(sc + Sc.Refill + 4 * i) >> 1]!, fuel: m[sc + Sc.Refill + 4 * i + 2]! })),
      consumed: d[(sc + Sc.Consumed) >> 1]!,
    })),
    untypeds: all(CapType.Untyped).map((u) => ({ id: u, words: m[u + Ut.Words]!, used: m[u + Ut.Used]!, bytes: m[u + Ut.Bytes]!, bytesUsed: m[u + Ut.BytesUsed]! })),
    frames: all(CapType.Frame).map((f) => ({ id: f, kind: m[f + Frame.Kind]!, offset: m[f + Frame.Offset]!, bytes: m[f + Frame.Bytes]! })),
    cnodes: all(CapType.CNode).map((c) => ({ id: c, radix: Math.ceil(Math.log2(m[c + CNode.Words]!)) })),
    irqHandlers: all(CapType.IrqHandler).map((h) => ({ id: h, isActive: m[h + Irq.Active]! > 0, kind: m[h + Irq.Device]! & 15, first: (m[h + Irq.Device]! >> 4) & 4095, count: m[h + Irq.Device]! >> 16, slot: h + Irq.Slot, isMasked: m[h + Irq.State]! > 0, isPending: m[h + Irq.State]! > 1 })),
    domain: { current: m[Reg.Domain]!, row: m[Reg.Row]!, untilUs: d[Reg.Until >> 1]!, schedule },
  };
}
