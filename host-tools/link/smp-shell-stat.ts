// SMP groups 9 (shell) and 2 (statistics) from the client's side. Standard: Zephyr SMP groups 9 and 2.
import type { SmpClient } from "./smp-client.ts";

/** Runs a command line on the tile; returns its output and return code. Sent once only, unless `repeatable`. */
export async function shell(client: SmpClient, argv: string[], options: { repeatable?: boolean; timeoutMs?: number } = {}): Promise<{ output: string; code: number }> {
  const reply = await client.request({ group: 9, id: 0, op: "write", body: { argv }, what: `shell command ${argv[0] ?? ""}`, ...options });
  const { o, ret } = reply;
  return { output: typeof o === "string" ? o : "", code: typeof ret === "number" ? ret : 0 };
}

/** Names of the statistics the tile keeps. */
export async function listStatistics(client: SmpClient): Promise<string[]> {
  const { stat_list: list } = await client.request({ group: 2, id: 1, op: "read", what: "list of statistics" });
  return Array.isArray(list) ? list.filter((name): name is string => typeof name === "string") : [];
}

/** One group of statistics: name to count. */
export async function readStatistics(client: SmpClient, name: string): Promise<{ [field: string]: number }> {
  const { fields } = await client.request({ group: 2, id: 0, op: "read", body: { name }, what: `statistics ${name}` });
  const numbers: { [field: string]: number } = {};
  if (fields !== null && typeof fields === "object" && !Array.isArray(fields) && !(fields instanceof Uint8Array))
    for (const [field, value] of Object.entries(fields)) if (typeof value === "number") numbers[field] = value;
  return numbers;
}
