// Runs on a tile: how long the kernel's gate takes beside a plain call. Bundled by the bench as a tile is, so it is the kernel as it ships.
//
// Two tasks: a client that works in blocks of passes, and a server that answers at once. Blocks of all kinds take turns, so whatever slows the
// engine down slows all of them. The value of the bundle is a function; it returns the µs of the quickest block of each kind.

import type { EspruinoApi } from "../../hal/espruino.ts";
import { CapType, Event, Op, Rights } from "../../kernel/gate.ts";
import { createGate, install, slotAt } from "../../kernel/kernel.ts";
import { derive } from "../../kernel/objects/cnode.ts";
import { createEndpoint } from "../../kernel/objects/endpoint.ts";
import { createNotification, signal } from "../../kernel/objects/notification.ts";
import { createTask, start } from "../../kernel/objects/tcb.ts";
import { step } from "../../kernel/scheduler.ts";
import { createState, Limit } from "../../kernel/state.ts";
import { Block, Kind } from "./kernel-kinds.ts";

const enum Address {
  Server = 1,
  Notification = 2,
}

function two(a: number, _b: number): number {
  return a;
}

function six(_op: number, _address: number, _label: number, a: number, _b: number, _data: string): number {
  return a;
}

/** Measures `rounds` blocks of every kind. */
export function boot(api: EspruinoApi, rounds: number): Float64Array {
  const k = createState({ tasks: 2, slots: 4, notifications: 2, messages: Block.Passes, dataBytes: 64 });
  const gate = createGate(k);
  const passes = Block.Passes;
  const quickest = new Float64Array(Kind.Count);
  const queue = createEndpoint(k, passes);
  const bell = createNotification(k);
  const free = createNotification(k);
  let kind = Kind.Loop;
  let left = 0;

  function note(fromS: number): void {
    const us = (api.getTime() - fromS) * 1000000;
    if (!quickest[kind] || us < quickest[kind]!) quickest[kind] = us;
  }

  const client = function (event: Event): void {
    let i = passes;
    if (event === Event.Start) return;
    if (kind === Kind.RoundTrip) {
      if (left-- > 0) gate(Op.Call, Address.Server, 1, 2, 3, "");
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
    else while (i--) gate(Op.Send, Address.Server, 1, 2, 3, "");
    note(from);
  };
  const server = function (event: Event): void {
    if (event === Event.Message) gate(Op.Reply, 0, 0, 0, 0, "");
  };
  const s = createTask(k, server, 2, 1, queue, Limit.None);
  const c = createTask(k, client, 1, 2, Limit.None, bell);
  install(k, s, 1, CapType.Endpoint, queue);
  derive(k, slotAt(k, c, Address.Server), slotAt(k, s, 1), Rights.Write | Rights.GrantReply, 7);
  install(k, c, Address.Notification, CapType.Notification, free);
  start(k, s);
  start(k, c);
  step(k, 1, 8);
  for (let round = 0; round < rounds; round++) {
    for (let next = 0; next < Kind.Count; next++) {
      kind = next;
      left = passes;
      signal(k, bell, 1);
      const from = api.getTime();
      step(k, 2, next === Kind.RoundTrip ? 999 : 1);
      if (next === Kind.RoundTrip) note(from);
      // What was sent is delivered outside of the measured time.
      step(k, 2, 999);
    }
  }
  return quickest;
}
