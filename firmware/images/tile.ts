// The composition root of the tile image: makes the kernel, the tasks and their capabilities, and starts everything.
//
// Idea: authority is a table. A task can reach what stands in its row and nothing else; every client capability is derived from the one its
// server holds, so a server can revoke it. The bundle's value is `boot`; it keeps nothing outside the tile it makes.
//
// Layout of a CSpace: health holds the TCB capability of task t at address t. The link task holds one endpoint per SMP group, then the handler of
// the wire's interrupt. Every other task holds the endpoint it may call, if there is one. Faults go to health, with the task's number as badge.

// First in the bundle, since Espruino looks a name up from the first one on: the kernel's memory.
import "../../kernel/state.ts";
import { openFlash } from "../../hal/port/flash-port.ts";
import { openUart } from "../../hal/port/uart.ts";
import { createPort, portNow, portStart } from "../../hal/port/espruino-port.ts";
import type { Port } from "../../hal/port/espruino-port.ts";
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { bootClaim, bootGive, bootMake, bootOp, BootPart, bootSlot, BootSlot, bootTask, BootWords, createKernel, slotIn } from "../../kernel/boot.ts";
import { CapType, DeviceKind, ObjectWords, Op, Rights } from "../../kernel/gate.ts";
import type { Handler } from "../../kernel/gate.ts";
import { gate } from "../../kernel/kernel.ts";
import { createPower, powerBudget, PowerDevice, powerSwitch, powerTask, PowerWord } from "../../kernel/power/power.ts";
import { interrupt, step } from "../../kernel/scheduler.ts";
import type { KernelState } from "../../kernel/state.ts";
import { Irq, Limit, Nt, Reg, Tcb } from "../../kernel/state.ts";
import { createDetectorServer } from "../detector/server.ts";
import { createHealthServer } from "../health/server.ts";
import { createIdentityServer } from "../identity/server.ts";
import { createNeighborServer } from "../neighbor/server.ts";
import { createSensorServer } from "../sensor/server.ts";
import { createFsServer } from "../smp/fs-server.ts";
import { createOsServer } from "../smp/os-server.ts";
import { createShellServer } from "../smp/shell-server.ts";
import { createSmpServer } from "../smp/server.ts";
import { RunLimit } from "../health/run-limit.ts";
import { openJournal } from "../storage/journal.ts";
import { createTelemetryServer } from "../telemetry/server.ts";
import type { BootInfo } from "../update/boot-log.ts";
import { journalOffset } from "../update/layout.ts";
import { createUpdateServer } from "../update/server.ts";
import { SmpGroup } from "../wire/smp-header.ts";
import type { WireNative } from "../wire/native.ts";

declare const FUEL: boolean;
declare const FULL: boolean;
declare const NEIGHBOR: boolean;
declare const POWER: boolean;
declare const SENSOR: boolean;
declare const VERSION: string;
declare let $: number;

const enum Size {
  /** Handler runs before the engine gets a turn. */
  Turn = 16,
  /** Longest byte string in a message. */
  Message = 1100,
  /** Radix of the CNodes of all but health and link. */
  Radix = 1,
  /** Blocks of the engine's heap; up to here it is small. */
  SmallHeap = 4000,
  /** Devices that the ledger knows: the UARTs, and one for a driver. */
  Devices = 2,
}

