// Runs on a tile: how long the kernel's gate takes beside a plain call. Bundled by the bench as a tile is, so it is the kernel as it ships.
//
// Two tasks: a client that works in blocks of passes, and a server that _answer at once; and the same with an event emitter (kernel-emitter.ts). Blocks
// of all kinds take turns, so whatever slows the engine down slows all of them. The value of the bundle is a function; it returns the µs of the quickest block of each kind.

import type { EspruinoApi } from "../../hal/espruino.ts";
import { bootClaim, bootGive, bootMake, BootPart, bootSlot, BootSlot, bootTask, BootWords, createKernel, slotIn } from "../../kernel/boot.ts";
import { CapType, DeviceKind, device, Event, ObjectWords, Op, Rights } from "../../kernel/gate.ts";
import { createGate } from "../../kernel/kernel.ts";
import { createPower } from "../../kernel/power/power.ts";
import { interrupt, step } from "../../kernel/scheduler.ts";
import { Irq, Nt, Tcb } from "../../kernel/state.ts";
import { createEmitter } from "./kernel-emitter.ts";
import type { Done } from "./kernel-emitter.ts";
import { Block, Kind } from "./kernel-kinds.ts";

const enum Address {
  Server = 1,
  Notification = 2,
  Bell = 3,
  /** The notification that the server is bound to. */
  Door = 4,
}

/** Addresses of the server. */
const enum Peer {
  /** The notification that the client is bound to. */
  Client = 1,
}

/** Badges of the notification that the client is bound to. */
const enum Ring {
  Interrupt = 1,
  Server = 2,
}

/** Addresses of the boot CNode. */
const enum Slots {
  Server = BootSlot.Free,
  Client = Server + BootPart.Count,
  Bell = Client + BootPart.Count,
  Free = Bell + 1,
  Door = Free + 1,
  Irq = Door + 1,
  End = Irq + 1,
}

declare const POWER: boolean;

/** µs since the engine started. */
function now(api: EspruinoApi): number {
  return Math.floor(api.getTime() * 1000000);
}

export function two(a: number, _b: number): number {
  return a;
}

export function six(_op: number, _address: number, _label: number, a: number, _b: number, _data: string): number {
  return a;
}

