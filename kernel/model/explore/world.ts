// The explored worlds: two tasks with three slots each around two objects, one scheduling context between them, and everything that can happen.
//
// The server starts passive: it runs on its caller's context only. A transition is one run of the task whose turn it is, with one line of the menu
// (an operation, or attach and send), or something that the composition root does between runs. Time stands still.

import { BootSlot } from "../../boot.ts";
import { CapType, Op, retypeWhat, Rights, slotRef } from "../../gate.ts";
import { Tcb } from "../../state.ts";
import type { AbstractState } from "../abstract-state.ts";
import type { Places } from "./canonical.ts";
import type { Shipped } from "./entry.ts";

type Call = readonly [op: Op, address: number, label: number, a: number, b: number];

export interface Line {
  name: string;
  calls: readonly Call[];
  /** The handler throws afterwards. */
  throws: boolean;
}

export const enum WorldSize {
  Words = 420,
  Slots = 16,
  Radix = 2,
}

export interface World {
  places: Places;
  /** What a handler may do in one run. */
  menu: readonly Line[];
  /** What the composition root may do between runs. */
  environment: readonly Line[];
  cnodes: readonly number[];
}

/** Which objects stand between the tasks, and with which rights. */
export interface Plan {
  name: string;
  /** Rights of client and server on the endpoint. */
  client: number;
  server: number;
  hasNotification: boolean;
}

export const PLANS: readonly Plan[] = [
  { name: "grant", client: Rights.All, server: Rights.All, hasNotification: true },
  { name: "no grant", client: Rights.Write | Rights.GrantReply, server: Rights.Read, hasNotification: true },
];

function line(name: string, ...calls: Call[]): Line {
  return { name, calls, throws: false };
}

function menu(): Line[] {
  const out: Line[] = [line("nothing"), { name: "throw", calls: [], throws: true }, line("reply", [Op.Reply, 0, 0, 0, 0]), { name: "signal, then throw", calls: [[Op.Signal, 3, 0, 0, 0]], throws: true }];
  for (let x = 1; x < 4; x++) {
    out.push(line(`send ${x}`, [Op.Send, x, 0, 0, 0]), line(`call ${x}`, [Op.Call, x, 0, 0, 0]), line(`recv ${x}`, [Op.Recv, x, 0, 0, 0]), line(`signal ${x}`, [Op.Signal, x, 0, 0, 0]), line(`wait ${x}`, [Op.Wait, x, 0, 0, 0]));
    out.push(line(`delete ${x}`, [Op.Delete, 1, 0, slotRef(0, x, 0), 0]), line(`revoke ${x}`, [Op.Revoke, 1, 0, slotRef(0, x, 0), 0]));
    for (let y = 1; y < 4; y++) {
      if (x === y) continue;
      const to = slotRef(0, x, 0);
      const from = slotRef(1, y, 0);
      out.push(line(`copy ${y} to ${x}`, [Op.Copy, 1, Rights.All, to, from]), line(`mint ${y} to ${x}`, [Op.Mint, 1, 16 + (Rights.Write | Rights.Grant), to, from]), line(`move ${y} to ${x}`, [Op.Move, 1, 0, to, from]));
      if (x > 1) out.push(line(`send ${y} through ${x}`, [Op.Attach, y, 0, 0, 0], [Op.Send, x, 0, 0, 0]), line(`call with ${y} through ${x}`, [Op.Attach, y, 0, 0, 0], [Op.Call, x, 0, 0, 0]));
    }
  }
  return out;
}

