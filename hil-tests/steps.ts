// Steps that scenarios share: what runs, a tile's telemetry as evidence, waiting for something with a limit.
import { sensorApi } from "../firmware/sensor/api.ts";
import { telemetryApi } from "../firmware/telemetry/api.ts";
import { isLinkError } from "../host-tools/link/link-errors.ts";
import { buildOneSlotScript } from "../host-tools/image/first-stage-script.ts";
import { updateOneSlotOver } from "../host-tools/install/one-slot-device.ts";
import { callRead, callWrite } from "../host-tools/link/service-client.ts";
import { type ImageSlot, listImages } from "../host-tools/link/smp-image.ts";
import { readTelemetry, type TelemetryRecord } from "../host-tools/tiles/telemetry-reader.ts";
import { activeSlot } from "../host-tools/tiles/update-tile.ts";
import type { TileSession } from "../host-tools/tiles/tile-session.ts";
import { check, CheckFailure, checkEqual, type Stage, type StageTile } from "./scenario.ts";

/** mulberry32, for what a scenario picks at random: the same seed picks the same. Returns 0 … 2^32-1. */
export { seededRandom } from "../host-tools/link/testing/lossy-line.ts";

/** The image that runs. Rejects as the link does. */
export async function running(session: TileSession): Promise<ImageSlot> {
  return activeSlot(await listImages(session.client));
}

/** @throws CheckFailure unless version `version` runs, confirmed or not as said. */
export async function checkRuns(session: TileSession, version: string, isConfirmed: boolean, when: string): Promise<void> {
  const image = await running(session);
  checkEqual([image.version, image.confirmed], [version, isConfirmed], `version that runs ${when}, and whether it is confirmed`);
}

/** Waits until `probe` gives a value, asking again and again; a silent tile is asked again too. @throws CheckFailure with `what` when the time is up. */
export async function until<T>(probe: () => Promise<T | undefined>, timeoutMs: number, what: string): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  let last = "";
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT", "BAD_REPLY")) throw error;
      last = `; last: ${error.message}`;
    }
    if (performance.now() > deadlineMs) throw new CheckFailure(`${what}: not within ${(timeoutMs / 1000).toFixed(0)} s${last}`);
    await pause(100);
  }
}

/** Writes `image` into the only slot, through the boot window, and restarts into it. `whileHeld` is called when the window is held, before anything is written. */
export async function writeOneSlot(stage: Stage, tile: StageTile, image: Uint8Array, whileHeld?: () => Promise<void>): Promise<void> {
  const held = await stage.hold(tile);
  check(held.isTile, "the first stage answers in the boot window");
  await whileHeld?.();
  await updateOneSlotOver(held.device, buildOneSlotScript(stage.root), tile.config, image);
  await held.reboot();
  await tile.reopen();
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Samples of a scenario: a slow wave with steps, the same for the same seed. */
export function samplesFor(count: number, seed: number): number[] {
  let state = seed | 1;
  return Array.from({ length: count }, (_, index) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return 7000 + Math.round(800 * Math.sin(index / 40)) + ((state >>> 16) % 101);
  });
}

/** 16-bit big-endian two's complement, as the sensor service wants it. */
export function packSamples(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => bytes.writeInt16BE(value, index * 2));
  return bytes;
}

/** Feeds samples of a replay to the tile in batches of `batch`, each once, whatever the line does. Returns the id of the replay. */
export async function feed(session: TileSession, id: number, values: readonly number[], batch: number): Promise<void> {
  const { client } = session;
  await callWrite(client, sensorApi, "start", { id });
  let off = 0;
  let rounds = 0;
  while (off < values.length) {
    const part = values.slice(off, off + batch);
    const reply = await callWrite(client, sensorApi, "feed", { off, t: 1000 + off * 300, dt: 300, d: packSamples(part) });
    check(reply.id === id, "the tile restarted in the middle of the replay");
    check(++rounds < (4 * values.length) / batch + 20, `the tile does not take samples beyond ${off}`);
    ({ off } = reply);
  }
}

/** What a tile's telemetry says happened to a replay: batches in order, none twice, none missing. @throws CheckFailure */
export function checkBatches(records: readonly TelemetryRecord[], values: readonly number[], batch: number): void {
  const seen = records.filter((record) => record.kind === "samples");
  const expected = Array.from({ length: Math.ceil(values.length / batch) }, (_, index) => {
    const part = values.slice(index * batch, (index + 1) * batch);
    return [1000 + index * batch * 300, part.length, Math.min(...part), Math.max(...part), part.at(-1)];
  });
  checkEqual(seen.map(({ values: v }) => [v["firstS"], v["count"], v["least"], v["greatest"], v["last"]]), expected, "batches in the telemetry");
}

/** Records that follow each other in number. @throws CheckFailure naming the gap. */
export function checkNumbers(records: readonly TelemetryRecord[]): void {
  records.forEach((record, index) => {
    const before = records[index - 1];
    check(before === undefined || record.seq === before.seq + 1, `telemetry jumps from record ${before?.seq} to ${record.seq}`);
  });
}

/** Number the tile's next record will get. */
export async function telemetryEnd(session: TileSession): Promise<number> {
  return (await callRead(session.client, telemetryApi, "info", {})).end;
}

/** All records from `from` on; none may be gone. @throws CheckFailure */
export async function telemetryFrom(session: TileSession, from: number): Promise<TelemetryRecord[]> {
  const { records, lost } = await readTelemetry(session.client, from);
  checkEqual(lost, 0, "telemetry records overwritten before they were read");
  checkNumbers(records);
  return records;
}

/** What must survive whatever happens next: everything in the tile's telemetry now. Call the result later to compare. */
export async function rememberTelemetry(session: TileSession): Promise<(session: TileSession) => Promise<void>> {
  const before = await telemetryFrom(session, 1);
  check(before.length > 0, "the tile has telemetry to remember");
  return async (later) => {
    const after = await telemetryFrom(later, 1);
    checkEqual(after.slice(0, before.length), before, "telemetry from before");
  };
}
