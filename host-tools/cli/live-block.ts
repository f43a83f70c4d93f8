// A block of lines at the bottom of a terminal that is drawn again and again in place; where there is no terminal it stays silent.
import type { Output } from "./output.ts";
import { truncate } from "./output.ts";

export class LiveBlock {
  private readonly output: Output;
  private height = 0;

  constructor(output: Output) {
    this.output = output;
  }

  /** Replace the block. */
  draw(lines: readonly string[]): void {
    if (!this.output.live) return;
    const { stderr } = this.output.options;
    const columns = stderr.columns || 100;
    this.output.closeLine();
    const up = this.height > 0 ? `\x1b[${this.height}A` : "";
    stderr.write(`${up}${lines.map((line) => `\r\x1b[2K${truncate(line, columns - 1)}\n`).join("")}\x1b[J`);
    this.height = lines.length;
  }

  /** Leave what is drawn and go on below it. */
  end(): void {
    this.height = 0;
  }
}
