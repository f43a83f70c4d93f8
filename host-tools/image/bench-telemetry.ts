/**
 * Telemetry of a bench: the real journal (firmware/storage/journal.ts) in the bench's flash, with a memory outside of it of what was committed.
 *
 * The idea: every start mounts the journal anew, as the telemetry service does, compares all of it with what earlier starts were told is durable, and adds the
 * start's own record and count. A record whose append was cut may be there or not, but once; everything else has to be there, once and in order.
 */
import type { Flash } from "../../hal/flash.ts";
import { JournalKey, openJournal, u32At, u32Bytes, type Journal } from "../../firmware/storage/journal.ts";
import { crc32 } from "../sim/crc32.ts";

export class BenchTelemetry {
  readonly #flash: Flash;
  readonly #firstPage: number;
  readonly #pages: number;
  #journal: Journal;
  /** Committed records; the first has number 1. */
  readonly #records: string[] = [];
  /** A record whose append did not return. */
  #pending: string | undefined;
  /** Records before this one may be recycled. */
  #evidence = 1;
  #starts = 0;

  /** On empty pages. Fills them all up to the last few bytes, so that what comes next has to recycle a page. */
  constructor(flash: Flash, firstPage: number, pages: number) {
    this.#flash = flash;
    this.#firstPage = firstPage;
    this.#pages = pages;
    this.#journal = this.#open();
    while (this.#journal.first() === 1 && this.#records.length < pages * Math.floor((flash.pageBytes - 12) / 112)) this.append(`older record ${this.#records.length}`.padEnd(104, "."));
    this.#evidence = this.#records.length + 1;
  }

  /** How many records have been committed. */
  get committed(): number {
    return this.#records.length;
  }

  /** A start of the image: counts it and adds its record. @throws Error when telemetry is not as it was; PowerCut. */
  start(): void {
    this.check();
    const starts = this.#starts + 1;
    // From here on either count may be found.
    this.#starts = starts - 0.5;
    if (!this.#journal.set(JournalKey.Starts, u32Bytes(starts))) throw new Error("the journal does not take the number of starts");
    this.#starts = starts;
    this.append(`start ${starts}`);
  }

  /** Adds a record. @throws PowerCut, and Error when the journal does not take it under the next number. */
  append(data: string = `sample ${this.#records.length}`): void {
    this.#pending = data;
    const number = this.#journal.append(data);
    if (number !== this.#records.length + 1) throw new Error(`the journal gave number ${number} to record ${this.#records.length + 1}`);
    this.#records.push(data);
    this.#pending = undefined;
  }

  /** Mounts the journal anew and compares. @throws Error that names the record which is lost, doubled or changed. */
  check(): void {
    const journal = this.#open();
    this.#journal = journal;
    if (this.#pending !== undefined && journal.next() === this.#records.length + 2) this.#records.push(this.#pending);
    this.#pending = undefined;
    if (journal.next() !== this.#records.length + 1) throw new Error(`${this.#records.length} records were committed, the journal goes on with number ${journal.next()}`);
    if (journal.first() > this.#evidence) throw new Error(`records from ${this.#evidence} on have to be there, the journal begins with ${journal.first()}`);
    for (let number = journal.first(); number < journal.next(); number++) {
      const found = journal.read(number);
      if (found !== this.#records[number - 1]) throw new Error(`record ${number} was ${JSON.stringify(this.#records[number - 1])} and is ${JSON.stringify(found)}`);
    }
    const value = journal.get(JournalKey.Starts);
    const starts = value === "" ? 0 : u32At(value, 0);
    if (Math.abs(starts - this.#starts) > 0.5) throw new Error(`the tile counted ${this.#starts} starts and finds ${starts}`);
    this.#starts = starts;
  }

  #open(): Journal {
    return openJournal(this.#flash, (bytes) => crc32(Buffer.from(bytes, "latin1")), this.#firstPage, this.#pages);
  }
}
