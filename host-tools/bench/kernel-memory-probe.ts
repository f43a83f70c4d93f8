// Runs on a tile: what a kernel, its tasks, slots and queued messages take of the engine's heap. Bundled by the bench as a tile is.
//
// Everything is the difference of process.memory().usage between two moments that differ in one thing. The value of the bundle is a function.

import type { EspruinoApi } from "../../hal/espruino.ts";
import { bootGive, BootPart, BootSlot, bootTask, BootWords, createKernel, slotIn } from "../../kernel/boot.ts";
import { Event, ObjectWords, Op, Rights } from "../../kernel/gate.ts";
import { createGate } from "../../kernel/kernel.ts";
import { step } from "../../kernel/scheduler.ts";
import { Tcb } from "../../kernel/state.ts";
import type { KernelState } from "../../kernel/state.ts";
import { Block, Room, Sample } from "./kernel-kinds.ts";

const enum Address {
  Server = 1,
}

const enum Size {
  Radix = 2,
  Task = BootWords.Task + (ObjectWords.Slot << Radix),
}

/** The figures of `Room`. */
export function boot(api: EspruinoApi): Int32Array {
  const found = new Int32Array(Room.Count);
  let k: KernelState | undefined;
  let op: Op = Op.Send;
  let left = 0;
  let bytes = "";

  function usage(): number {
    return api.process.memory().usage;
  }
  const empty = usage();
  const server = function (event: Event): void {
    if (event === Event.Message) createGate(k!)(Op.Reply, 0, 0, 0, 0, "");
  };
  const client = function (): void {
    // The first round trips warm up.
    if (left === Block.Passes) found[Room.Trips] = usage();
    // A string of its own for every message.
    if (left-- > 0) createGate(k!)(op, Address.Server, 1, 2, 3, bytes ? bytes + left : "");
    else found[Room.Trips] = usage() - found[Room.Trips]!;
  };
  /** A kernel with `tasks` tasks, the first of which serves and runs last, and with `slots` more slots than they need, instead of the one before. Blocks in use now. */
  function world(tasks: number, slots: number): number {
    let e = 0;
    k = createKernel({ words: tasks * Size.Task, bytes: tasks * Sample.Bytes, irqs: 0, slots: BootSlot.Free + BootPart.Count * tasks + slots }, undefined, undefined);
    for (let i = 0; i < tasks; i++) {
      const t = bootTask(BootSlot.Free + BootPart.Count * i, i ? client : server, i ? 2 : 1, Size.Radix, Sample.Bytes);
      if (i) bootGive(e, slotIn(t, Address.Server), Rights.Write | Rights.GrantReply, i);
      else e = t + Tcb.Endpoint;
    }
    return usage() - empty;
  }
  /** Blocks taken by the messages that all clients send while the server has no turn. */
  function queued(text: string): number {
    bytes = text;
    left = Sample.Messages;
    world(1 + Sample.Messages, 0);
    const before = usage();
    step(k!, 1, Sample.Messages);
    return usage() - before;
  }

  found[Room.Idle] = world(0, 0);
  found[Room.Slots] = world(0, Sample.Slots) - found[Room.Idle]!;
  found[Room.Tasks] = world(Sample.Tasks, 0) - found[Room.Idle]!;
  queued("");
  found[Room.Numbers] = queued("");
  found[Room.Bytes] = queued("123456789.123456789.123456789.");
  op = Op.Call;
  bytes = "";
  left = Block.Passes + 2;
  world(2, 0);
  step(k!, 1, 999);
  return found;
}