/** Addresses in a CSpace: what the task may call (link: the first of its services). */
const enum Address {
  Peer = 1,
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
function drive(port: Port, k: KernelState): Tile {
  const run = function (nowUs: number): number {
    if (!FUEL) return step(k, nowUs, Size.Turn);
    // Each run at a time of its own, so that each begins with its whole fuel (run-limit.ts).
    let at = nowUs;
    let next = nowUs;
    for (let n = 0; n < Size.Turn && next === at; n++) {
      at = k._now < nowUs ? nowUs : k._now + 1;
      next = step(k, at, 1);
    }
    return next === at ? nowUs : next;
  };
  portStart(port, run, function () {
    interrupt(k, DeviceKind.Serial, 0);
  });
  return { step: run, version: VERSION };
}

/** Gives task `t` serial port `n`: its interrupts signal a notification that `t` is bound to, and `t` gets their handler at `address`. Takes two addresses of the boot CNode from `at`. */
function giveWire(k: KernelState, t: number, address: number, at: number, n: number): void {
  const bell = bootMake(CapType.Notification, bootSlot(at), 0, 0);
  k._m[t + Tcb.Notification] = bell;
  k._m[bell + Nt.Task] = t;
  bootGive(bootSlot(at), bootClaim(65536 + (n << 4) + DeviceKind.Serial, bootSlot(at + 1)) + Irq.Slot, Rights.Write, 1);
  bootGive(bootSlot(at + 1), slotIn(t, address), Rights.All, 0);
}

/** Starts a tile on `api`. `first` comes from the first stage; without it (tests) the start counts as a normal one from slot 0. */
export function boot(api: EspruinoApi, cfg: TileConfig, first?: BootInfo): Tile {
  const info: BootInfo = first || { slot: 0, kind: 0, cause: 0, log: -1, unhealthy: 0 };
  const port = createPort(api, cfg);
  const flash = openFlash(api, cfg);
  const native: WireNative = { atob: api.atob, btoa: api.btoa, bytes: api.E.toUint8Array };
  // Boards with little memory get short packets (a request is in memory several times over while it is read) and neither files nor shell.
  const isLarge = FULL && api.process.memory().total > Size.SmallHeap;
  const packetBytes = isLarge ? 1024 : 512;
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
  const peer = !NEIGHBOR ? undefined : cfg.peer === "Serial1" ? api.Serial1 : cfg.peer === "Serial2" ? api.Serial2 : undefined;
  const neighbor = count;
  if (NEIGHBOR && peer) {
    count++;
    groups.push(SmpGroup.Neighbor);
    servers.push(neighbor);
  }
  const wires = NEIGHBOR && peer ? 2 : 1;
  // Health and link have as many addresses as they need.
  const wide = 2;
  let radix = Size.Radix;
  while (1 << radix < groups.length + 2) radix++;
  const wire = BootSlot.Free + count * BootPart.Count;
  const k = createKernel(
    {
      words: count * (BootWords.Task + (ObjectWords.Slot << Size.Radix)) + wide * ((ObjectWords.Slot << radix) - (ObjectWords.Slot << Size.Radix)) + wires * ObjectWords.Notification,
      bytes: count * Size.Message,
      irqs: wires,
      slots: wire + 2 * wires,
    },
    undefined,
    undefined,
  );
  const special = (POWER && cfg.tasks) || [];
  // Three looks within the watchdog's time, and no more wake-ups than that needs.
  const lookUs = Math.floor((cfg.wdt * 1000000) / 3);
  if (POWER && cfg.power) {
    const energy = cfg.energy || [];
    const p = createPower(Size.Devices, cfg.power, portNow as (port: object) => number, port);
    k._power = p;
    powerSwitch(p, PowerDevice.Uart, Task.Link, cfg.power[PowerWord.UartNa] as number);
    // A look may come an eighth later, together with something else.
    p._slackUs[Task.Health] = lookUs / 8;
    for (let i = 0; i < energy.length; i += 3) powerBudget(p, energy[i] as number, energy[i + 1] as number, energy[i + 2] as number);
    for (let i = 0; i < special.length; i += 5) powerTask(p, special[i] as number, special[i + 2] as number, special[i + 3] as number, special[i + 4] as number);
  }
  const journal = openJournal(flash, api.E.CRC32, (journalOffset(cfg) / cfg.page) | 0, cfg.journal);

  // Asked for in profile full only.
  const names = FULL ? ["health", "link", "telemetry", "identity", "os", "update"] : [];
  const handlers: Handler[] = [
    createHealthServer(gate, { port: port, kernel: k, tasks: count, essential: 1 << Task.Link, lookUs: lookUs, info: info, flash: flash, journal: journal }),
    createSmpServer(gate, { native: native, port: port, groups: groups, firstAddress: Address.Peer, packetBytes: packetBytes, checkedBytes: packetBytes, windowMs: cfg.win }),
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
    names.push("neighbor");
    const uart = openUart(port, peer, cfg.baud, cfg.peerPath || "", function () {
      interrupt(k, DeviceKind.Serial, 1);
    });
    handlers.push(createNeighborServer(gate, { native: native, uart: uart, irq: Address.Peer, id: cfg.id }));
  }

  const tcbs: number[] = [];
  for (let t = 0; t < count; t++) {
    const base = BootSlot.Free + t * BootPart.Count;
    let priority = 250 - t;
    if (POWER) for (let i = 0; i < special.length; i += 5) if (special[i] === t) priority = special[i + 1] as number;
    tcbs.push(bootTask(base, handlers[t] as Handler, priority, t < wide ? radix : Size.Radix, Size.Message));
    if (t) {
      if (FUEL) bootOp(Op.SchedConfigure, BootSlot.SchedControl, RunLimit.Fuel, base + BootPart.SchedContext, RunLimit.PeriodUs);
      bootGive(bootSlot(base), slotIn(tcbs[Task.Health] as number, t), Rights.All, 0);
      bootGive((tcbs[Task.Health] as number) + Tcb.Endpoint, (tcbs[t] as number) + Tcb.Fault, Rights.Write, t);
    }
  }
  const link = tcbs[Task.Link] as number;
  for (let i = 0; i < groups.length; i++) bootGive((tcbs[servers[i] as number] as number) + Tcb.Endpoint, slotIn(link, Address.Peer + i), Rights.Write | Rights.GrantReply, 0);
  for (let i = 0; i < peers.length; i += 2) {
    const client = peers[i] as number;
    bootGive((tcbs[peers[i + 1] as number] as number) + Tcb.Endpoint, slotIn(tcbs[client] as number, Address.Peer), Rights.Write | Rights.GrantReply, client);
  }
  giveWire(k, link, Address.Peer + groups.length, wire, 0);
  if (NEIGHBOR && peer) giveWire(k, tcbs[neighbor] as number, Address.Peer, wire + 2, 1);
  if (FULL && api.E.lastWord) {
    // An engine that ended kept who ran then: that task comes up faulted, as if the kernel had found out by itself.
    const t = api.E.lastWord(k._m, Reg.Running);
    if (tcbs.indexOf(t) > Task.Health) {
      k._n = 0;
      k._m[Reg.Running] = t;
      k._m[Reg.Fuel] = FUEL ? RunLimit.Fuel : Limit.Unlimited;
      if (FUEL) $ = Math.min($, RunLimit.Fuel);
    }
  }
  return drive(port, k);
}
