// The detector service: batches of samples in, telemetry records out; group 68.
//
// Every batch gives one record that sums it up, and one for every alarm that starts or ends in it. The sender's call is answered when telemetry has
// them in flash. While telemetry is down (it is being restarted) they wait here, up to 512 bytes, and go with the next batch; the batch itself
// is answered at once, for its samples are taken and must not be sent again. Telemetry that dies while it works gets the records once more: an alarm
// may then appear twice, with the same times, but never not at all.

import { Event, Op, Status } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { RecordKind, TelemetryLabel } from "../telemetry/api.ts";
import { telemetryRecord } from "../telemetry/record.ts";
import { cborEncode } from "../wire/cbor.ts";
import { SmpRc } from "../wire/smp-header.ts";
import { DetectorCommand, DetectorLabel } from "./api.ts";
import { createDetector, detect, detectorRate, percent } from "./ewma-cusum.ts";

export interface DetectorDeps {
  /** Address of the endpoint of telemetry in this task's CSpace (Write and GrantReply). */
  telemetry: number;
}

const enum Pending {
  LargestBytes = 512,
  /** What one message to telemetry takes. */
  MessageBytes = 1000,
}

/** The handler of the detector task. */
export function createDetectorServer(gate: Gate, deps: DetectorDeps): Handler {
  let detector = createDetector();
  let pending = "";
  let lost = 0;
  /** Bytes of `pending` that telemetry is working on. */
  let given = 0;

  // Gives telemetry as many whole records as a message takes.
  function give(): boolean {
    let size = 0;
    given = 0;
    while (given < pending.length && (size = given + 1 + pending.charCodeAt(given)) <= Pending.MessageBytes) given = size;
    return given > 0 && gate(Op.Call, deps.telemetry, TelemetryLabel.Append, 0, 0, pending.substring(0, given)) === Status.Ok;
  }

  function take(values: string, firstS: number, intervalS: number): void {
    const nowUs = gate(Op.Now, 0, 0, 0, 0, "");
    const count = values.length >> 1;
    let least = 32767;
    let greatest = -32768;
    let sum = 0;
    let value = 0;
    let timeS = firstS;
    let alarms = "";
    detectorRate(detector, intervalS, firstS);
    for (let i = 0; i < count; i++) {
      value = ((values.charCodeAt(2 * i) << 24) >> 16) | values.charCodeAt(2 * i + 1);
      sum += value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
      const before = detector._alarm;
      const verdict = detect(detector, value, timeS);
      // Alarm kinds follow the verdicts' numbers. An alarm that has ended still has its direction before the sample.
      if (verdict) alarms += telemetryRecord(RecordKind.Samples + verdict, nowUs, [timeS, detector._sinceS, detector._alarm || before, before ? percent(detector._peak) : value]);
      timeS += intervalS;
    }
    if (pending.length > Pending.LargestBytes) {
      pending = "";
      lost++;
    }
    pending += telemetryRecord(RecordKind.Samples, nowUs, [firstS, intervalS, count, least, greatest, Math.floor(sum / count), value]) + alarms;
  }

  // Telemetry's reply and its death both end in the answer to the sender.
  return function (event, badge, label, a, b, data) {
    let rc = SmpRc.Ok as number;
    let reply = "";
    if (event === Event.Start) return;
    if (event === Event.Reply && !label) {
      pending = pending.substring(given);
      if (give()) return;
    }
    if (event === Event.Message) {
      if (label >= DetectorLabel.Samples) {
        if (label === DetectorLabel.Fresh) detector = createDetector();
        take(data, a, b);
        if (give()) return;
      } else if (label !== DetectorCommand.Status * 2) rc = SmpRc.NotSupported;
      else
        reply = cborEncode({
          count: detector._count,
          level: detector._level >> 8,
          dev: detector._deviation >> 8,
          score: percent(Math.max(detector._high, detector._low)),
          alarm: detector._alarm,
          alarms: detector._alarms,
          last: detector._lastS,
          pending: pending.length,
          lost: lost,
        }) as string;
    }
    gate(Op.Reply, 0, rc, 0, 0, reply);
  };
}
