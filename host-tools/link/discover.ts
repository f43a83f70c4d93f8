/**
 * Finds tiles: which ports might have one, and which do.
 *
 * Idea: candidates are what the user named, then GENESIS_PORT, then the system's list with likely boards first. A probe
 * opens a port, asks without interrupting anything (ENQ, then an SMP echo) and closes it again; ports that can not be
 * opened are reported with the reason instead of left out.
 */
import type { LinkError } from "./link-errors.ts";
import { isLinkError } from "./link-errors.ts";
import { isLikelyBoard, listPorts } from "./find-port.ts";
import type { PortInfo } from "./find-port.ts";
import { identify } from "./identify.ts";
import type { PortIdentity } from "./identify.ts";
import { openStream } from "./open-stream.ts";

export interface Candidate extends PortInfo {
  /** Who brought it up. */
  from: "argument" | "environment" | "system";
}

export interface Probe {
  port: Candidate;
  /** What is there, or why it could not be opened. */
  found: PortIdentity | { kind: "closed"; error: LinkError };
}

/** Ports to try, best first, each once. `named`: ports given on the command line; `env`: the environment (GENESIS_PORT). */
export async function candidates(named: readonly string[], env: NodeJS.ProcessEnv, list: () => Promise<PortInfo[]> = listPorts): Promise<Candidate[]> {
  const system = await list();
  const describe = (path: string, from: Candidate["from"]): Candidate => ({ ...(system.find((p) => p.path === path) ?? { path }), from });
  const all = [
    ...named.map((path) => describe(path, "argument")),
    ...(env["GENESIS_PORT"] === undefined || env["GENESIS_PORT"] === "" ? [] : [describe(env["GENESIS_PORT"], "environment")]),
    ...system.filter(isLikelyBoard).map((p): Candidate => ({ ...p, from: "system" })),
    ...system.filter((p) => !isLikelyBoard(p)).map((p): Candidate => ({ ...p, from: "system" })),
  ];
  return all.filter((c, i) => all.findIndex((d) => d.path === c.path) === i);
}

/** Ports worth trying when none was named: GENESIS_PORT and the system's likely boards. */
export async function candidatePorts(env: NodeJS.ProcessEnv = process.env): Promise<Candidate[]> {
  return (await candidates([], env)).filter((c) => c.from !== "system" || isLikelyBoard(c));
}

/** Opens a port and asks what is there. Never rejects for reasons of the port. `baud`: line rate. */
export async function probe(port: Candidate, options: { answerMs?: number; baud?: number } = {}): Promise<Probe> {
  try {
    const stream = await openStream(port.path, options.baud);
    try {
      return { port, found: await identify(stream, { interrupt: false, answerMs: options.answerMs ?? 400 }) };
    } finally {
      await stream.close();
    }
  } catch (error) {
    if (isLinkError(error)) return { port, found: { kind: "closed", error } };
    throw error;
  }
}

/** Probes candidates at once and gives the results in their order; the bare UARTs of a mainboard are left out unless named. */
export async function discover(named: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): Promise<Probe[]> {
  const ports = (await candidates(named, env)).filter((c) => c.from !== "system" || isLikelyBoard(c));
  return Promise.all(ports.map((port) => probe(port)));
}
