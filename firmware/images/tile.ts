// The composition root of the tile image: makes the kernel, the tasks and their capabilities, and starts everything.
//
// Idea: authority is a table. A task can reach what stands in its row and nothing else; every client capability is derived from the one its
// server holds, so a server can revoke it. The bundle's value is `boot`; it keeps nothing outside the tile it makes.
//
// Layout of a CSpace: health holds the TCB capability of task t at address t, its own endpoint behind them. Every other task holds its fault
// endpoint at 1 (badge: its number) and its own endpoint at 2; the link task holds one endpoint per SMP group from 2 on.

import { openFlash } from "../../hal/port/flash-port.ts";
import { createPort, portStart } from "../../hal/port/espruino-port.ts";
import type { Port } from "../../hal/port/espruino-port.ts";
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { CapType, Rights } from "../../kernel/gate.ts";
import type { Handler } from "../../kernel/gate.ts";
import { createGate, install } from "../../kernel/kernel.ts";
import { derive } from "../../kernel/objects/cnode.ts";
import { createEndpoint } from "../../kernel/objects/endpoint.ts";
import { createNotification, signal } from "../../kernel/objects/notification.ts";
import { createTask, start } from "../../kernel/objects/tcb.ts";
import { step } from "../../kernel/scheduler.ts";
import type { KernelState } from "../../kernel/state.ts";
import { createState, Limit } from "../../kernel/state.ts";
import { createHealthServer } from "../health/server.ts";
import { createOsServer } from "../smp/os-server.ts";
import { createSmpServer } from "../smp/server.ts";
import { openJournal } from "../storage/journal.ts";
import type { BootInfo } from "../update/boot-log.ts";
import { journalOffset } from "../update/layout.ts";
import { createUpdateServer } from "../update/server.ts";
import { SmpGroup } from "../wire/smp-header.ts";
import type { WireNative } from "../wire/native.ts";

declare const FULL: boolean;
declare const VERSION: string;

const enum Size {
  /** Handler runs before the engine gets a turn. */
  Turn = 16,
  /** Messages an endpoint queues; the supervisor's takes faults too. */
  Queue = 2,
  HealthQueue = 4,
}

/** The task numbers this page needs to know; the others follow. The lower the number, the higher the priority. */
const enum Task {
  Health = 0,
  Link = 1,
}

/** What a port's driver may do with a tile. */
export interface Tile {
  /** Runs what is ready at `nowUs` (µs since boot); when to call again, -1: not before an interrupt. The port does this by itself. */
  step(nowUs: number): number;
  version: string;
}

/** Connects port and kernel. A function of its own, so that nothing of `boot` outlives it. */
function drive(port: Port, k: KernelState, wire: number): Tile {
  const run = function (nowUs: number): number {
    return step(k, nowUs, Size.Turn);
  };
  portStart(port, run, function () {
    signal(k, wire, 1);
  });
  return { step: run, version: VERSION };
}

/** Starts a tile on `api`. `first` comes from the first stage; without it (tests) the start counts as a normal one from slot 0. */
export function boot(api: EspruinoApi, cfg: TileConfig, first?: BootInfo): Tile {
  const info: BootInfo = first || { slot: 0, kind: 0, cause: 0, log: -1, unhealthy: 0 };
  const port = createPort(api, cfg);
  const flash = openFlash(api, cfg);
  const native: WireNative = { atob: api.atob, btoa: api.btoa, bytes: api.E.toUint8Array };
  const packetBytes = FULL ? 1024 : 512;
  // Exactly the rows that the table below uses.
  const count = 4;
  const groupCount = 4;
  const k = createState({ tasks: count, slots: count + groupCount + 1 + 2 * (count - 2), endpoints: count - 1, notifications: 1, messages: Size.HealthQueue + Size.Queue * (count - 2), dataBytes: 1024 });
  const gate = createGate(k);
  const wire = createNotification(k);
  const journal = openJournal(flash, api.E.CRC32, (journalOffset(cfg) / cfg.page) | 0, cfg.journal);

  // The table: task by task in falling priority, and by SMP group who serves it.
  const names = ["health", "link", "os", "update"];
  const groups: number[] = [SmpGroup.Health, SmpGroup.Os, SmpGroup.Capability, SmpGroup.Image];
  const servers: number[] = [Task.Health, 2, 2, 3];
  const handlers: Handler[] = [
    createHealthServer(gate, { port: port, kernel: k, essential: 1 << Task.Link, info: info, flash: flash, journal: journal }),
    createSmpServer(gate, { native: native, port: port, groups: groups, firstAddress: 2, packetBytes: packetBytes, checkedBytes: packetBytes, windowMs: cfg.win }),
    createOsServer(gate, { api: api, kernel: k, names: names, tile: cfg, packetBytes: packetBytes, journal: journal }),
    createUpdateServer(gate, api, cfg, flash, info),
  ];

  for (let t = 0; t < count; t++) {
    const isLink = t === Task.Link;
    const endpoint = isLink ? Limit.None : createEndpoint(k, t ? Size.Queue : Size.HealthQueue);
    createTask(k, handlers[t] as Handler, 250 - t, isLink ? groups.length + 1 : t ? 2 : count, endpoint, isLink ? wire : Limit.None);
    const own = t ? 2 : count;
    if (!isLink) install(k, t, own, CapType.Endpoint, endpoint);
    if (t) {
      install(k, Task.Health, t, CapType.Tcb, t);
      derive(k, k._base[t]! + 1, k._base[Task.Health]! + count, Rights.Write, t);
      k._faultCap[t] = 1;
    }
  }
  for (let i = 0; i < groups.length; i++) {
    const server = servers[i] as number;
    derive(k, k._base[Task.Link]! + 2 + i, k._base[server]! + (server ? 2 : count), Rights.Write | Rights.GrantReply, 0);
  }
  for (let t = 0; t < count; t++) start(k, t);
  return drive(port, k, wire);
}
