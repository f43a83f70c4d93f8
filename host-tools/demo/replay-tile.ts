// Replays a recording as a tile's sensor: batches over the link as fast as the tile takes them, its telemetry read back meanwhile.
//
// Time scale: the recording's samples carry their own times; only the waiting between them is left out, so days pass in seconds and the
// detector on the tile sees exactly what it would have seen.
import { detectorApi } from "../../firmware/detector/api.ts";
import { sensorApi } from "../../firmware/sensor/api.ts";
import { telemetryApi } from "../../firmware/telemetry/api.ts";
import { batches, packValues, type Recording } from "../detect/nab.ts";
import type { Alarm } from "../detect/evaluate.ts";
import { LinkError } from "../link/link-errors.ts";
import { callRead, callWrite } from "../link/service-client.ts";
import { readTelemetryPage, type TelemetryRecord } from "../tiles/telemetry-reader.ts";
import type { TileSession } from "../tiles/tile-session.ts";

export interface ReplayProgress {
  samples: number;
  totalSamples: number;
  /** Records that came since the last call. */
  records: readonly TelemetryRecord[];
  /** Alarm under way on the tile: 1 too high, -1 too low, 0 none. */
  alarm: number;
}

export interface ReplayResult {
  alarms: Alarm[];
  samples: number;
  records: number;
  /** Records the tile overwrote before they were read; 0 when nothing was lost. */
  lostRecords: number;
  wallMs: number;
}

/** Feeds `recording` to the tile and collects its alarms. Rejects as the link does, or when the tile restarts in the middle. */
export async function replayOnTile(session: TileSession, recording: Recording, signal: AbortSignal, onProgress: (progress: ReplayProgress) => void): Promise<ReplayResult> {
  const { client } = session;
  const startedMs = performance.now();
  const id = 1 + Math.floor(Math.random() * 0x7ffffffe);
  let next = (await callRead(client, telemetryApi, "info", {})).end;
  const { max } = await callRead(client, sensorApi, "status", {});
  await callWrite(client, sensorApi, "start", { id });
  const alarms: Alarm[] = [];
  let records = 0;
  let lostRecords = 0;
  let alarm = 0;
  const take = async (): Promise<TelemetryRecord[]> => {
    const taken: TelemetryRecord[] = [];
    for (;;) {
      const page = await readTelemetryPage(client, next);
      lostRecords += page.lost;
      next = page.next;
      for (const record of page.records) {
        records++;
        taken.push(record);
        if (record.kind === "alarm") {
          alarms.push({ startS: record.values.timeS ?? 0 });
          alarm = record.values.direction ?? 1;
        } else if (record.kind === "alarm-end") {
          const last = alarms.pop();
          if (last !== undefined) alarms.push({ ...last, endS: record.values.timeS ?? 0 });
          alarm = 0;
        }
      }
      if (page.isEnd) return taken;
    }
  };
  const parts = batches(recording, Math.min(max, 144));
  for (const [index, batch] of parts.entries()) {
    if (signal.aborted) throw new LinkError("INTERRUPTED", "interrupted");
    const reply = await callWrite(client, sensorApi, "feed", { off: batch.offset, t: batch.startS, dt: batch.intervalS, d: packValues(batch.values) });
    if (reply.id !== id || reply.off < batch.offset) throw new LinkError("BAD_REPLY", "the tile restarted in the middle of the replay", "genesis monitor shows why; then run the command again");
    const samples = batch.offset + batch.values.length;
    if (index % 4 === 3 || index === parts.length - 1) onProgress({ samples, totalSamples: recording.samples.length, records: await take(), alarm });
  }
  const status = await callRead(client, detectorApi, "status", {});
  if (status.lost > 0) lostRecords += status.lost;
  onProgress({ samples: recording.samples.length, totalSamples: recording.samples.length, records: await take(), alarm: status.alarm });
  return { alarms, samples: recording.samples.length, records, lostRecords, wallMs: performance.now() - startedMs };
}
