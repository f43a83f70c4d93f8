// Kernel tables laid out by hand for tests of the views: two tasks, a device, capabilities that were handed on with fewer rights and a badge.
//
// Addresses follow the layout of kernel/state.ts. Task 0 serves, task 1 calls it (badge 7), reports its faults to it (badge 9) and drives pins
// 3 to 6, whose interrupt signals its notification.
import { CapType, DeviceKind, ObjectWords, Rights, TaskState } from "../../../kernel/gate.ts";
import { Irq, Slot, Tcb } from "../../../kernel/state.ts";
import type { KernelTables, SlotRow, TaskRow } from "../kernel-tables.ts";

const SLOTS = 24;
const IRQ = 72;
const BOOT_TCB = IRQ + Irq.Words;
const BOOT = BOOT_TCB + ObjectWords.Tcb;
const UNTYPED = BOOT + SLOTS * Slot.Words;
/** Objects of task t: TCB, CNode of 8 slots, scheduling context, endpoint, reply object; then a notification. */
const NODE = ObjectWords.Tcb;
const CONTEXT = NODE + 8 * Slot.Words;
const ENDPOINT = CONTEXT + ObjectWords.SchedContext;
const REPLY = ENDPOINT + ObjectWords.Endpoint;
const TASK = REPLY + ObjectWords.Reply;
const at = (task: number, part: number): number => UNTYPED + ObjectWords.UntypedHeader + task * TASK + part;
const NOTIFICATION = at(2, 0);
const boot = (address: number): number => BOOT + Slot.Words * address;

export function kernelScene(names: readonly [server: string, client: string]): KernelTables {
  const tasks = names.map((name, task): TaskRow => ({
    task, name, priority: 10 - task, state: task === 0 ? TaskState.BlockedOnReceive : TaskState.BlockedOnSend, starts: 1, faults: task, runs: 5 + task,
    tcb: at(task, 0), cnode: at(task, NODE), endpoint: at(task, ENDPOINT), notification: task === 0 ? 0 : NOTIFICATION,
    blockedOn: at(0, ENDPOINT), schedContext: at(task, CONTEXT), fuel: 100 * (task + 1), chargeNc: undefined,
  }));
  const slots: SlotRow[] = [];
  const add = (slot: number, type: CapType, object: number, more: Partial<SlotRow> = {}): void => void slots.push({ slot, type, rights: Rights.All, object, badge: 0, parent: 0, device: undefined, ...more });
  const device = { kind: DeviceKind.Pin, first: 3, count: 4 };
  add(BOOT_TCB + Tcb.CSpace, CapType.CNode, BOOT, { parent: boot(5) });
  add(boot(1), CapType.Untyped, UNTYPED);
  add(boot(2), CapType.IrqControl, 0);
  add(boot(5), CapType.CNode, BOOT);
  for (const task of [0, 1]) {
    add(boot(6 + task), CapType.Tcb, at(task, 0), { parent: boot(1) });
    add(boot(8 + task), CapType.SchedContext, at(task, CONTEXT), { parent: boot(1) });
    const tcb = at(task, 0);
    add(tcb + Tcb.CSpace, CapType.CNode, at(task, NODE), { parent: boot(1) });
    add(tcb + Tcb.Endpoint, CapType.Endpoint, at(task, ENDPOINT), { parent: boot(1) });
    add(tcb + Tcb.HomeReply, CapType.Reply, at(task, REPLY), { parent: boot(1) });
  }
  const home = at(0, Tcb.Endpoint);
  add(at(1, Tcb.Fault), CapType.Endpoint, at(0, ENDPOINT), { rights: Rights.Write, badge: 9, parent: home });
  add(at(1, NODE) + Slot.Words, CapType.Endpoint, at(0, ENDPOINT), { rights: Rights.Write | Rights.GrantReply, badge: 7, parent: home });
  add(boot(10), CapType.Notification, NOTIFICATION, { parent: boot(1) });
  add(boot(11), CapType.IrqHandler, IRQ, { parent: boot(2), device });
  add(at(1, NODE) + 2 * Slot.Words, CapType.IrqHandler, IRQ, { parent: boot(11), device });
  add(IRQ + Irq.Slot, CapType.Notification, NOTIFICATION, { rights: Rights.Write, badge: 5, parent: boot(10) });
  return { tasks, slots: slots.sort((a, b) => a.slot - b.slot) };
}

/** Names that try to get out of every place they are put into. */
export const HOSTILE = '"</text><script>alert(1)</script>\\" -> b; & \x1b[2J\n\u202e\ud800]]>';
