// Random operations that mean something: mostly on capabilities of the type that the operation needs, with arguments near what it accepts.
//
// Half of all would be refused at the first check if everything were drawn evenly. So the specification's state is looked at: which addresses hold what,
// which slots are full or empty. All decisions come from the tape.
import { CapType, device, Op, retypeWhat, slotRef } from "../gate.ts";
import { typeOf } from "./spec/gate.ts";
import { slotOf } from "./spec/cspace.ts";
import { mustGet } from "./spec/state.ts";
import type { SpecState, SpecTask } from "./spec/state.ts";
import type { Tape } from "./tape.ts";

const COMMON: readonly Op[] = [
  Op.Send, Op.NbSend, Op.Call, Op.Call, Op.Call, Op.Reply, Op.ReplyRecv, Op.Recv, Op.Signal, Op.Attach, Op.Copy, Op.Mint, Op.Retype, Op.Delete, Op.Revoke, Op.TcbSetReceive, Op.ScBind, Op.ScUnbind,
  Op.Send, Op.NbSend, Op.Call, Op.Call, Op.Reply, Op.Reply, Op.ReplyRecv, Op.Recv, Op.NbRecv, Op.Signal, Op.Wait, Op.Poll, Op.SetTimer, Op.Attach, Op.Lend, Op.SetReceiveSlot, Op.Write,
  Op.Copy, Op.Mint, Op.Move, Op.Delete, Op.Revoke, Op.Retype, Op.TcbResume, Op.TcbResume, Op.TcbSuspend, Op.CancelBadgedSends,
];
/** Operations that mean something together. */
const TOGETHER: readonly (readonly Op[])[] = [
  [Op.Lend, Op.Call], [Op.Lend, Op.Attach, Op.Call], [Op.Attach, Op.Call], [Op.Attach, Op.Send], [Op.Attach, Op.NbSend], [Op.Attach, Op.Reply], [Op.SetReceiveSlot, Op.Recv], [Op.Attach, Op.ReplyRecv], [Op.Write, Op.Reply],
];
const ROOT_OPS: readonly Op[] = [
  Op.TcbResume, Op.TcbResume, Op.TcbResume, Op.Signal, Op.Signal, Op.Copy, Op.Mint, Op.Move, Op.Mutate, Op.Rotate, Op.Retype, Op.TcbSetSpace, Op.TcbSetReceive, Op.TcbSetPriority, Op.TcbSetMcp, Op.TcbSetTimeoutEndpoint,
  Op.TcbBindNotification, Op.TcbUnbindNotification, Op.ScBind, Op.ScBind, Op.ScUnbind, Op.ScConsumed, Op.SchedConfigure, Op.IrqGet, Op.IrqAck, Op.IrqSetNotification, Op.IrqClear, Op.DomainSet, Op.DomainConfigure, Op.CancelBadgedSends,
];

export type Operate = (op: Op, address: number, label: number, a: number, b: number, data: string, isRoot: boolean) => number;

export class RandomOperations {
  /** @param state the specification's state now. @param slots addresses of the boot CNode. */
  constructor(
    private readonly tape: Tape,
    private readonly state: () => SpecState,
    private readonly slots: number,
    private readonly operate: Operate,
  ) {}

  private oneOf<T>(list: readonly T[]): T {
    return list[this.tape.below(list.length)] as T;
  }

  private get s(): SpecState {
    return this.state();
  }

  private get actor(): SpecTask {
    return this.s.isBoot || !this.s.running ? this.s.boot : mustGet(this.s.tasks, this.s.running);
  }

  /** Addresses at which the actor holds something of this type. */
  private addressesOf(type: CapType | undefined): number[] {
    const out: number[] = [];
    const end = this.s.running ? 16 : this.slots;
    for (let address = 1; address < end; address++) {
      const at = slotOf(this.s, this.actor, address);
      if (at > 0 && this.s.slots.get(at)?.type === type) out.push(address);
    }
    return out;
  }

