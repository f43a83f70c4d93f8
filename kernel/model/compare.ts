// Is the kernel in the state that the specification says? Compares `inspect(k)` with a specification state, field by field.

import type { KernelState } from "../state.ts";
import { CapType } from "../gate.ts";
import type { AbstractState } from "./abstract-state.ts";
import { inspect } from "./inspect-state.ts";
import { parentOf } from "./spec/derivation.ts";
import type { SpecState, SpecTask } from "./spec/state.ts";

/** First difference between two values, as a path and both sides; undefined when equal. Keys of `want` count. */
function differs(got: unknown, want: unknown, path: string): string | undefined {
  if (Object.is(got, want)) return undefined;
  if (typeof got !== "object" || typeof want !== "object" || got === null || want === null) return `${path}: kernel ${JSON.stringify(got)}, specification ${JSON.stringify(want)}`;
  if (Array.isArray(want) && (got as unknown[]).length !== want.length) return `${path}: kernel ${JSON.stringify(got)}, specification ${JSON.stringify(want)}`;
  for (const key in want) {
    const found = differs((got as Record<string, unknown>)[key], (want as Record<string, unknown>)[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

function listed<T extends { id: number }>(got: readonly T[], want: Map<number, T>, path: string): string | undefined {
  if (got.length !== want.size) return `${path}: kernel ${got.map((x) => x.id).join()}, specification ${[...want.keys()].sort((x, y) => x - y).join()}`;
  for (const x of got) {
    const y = want.get(x.id);
    if (!y) return `${path}: the specification has no ${x.id}`;
    const found = differs(x, y, `${path}[${x.id}]`);
    if (found) return found;
  }
  return undefined;
}

const TASK_KEYS = [
  "number", "state", "event", "object", "isCall", "grants", "reply", "message", "attached", "received", "receiveRef", "lease", "priority", "mcp", "domain",
  "notification", "schedContext", "bytes", "deadline", "generation", "faults", "slotIds",
] as const satisfies readonly (keyof AbstractState["tasks"][number])[];
const SLOT_KEYS = ["type", "object", "rights", "badge", "isRevocable", "isFirstBadged", "previous", "next"] as const;

/** Compared apart from the fields that only the specification has. */
function tasks(got: AbstractState["tasks"], s: SpecState): string | undefined {
  if (got.length !== s.tasks.size) return `tasks: kernel ${got.map((t) => t.id).join()}, specification ${[...s.tasks.keys()].join()}`;
  for (const t of got) {
    const want = s.tasks.get(t.id);
    if (!want) return `tasks: the specification has no ${t.id}`;
    for (const key of TASK_KEYS) {
      if (t[key] === want[key]) continue;
      const found = differs(t[key], (want as SpecTask)[key], `task ${t.number} (${t.id}).${key}`);
      if (found) return found;
    }
  }
  return undefined;
}

/** Where kernel and specification differ; undefined when they agree. `withParents`: compare the derivation tree too. */
export function difference(k: KernelState, s: SpecState, withParents: boolean): string | undefined {
  const got = inspect(k);
  if (got.running !== s.running) return `running: kernel ${got.running}, specification ${s.running}`;
  const pending = s.running ? s.pending : undefined;
  let found = differs(got.pending, pending, "pending") ?? differs(got.doom, s.running ? s.doom : 0, "doom");
  found ??= differs(got.ready, s.ready, "ready") ?? differs(got.yieldTo, s.yieldTo, "yieldTo") ?? differs(got.work, s.work, "work");
  if (found) return found;
  found = tasks(got.tasks, s);
  if (found) return found;
  if (got.slots.length !== s.slots.size) return `slots: kernel ${got.slots.map((x) => x.at).join()}, specification ${[...s.slots.keys()].sort((x, y) => x - y).join()}`;
  for (const x of got.slots) {
    const y = s.slots.get(x.at);
    if (!y) return `slots: the specification has nothing at ${x.at}`;
    for (const key of SLOT_KEYS) {
      if (x[key] !== y[key] && !(key === "rights" && x.type === CapType.Zombie)) return `slot ${x.at}.${key}: kernel ${x[key]}, specification ${y[key]}`;
    }
    if (withParents && x.parent !== parentOf(s, x.at)) return `slot ${x.at}.parent: kernel ${x.parent}, specification ${parentOf(s, x.at)}`;
  }
  found = listed(got.endpoints, s.endpoints, "endpoint") ?? listed(got.notifications, s.notifications, "notification") ?? listed(got.replies, s.replies, "reply") ?? listed(got.schedContexts, s.schedContexts, "schedContext");
  found ??= listed(got.untypeds, s.untypeds, "untyped") ?? listed(got.frames, s.frames, "frame") ?? listed(got.cnodes, s.cnodes, "cnode");
  if (found) return found;
  for (const h of got.irqHandlers) {
    const want = s.irqHandlers.get(h.id);
    if (h.isActive || want?.isActive) found ??= differs(h, want, `irqHandler[${h.id}]`);
  }
  return found ?? differs(got.domain, s.domain, "domain");
}
