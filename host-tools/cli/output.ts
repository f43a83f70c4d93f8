// Everything a command says goes through here: readable lines for people, JSON Lines for programs (`--json`, schema in events.ts), nothing but
// data with `--quiet`. Data goes to stdout; for people, progress and remarks go to stderr so that a pipe stays clean.
import pc from "picocolors";
import { SCHEMA_VERSION } from "./events.ts";
import type { FailureFields } from "./failure.ts";

export interface TextSink {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface OutputOptions {
  json: boolean;
  quiet: boolean;
  progress: boolean;
  stdout: TextSink;
  stderr: TextSink;
  nowMs?: () => number;
  environment?: Readonly<Record<string, string | undefined>>;
}

/** A running task with a progress bar. */
export interface Task {
  /** `fraction` 0…1, or undefined when the end is not known. */
  progress(fraction: number | undefined, note?: string): void;
  end(note?: string): void;
  /** Over without success. Tasks that still run when an error is told end this way by themselves. */
  fail(note?: string): void;
}

type Colors = ReturnType<typeof pc.createColors>;

const BAR_WIDTH = 24;
/** Shortest time between two progress events of a task, ms; a new stage is told at once. */
const PROGRESS_MS = 100;
/** How long a terminal's line may stand still before it counts the seconds, ms. */
const TICK_MS = 1000;

/** A bar of `width` cells, filled to `fraction`. */
export function progressBar(fraction: number, width: number = BAR_WIDTH): string {
  const filled = Math.max(0, Math.min(width, Math.round(fraction * width)));
  return "█".repeat(filled) + "░".repeat(width - filled);
}

/** Colours where a person looks: on a terminal that knows them, unless NO_COLOR is set (no-color.org); FORCE_COLOR overrides the first. */
export function wantsColor(sink: TextSink, environment: Readonly<Record<string, string | undefined>>): boolean {
  if (environment.NO_COLOR) return false;
  return environment.FORCE_COLOR ? environment.FORCE_COLOR !== "0" : sink.isTTY === true && environment.TERM !== "dumb";
}

export class Output {
  readonly options: OutputOptions;
  /** Colours for data (stdout) and for remarks (stderr). */
  readonly dataColors: Colors;
  readonly colors: Colors;
  private readonly nowMs: () => number;
  private readonly running = new Set<Task>();
  private lineOpen = false;
  /** The task whose line is drawn last. */
  private drawn: Task | undefined;

  constructor(options: OutputOptions) {
    this.options = options;
    this.nowMs = options.nowMs ?? Date.now;
    const environment = options.environment ?? process.env;
    this.dataColors = pc.createColors(!options.json && wantsColor(options.stdout, environment));
    this.colors = pc.createColors(!options.json && wantsColor(options.stderr, environment));
  }

  get json(): boolean {
    return this.options.json;
  }

  /** True when a live display (bars, chart) makes sense. */
  get live(): boolean {
    return this.options.progress && !this.options.json && !this.options.quiet && this.options.stderr.isTTY === true;
  }

  /** A remark for people. */
  info(text: string): void {
    if (this.options.json) this.event("info", { text });
    else if (!this.options.quiet) this.line(text);
  }

  warn(text: string): void {
    if (this.options.json) this.event("warning", { text });
    else this.line(this.colors.yellow(text));
  }

  /** What the command was asked for: fields for programs, `text` for people. */
  data(kind: string, fields: Record<string, unknown>, text: string): void {
    if (this.options.json) return this.event("data", { kind, ...fields });
    this.closeLine();
    this.options.stdout.write(`${text}\n`);
  }

  /** The last thing said. */
  error({ code, message, next, exitCode }: FailureFields): void {
    for (const task of [...this.running]) task.fail();
    if (this.options.json) return this.event("error", { code, message, ...(next ? { next } : {}), exitCode });
    if (exitCode === 130) return this.line(message);
    this.line(`${this.colors.red("error:")} ${message}`);
    if (next) this.line(`${this.colors.cyan("next:")}  ${next}`);
  }