  private address(type: CapType | undefined): number {
    if (this.tape.below(8)) {
      const list = this.addressesOf(type);
      if (list.length > 0) return this.oneOf(list);
    }
    return this.tape.below(40) ? this.tape.below(18) : this.oneOf([-1, 65536, 2 ** 31, 2 ** 32 + 1, 300]);
  }

  private ref(isFull: boolean): number {
    const root = this.address(CapType.CNode) & 0xffff;
    if (this.tape.below(40) === 0) return this.oneOf([-1, 0.5, Number.NaN, Infinity, 2 ** 53, slotRef(root, 0, 0)]);
    const depth = this.tape.below(8) ? 0 : this.tape.below(18);
    let index = this.tape.below(17);
    if (this.tape.below(3)) {
      // Towards a full or an empty slot, as the operation needs.
      const at = slotOf(this.s, this.actor, root);
      const cap = at > 0 ? this.s.slots.get(at) : undefined;
      const cnode = cap?.type === CapType.CNode ? this.s.cnodes.get(cap.object) : undefined;
      if (cnode) {
        const fitting = Array.from({ length: 2 ** cnode.radix - 1 }, (_, i) => i + 1).filter((i) => this.s.slots.has(cnode.id + 4 * i) === isFull);
        if (fitting.length > 0) index = this.oneOf(fitting);
      }
    }
    return slotRef(root, index, depth);
  }

  private data(): string {
    return "abcdefghijkl".slice(0, this.tape.below(4) ? this.tape.below(5) : this.tape.below(12));
  }

  private small(): number {
    return this.tape.below(30) ? this.tape.below(6) : this.oneOf([-1, 255, 256, 2 ** 31, 2 ** 53 - 1, -0.5, Number.NaN]);
  }

  /** Draws an operation, by the running handler or (`isRoot`) the composition root, and has it carried out; sometimes several that belong together. */
  random(isRoot: boolean): void {
    // A world in which nothing runs any more is brought back to life.
    if (isRoot && this.s.ready.length === 0 && this.tape.below(2)) return this.draw(Op.TcbResume, true);
    if (!isRoot && this.tape.below(4) === 0) {
      for (const op of this.oneOf(TOGETHER)) this.draw(op, false);
      return;
    }
    const op = this.tape.below(6) ? this.oneOf(isRoot ? ROOT_OPS : COMMON) : isRoot ? this.oneOf(ROOT_OPS) : this.tape.below(60) ? this.tape.below(Op.Count) : this.oneOf([-1, 47, 1.5, Number.NaN, 1000]);
    this.draw(op as Op, isRoot);
  }

  /** Many small effects by the running handler. */
  busy(times: number): void {
    const notifications = this.addressesOf(CapType.Notification);
    if (notifications.length === 0) return;
    for (; times > 0; times--) {
      const address = this.oneOf(notifications);
      this.operate(Op.Signal, address, 0, 0, 0, "", false);
      this.operate(Op.Poll, address, 0, 0, 0, "", false);
    }
  }

