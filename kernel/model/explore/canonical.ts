// One memory for every state: words that mean nothing in it, and counters that only grow, are 0; and a hash of 64 bits.
//
// Left out: generations, faults, runs, fuel consumed (no operation depends on them), what a run leaves in registers, and the fields of a TCB, reply
// object or lease that have no meaning in its state (abstract-state.ts says which). Times stand still in the explored worlds.

import { Event, TaskState } from "../../gate.ts";
import { Limit, Reg, Rep, Sc, Tcb } from "../../state.ts";

export interface Places {
  tasks: readonly number[];
  replies: readonly number[];
  contexts: readonly number[];
}

export function canonical(m: Int32Array, places: Places): void {
  m[Reg.Running] = 0;
  for (let i = Reg.Pending; i <= Reg.Doom; i++) m[i] = 0;
  m[Reg.Dirty] = 0;
  // Linked by the word that queues are linked by.
  const lenders = new Set<number>();
  for (const sc of places.contexts) for (let t = m[sc + Sc.Lenders] as number; t; t = m[t + Tcb.Next] as number) lenders.add(t);
  for (const t of places.tasks) {
    const state = m[t] as TaskState;
    const event = m[t + Tcb.Event] as number;
    const isSending = state === TaskState.BlockedOnSend || (state === TaskState.Faulted && m[t + Tcb.Object] !== 0);
    const isQueued = isSending || state === TaskState.BlockedOnReceive || (state === TaskState.BlockedOnNotification && m[t + Tcb.Object] !== 0) || state === TaskState.BlockedOnWork || (state === TaskState.Ready && (m[t + Tcb.Sc] !== 0 || event === Limit.GoHome)) || lenders.has(t);
    const hasMessage = isSending || (state === TaskState.Ready && (event === Event.Message || event === Event.Fault || event === Event.Reply));
    if (!isQueued) m[t + Tcb.Next] = 0;
    if (state !== TaskState.Ready) m[t + Tcb.Event] = Limit.GoHome;
    if (!hasMessage) {
      if (!(state === TaskState.Ready && event === Event.Notification)) m[t + Tcb.Badge] = 0;
      if (!(state === TaskState.Ready && event === Event.Done)) m[t + Tcb.Label] = 0;
    }
    // A fault message carries counters.
    for (let i = 0; i < 4; i++) m[t + Tcb.A + i] = 0;
    if (!isSending && state !== TaskState.BlockedOnReceive && state !== TaskState.BlockedOnWork) m[t + Tcb.Flags] = 0;
    if (state !== TaskState.BlockedOnReceive) m[t + Tcb.Reply] = 0;
    m[t + Tcb.Generation] = 0;
    m[t + Tcb.Faults] = 0;
    m[t + Tcb.Runs] = 0;
  }
  for (const p of places.replies) if (!m[p]) for (let i = Rep.Server; i <= Rep.Sc; i++) m[p + i] = 0;
  for (const sc of places.contexts) m[sc + Sc.Consumed] = m[sc + Sc.Consumed + 1] = 0;
}

/** Two independent 32-bit hashes of the words. */
export function hash(m: Int32Array): [number, number] {
  let x = 0x9dc5811c | 0;
  let y = 0x2545f491 | 0;
  for (let i = 1; i < m.length; i++) {
    const word = m[i] as number;
    x = Math.imul(x ^ word, 0x01000193) ^ (x >>> 15);
    y = Math.imul(y + word + i, 0x85ebca6b) ^ (y >>> 13);
  }
  return [x >>> 0, y >>> 0];
}

/** A set of 64-bit hashes. */
export class HashSet {
  private x: Uint32Array;
  private y: Uint32Array;
  size = 0;

  constructor(bits = 20) {
    this.x = new Uint32Array(1 << bits);
    this.y = new Uint32Array(1 << bits);
  }

  /** False when it was in already. */
  add(x: number, y: number): boolean {
    if (this.size * 2 > this.x.length) this.grow();
    const mask = this.x.length - 1;
    // 0, 0 marks an empty place.
    const second = y || 1;
    let i = (x ^ (second >>> 7)) & mask;
    while (this.y[i] !== 0) {
      if (this.x[i] === x && this.y[i] === second) return false;
      i = (i + 1) & mask;
    }
    this.x[i] = x;
    this.y[i] = second;
    this.size++;
    return true;
  }

  private grow(): void {
    const { x, y } = this;
    this.x = new Uint32Array(x.length * 2);
    this.y = new Uint32Array(x.length * 2);
    this.size = 0;
    for (let i = 0; i < x.length; i++) if (y[i] !== 0) this.add(x[i] as number, y[i] as number);
  }
}
