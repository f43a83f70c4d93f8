// The composition root of the tile image: makes the kernel, the tasks and their capabilities, and starts everything.
//
// Idea: authority is a table. A task can reach what stands in its row and nothing else; every client capability is derived from the one its
// server holds, so a server can revoke it. The bundle's value is `boot`; it keeps nothing outside the tile it makes.
//
// Layout of a CSpace: health holds the TCB capability of task t at address t and its own endpoint behind them. Every other task holds its fault
// endpoint (badge: its number), its own endpoint, and one it may call; the link task holds one endpoint per SMP group instead.

import { openFlash } from "../../hal/port/flash-port.ts";
import { openUart } from "../../hal/port/uart.ts";
import { createPort, portStart } from "../../hal/port/espruino-port.ts";
import type { Port } from "../../hal/port/espruino-port.ts";
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { CapType, Rights } from "../../kernel/gate.ts";
import type { Handler } from "../../kernel/gate.ts";
import { createGate, install, slotAt } from "../../kernel/kernel.ts";
import { derive } from "../../kernel/objects/cnode.ts";
import { createEndpoint } from "../../kernel/objects/endpoint.ts";
import { createNotification, signal } from "../../kernel/objects/notification.ts";
import { createTask, start } from "../../kernel/objects/tcb.ts";
import { step } from "../../kernel/scheduler.ts";
import type { KernelState } from "../../kernel/state.ts";
import { createState, Limit, Tcb } from "../../kernel/state.ts";
import { createDetectorServer } from "../detector/server.ts";
import { createHealthServer } from "../health/server.ts";
import { createIdentityServer } from "../identity/server.ts";
import { createNeighborServer } from "../neighbor/server.ts";
import { createSensorServer } from "../sensor/server.ts";
import { createFsServer } from "../smp/fs-server.ts";
import { createOsServer } from "../smp/os-server.ts";
import { createShellServer } from "../smp/shell-server.ts";
import { createSmpServer } from "../smp/server.ts";
import { openJournal } from "../storage/journal.ts";
import { createTelemetryServer } from "../telemetry/server.ts";
import type { BootInfo } from "../update/boot-log.ts";
import { journalOffset } from "../update/layout.ts";
import { createUpdateServer } from "../update/server.ts";
import { SmpGroup } from "../wire/smp-header.ts";
import type { WireNative } from "../wire/native.ts";

declare const FULL: boolean;
declare const NEIGHBOR: boolean;
declare const SENSOR: boolean;
declare const VERSION: string;

const enum Size {
  /** Handler runs before the engine gets a turn. */
  Turn = 16,
  /** Messages an endpoint queues; twice as many for health, which takes faults too, and telemetry, which has many clients. */
  Queue = 2,
  /** Blocks of the engine's heap; up to here it is small. */
  SmallHeap = 4000,
}

/** Addresses in the CSpace of every task but health. The link task has its services from `Own` on. */
const enum Address {
  Fault = 1,
  Own = 2,
  Peer = 3,
}

