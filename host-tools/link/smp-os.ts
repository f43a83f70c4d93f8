// SMP group 0, "os", from the client's side: echo, link parameters, restart, information. Standard: Zephyr SMP group 0.
import type { HostCborMap } from "./host-cbor.ts";
import { LinkError, isLinkError } from "./link-errors.ts";
import type { SmpClient } from "./smp-client.ts";
import { sleep } from "./wait-for.ts";

/** What the tile takes in one request. */
export interface LinkParameters {
  /** Largest SMP packet, header included, in bytes. */
  bufBytes: number;
  /** Requests it can hold. */
  bufCount: number;
}

/** Echoes `text`; returns what came back. */
export async function echo(client: SmpClient, text: string, options: { timeoutMs?: number; tries?: number } = {}): Promise<string> {
  const reply = await client.request({ group: 0, id: 0, op: "write", body: { d: text }, repeatable: true, what: "echo", ...options });
  return typeof reply["r"] === "string" ? reply["r"] : "";
}

/** Reads buf_size and buf_count; a tile that does not know the command is taken to have mcumgr's smallest defaults. */
export async function readParameters(client: SmpClient): Promise<LinkParameters> {
  try {
    const reply = await client.request({ group: 0, id: 6, op: "read", what: "link parameters" });
    return { bufBytes: asCount(reply["buf_size"], 384), bufCount: asCount(reply["buf_count"], 1) };
  } catch (error) {
    if (isLinkError(error, "REFUSED")) return { bufBytes: 384, bufCount: 1 };
    throw error;
  }
}

function asCount(value: unknown, otherwise: number): number {
  return typeof value === "number" && value > 0 ? value : otherwise;
}

/** The uname-like line of os/info; `format` as in mcumgr ("a" = all). */
export async function info(client: SmpClient, format = "a"): Promise<string> {
  const reply = await client.request({ group: 0, id: 7, op: "read", body: { format }, what: "system information" });
  return typeof reply["output"] === "string" ? reply["output"] : "";
}

/** Task statistics: name to numbers. */
export async function taskStatistics(client: SmpClient): Promise<HostCborMap> {
  const reply = await client.request({ group: 0, id: 2, op: "read", what: "task statistics" });
  const tasks = reply["tasks"];
  return tasks !== null && typeof tasks === "object" && !Array.isArray(tasks) && !(tasks instanceof Uint8Array) ? tasks : {};
}

/**
 * Restarts the tile, exactly once. A restart must not be repeated blindly: a second one during a test boot would undo an
 * update. So the request goes out once; if no answer comes, `bootCount` (a number that grows with every boot) says
 * whether it happened, and only if it did not is it sent again. A tile that is merely slow answers requests in order and
 * restarts a moment after its answer: so it is asked twice, with that moment between. Without `bootCount` a missing answer is an error.
 */
export async function reset(client: SmpClient, bootCount?: () => Promise<number>, options: { waitMs?: number } = {}): Promise<void> {
  const before = bootCount ? await bootCount() : undefined;
  const waitMs = options.waitMs ?? 2000;
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      await client.request({ group: 0, id: 5, op: "write", repeatable: false, timeoutMs: waitMs, what: "restart" });
      return;
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT") || !bootCount) throw error;
      if ((await bootCount()) !== before) return;
      await sleep(waitMs);
      if ((await bootCount()) !== before) return;
    }
  }
  throw new LinkError("TIMEOUT", "the tile did not restart although asked ten times", "check the line with genesis doctor, or press the tile's reset button");
}
