// A kernel for engines, in which one task does any one operation and then, or in the middle of it, the engine fails for real: stack overflow, memory full, interrupted.
//
// One scene has what every operation needs to be accepted; its words are put back before each try. What is found behind the failure is told as the words that differ.
// Tile dialect: it runs on QuickJS and Espruino. `print`, and on Espruino `setTimeout` and `process.memory`, are the engine's.

import { bootGive, bootMake, bootOp, BootPart, bootSlot, BootSlot, bootTask, createKernel, slotIn } from "../../boot.ts";
import { moveSlot } from "../../derivation.ts";
import { CapType, device, Event, Op, retypeWhat, Rights, slotRef, TaskState } from "../../gate.ts";
import { createGate } from "../../kernel.ts";
import { interrupt, step } from "../../scheduler.ts";
import { Irq, Limit, Reg, Slot, Tcb } from "../../state.ts";
import type { KernelState } from "../../state.ts";

export const enum ProbeLimit {
  Words = 900,
  Bytes = 200,
  Irqs = 2,
  Slots = 32,
}

/** Addresses of the worker's CSpace. */
const enum At {
  Own = 1,
  Sink = 2,
  Notification = 4,
  Frame = 5,
  CNode = 6,
  Untyped = 7,
  Peer = 8,
  SchedControl = 9,
  SinkSc = 10,
  FreshTcb = 11,
  FreshSc = 12,
  IrqControl = 13,
  Irq = 14,
  Domain = 15,
  Endpoint = 16,
  Empty = 17,
  OtherCNode = 18,
  Free = 20,
}

/** Arguments with which operation `op` is accepted: address, label, a, b. */
export function accepted(op: Op): number[] {
  const own = function (index: number): number {
    return slotRef(At.CNode, index, 0);
  };
  if (op === Op.Identify || op === Op.Send || op === Op.NbSend || op === Op.Call) return [At.Sink, 1, 2, 3];
  if (op === Op.ReplyRecv || op === Op.Recv || op === Op.NbRecv) return [At.Own, 7, 0, 0];
  if (op === Op.Signal || op === Op.Wait || op === Op.Poll) return [At.Notification, 0, 0, 0];
  if (op === Op.SetTimer) return [0, 0, 1000, 0];
  if (op === Op.Attach) return [At.Frame, 0, 0, 0];
  if (op === Op.Lend) return [At.Frame, Rights.Read | Rights.Write, 0, 4];
  if (op === Op.SetReceiveSlot) return [0, 0, own(At.Empty), 0];
  if (op === Op.Write) return [At.Frame, 0, 4, 0];
  if (op === Op.Copy) return [At.CNode, Rights.All, At.Empty, own(At.Notification)];
  if (op === Op.Mint) return [At.CNode, (9 << 4) | Rights.Write, At.Empty, own(At.Endpoint)];
  if (op === Op.Move) return [At.CNode, 0, At.Empty, own(At.Endpoint)];
  if (op === Op.Mutate) return [At.CNode, 0, At.Empty, own(At.OtherCNode)];
  if (op === Op.Rotate) return [At.CNode, own(At.Frame), At.Empty, own(At.OtherCNode)];
  if (op === Op.Delete || op === Op.Revoke || op === Op.CancelBadgedSends) return [At.CNode, 0, At.Endpoint, 0];
  if (op === Op.Retype) return [At.Untyped, retypeWhat(CapType.Notification, 0, 2), own(0), At.Free];
  if (op === Op.TcbSetSpace) return [At.FreshTcb, 0, At.OtherCNode, At.Sink];
  if (op === Op.TcbSetTimeoutEndpoint || op === Op.TcbSetReceive) return [At.FreshTcb, 0, At.Sink, 0];
  if (op === Op.TcbSetPriority || op === Op.TcbSetMcp) return [At.Peer, 2, At.Peer, 0];
  if (op === Op.TcbBindNotification) return [At.FreshTcb, 0, At.Notification, 0];
  if (op === Op.TcbUnbindNotification || op === Op.TcbResume || op === Op.TcbSuspend) return [At.Peer, 0, 0, 0];
  if (op === Op.SchedConfigure) return [At.SchedControl, 100, At.FreshSc, 1000];
  if (op === Op.ScBind) return [At.FreshSc, 0, At.FreshTcb, 0];
  if (op === Op.ScUnbind || op === Op.ScConsumed || op === Op.ScYieldTo) return [At.SinkSc, 0, 0, 0];
  if (op === Op.IrqGet) return [At.IrqControl, device(1, 5, 1), own(At.Free), 0];
  if (op === Op.IrqAck || op === Op.IrqClear) return [At.Irq, 0, 0, 0];
  if (op === Op.IrqSetNotification) return [At.Irq, 0, At.Notification, 0];
  if (op === Op.DomainSet) return [At.Domain, 1, At.Peer, 0];
  if (op === Op.DomainConfigure) return [At.Domain, 0, 1, 100];
  return [0, 0, 0, 0];
}

export const enum ProbeData {
  Text = "ab",
}

export interface Probe {
  k: KernelState;
  /** TCB of the task that does the operation. */
  worker: number;
  /** Does an operation, as the worker; its answer is kept. */
  act(op: Op): void;
  answer: number;
  /** The scene anew; `job` is what the worker's handler does. */
  reset(job: () => void): void;
  /** Lets the worker run. It may not come back. */
  enter(): void;
  /** The next entry, which does nothing itself. */
  find(): void;
  /** Words that differ from the scene's: address and value in turn. */
  differs(): number[];
  /** All words of the scene. */
  words: Int32Array;
}

