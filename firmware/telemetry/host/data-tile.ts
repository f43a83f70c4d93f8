/**
 * The data services on a real kernel and a simulated flash, for their tests: no port, no link, time moves when the test says so.
 */
import { crc32 } from "node:zlib";
import type { Command, Interface, Shape } from "../../api.ts";
import type { Flash } from "../../../hal/flash.ts";
import { NorFlash, PowerCut } from "../../../host-tools/sim/nor-flash.ts";
import { bootGive, bootObject, bootOp, BootPart, BootSlot, bootTask, createKernel, slotIn } from "../../../kernel/boot.ts";
import { Event, Op, Rights, Status, TaskState } from "../../../kernel/gate.ts";
import type { Handler } from "../../../kernel/gate.ts";
import { runAs } from "../../../kernel/host/run-as.ts";
import { createGate } from "../../../kernel/kernel.ts";
import { halt } from "../../../kernel/objects/tcb.ts";
import { step } from "../../../kernel/scheduler.ts";
import { Tcb, use } from "../../../kernel/state.ts";
import { createDetectorServer } from "../../detector/server.ts";
import { detectorApi } from "../../detector/api.ts";
import { identityApi } from "../../identity/api.ts";
import { createIdentityServer } from "../../identity/server.ts";
import { sensorApi } from "../../sensor/api.ts";
import { createSensorServer } from "../../sensor/server.ts";
import { openJournal } from "../../storage/journal.ts";
import type { Journal } from "../../storage/journal.ts";
import { CborFlag } from "../../wire/cbor-reader.ts";
import { cborDecode, cborEncode } from "../../wire/cbor.ts";
import type { CborMap, CborValue } from "../../wire/cbor.ts";
import { telemetryApi } from "../api.ts";
import { createTelemetryServer } from "../server.ts";

/** Tasks of the rig; the client has the highest priority, as the link has on a tile. */
export const Tasks = { client: 0, identity: 1, sensor: 2, detector: 3, telemetry: 4 } as const;

/** The described services, and where the client reaches them. */
export const services: readonly { api: Interface; task: number }[] = [
  { api: identityApi, task: Tasks.identity },
  { api: sensorApi, task: Tasks.sensor },
  { api: detectorApi, task: Tasks.detector },
  { api: telemetryApi, task: Tasks.telemetry },
];

export interface Answer {
  /** SMP result; -1: the service died before it answered; -2: it can't be called; -3: no answer yet. */
  rc: number;
  /** Reply map, byte strings as plain strings. */
  reply: CborMap;
}

export interface Options {
  pages?: number;
  pageBytes?: number;
  replyBytes?: number;
  analogRead?: (pin: unknown) => number;
}

/** One life of a tile; make another over the same chip for the next one. */
export class DataTile {
  readonly chip: NorFlash;
  readonly journal: Journal;
  readonly k = createKernel({ words: 2000, bytes: 5 * 1024, irqs: 0, slots: 32 }, undefined, undefined);
  private job: (() => void) | undefined;
  private readonly gate = createGate(this.k);
  private answer: { rc: number; data: string } | undefined;

  constructor(options: Options = {}, chip?: NorFlash) {
    const pages = options.pages ?? 4;
    const pageBytes = options.pageBytes ?? 4096;
    const nor = chip ?? new NorFlash({ baseAddress: 0, flashBytes: pages * pageBytes, pageBytes });
    this.chip = nor;
    const flash: Flash = { pageBytes, read: (at, length) => nor.readString(at, length), program: (at, data) => nor.program(at, data), erase: (at) => nor.erasePage(at) };
    this.journal = openJournal(flash, (bytes) => crc32(Buffer.from(bytes, "latin1")), 0, pages);
    const { gate, journal } = this;
    const client: Handler = (event, _badge, label, _a, _b, data) => {
      const job = this.job;
      this.job = undefined;
      if (job) job();
      else if (event === Event.Reply) this.answer = { rc: label, data };
      else if (event === Event.DeadReply) this.answer = { rc: -1, data: "" };
    };
    const handlers: Handler[] = [
      client,
      createIdentityServer(gate, { journal, telemetry: 1, id: "0011223344556677", name: "made at flash time", board: "test", profile: "full", version: "1.2.3", engine: "none" }),
      createSensorServer(gate, {
        journal,
        detector: 1,
        analogRead:
          options.analogRead ??
          (() => {
            throw new Error("no pins here");
          }),
      }),
      createDetectorServer(gate, { telemetry: 1 }),
      createTelemetryServer(gate, { journal, replyBytes: options.replyBytes ?? 1016 }),
    ];
    const tcbs = handlers.map((handler, task) => bootTask(this.at(task), handler, 200 - task, 3, 1024));
    const grant = (from: number, at: number, to: number): void => bootGive(tcbs[to]! + Tcb.Endpoint, slotIn(tcbs[from]!, at), Rights.Write | Rights.GrantReply, 0);
    for (let task = 1; task < 5; task++) grant(Tasks.client, task, task);
    grant(Tasks.identity, 1, Tasks.telemetry);
    grant(Tasks.sensor, 1, Tasks.detector);
    grant(Tasks.detector, 1, Tasks.telemetry);
    this.run();
  }