  private draw(op: Op, isRoot: boolean): void {
    const address = op === Op.Reply ? (this.tape.below(3) ? 0 : this.address(CapType.Reply)) : op === Op.Attach || op === Op.Identify ? this.tape.below(12) : op === Op.Write ? this.oneOf([0, this.address(CapType.Frame), this.address(CapType.Reply)]) : this.address(typeOf(op));
    let label = this.small();
    let a = this.small();
    let b = this.small();
    let data = "";
    if (op <= Op.ReplyRecv || op === Op.Write) data = this.data();
    if (this.tape.below(400) === 0) data = 5 as unknown as string;
    if (op === Op.Recv || op === Op.NbRecv) a = this.tape.below(2) ? 0 : this.address(CapType.Reply);
    else if (op === Op.SetTimer) a = this.tape.below(5) ? this.s.nowUs + this.tape.below(50) : this.small();
    else if (op === Op.SetReceiveSlot) a = this.ref(false);
    else if (op === Op.Lend) label = this.tape.below(5);
    else if (op === Op.Copy || op === Op.Mint || op === Op.Move || op === Op.Mutate) {
      label = this.tape.below(5) * 16 + (this.tape.below(2) ? 15 : this.tape.below(16));
      if (op !== Op.Copy && this.tape.below(6) === 0) label = (this.tape.below(12) * 65536 + this.tape.below(4)) * 16;
      // The destination's root is the capability invoked.
      const at = slotOf(this.s, this.actor, address);
      const cap = at > 0 ? this.s.slots.get(at) : undefined;
      const cnode = cap?.type === CapType.CNode ? this.s.cnodes.get(cap.object) : undefined;
      const free = cnode ? Array.from({ length: 2 ** cnode.radix - 1 }, (_, i) => i + 1).filter((i) => !this.s.slots.has(cnode.id + 4 * i)) : [];
      a = free.length > 0 && this.tape.below(4) ? slotRef(0, this.oneOf(free), 0) : this.ref(false);
      b = this.ref(true);
    } else if (op === Op.Rotate) {
      a = this.ref(this.tape.below(2) === 0);
      b = this.ref(true);
      label = this.tape.below(3) ? this.ref(true) : a;
    } else if (op === Op.Delete || op === Op.Revoke || op === Op.CancelBadgedSends) a = this.ref(true);
    else if (op === Op.Retype) {
      label = retypeWhat(this.tape.below(14), this.tape.below(4) ? 1 + this.tape.below(4) : this.tape.below(20), this.tape.below(8) ? 1 + this.tape.below(2) : this.tape.below(10));
      a = this.tape.below(4) ? slotRef(this.address(CapType.CNode) & 0xffff, 0, 0) : this.ref(true);
      b = (1 + this.tape.below(16)) + (this.tape.below(3) ? 0 : this.tape.below(20)) * 65536;
      if (this.tape.below(30) === 0) b = this.small();
    } else if (op === Op.TcbSetSpace) {
      label = this.tape.below(4) ? 0 : (this.tape.below(2) ? 28 : this.tape.below(34)) * 65536 + this.tape.below(2);
      a = this.address(CapType.CNode);
      b = this.tape.below(2) ? 0 : this.address(CapType.Endpoint);
    } else if (op === Op.TcbSetTimeoutEndpoint) a = this.tape.below(4) ? this.address(CapType.Endpoint) : 0;
    else if (op === Op.TcbSetReceive) {
      a = this.tape.below(4) ? this.address(CapType.Endpoint) : 0;
      b = this.tape.below(4) ? this.address(CapType.Reply) : 0;
    } else if (op === Op.TcbSetPriority || op === Op.TcbSetMcp || op === Op.DomainSet) a = this.address(CapType.Tcb);
    else if (op === Op.TcbBindNotification || op === Op.IrqSetNotification) a = this.address(CapType.Notification);
    else if (op === Op.ScBind) a = this.address(this.tape.below(3) ? CapType.Tcb : CapType.Notification);
    else if (op === Op.SchedConfigure) {
      a = this.address(CapType.SchedContext);
      label = this.tape.below(3) ? 64 + this.tape.below(100) : this.tape.below(70);
      b = this.tape.below(8) ? 1 + this.tape.below(2000) : this.small();
    } else if (op === Op.IrqGet) {
      label = device(this.tape.below(10), this.tape.below(6), this.tape.below(4));
      if (this.tape.below(20) === 0) label = device(1, 4090, this.tape.below(20));
      a = this.ref(false);
    } else if (op === Op.DomainConfigure) {
      label = this.tape.below(3);
      b = this.tape.below(3) ? this.tape.below(60) : 0;
      a = this.tape.below(2);
    }
    this.operate(op, address, label, a, b, data, isRoot);
  }
}
