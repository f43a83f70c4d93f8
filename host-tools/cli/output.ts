// Everything a command says goes through here: readable lines for people, JSON Lines for programs (`--json`), nothing but data with `--quiet`.
//
// One schema, version 1 (docs/reference/json-events.md): each line is an object with `v`, `event` and `timeMs`.
//   begin    {task, title, totalBytes?}          a task over a second starts
//   progress {task, fraction, doneBytes?, note?} at most 10 a second
//   end      {task, ok, note?}
//   info     {text}   warning {text}             said to people
//   data     {kind, ...}                         what the command was asked for
//   error    {code, message, next, exitCode}     why it ended early
// Data goes to stdout; for people, progress and remarks go to stderr so that a pipe stays clean.
import pc from "picocolors";

export interface OutputOptions {
  json: boolean;
  quiet: boolean;
  progress: boolean;
  stdout: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  nowMs?: () => number;
}

/** A running task with a progress bar. */
export interface Task {
  /** `fraction` 0…1, or undefined when the end is not known. */
  progress(fraction: number | undefined, note?: string): void;
  end(note?: string): void;
  fail(note?: string): void;
}

const BAR_WIDTH = 24;

/** A bar of `width` cells, filled to `fraction`. */
export function progressBar(fraction: number, width: number = BAR_WIDTH): string {
  const filled = Math.max(0, Math.min(width, Math.round(fraction * width)));
  return "█".repeat(filled) + "░".repeat(width - filled);
}

export class Output {
  readonly options: OutputOptions;
  private readonly nowMs: () => number;
  private lineOpen = false;

  constructor(options: OutputOptions) {
    this.options = options;
    this.nowMs = options.nowMs ?? Date.now;
  }

  get json(): boolean {
    return this.options.json;
  }

  /** True when a live display (bars, chart) makes sense. */
  get live(): boolean {
    return this.options.progress && !this.options.json && !this.options.quiet && this.options.stderr.isTTY === true;
  }

  event(event: string, fields: Record<string, unknown>): void {
    this.options.stdout.write(`${JSON.stringify({ v: 1, event, timeMs: this.nowMs(), ...fields })}\n`);
  }

  /** A remark for people. */
  info(text: string): void {
    if (this.options.json) this.event("info", { text });
    else if (!this.options.quiet) this.line(text);
  }

  warn(text: string): void {
    if (this.options.json) this.event("warning", { text });
    else this.line(pc.yellow(text));
  }

  /** What the command was asked for: fields for programs, `text` for people. */
  data(kind: string, fields: Record<string, unknown>, text: string): void {
    if (this.options.json) this.event("data", { kind, ...fields });
    else {
      this.closeLine();
      this.options.stdout.write(`${text}\n`);
    }
  }

  error(fields: { code: string; message: string; next?: string | undefined; exitCode: number }): void {
    if (this.options.json) this.event("error", fields);
    else {
      this.line(`${pc.red("error:")} ${fields.message}`);
      if (fields.next) this.line(`${pc.cyan("next:")}  ${fields.next}`);
    }
  }

  task(title: string, name: string = title.toLowerCase().replace(/[^a-z0-9]+/g, "-")): Task {
    const startedMs = this.nowMs();
    let shownMs = 0;
    let shownTenth = -1;
    let over = false;
    if (this.options.json) this.event("begin", { task: name, title });
    else if (this.live) this.draw(`${title} …`);
    const finish = (ok: boolean, note: string | undefined): void => {
      if (over) return;
      over = true;
      const seconds = ((this.nowMs() - startedMs) / 1000).toFixed(1);
      if (this.options.json) this.event("end", { task: name, ok, ...(note === undefined ? {} : { note }) });
      else if (!this.options.quiet) this.line(`${ok ? pc.green("✔") : pc.red("✘")} ${title}${note ? `: ${note}` : ""} ${pc.dim(`(${seconds} s)`)}`);
    };
    return {
      progress: (fraction, note) => {
        if (over) return;
        const now = this.nowMs();
        const done = fraction !== undefined && fraction >= 1;
        if (now - shownMs < 100 && !done) return;
        shownMs = now;
        if (this.options.json) {
          this.event("progress", { task: name, fraction: fraction ?? null, ...(note === undefined ? {} : { note }) });
        } else if (this.live) {
          this.draw(`${title} ${fraction === undefined ? "…" : `${progressBar(fraction)} ${String(Math.round(fraction * 100)).padStart(3)} %`}${note ? ` ${pc.dim(note)}` : ""}`);
        } else if (this.options.progress && !this.options.quiet && fraction !== undefined) {
          // Not a terminal: a line at each fifth, so that a log shows life without noise.
          const fifth = Math.floor(fraction * 5);
          if (fifth > shownTenth && fifth < 5 && now - startedMs > 1000) {
            shownTenth = fifth;
            this.line(`${title}: ${Math.round(fraction * 100)} %${note ? ` ${note}` : ""}`);
          }
        }
      },
      end: (note) => finish(true, note),
      fail: (note) => finish(false, note),
    };
  }

  /** Rewrite the current line of a terminal. */
  draw(text: string): void {
    const columns = this.options.stderr.columns ?? 100;
    this.options.stderr.write(`\r\x1b[2K${truncate(text, columns - 1)}`);
    this.lineOpen = true;
  }

  closeLine(): void {
    if (this.lineOpen) this.options.stderr.write("\r\x1b[2K");
    this.lineOpen = false;
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
