// Finds Espruino's traces in console text that comes line by line and may stop in the middle.
//
// A frame is an "at" line, and where Espruino shows one, the excerpt and its caret below it; anything else ends the trace, and so does silence.
import { traceFrameHead } from "./decode-trace.ts";

/** Lines of one trace that are kept: a runaway recursion has thousands. */
const MAX_LINES = 200;

export class TraceCollector {
  private lines: string[] = [];
  /** Lines that may still belong to the last frame: excerpt and caret. */
  private open = 0;

  /** Takes a line; gives the whole text of a trace that this line ended. */
  push(line: string): string | undefined {
    const isHead = traceFrameHead.test(line);
    const isPart = isHead || (this.open > 0 && !line.startsWith(">") && !/^(Uncaught|Execution)/.test(line));
    const ended = isPart ? undefined : this.end();
    if (!isPart) return ended;
    // The caret closes a frame.
    this.open = isHead ? 2 : /^ *\^$/.test(line) ? 0 : this.open - 1;
    if (this.lines.length < MAX_LINES) this.lines.push(line);
    return undefined;
  }

  /** Nothing more came: gives the trace that was open. */
  end(): string | undefined {
    const text = this.lines.length === 0 ? undefined : this.lines.join("\n");
    this.lines = [];
    this.open = 0;
    return text;
  }
}