/** Tasks by number; the lower the number, the higher the priority. Every task but health and link stands below whom it calls. */
const enum Task {
  Health = 0,
  Link = 1,
  Telemetry = 2,
  Identity = 3,
  Os = 4,
  Update = 5,
  // With the feature `sensor`.
  Detector = 6,
  Sensor = 7,
  // Profile full only.
  Fs = 8,
  Shell = 9,
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
  // Boards with little memory get short packets (a request is in memory several times over while it is read) and neither files nor shell.
  const isLarge = api.process.memory().total > Size.SmallHeap;
  const packetBytes = FULL && isLarge ? 1024 : 512;
  // SMP group by group: its number, and the task that serves it.
  const groups: number[] = [SmpGroup.Health, SmpGroup.Os, SmpGroup.Image, SmpGroup.Telemetry, SmpGroup.Identity];
  const servers: number[] = [Task.Health, Task.Os, Task.Update, Task.Telemetry, Task.Identity];
  // Who calls whom besides the link: client, server, in turn; the capability is at Address.Peer.
  const peers: number[] = [Task.Identity, Task.Telemetry];
  let count = Task.Update + 1;
  if (SENSOR) {
    count = Task.Sensor + 1;
    groups.push(SmpGroup.Sensor, SmpGroup.Detector);
    servers.push(Task.Sensor, Task.Detector);
    peers.push(Task.Detector, Task.Telemetry, Task.Sensor, Task.Detector);
  }
  if (FULL) {
    groups.push(SmpGroup.Capability);
    servers.push(Task.Os);
    if (isLarge) {
      count = Task.Shell + 1;
      groups.push(SmpGroup.Fs, SmpGroup.Shell, SmpGroup.Stat);
      servers.push(Task.Fs, Task.Shell, Task.Shell);
    }
  }
  // The neighbor service comes last, whatever the others are, and only where there is a wire to a neighbor.
  const peer = cfg.peer === "Serial1" ? api.Serial1 : cfg.peer === "Serial2" ? api.Serial2 : undefined;
  const neighbor = count;
  if (NEIGHBOR && peer) {
    count++;
    groups.push(SmpGroup.Neighbor);
    servers.push(neighbor);
  }
  const k = createState({
    tasks: count,
    slots: count + groups.length + 1 + 3 * (count - 2),
    notifications: NEIGHBOR && peer ? 2 : 1,
    messages: Size.Queue * 2 * 2 + Size.Queue * (count - 3),
    dataBytes: 1100,
  });
  // Three looks within the watchdog's time, and no more wake-ups than that needs.
  const lookUs = Math.floor((cfg.wdt * 1000000) / 3);
  const gate = createGate(k);
  const wire = createNotification(k);
  let peerWire = Limit.None as number;
  const journal = openJournal(flash, api.E.CRC32, (journalOffset(cfg) / cfg.page) | 0, cfg.journal);

  const names = ["health", "link", "telemetry", "identity", "os", "update"];
  const handlers: Handler[] = [
    createHealthServer(gate, { port: port, kernel: k, essential: 1 << Task.Link, lookUs: lookUs, info: info, flash: flash, journal: journal }),
    createSmpServer(gate, { native: native, port: port, groups: groups, firstAddress: Address.Own, packetBytes: packetBytes, checkedBytes: packetBytes, windowMs: cfg.win }),
    createTelemetryServer(gate, { journal: journal, replyBytes: packetBytes - 8 }),
    createIdentityServer(gate, { journal: journal, telemetry: Address.Peer, id: cfg.id, name: cfg.name, board: cfg.board, profile: FULL ? "full" : "small", version: VERSION, engine: api.process.version }),
    createOsServer(gate, { api: api, kernel: k, names: names, tile: cfg, packetBytes: packetBytes, journal: journal, flash: flash, info: info }),
    createUpdateServer(gate, api, cfg, flash, info),
  ];
  if (SENSOR) {
    names.push("detector", "sensor");
    handlers.push(createDetectorServer(gate, { telemetry: Address.Peer }), createSensorServer(gate, { journal: journal, detector: Address.Peer, analogRead: api.analogRead }));
  }
  if (FULL && isLarge) {
    names.push("fs", "shell");
    handlers.push(createFsServer(gate, api, packetBytes - 8), createShellServer(gate, port, k));
  }

  if (NEIGHBOR && peer) {
    peerWire = createNotification(k);
    names.push("neighbor");
    const uart = openUart(port, peer, cfg.baud, cfg.peerPath || "", function () {
      signal(k, peerWire, 1);
    });
    handlers.push(createNeighborServer(gate, { native: native, uart: uart, id: cfg.id }));
  }

  for (let t = 0; t < count; t++) {
    const isLink = t === Task.Link;
    const endpoint = isLink ? Limit.None : createEndpoint(k, t === Task.Health || t === Task.Telemetry ? Size.Queue * 2 : Size.Queue);
    createTask(k, handlers[t] as Handler, 250 - t, isLink ? groups.length + 1 : t ? Address.Peer : count, endpoint, isLink ? wire : NEIGHBOR && t === neighbor ? peerWire : Limit.None);
    if (!isLink) install(k, t, t ? Address.Own : count, CapType.Endpoint, endpoint);
    if (t) {
      install(k, Task.Health, t, CapType.Tcb, t);
      derive(k, slotAt(k, t, Address.Fault), slotAt(k, Task.Health, count), Rights.Write, t);
      k._tcb[Tcb.FaultCap + t] = Address.Fault;
    }
  }
  for (let i = 0; i < groups.length; i++) {
    const server = servers[i] as number;
    derive(k, slotAt(k, Task.Link, Address.Own + i), slotAt(k, server, server ? Address.Own : count), Rights.Write | Rights.GrantReply, 0);
  }
  for (let i = 0; i < peers.length; i += 2) {
    const client = peers[i] as number;
    derive(k, slotAt(k, client, Address.Peer), slotAt(k, peers[i + 1] as number, Address.Own), Rights.Write | Rights.GrantReply, client);
  }
  for (let t = 0; t < count; t++) start(k, t);
  return drive(port, k, wire);
}
