// The composition root of the tile image: makes the kernel, the tasks and their capabilities, and starts everything.
//
// Idea: authority is a table. A task can reach what stands in its row and nothing else; every client capability is derived from the one its
// server holds, so a server can revoke it. The bundle's value is `boot`; it keeps nothing outside the tile it makes.
//
// Layout of a CSpace: health holds the TCB capability of task t at address t, its own endpoint behind them. Every other task holds its fault
// endpoint at 1 (badge: its number) and its own endpoint at 2; the link task holds one endpoint per SMP group from 2 on.

import { openFlash } from "../../hal/port/flash-port.ts";
import { createPort, portSend, portStart, portTake } from "../../hal/port/espruino-port.ts";
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
import { createState, Limit } from "../../kernel/state.ts";
import { createHealthServer } from "../health/server.ts";
import { StartCause } from "../health/api.ts";
import { createOsServer } from "../smp/os-server.ts";
import { createSmpServer } from "../smp/server.ts";
import { JournalKey, openJournal } from "../storage/journal.ts";
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
  /** Rows of the kernel's tables. */
  Tasks = 10,
  Slots = 56,
  Queue = 4,
  /** Starts whose causes are remembered. */
  Causes = 8,
  /** Mark of a cause that the tile announced before it restarted itself. */
  Announced = 128,
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

/** Starts a tile on `api`. `first` comes from the first stage; without it (tests) the start counts as a normal one from slot 0. */
export function boot(api: EspruinoApi, cfg: TileConfig, first?: BootInfo): Tile {
  const info: BootInfo = first || { slot: 0, kind: 0, cause: 0, log: -1, unhealthy: 0 };
  const port = createPort(api, cfg);
  const flash = openFlash(api, cfg);
  const native: WireNative = { atob: api.atob, btoa: api.btoa, bytes: api.E.toUint8Array };
  const packetBytes = FULL ? 1024 : 512;
  const k = createState({ tasks: Size.Tasks, slots: Size.Slots, endpoints: Size.Tasks, notifications: 2, messages: Size.Tasks * Size.Queue, dataBytes: 1024 });
  const gate = createGate(k);
  const wire = createNotification(k);
  const journal = openJournal(flash, api.E.CRC32, (journalOffset(cfg) / cfg.page) | 0, cfg.journal);

  let causes = "" + journal.get(JournalKey.FirstFree);
  const last = causes.length - 1;
  if (causes.charCodeAt(last) >= Size.Announced) causes = causes.substring(0, last) + String.fromCharCode(causes.charCodeAt(last) - Size.Announced);
  else causes += String.fromCharCode(info.cause);
  causes = causes.substring(causes.length - Size.Causes);
  journal.set(JournalKey.FirstFree, causes);
  const restart = function (cause: StartCause): void {
    journal.set(JournalKey.FirstFree, causes + String.fromCharCode(cause + Size.Announced));
    api.E.reboot();
  };

  // The table: task by task in falling priority, and by SMP group who serves it.
  const names = ["health", "link", "os", "update"];
  const groups: number[] = [SmpGroup.Health, SmpGroup.Os, SmpGroup.Capability, SmpGroup.Image];
  const servers: number[] = [Task.Health, 2, 2, 3];
  const handlers: Handler[] = [
    createHealthServer(gate, {
      port: port,
      kernel: k,
      essential: 1 << Task.Link,
      slot: info.slot,
      kind: info.kind,
      causes: causes,
      lookUs: 5000000,
      healthyUs: 10000000,
      markHealthy: function () {
        if (info.log >= 0) flash.program(info.log, "\0\0\0\0");
      },
      restart: restart,
    }),
    createSmpServer(gate, {
      native: native,
      take: function () {
        return portTake(port);
      },
      send: function (data) {
        portSend(port, data);
      },
      groups: groups,
      firstAddress: 2,
      packetBytes: packetBytes,
      checkedBytes: packetBytes,
      hint: "Genesis " + VERSION + ": this port belongs to the kernel, use the genesis tool (for the console: reset, then Ctrl-C within " + cfg.win + " ms)\r\n",
    }),
    createOsServer(gate, { api: api, kernel: k, names: names, tile: cfg, packetBytes: packetBytes, restart: restart }),
    createUpdateServer(gate, api, cfg, flash, info),
  ];

  const count = handlers.length;
  for (let t = 0; t < count; t++) {
    const isLink = t === Task.Link;
    const endpoint = isLink ? Limit.None : createEndpoint(k, Size.Queue);
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
  const run = function (nowUs: number): number {
    return step(k, nowUs, Size.Turn);
  };
  portStart(port, run, function () {
    signal(k, wire, 1);
  });
  return { step: run, version: VERSION };
}
