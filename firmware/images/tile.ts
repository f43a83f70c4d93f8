// The composition root of the tile image: makes the kernel, the tasks and their capabilities, and starts everything.
//
// Idea: authority is a table. A task can reach what stands in its row and nothing else; every client capability is derived from the one its
// server holds, so a server can revoke it. The bundle's value is `boot`; it keeps nothing outside the tile it makes.

import { openFlash } from "../../hal/port/flash-port.ts";
import { createPort, portSend, portStart, portTake } from "../../hal/port/espruino-port.ts";
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { CapType, Rights } from "../../kernel/gate.ts";
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
import type { BootInfo } from "../update/boot-log.ts";
import { SmpGroup } from "../wire/smp-header.ts";
import type { WireNative } from "../wire/native.ts";

declare const FULL: boolean;
declare const VERSION: string;

/** Tasks, by number: the lower, the higher the priority. */
const enum Task {
  Health = 0,
  Link = 1,
  Os = 2,
  Count = 3,
}

/** Handler runs before the engine gets a turn. */
const enum Turn {
  Budget = 16,
}

/** What a port's driver may do with a tile. */
export interface Tile {
  /** Runs what is ready at `nowUs` (µs since boot); when to call again, -1: not before an interrupt. The port does this by itself. */
  step(nowUs: number): number;
  version: string;
}

/** Starts a tile on `api`. `info` comes from the first stage; without it (tests) the start counts as normal. */
export function boot(api: EspruinoApi, cfg: TileConfig, info?: BootInfo): Tile {
  const port = createPort(api, cfg);
  const flash = openFlash(api, cfg);
  const native: WireNative = {
    atob: api.atob,
    btoa: api.btoa,
    bytes: api.E.toUint8Array,
  };
  const packetBytes = FULL ? 1024 : 512;
  const k = createState({ tasks: Task.Count, slots: 32, endpoints: Task.Count, notifications: 1, messages: 16, dataBytes: 1024 });
  const gate = createGate(k);
  const wire = createNotification(k);
  // Task by task: name, priority, queue, groups it serves.
  const names = ["health", "link", "os"];
  const groups = [SmpGroup.Os, SmpGroup.Capability, SmpGroup.Health];
  const servers = [Task.Os, Task.Os, Task.Health];
  const handlers = [
    createHealthServer(gate, {
      port: port,
      kernel: k,
      count: Task.Count,
      essential: 1 << Task.Link,
      slot: info ? info.slot : 0,
      kind: info ? info.kind : 0,
      causes: String.fromCharCode(info ? info.cause : StartCause.Unknown),
      lookUs: 5000000,
      healthyUs: 10000000,
      markHealthy: function () {
        if (info) flash.program(info.log, "\0\0\0\0");
      },
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
      packetBytes: packetBytes,
      checkedBytes: packetBytes,
      hint: "Genesis " + VERSION + ": this port belongs to the kernel, use the genesis tool (for the console: reset, then Ctrl-C within " + cfg.win + " ms)\r\n",
    }),
    createOsServer(gate, {
      api: api,
      kernel: k,
      names: names,
      tile: cfg,
      packetBytes: packetBytes,
      restart: function () {
        api.E.reboot();
      },
    }),
  ];
  const faultAt = [0, groups.length + 1, 2];
  const slots = [Task.Count, groups.length + 1, 2];
  for (let t = 0; t < Task.Count; t++) {
    const endpoint = t === Task.Link ? Limit.None : createEndpoint(k, 4);
    createTask(k, handlers[t]!, 250 - t, slots[t]!, endpoint, t === Task.Link ? wire : Limit.None);
    // A server's own endpoint: the last address of health, the first of the others.
    if (endpoint !== Limit.None) install(k, t, t ? 1 : Task.Count, CapType.Endpoint, endpoint);
    if (t) {
      install(k, Task.Health, t, CapType.Tcb, t);
      derive(k, k._base[t]! + faultAt[t]!, k._base[Task.Health]! + Task.Count, Rights.Write, t);
      k._faultCap[t] = faultAt[t]!;
    }
  }
  for (let i = 0; i < groups.length; i++) {
    const server = servers[i]!;
    derive(k, k._base[Task.Link]! + i + 1, k._base[server]! + (server ? 1 : Task.Count), Rights.Write | Rights.GrantReply, 0);
  }
  for (let t = 0; t < Task.Count; t++) start(k, t);
  const run = function (nowUs: number): number {
    return step(k, nowUs, Turn.Budget);
  };
  portStart(port, run, function () {
    signal(k, wire, 1);
  });
  return { step: run, version: VERSION };
}