/** Measures `rounds` blocks of every kind. */
export function boot(api: EspruinoApi, rounds: number): Float64Array {
  const k = createKernel({ words: 2 * (BootWords.Task + (ObjectWords.Slot << 3)) + 3 * ObjectWords.Notification, bytes: 128, irqs: 1, slots: Slots.End }, undefined, undefined);
  // As a full tile has it: a ledger that every run settles, ranks that every ready task gets.
  if (POWER) {
    k._power = createPower(1, [4000000, 1, 3000, 303, 303], now as (port: object) => number, api);
  }
  const gate = createGate(k);
  const passes = Block.Passes as number;
  const quickest = new Float64Array(Kind.Count);
  let kind = Kind.Loop;
  let left = 0;
  let sendS = 0;
  let tripS = 0;
  let _answer = 0;
  const emitter = createEmitter();
  emitter.on("news", function (a: number, b: number): void {
    _answer = a + b;
  });
  emitter.on("question", function (a: number, b: number, done: Done | undefined): void {
    if (done) done(a + b);
  });

  function note(fromS: number): void {
    const us = (api.getTime() - fromS) * 1000000;
    if (!quickest[kind] || us < quickest[kind]!) quickest[kind] = us;
  }

  const client = function (event: Event, badge: number): void {
    let i = passes;
    if (event === Event.Start) return;
    if (badge === Ring.Interrupt && event === Event.Notification) gate(Op.IrqAck, Address.Bell, 0, 0, 0, "");
    if (kind === Kind.RoundTrip || kind === Kind.Wake) {
      if (!(left & (Block.Trips - 1))) {
        if (left < passes) note(tripS);
        tripS = api.getTime();
      }
      if (left-- <= 0) return;
      if (kind === Kind.RoundTrip) gate(Op.Call, Address.Server, 1, 2, 3, "");
      else gate(Op.Signal, Address.Door, 0, 0, 0, "");
      return;
    }
    const from = api.getTime();
    if (kind === Kind.Loop) while (i--);
    else if (kind === Kind.Call2) while (i--) two(i, 2);
    else if (kind === Kind.Call6) while (i--) six(0, 1, 2, i, 4, "");
    else if (kind === Kind.Now) while (i--) gate(Op.Now, 0, 0, 0, 0, "");
    else if (kind === Kind.Identify) while (i--) gate(Op.Identify, Address.Server, 0, 0, 0, "");
    else if (kind === Kind.Signal) while (i--) gate(Op.Signal, Address.Notification, 0, 0, 0, "");
    else if (kind === Kind.Poll) while (i--) gate(Op.Poll, Address.Notification, 0, 0, 0, "");
    else if (kind === Kind.SetTimer) while (i--) gate(Op.SetTimer, 0, 0, 0, 0, "");
    else if (kind === Kind.Emit) while (i--) emitter.emit("news", i, 2, undefined);
    else if (kind === Kind.Request)
      while (i--)
        emitter.emit("question", i, 2, function (answer: number): void {
          _answer = answer;
        });
    else {
      // One message per run: its operation alone, between two looks at the clock; the timer brings the next run.
      gate(Op.Send, Address.Server, 1, 2, 3, "");
      sendS += api.getTime() - from;
      gate(Op.SetTimer, 0, 0, 1, 0, "");
      if (--left > 0) return;
      note(api.getTime() - sendS);
      return;
    }
    note(from);
  };
  const server = function (event: Event): void {
    if (event === Event.Message) gate(Op.Reply, 0, 0, 0, 0, "");
    if (event === Event.Notification) gate(Op.Signal, Peer.Client, 0, 0, 0, "");
  };
  const serverTask = bootTask(Slots.Server, server, 2, 1, 64);
  const clientTask = bootTask(Slots.Client, client, 1, 3, 64);
  bootGive(serverTask + Tcb.Endpoint, slotIn(clientTask, Address.Server), Rights.Write | Rights.GrantReply, 7);
  const bell = bootMake(CapType.Notification, bootSlot(Slots.Bell), 0, 0);
  const door = bootMake(CapType.Notification, bootSlot(Slots.Door), 0, 0);
  bootMake(CapType.Notification, bootSlot(Slots.Free), 0, 0);
  k._m[clientTask + Tcb.Notification] = bell;
  k._m[bell + Nt.Task] = clientTask;
  k._m[serverTask + Tcb.Notification] = door;
  k._m[door + Nt.Task] = serverTask;
  bootGive(bootSlot(Slots.Door), slotIn(clientTask, Address.Door), Rights.Write, 1);
  bootGive(bootSlot(Slots.Bell), slotIn(serverTask, Peer.Client), Rights.Write, Ring.Server);
  bootGive(bootSlot(Slots.Bell), bootClaim(device(DeviceKind.Pin, 0, 1), bootSlot(Slots.Irq)) + Irq.Slot, Rights.All, Ring.Interrupt);
  bootGive(bootSlot(Slots.Irq), slotIn(clientTask, Address.Bell), Rights.All, 0);
  bootGive(bootSlot(Slots.Free), slotIn(clientTask, Address.Notification), Rights.All, 5);
  step(k, 1, 8);
  for (let round = 0; round < rounds; round++) {
    for (let next = 0; next < Kind.Count; next++) {
      kind = next;
      left = passes;
      sendS = 0;
      // Collects what closures of the block before left behind, so that no block pays for another's.
      api.process.memory();
      interrupt(k, DeviceKind.Pin, 0);
      // Round trips and wake-ups look at the clock by themselves; what was sent is delivered outside of the measured time.
      if (next !== Kind.RoundTrip && next !== Kind.Wake) step(k, 2, 1);
      step(k, 2, 999);
    }
  }
  return quickest;
}