/** Composes the scene: a peer has called the worker, which is the only one that is ready; boss and sink wait at home. */
export function createProbe(): Probe {
  const native = {
    bytes: function (data: string): Uint8Array {
      const out = new Uint8Array(data.length);
      for (let i = 0; i < data.length; i++) out[i] = data.charCodeAt(i);
      return out;
    },
    text: function (): string {
      return "";
    },
  };
  const k = createKernel({ words: ProbeLimit.Words, bytes: ProbeLimit.Bytes, irqs: ProbeLimit.Irqs, slots: ProbeLimit.Slots }, native, undefined);
  const gate = createGate(k);
  const none = function (): void {};
  let job = none;
  const bases = [BootSlot.Free, BootSlot.Free + BootPart.Count, BootSlot.Free + 2 * BootPart.Count, BootSlot.Free + 3 * BootPart.Count];
  const boss = bootTask(bases[0]!, none, 9, 1, 32);
  const worker = bootTask(
    bases[1]!,
    function () {
      job();
    },
    5,
    5,
    32,
  );
  const peer = bootTask(
    bases[2]!,
    function (event) {
      if (event === Event.Start) gate(Op.Call, 1, 3, 0, 0, "question");
    },
    4,
    1,
    32,
  );
  const sink = bootTask(bases[3]!, none, 8, 1, 32);
  k._m[worker + Tcb.Mcp] = 255;
  const mine = function (at: number): number {
    return slotIn(worker, at);
  };
  const rest = BootSlot.Free + 4 * BootPart.Count;
  bootGive(boss + Tcb.Endpoint, worker + Tcb.Fault, Rights.Write, 1);
  bootGive(worker + Tcb.Endpoint, slotIn(peer, 1), Rights.All, 0);
  bootGive(worker + Tcb.Endpoint, mine(At.Own), Rights.All, 0);
  bootGive(sink + Tcb.Endpoint, mine(At.Sink), Rights.All, 0);
  bootGive(worker + Tcb.CSpace, mine(At.CNode), Rights.All, 0);
  bootGive(bootSlot(bases[2]!), mine(At.Peer), Rights.All, 0);
  bootGive(bootSlot(BootSlot.SchedControl), mine(At.SchedControl), Rights.All, 0);
  bootGive(bootSlot(bases[3]! + BootPart.SchedContext), mine(At.SinkSc), Rights.All, 0);
  bootGive(bootSlot(BootSlot.Domain), mine(At.Domain), Rights.All, 0);
  bootMake(CapType.Notification, mine(At.Notification), 0, 0);
  bootMake(CapType.Frame, mine(At.Frame), 0, 16);
  bootMake(CapType.Untyped, mine(At.Untyped), 5, 0);
  bootMake(CapType.Tcb, mine(At.FreshTcb), 0, 0);
  bootMake(CapType.SchedContext, mine(At.FreshSc), 0, 0);
  bootMake(CapType.Endpoint, mine(At.Endpoint), 0, 0);
  bootMake(CapType.CNode, mine(At.OtherCNode), 1, 0);
  bootMake(CapType.Notification, bootSlot(rest), 0, 0);
  bootOp(Op.TcbBindNotification, bases[2]!, 0, rest, 0);
  bootOp(Op.IrqGet, BootSlot.IrqControl, device(1, 1, 1), slotRef(BootSlot.CNode, rest + 1, 0), 0);
  bootGive(bootSlot(rest), k._m[bootSlot(rest + 1) + Slot.Object]! + Irq.Slot, Rights.Write, 2);
  bootGive(bootSlot(rest + 1), mine(At.Irq), Rights.All, 0);
  k._n = 0;
  moveSlot(bootSlot(BootSlot.IrqControl), mine(At.IrqControl));
  // Everybody starts and goes home; then the worker has the peer's question.
  step(k, 1, 3);
  for (let i = 0; i < 20 && !(k._m[worker] === TaskState.Ready && k._m[worker + Tcb.Event] === Event.Message); i++) step(k, 1, 1);
  const words = new Int32Array(k._m);
  const texts: string[] = [];
  for (let i = 0; i < Limit.Tasks; i++) texts.push(k._data[i] || "");
  const probe: Probe = {
    k: k,
    worker: worker,
    answer: 0,
    words: words,
    act: function (op) {
      const x = accepted(op);
      probe.answer = gate(op, x[0]!, x[1]!, x[2]!, x[3]!, ProbeData.Text);
    },
    reset: function (next) {
      job = next;
      probe.answer = -99;
      k._m.set(words);
      for (let i = 0; i < Limit.Tasks; i++) if (k._handlers[i]) k._data[i] = texts[i]!;
      k._frames = {};
      k._n = 0;
      k._isOpen = false;
      k._now = 1;
      k._next = -1;
    },
    enter: function () {
      step(k, 1, 1);
    },
    find: function () {
      interrupt(k, 7, 4000);
    },
    differs: function () {
      const out: number[] = [];
      for (let i = 0; i < words.length; i++) if (k._m[i] !== words[i] && i !== Reg.Fuel) out.push(i, k._m[i]!);
      return out;
    },
  };
  return probe;
}