  task(title: string, name: string = title.toLowerCase().replace(/[^a-z0-9]+/g, "-")): Task {
    const startedMs = this.nowMs();
    let shownMs = -Infinity;
    let shownFifth = 0;
    let shown: { fraction: number | undefined; note: string | undefined } = { fraction: undefined, note: undefined };
    const isStill = (): boolean => this.nowMs() - Math.max(startedMs, shownMs) >= TICK_MS;
    const drawTask = (): void => {
      const { fraction, note } = shown;
      const bar = fraction === undefined ? "…" : `${progressBar(fraction)} ${String(Math.round(fraction * 100)).padStart(3)} %`;
      const seconds = isStill() ? ` ${Math.floor((this.nowMs() - startedMs) / 1000)} s` : "";
      this.draw(`${title} ${bar}${seconds}${note ? ` ${this.colors.dim(note)}` : ""}`);
      this.drawn = task;
    };
    const ticking = this.live ? setInterval(() => {
      if (this.lineOpen && this.drawn === task && isStill()) drawTask();
    }, TICK_MS).unref() : undefined;
    const finish = (isOk: boolean, note: string | undefined): void => {
      if (!this.running.delete(task)) return;
      clearInterval(ticking);
      const { green, red, dim } = this.colors;
      const seconds = ((this.nowMs() - startedMs) / 1000).toFixed(1);
      if (this.options.json) this.event("end", { task: name, ok: isOk, ...(note === undefined ? {} : { note }) });
      else if (!this.options.quiet) this.line(`${isOk ? green("✔") : red("✘")} ${title}${note ? `: ${note}` : ""} ${dim(`(${seconds} s)`)}`);
    };
    const task: Task = {
      progress: (fraction, note) => {
        const now = this.nowMs();
        if (!this.running.has(task)) return;
        const isNewStage = fraction === undefined && note !== shown.note;
        if (now - shownMs < PROGRESS_MS && !isNewStage) return;
        shownMs = now;
        shown = { fraction, note };
        if (this.options.json) this.event("progress", { task: name, fraction: fraction ?? null, ...(note === undefined ? {} : { note }) });
        else if (this.live) drawTask();
        else if (this.options.progress && !this.options.quiet && fraction !== undefined) {
          // Not a terminal: a line at each fifth, so that a log shows life without noise.
          const fifth = Math.floor(fraction * 5);
          if (fifth <= shownFifth || fifth >= 5 || now - startedMs < 1000) return;
          shownFifth = fifth;
          this.line(`${title}: ${Math.round(fraction * 100)} %${note ? ` ${note}` : ""}`);
        }
      },
      end: (note) => finish(true, note),
      fail: (note) => finish(false, note),
    };
    this.running.add(task);
    if (this.options.json) this.event("begin", { task: name, title });
    else if (this.live) drawTask();
    return task;
  }

  /** Rewrite the current line of a terminal. */
  draw(text: string): void {
    const columns = this.options.stderr.columns || 100;
    this.options.stderr.write(`\r\x1b[2K${truncate(text, columns - 1)}`);
    this.lineOpen = true;
  }

  closeLine(): void {
    if (this.lineOpen) this.options.stderr.write("\r\x1b[2K");
    this.lineOpen = false;
  }

  private event(event: string, fields: Record<string, unknown>): void {
    this.options.stdout.write(`${JSON.stringify({ v: SCHEMA_VERSION, event, timeMs: this.nowMs(), ...fields })}\n`);
  }

  private line(text: string): void {
    this.closeLine();
    this.options.stderr.write(`${text}\n`);
  }
}

/** Cut to `width` visible cells, leaving colour codes whole. */
export function truncate(text: string, width: number): string {
  let cells = 0;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\x1b") {
      const end = text.indexOf("m", i);
      if (end > 0) {
        out += text.slice(i, end + 1);
        i = end;
        continue;
      }
    }
    if (cells++ >= width) continue;
    out += text[i];
  }
  return out;
}
