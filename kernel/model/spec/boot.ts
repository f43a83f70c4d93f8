// The state a kernel starts with (README "Start"): registers, IRQ rows, the boot TCB, the boot CNode with the originals, one untyped with the rest.

import { CapType, ObjectWords, Rights, TaskState } from "../../gate.ts";
import { insert } from "./derivation.ts";
import { NO_MESSAGE } from "./state.ts";
import type { SpecState } from "./state.ts";
import { freshTask } from "./untyped.ts";

/** Words before the first IRQ row, in the profiles full and small. */
const REGISTERS = 72;
const SMALL_REGISTERS = 36;
const DOMAIN_ROWS = 8;

export interface SpecLimits {
  words: number;
  bytes: number;
  irqs: number;
  /** A power of 2. */
  slots: number;
}

export function createSpec(limits: SpecLimits, isFull: boolean): SpecState {
  const registers = isFull ? REGISTERS : SMALL_REGISTERS;
  const bootTask = registers + limits.irqs * ObjectWords.IrqHandler;
  const cnode = bootTask + ObjectWords.Tcb;
  const untyped = cnode + ObjectWords.Slot * limits.slots;
  const s: SpecState = {
    isFull, nowUs: 0, boot: freshTask(bootTask, -1, 0), running: 0, isBoot: false, pending: undefined, pendingMessage: NO_MESSAGE, pendingIsCall: false, isCrowded: false, doom: 0, ready: [], yieldTo: 0, work: undefined, workQueue: [],
    slots: new Map(), tasks: new Map(), endpoints: new Map(), notifications: new Map(), replies: new Map(), schedContexts: new Map(),
    untypeds: new Map([[untyped, { id: untyped, words: limits.words + ObjectWords.UntypedHeader, used: ObjectWords.UntypedHeader, bytes: limits.bytes, bytesUsed: 0 }]]),
    frames: new Map(),
    cnodes: new Map([[cnode, { id: cnode, radix: Math.log2(limits.slots) }]]),
    irqHandlers: new Map(),
    domain: { current: 0, row: 0, untilUs: 0, schedule: Array.from({ length: DOMAIN_ROWS }, () => ({ domain: 0, durationUs: 0 })) },
  };
  s.boot.state = TaskState.Inactive;
  s.boot.mcp = 255;
  for (let i = 0; i < limits.irqs; i++) {
    const id = registers + i * ObjectWords.IrqHandler;
    s.irqHandlers.set(id, { id, isActive: false, kind: 0, first: 0, count: 0, slot: id + 4, isMasked: false, isPending: false });
  }
  const originals = [CapType.Untyped, CapType.IrqControl, CapType.SchedControl, CapType.Domain, CapType.CNode];
  originals.forEach((type, i) => {
    if (type === CapType.Domain && !isFull) return;
    const object = type === CapType.Untyped ? untyped : type === CapType.CNode ? cnode : 0;
    insert(s, 0, cnode + 4 * (i + 1), { type, object, rights: Rights.All, badge: 0, isOriginal: true });
  });
  insert(s, cnode + 4 * originals.length, s.boot.slotIds.cspace, { type: CapType.CNode, object: cnode, rights: Rights.All, badge: 0, isOriginal: false });
  return s;
}
