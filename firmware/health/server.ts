// Health: supervisor of the other tasks, keeper of the watchdog, group 65.
//
// A faulted task is restarted after 0.1 s, 0.2 s, 0.4 s …; after the fifth fault within ten minutes it stays down. The watchdog is kicked only
// when no task with waiting work has stood still for two looks in a row. A task the tile can't do without stays down: the tile restarts.
// Health is not supervised itself: when it faults nobody kicks, which resets the board too.

import { progress } from "../../kernel/inspect.ts";
import { Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { powerSupply } from "../../kernel/power/power.ts";
import type { KernelState } from "../../kernel/state.ts";
import type { Port } from "../../hal/port/espruino-port.ts";
import { CborBytes, cborEncode } from "../wire/cbor.ts";
import type { CborMap, CborValue } from "../wire/cbor.ts";
import { SmpRc } from "../wire/smp-header.ts";
import type { Flash } from "../../hal/flash.ts";
import type { Journal } from "../storage/journal.ts";
import type { BootInfo } from "../update/boot-log.ts";
import { markHealthy, noteStart, restart } from "./start-causes.ts";
import { HealthCommand, StartCause } from "./api.ts";
import { RunLimit } from "./run-limit.ts";

declare const FUEL: boolean;
declare const POWER: boolean;

export interface HealthDeps {
  port: Port;
  kernel: KernelState;
  /** Number of tasks. */
  tasks: number;
  /** Bit t: the tile can't do without task t. The TCB capability of task t is at address t (this task is number 0). */
  essential: number;
  /** Time between two looks at the tasks, each with a kick: well below the watchdog's. */
  lookUs: number;
  info: BootInfo;
  flash: Flash;
  journal: Journal;
}

export const enum Policy {
  /** How long a start must have gone well to be marked healthy. */
  HealthyUs = 10000000,
  /** Faults of one task before it stays down. */
  Strikes = 5,
  /** Strikes are forgotten after this time. */
  ForgetUs = 600000000,
  FirstDelayUs = 100000,
}

/** The handler of the health task; its endpoint takes requests and fault messages. */
export function createHealthServer(gate: Gate, deps: HealthDeps): Handler {
  const k = deps.kernel;
  let count = 0;
  let strikes: Uint8Array;
  let resumeUs: Float64Array;
  let lastRuns: Int32Array;
  let isHealthy = false;
  let faults = 0;
  let down = 0;
  let stuck = 0;
  let wasStuck = 0;
  let lookUs = 0;
  let forgetUs = 0;
  let low = -1;
  const causes = noteStart(deps.journal, deps.info.cause);
  let flags: string[] = [];
  let list: CborValue[] = [];

  function look(now: number): void {
    stuck = 0;
    for (let t = 0; t < count; t++) {
      const p = progress(k, t);
      if (p > 0 && p & 1 && p === lastRuns[t]) stuck |= 1 << t;
      lastRuns[t] = p;
      // A fault message that found no room: restart it all the same.
      if (p < 0 && !resumeUs[t] && !((down >> t) & 1)) resumeUs[t] = now + 1;
    }
    if (!(stuck & wasStuck)) deps.port.api.E.kickWatchdog();
    wasStuck = stuck;
    if (now >= forgetUs) {
      forgetUs = now + Policy.ForgetUs;
      strikes.fill(0);
    }
    if (POWER && k._power && deps.port.api.E.getBattery) {
      const charge = deps.port.api.E.getBattery();
      // A board on the mains says NaN.
      if (charge >= 0) powerSupply(k._power, charge * 10);
    }
    const free = deps.port.api.process.memory().free;
    if (low < 0 || free < low) low = free;
    if (!isHealthy && now >= Policy.HealthyUs && !(down | stuck)) {
      isHealthy = true;
      markHealthy(deps.flash, deps.info);
    }
    lookUs = now + deps.lookUs;
  }

  function status(now: number): CborMap {
    const seen = deps.port.api.E.getErrorFlags();
    for (let i = 0; i < seen.length; i++) if (flags.indexOf(seen[i] as string) < 0) flags.push(seen[i] as string);
    const m = deps.port.api.process.memory();
    const reply: CborMap = {
      up: now,
      ok: isHealthy,
      slot: deps.info.slot,
      kind: deps.info.kind,
      causes: new CborBytes(causes),
      faults: faults,
      down: down,
      stuck: stuck,
      free: m.free,
      total: m.total,
      low: low,
      flags: flags.join(),
      wakeups: deps.port.wakeups,
      active: deps.port.activeUs,
      rxlost: deps.port.rxLost,
    };
    if (FUEL) reply["fuel"] = RunLimit.Fuel;
    return reply;
  }

  return function (event, badge, label, a, b, data) {
    const now = gate(Op.Now, 0, 0, 0, 0, "");
    if (event === Event.Start) {
      count = deps.tasks;
      strikes = new Uint8Array(count);
      resumeUs = new Float64Array(count);
      lastRuns = new Int32Array(count);
      lookUs = now;
      forgetUs = now + Policy.ForgetUs;
    }
    if (event === Event.Fault) {
      faults++;
      list.push([badge, label, b, now, data]);
      if (list.length > 4) list.shift();
      strikes[badge]!++;
      if (strikes[badge]! > Policy.Strikes) {
        down |= 1 << badge;
        if ((deps.essential >> badge) & 1) restart(deps.port.api, deps.journal, StartCause.Supervisor);
      } else resumeUs[badge] = now + Policy.FirstDelayUs * (1 << (strikes[badge]! - 1));
    }
    if (event === Event.Message) {
      const id = label >> 1;
      if (id === HealthCommand.Status) gate(Op.Reply, 0, 0, 0, 0, cborEncode(status(now)) as string);
      else if (id === HealthCommand.Faults) gate(Op.Reply, 0, 0, 0, 0, cborEncode({ list: list }) as string);
      else gate(Op.Reply, 0, SmpRc.NotSupported, 0, 0, "");
      return;
    }
    if (now >= lookUs) look(now);
    let next = lookUs;
    for (let t = 1; t < count; t++) {
      const at = resumeUs[t]!;
      if (at && at <= now) {
        resumeUs[t] = 0;
        gate(Op.TcbResume, t, 0, 0, 0, "");
      } else if (at && at < next) next = at;
    }
    gate(Op.SetTimer, 0, 0, next, 0, "");
  };
}
