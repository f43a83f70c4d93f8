/**
 * Reads recordings of the Numenta Anomaly Benchmark and cuts them into the batches a tile is fed with.
 *
 * The idea: a recording becomes integers once, here (hundredths of a degree, seconds since 1970), and everything after that, on the tile and in
 * the evaluation, works on the same integers. Timestamps in the files have no zone; they are read as UTC.
 * Format: NAB wiki, "Data"; windows as in labels/combined_windows.json. Licence of the data: data/nab/LICENSE.txt (MIT).
 */
import { readFileSync } from "node:fs";

export interface Sample {
  /** Seconds since 1970, as if the file's clock were UTC. */
  readonly timeS: number;
  /** Hundredths of the file's unit (here: degrees Fahrenheit). */
  readonly value: number;
}

/** First and last second in which an alarm counts as a detection. */
export interface Window {
  readonly startS: number;
  readonly endS: number;
}

export interface Recording {
  readonly name: string;
  /** Nominal distance of samples, s: the most frequent one. */
  readonly intervalS: number;
  readonly samples: readonly Sample[];
  readonly windows: readonly Window[];
}

/** Samples that go to the tile in one request: evenly spaced, the first taken at `startS`. */
export interface Batch {
  /** Index of the first sample in the recording. */
  readonly offset: number;
  readonly startS: number;
  readonly intervalS: number;
  readonly values: readonly number[];
}

function seconds(timestamp: string, where: string): number {
  const timeMs = Date.parse(`${timestamp.trim().slice(0, 19).replace(" ", "T")}Z`);
  if (Number.isNaN(timeMs)) throw new RangeError(`${where}: "${timestamp}" is not a time like 2013-12-02 21:15:00`);
  return timeMs / 1000;
}

/** Parses a NAB file ("timestamp,value" and a header line). @throws RangeError naming the line that does not fit. */
export function parseNab(csv: string, name: string): Sample[] {
  const lines = csv.split(/\r?\n/);
  if (lines[0] !== "timestamp,value") throw new RangeError(`${name}:1: expected the header "timestamp,value"`);
  const samples: Sample[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === "") continue;
    const where = `${name}:${i + 1}`;
    const [timestamp, text] = line.split(",");
    const value = Math.round(Number(text) * 100);
    if (text === undefined || text.trim() === "" || !(Math.abs(value) <= 32767)) throw new RangeError(`${where}: "${text}" is not a number within ±327.67`);
    samples.push({ timeS: seconds(timestamp!, where), value });
  }
  if (samples.length < 2) throw new RangeError(`${name}: fewer than two samples`);
  return samples;
}

/** Parses combined_windows.json: file name (as "realKnownCause/x.csv") to windows. */
export function parseWindows(json: string): Map<string, Window[]> {
  const table = JSON.parse(json) as Record<string, [string, string][]>;
  return new Map(Object.entries(table).map(([name, windows]) => [name, windows.map(([start, end]) => ({ startS: seconds(start, name), endS: seconds(end, name) }))]));
}

/** The most frequent distance between neighbours, s. */
export function nominalInterval(samples: readonly Sample[]): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < samples.length; i++) {
    const interval = samples[i]!.timeS - samples[i - 1]!.timeS;
    if (interval > 0) counts.set(interval, (counts.get(interval) ?? 0) + 1);
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

/** Reads `<folder>/<name>` with its windows from the same folder. */
export function readRecording(folder: string, name: string): Recording {
  const samples = parseNab(readFileSync(`${folder}/${name}`, "utf8"), name);
  const windows = parseWindows(readFileSync(`${folder}/combined_windows.json`, "utf8")).get(`realKnownCause/${name}`);
  if (!windows) throw new RangeError(`${name}: combined_windows.json has no windows for it`);
  return { name, intervalS: nominalInterval(samples), samples, windows };
}

/**
 * Cuts a recording into batches of at most `size` samples. A batch ends where the distance to the next sample is not the nominal one
 * (a gap, or a clock that was set back), so a tile that adds the interval to the start time has every sample's true time.
 */
export function batches(recording: Recording, size: number): Batch[] {
  const { samples, intervalS } = recording;
  const out: Batch[] = [];
  for (let from = 0; from < samples.length; ) {
    let to = from + 1;
    while (to < samples.length && to - from < size && samples[to]!.timeS - samples[to - 1]!.timeS === intervalS) to++;
    out.push({ offset: from, startS: samples[from]!.timeS, intervalS, values: samples.slice(from, to).map((sample) => sample.value) });
    from = to;
  }
  return out;
}

/** Packs values for the tile: 16-bit, two's complement, big-endian. */
export function packValues(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  values.forEach((value, i) => {
    bytes[2 * i] = (value >> 8) & 255;
    bytes[2 * i + 1] = value & 255;
  });
  return bytes;
}
