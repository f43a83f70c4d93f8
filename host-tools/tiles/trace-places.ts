// Turns Espruino's traces in a tile's console text into TypeScript places, with the map of the image that runs.
import { TraceCollector } from "../build/collect-trace.ts";
import { decodeTrace, formatTrace } from "../build/decode-trace.ts";
import { type ImageSources, sourcesOf } from "../build/image-sources.ts";
import { isLinkError } from "../link/link-errors.ts";
import { listImages } from "../link/smp-image.ts";
import type { SmpClient } from "../link/smp-client.ts";
import { activeSlot } from "./update-tile.ts";

/** One frame, for programs: places are `file:line:column`, null where unknown. */
export interface TracePlace {
  name: string;
  place: string | null;
  certain: boolean;
}

export interface TraceReport {
  /** Hash of the image it was looked up in; null when the tile has not said which runs. */
  image: string | null;
  places: TracePlace[];
  /** For people. */
  text: string;
}

export class TracePlaces {
  private readonly home: string;
  private readonly collector = new TraceCollector();
  private hash: string | undefined;
  private sources: ImageSources | undefined;
  /** Ask again which image runs: at the start, and after each restart. */
  isStale = true;

  constructor(home: string) {
    this.home = home;
  }

  /** Asks the tile which image runs, when that may have changed; one that can't say has no places. Rejects as the link does when nothing answers. */
  async refresh(client: SmpClient): Promise<void> {
    if (!this.isStale) return;
    this.hash = undefined;
    try {
      this.hash = Buffer.from(activeSlot(await listImages(client)).hash).toString("hex");
    } catch (error) {
      if (!isLinkError(error, "REFUSED", "BAD_REPLY")) throw error;
    }
    this.isStale = false;
    this.sources = this.hash === undefined ? undefined : sourcesOf(this.home, this.hash);
  }

  /** Takes a line of the console; gives the places of a trace that it ended. */
  push(line: string): TraceReport | undefined {
    return this.report(this.collector.push(line));
  }

  /** To be called when the tile has been quiet for a moment: gives the places of a trace nothing came after. */
  end(): TraceReport | undefined {
    return this.report(this.collector.end());
  }

  private report(trace: string | undefined): TraceReport | undefined {
    if (trace === undefined) return undefined;
    const image = this.hash ?? null;
    if (this.sources === undefined) {
      const why = image === null ? "the tile has not said which image it runs" : `image ${image.slice(0, 8)} was not built or flashed from here`;
      return { image, places: [], text: `  no TypeScript places for this trace: ${why}` };
    }
    const frames = decodeTrace(trace, this.sources.code, this.sources.map);
    const places = frames.map(({ name, source, certain }) => ({ name: source?.name ?? name, place: source === undefined ? null : `${source.file}:${source.line}:${source.column}`, certain }));
    return { image, places, text: `  in TypeScript:\n${formatTrace(frames)}` };
  }
}