  /** Boot address of a task's TCB. */
  private at(task: number): number {
    return BootSlot.Free + task * BootPart.Count;
  }

  private tcb(task: number): number {
    return bootObject(this.k, this.at(task));
  }

  private run(): void {
    for (let turns = 0; step(this.k, this.k._now, 8) === this.k._now; turns++) if (turns > 100) throw new Error("the tile does not come to rest");
    // The scheduler took the cut for a fault of the task; without power nothing went on.
    if (!this.chip.isPowered) throw new PowerCut(this.chip.operations);
  }

  /** Lets `us` microseconds pass, stopping at every timer. */
  advance(us: number): void {
    const end = this.k._now + us;
    for (;;) {
      const next = step(this.k, this.k._now, 8);
      if (next < 0 || next > end) break;
      this.k._now = Math.max(this.k._now, next);
    }
    this.k._now = end;
    this.run();
  }

  /** Calls a task with raw bytes, as the client. */
  call(task: number, label: number, group: number, data: string): { rc: number; data: string } {
    this.answer = undefined;
    let status: number = Status.NotReady;
    this.job = () => {
      status = this.gate(Op.Call, task, label, group, 0, data);
    };
    runAs(this.k, this.tcb(Tasks.client));
    if (status !== Status.Ok) return { rc: -2, data: "" };
    this.run();
    return this.answer ?? { rc: -3, data: "" };
  }

  /** One SMP request by names, as in the service's description. The reply is checked against the description. */
  ask(api: Interface, name: string, direction: "read" | "write", request: CborMap = {}): Answer {
    const command = api.commands[name];
    const exchange = command?.[direction];
    if (!command || !exchange) throw new Error(`${api.name} has no ${direction} ${name}`);
    const task = services.find((service) => service.api === api)!.task;
    const { rc, data } = this.call(task, command.id * 2 + (direction === "write" ? 1 : 0), api.group, cborEncode(request)!);
    return this.check(command, exchange.reply, rc, data);
  }

  /** Decodes a reply and holds it against its description. */
  check(command: Command, shape: Shape, rc: number, data: string): Answer {
    if (rc < 0) return { rc, reply: {} };
    if (rc) {
      if (!command.errors?.[rc]) throw new Error(`result ${rc} is not in the description`);
      return { rc, reply: {} };
    }
    const reply = cborDecode(data, CborFlag.Flat) as CborMap | undefined;
    if (!reply || typeof reply !== "object") throw new Error(`the reply is not deterministic CBOR: ${Buffer.from(data, "latin1").toString("hex")}`);
    for (const [key, field] of Object.entries(shape)) {
      const value: CborValue | undefined = reply[key];
      const ok =
        value === undefined
          ? field.optional
          : field.type === "uint"
            ? typeof value === "number" && value >= 0
            : field.type === "int"
              ? typeof value === "number"
              : field.type === "list"
                ? Array.isArray(value)
                : field.type === "bool"
                  ? typeof value === "boolean"
                  : typeof value === "string";
      if (!ok) throw new Error(`${key} is ${JSON.stringify(value)}, not ${field.type}`);
    }
    for (const key of Object.keys(reply)) if (!shape[key]) throw new Error(`${key} is not in the description`);
    return { rc, reply };
  }

  /** All telemetry from number `from` on, as a host reads it. */
  telemetry(from = 1): { seq: number; record: number[] }[] {
    const out: { seq: number; record: number[] }[] = [];
    for (let next = from; ; ) {
      const { rc, reply } = this.ask(telemetryApi, "read", "read", { from: next });
      if (rc) throw new Error(`telemetry read: ${rc}`);
      (reply["list"] as number[][]).forEach((record, i) => out.push({ seq: (reply["from"] as number) + i, record }));
      next = reply["next"] as number;
      if (next >= (reply["end"] as number)) return out;
    }
  }

  /** A task dies, or comes back. */
  kill(task: number): void {
    use(this.k);
    halt(this.tcb(task), TaskState.Faulted);
    this.run();
  }
  revive(task: number): void {
    use(this.k);
    bootOp(Op.TcbResume, this.at(task), 0, 0, 0);
    this.run();
  }
  isFaulted(task: number): boolean {
    return this.k._m[this.tcb(task) + Tcb.State] === TaskState.Faulted;
  }
}
