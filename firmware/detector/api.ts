// SMP group 68, "detector": what the tile thinks of its sensor. Its findings are telemetry records (../telemetry/api.ts, kinds 2 to 4).
import type { Interface } from "../api.ts";

/** Command ids of group 68. */
export const enum DetectorCommand {
  Status = 0,
}

/** Message labels between tasks, out of reach of the link (labels up to 511). */
export const enum DetectorLabel {
  /** a = time of the first sample, s; b = interval, s; data = values, at least one, 16-bit big-endian two's complement. */
  Samples = 512,
  /** The same, after forgetting everything learnt. */
  Fresh = 513,
}

export const detectorApi = {
  group: 68,
  name: "detector",
  about: "anomaly detector: EWMA and CUSUM, constant memory, integers, tuning fixed in the image",
  commands: {
    status: {
      id: 0,
      about: "what it has learnt and how near an alarm is",
      read: {
        request: {},
        reply: {
          count: { type: "uint", about: "samples since the last reset; the first 750 only teach" },
          level: { type: "int", unit: "1/100", about: "normal level" },
          dev: { type: "uint", unit: "1/100", about: "normal mean absolute deviation" },
          score: { type: "uint", unit: "%", about: "sum of deviations, % of the threshold: 100 starts an alarm, 150 is the ceiling" },
          alarm: { type: "int", about: "1 too high, -1 too low, 0 no alarm" },
          alarms: { type: "uint", about: "alarms since the last reset" },
          last: { type: "uint", unit: "s", about: "time of the last sample" },
          pending: { type: "uint", unit: "bytes", about: "records that telemetry has not taken yet, still in RAM; normally 0" },
          lost: { type: "uint", about: "times that records were given up because telemetry took none" },
        },
      },
    },
  },
} as const satisfies Interface;
