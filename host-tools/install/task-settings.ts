// What the scheduler of a new tile is told of its tasks, from the command line: `sensor:slack=30s,criticality=0;identity:energy=10mC/60s`.
//
// Tasks are those of the full tile image (firmware/images/tile.ts); what is left out keeps its default: the image's priority, no slack, no deadline, vital, as much charge as it likes.
import { InstallError } from "./install-error.ts";

/** Names by task number. */
export const TASK_NAMES = ["health", "link", "telemetry", "identity", "os", "update", "detector", "sensor", "fs", "shell"] as const;

export interface TaskSettings {
  /** As in TileConfig. */
  tasks?: number[];
  energy?: number[];
}

const DURATIONS_US: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, min: 60e6, h: 3600e6 };
const CHARGES_UC: Readonly<Record<string, number>> = { uC: 1, mC: 1e3, C: 1e6, uAh: 3600, mAh: 3.6e6 };
/** Relative times are compared as 30-bit numbers (kernel/power/features.ts). */
const LONGEST_US = 0x3fffffff;
const CRITICALITIES = ["comfort", "normal", "important", "vital"];

function bad(what: string, next: string): InstallError {
  return new InstallError("BAD_TASK", 2, what, next);
}

/** A number with its unit, as an integer of the smallest one. */
function quantity(text: string, units: Readonly<Record<string, number>>, most: number, what: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)([a-zA-Z]+)$/.exec(text) ?? [];
  const value = Math.round(Number(digits) * (units[unit] ?? NaN));
  if (!(value >= 1 && value <= most)) throw bad(`${JSON.stringify(text)} is no ${what}`, `write a number with one of the units ${Object.keys(units).join(", ")}, up to ${most} ${Object.keys(units)[0]}`);
  return value;
}

function whole(text: string, least: number, most: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) throw bad(`${JSON.stringify(text)} is no ${what}`, `write a whole number from ${least} to ${most}`);
  return value;
}

/** @throws InstallError BAD_TASK, which says what is wrong and how to write it. */
export function parseTaskSettings(text: string): TaskSettings {
  const tasks: number[] = [];
  const energy: number[] = [];
  const seen = new Set<number>();
  for (const part of text.split(";").map((one) => one.trim()).filter((one) => one !== "")) {
    const [name = "", list = ""] = part.split(/:(.*)/s);
    const task = (TASK_NAMES as readonly string[]).indexOf(name.trim());
    if (task < 0) throw bad(`there is no task ${JSON.stringify(name)}`, `the tasks are ${TASK_NAMES.join(", ")}`);
    if (seen.has(task)) throw bad(`${name} stands twice`, "put all its settings behind one name");
    seen.add(task);
    let [priority, slackUs, relativeUs, criticality] = [250 - task, 0, 0, 3];
    let isTold = false;
    for (const setting of list.split(",")) {
      const [key = "", value = ""] = setting.trim().split(/=(.*)/s);
      isTold ||= key !== "energy";
      if (key === "priority") priority = whole(value, 1, 250, "priority");
      else if (key === "slack") slackUs = quantity(value, DURATIONS_US, LONGEST_US, "time");
      else if (key === "deadline") relativeUs = quantity(value, DURATIONS_US, LONGEST_US, "time");
      else if (key === "criticality") criticality = CRITICALITIES.includes(value) ? CRITICALITIES.indexOf(value) : whole(value, 0, 3, `criticality (0 ${CRITICALITIES.join(", ")} 3)`);
      else if (key === "energy") {
        const [charge = "", period = ""] = value.split("/");
        energy.push(task, quantity(charge, CHARGES_UC, LONGEST_US, "charge"), quantity(period, DURATIONS_US, 86_400e6, "time"));
      } else throw bad(`${JSON.stringify(setting.trim())} is no setting of a task`, "write priority=, slack=, deadline=, criticality= or energy=, as in sensor:slack=30s,criticality=0,energy=10mC/60s");
    }
    if (isTold) tasks.push(task, priority, slackUs, relativeUs, criticality);
  }
  return { ...(tasks.length === 0 ? {} : { tasks }), ...(energy.length === 0 ? {} : { energy }) };
}