export function buildWorld(k: Shipped, plan: Plan, perform: () => void): World {
  const must = (op: Op, address: number, label: number, a: number, b: number): void => {
    const status = k.root(op, address, label, a, b);
    if (status < 0) throw new Error(`building the world: op ${op} at ${address} answers ${status}`);
  };
  const memory = k.memory;
  const rootNode = memory[k.boot + Tcb.CSpace + 1] as number;
  const objectAt = (at: number): number => memory[rootNode + 4 * at + 1] as number;
  let free: number = BootSlot.Free;
  const make = (type: CapType, bits: number): number => {
    must(Op.Retype, BootSlot.Untyped, retypeWhat(type, bits, 1), slotRef(BootSlot.CNode, 0, 0), free);
    return free++;
  };
  const endpoint = make(CapType.Endpoint, 0);
  const notification = plan.hasNotification ? make(CapType.Notification, 0) : 0;
  const tcbs = [make(CapType.Tcb, 0), make(CapType.Tcb, 0)];
  const cnodes = [make(CapType.CNode, WorldSize.Radix), make(CapType.CNode, WorldSize.Radix)];
  const reply = make(CapType.Reply, 0);
  const sc = make(CapType.SchedContext, 0);
  for (const [i, tcb] of tcbs.entries()) {
    const cnode = cnodes[i] as number;
    must(Op.TcbSetSpace, tcb, 0, cnode, 0);
    must(Op.TcbSetReceive, tcb, 0, i ? endpoint : 0, i ? reply : 0);
    must(Op.Copy, cnode, Rights.All, slotRef(0, 1, 0), slotRef(BootSlot.CNode, cnode, 0));
    must(Op.Copy, cnode, i ? plan.server : plan.client, slotRef(0, 2, 0), slotRef(BootSlot.CNode, endpoint, 0));
    if (notification && !i) must(Op.Mint, cnode, 32 + Rights.All, slotRef(0, 3, 0), slotRef(BootSlot.CNode, notification, 0));
    const t = objectAt(tcb);
    memory[t + Tcb.Priority] = 1 + i;
    k.handlers[memory[t + Tcb.Number] as number] = perform;
  }
  // The server comes home on the context, then the client gets it.
  must(Op.ScBind, sc, 0, tcbs[1] as number, 0);
  must(Op.TcbResume, tcbs[1] as number, 0, 0, 0);
  k.step(4);
  must(Op.ScUnbind, sc, 0, 0, 0);
  // The receive slot: address 3 of each.
  for (const tcb of tcbs) k.doubles[(objectAt(tcb) + Tcb.ReceiveRef) >> 1] = slotRef(1, 3, 0);
  must(Op.ScBind, sc, 0, tcbs[0] as number, 0);
  must(Op.TcbResume, tcbs[0] as number, 0, 0, 0);
  const environment: Line[] = [];
  for (const [i, tcb] of tcbs.entries()) {
    environment.push(line(`resume ${i}`, [Op.TcbResume, tcb, 0, 0, 0]), line(`suspend ${i}`, [Op.TcbSuspend, tcb, 0, 0, 0]), line(`bind context to ${i}`, [Op.ScUnbind, sc, 0, 0, 0], [Op.ScBind, sc, 0, tcb, 0]));
  }
  return { places: { tasks: tcbs.map(objectAt), replies: [objectAt(reply)], contexts: [objectAt(sc)] }, menu: menu(), environment, cnodes: cnodes.map(objectAt) };
}

interface Authority {
  type: CapType;
  object: number;
  rights: number;
  badge: number;
}

/** Capabilities in the slots of each CNode. */
export function authorities(s: AbstractState, cnodes: readonly number[]): Authority[][] {
  return cnodes.map((c) => s.slots.filter((cap) => cap.at > c && cap.at < c + (4 << WorldSize.Radix)));
}

/**
 * Authority confinement (l4v's pas_refined, as code): what a task holds is never more than what it, and those who could grant to it, held at the
 * start: same object, no more rights, the same badge or a badge on an unbadged one.
 */
export function confinement(s: AbstractState, cnodes: readonly number[], start: readonly Authority[][], isGranting: boolean): string | undefined {
  for (const [i, caps] of authorities(s, cnodes).entries()) {
    const allowed = isGranting ? start.flat() : (start[i] ?? []);
    for (const cap of caps) {
      // A Zombie is no authority.
      if (cap.type === CapType.Zombie) continue;
      const from = allowed.some((had) => had.type === cap.type && had.object === cap.object && (cap.rights & ~had.rights) === 0 && (had.badge === cap.badge || had.badge === 0));
      if (!from) return `task ${i} holds type ${cap.type}, object ${cap.object}, rights ${cap.rights}, badge ${cap.badge}, and nobody could have given it that`;
    }
  }
  return undefined;
}

