// What is behind a port, asked in order of how little a question disturbs: does it open, who answers, how good is the line, how is the tile.
import { identityApi } from "../../firmware/identity/api.ts";
import { neighborApi } from "../../firmware/neighbor/api.ts";
import type { Context } from "../cli/command.ts";
import { describeFailure } from "../cli/failure.ts";
import type { ByteStream } from "../link/byte-stream.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { deviceFacts } from "../link/espruino-tools-adapter.ts";
import { isLinkError } from "../link/link-errors.ts";
import { callRead } from "../link/service-client.ts";
import type { Finding } from "./check-computer.ts";
import { placeOption, waitForKernel } from "./connect.ts";
import type { TileHost } from "./tile-host.ts";
import { TileSession } from "./tile-session.ts";

const QUESTIONS = 10;

const problem = (check: string, thrown: unknown): Finding => {
  const { message, next, exitCode } = describeFailure(thrown);
  return { check, isOk: false, what: message, exitCode, ...(next === undefined ? {} : { next }) };
};

/** Tells `note` each finding as it comes. Rejects only when interrupted, or for a fault of this program. */
export async function tileFindings(host: TileHost, context: Context, note: (finding: Finding) => void): Promise<void> {
  let session: TileSession;
  try {
    session = await TileSession.open(host);
  } catch (error) {
    return note(problem("port", error));
  }
  context.onExit(() => session.close());
  note({ check: "port", isOk: true, what: `${host.name} opens` });
  try {
    await waitForKernel(session, context);
  } catch (error) {
    const finding = problem("answer", error);
    if (finding.exitCode === 130) throw error;
    if ((error as { code?: unknown }).code !== "BARE_BOARD") return note(finding);
    // Nothing is wrong with a board that waits to be flashed.
    return noteBoard(session.stream, note, { ...finding, isOk: true });
  }
  note({ check: "answer", isOk: true, what: "a Genesis kernel answers" });
  try {
    const startedMs = performance.now();
    for (let n = 0; n < QUESTIONS; n++) await session.health();
    const { repeated, damaged } = session.client.stats;
    const isClean = repeated === 0 && damaged === 0;
    note({ check: "line", isOk: isClean, isOptional: true, what: `${QUESTIONS} questions in ${Math.round(performance.now() - startedMs)} ms, ${repeated} repeated, ${damaged} damaged`, ...(isClean ? {} : { next: "nothing is lost by that, but try another cable, or a lower --baud" }) });
    const health = await session.health();
    note({ check: "health", isOk: health.ok, isOptional: true, what: `${health.ok ? "healthy" : "not yet marked healthy"}, ${health.faults} faults, ${health.free} of ${health.total} memory blocks free`, ...(health.ok ? {} : { next: `genesis monitor ${placeOption(host)} shows what it does` }) });
    const { name, version } = await callRead(session.client, identityApi, "info", {});
    note({ check: "image", isOk: true, signed: false, what: `${name} runs ${version}, UNSIGNED (HMAC under the tile's own key)` });
    const neighbor = await neighborFinding(session);
    if (neighbor !== undefined) note(neighbor);
  } catch (error) {
    note(problem("line", error));
  }
}

/** What a tile on the second UART says; undefined where the tile has no such wire. */
async function neighborFinding(session: TileSession): Promise<Finding | undefined> {
  try {
    const { id, heard, lost, restarts, age, every } = await callRead(session.client, neighborApi, "status", {});
    if (id === "") return { check: "neighbor", isOk: false, isOptional: true, what: "no hello on the second UART yet", next: "look at the wires (TX to RX, both ways, and ground) and whether the other tile was flashed with --neighbor, and not with this tile's id (a restored backup)" };
    const isThere = age <= 3000 * every;
    const what = `tile ${id}, heard ${(age / 1000).toFixed(0)} s ago, ${heard} hellos, ${lost} lost, ${restarts} restarts`;
    return { check: "neighbor", isOk: isThere, isOptional: true, what, ...(isThere ? {} : { next: "it is gone, or says hello more seldom: genesis doctor at its own port" }) };
  } catch (error) {
    if (isLinkError(error, "REFUSED")) return undefined; // no such wire
    throw error;
  }
}

async function noteBoard(stream: ByteStream, note: (finding: Finding) => void, answer: Finding): Promise<void> {
  note(answer);
  try {
    const console = await EspruinoConsole.open(stream, { smp: false });
    note({ check: "board", isOk: true, what: await deviceFacts(console) });
    console.close();
  } catch (error) {
    note({ ...problem("board", error), isOptional: true });
  }
}
