// Where a task is at home, and what the end of that means to those who send there: an endpoint must never name a task that has left it, or is gone.
import { describe, expect, it } from "vitest";
import { BootSlot } from "./boot.ts";
import { World, type Task } from "./host/world.ts";
import { CapType, Event, Op, Rights, slotRef, Status } from "./gate.ts";
import { inspect } from "./model/inspect-state.ts";
import { violation } from "./model/invariants.ts";

interface Town {
  w: World;
  endpoint: number;
  server: Task;
  client: Task;
  boss: Task;
}

/** A server at home at an endpoint, a client with a capability to it, and a boss who holds the boot CNode. */
function build(): Town {
  const w = new World();
  const endpoint = w.endpoint();
  const server = w.task(5, { home: endpoint });
  const client = w.task(3);
  const boss = w.task(9);
  w.give(client, 1, endpoint, Rights.Write | Rights.GrantReply);
  w.give(boss, 15, BootSlot.CNode);
  w.start();
  return { w, endpoint, server, client, boss };
}

const homeOf = ({ w, endpoint }: Town): number => inspect(w.k).endpoints.find((e) => e.id === w.object(endpoint))?.home ?? -1;

/** A boss's operation on the boot CNode. */
function order(town: Town, op: Op, at: number): void {
  town.w.as(town.boss, () => expect(town.w.gate(op, 15, 0, slotRef(0, at, 0), 0, "")).toBe(Status.Ok));
}

/** What a call through the client's capability answers. */
function call(town: Town): number {
  let status = 1;
  town.w.as(town.client, () => (status = town.w.gate(Op.Call, 1, 0, 0, 0, "")));
  return status;
}

describe("home", () => {
  it("is left when revoking takes the capability out of the task's endpoint slot", () => {
    const town = build();
    expect(homeOf(town)).toBe(town.server.id);
    // The server's copy and the client's both descend from the endpoint's original.
    order(town, Op.Revoke, town.endpoint);
    expect(homeOf(town)).toBe(0);
    expect(violation(inspect(town.w.k))).toBeUndefined();
    // A server that is stopped is no reason to refuse any more: it doesn't serve here.
    town.w.give(town.client, 1, town.endpoint);
    town.w.boot(Op.TcbSuspend, town.server.tcb, 0, 0, 0);
    expect(call(town)).toBe(Status.Ok);
  });

  it("does not outlive the task: what stands in its memory next is nobody's server", () => {
    const town = build();
    order(town, Op.Revoke, town.endpoint);
    order(town, Op.Delete, town.server.tcb);
    expect(homeOf(town)).toBe(0);
    expect(inspect(town.w.k).tasks.map((t) => t.id)).not.toContain(town.server.id);
    town.w.give(town.client, 1, town.endpoint);
    expect(call(town)).toBe(Status.Ok);
  });

  it("is left when the task is deleted with its capability still in place", () => {
    const town = build();
    order(town, Op.Delete, town.server.tcb);
    expect(homeOf(town)).toBe(0);
  });

  it("moves with TcbSetReceive, ends without an endpoint, and is not touched by whom it belonged to before", () => {
    const town = build();
    const other = town.w.endpoint();
    town.w.boot(Op.TcbSetReceive, town.boss.tcb, 0, town.endpoint, 0);
    expect(homeOf(town)).toBe(town.boss.id);
    // The server was at home there once: that it leaves means nothing.
    town.w.boot(Op.TcbSetReceive, town.server.tcb, 0, other, town.server.reply);
    expect(homeOf(town)).toBe(town.boss.id);
    expect(homeOf({ ...town, endpoint: other })).toBe(town.server.id);
    town.w.boot(Op.TcbSetReceive, town.boss.tcb, 0, 0, 0);
    expect(homeOf(town)).toBe(0);
    expect(violation(inspect(town.w.k))).toBeUndefined();
  });

  it("stays when another capability to the endpoint is deleted", () => {
    const town = build();
    order(town, Op.Delete, town.endpoint);
    town.w.as(town.boss, () => expect(town.w.gate(Op.Delete, 15, 0, slotRef(0, town.client.cnode, 0), 0, "")).toBe(Status.Ok));
    const [e] = inspect(town.w.k).endpoints;
    expect(e?.home).toBe(town.server.id);
  });

  it("calls that queue there are told when the server stops, and not when it has left", () => {
    const town = build();
    // Owes an answer at home, so that what follows queues.
    town.w.as(town.client, () => town.w.gate(Op.Call, 1, 0, 0, 0, ""));
    const second = town.w.task(2);
    town.w.give(second, 1, town.endpoint);
    town.w.boot(Op.TcbResume, second.tcb, 0, 0, 0);
    town.w.run();
    town.w.as(second, () => town.w.gate(Op.Call, 1, 0, 0, 0, ""));
    town.w.events(second);
    town.w.boot(Op.TcbSetReceive, town.server.tcb, 0, 0, town.server.reply);
    town.w.boot(Op.TcbSuspend, town.server.tcb, 0, 0, 0);
    town.w.run();
    expect(town.w.events(town.client).map((seen) => seen.event)).toEqual([Event.DeadReply]);
    expect(town.w.events(second)).toEqual([]);
    expect(inspect(town.w.k).slots.some((cap) => cap.type === CapType.Endpoint)).toBe(true);
  });
});
