// What people and programs get to see: one schema, paired begin and end, progress that does not flood, colours only where somebody looks.
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { DATA, eventProblem } from "./events.ts";
import { Output, type OutputOptions, truncate, wantsColor } from "./output.ts";

class Sink {
  text = "";
  isTTY: boolean;
  columns = 60;
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

function make(options: Partial<OutputOptions> & { tty?: boolean } = {}): { output: Output; stdout: Sink; stderr: Sink; pass: (ms: number) => void } {
  const stdout = new Sink(options.tty ?? false);
  const stderr = new Sink(options.tty ?? false);
  let now = 1000;
  const output = new Output({ json: false, quiet: false, progress: true, stdout, stderr, nowMs: () => now, environment: {}, ...options });
  return { output, stdout, stderr, pass: (ms) => (now += ms) };
}

const lines = (sink: Sink): Record<string, unknown>[] => sink.text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);

describe("JSON Lines", () => {
  it("writes every event by the schema, and nothing to stderr", () => {
    const { output, stdout, stderr, pass } = make({ json: true });
    const task = output.task("Doing it", "job");
    pass(200);
    task.progress(0.5, "half");
    pass(200);
    task.progress(undefined);
    task.end("done");
    output.info("a remark");
    output.warn("a warning");
    output.data("value", { value: null }, "null");
    output.error({ code: "X", message: "broken", exitCode: 1 });
    expect(lines(stdout).map((line) => eventProblem(line))).toEqual(Array(8).fill(undefined));
    expect(lines(stdout).map((line) => line.event)).toEqual(["begin", "progress", "progress", "end", "info", "warning", "data", "error"]);
    expect(lines(stdout)[2]?.fraction).toBeNull();
    expect(stderr.text).toBe("");
  });

  it("tells at most ten progress events a second", () => {
    const { output, stdout, pass } = make({ json: true });
    const task = output.task("Doing it");
    for (let ms = 0; ms < 1000; ms++, pass(1)) task.progress(ms / 1000);
    task.end();
    const count = lines(stdout).filter((line) => line.event === "progress").length;
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThanOrEqual(10);
  });

  it("ends every task that still runs when an error is told, once", () => {
    const { output, stdout } = make({ json: true });
    const one = output.task("One");
    output.task("Two");
    output.error({ code: "X", message: "broken", next: "mend it", exitCode: 5 });
    one.end("too late");
    one.progress(1);
    expect(lines(stdout).map((line) => [line.event, line.ok ?? line.code ?? line.title])).toEqual([["begin", "One"], ["begin", "Two"], ["end", false], ["end", false], ["error", "X"]]);
  });

  it("finds what is not of the schema", () => {
    const good = { v: 1, event: "data", timeMs: 1, kind: "backup", file: "f", files: 1, bytes: 2, sha256: "0", board: "B" };
    expect(eventProblem(good)).toBeUndefined();
    for (const [change, problem] of [
      [{ v: 2 }, "v"], [{ timeMs: "1" }, "timeMs"], [{ event: "shout" }, "shout"], [{ kind: "nothing" }, "nothing"], [{ files: "1" }, "files is string"], [{ file: undefined }, "file is missing"], [{ more: 1 }, "more is not in the schema"],
    ] as const) expect(eventProblem({ ...good, ...change }), JSON.stringify(change)).toContain(problem);
    expect(eventProblem([])).toContain("object");
    expect(new Set(DATA.map(({ kind }) => kind)).size).toBe(DATA.length);
  });
});

describe("for people", () => {
  it("keeps stdout for data and says the rest on stderr", () => {
    const { output, stdout, stderr } = make();
    output.info("a remark");
    output.task("Doing it").end("well");
    output.data("value", { value: 1 }, "1");
    output.error({ code: "X", message: "broken", next: "mend it", exitCode: 1 });
    expect(stdout.text).toBe("1\n");
    expect(stderr.text).toBe("a remark\n✔ Doing it: well (0.0 s)\nerror: broken\nnext:  mend it\n");
  });

  it("--quiet leaves data, warnings and errors", () => {
    const { output, stdout, stderr } = make({ quiet: true, tty: true, environment: { NO_COLOR: "1" } });
    output.info("a remark");
    const task = output.task("Doing it");
    task.progress(0.5);
    task.end();
    output.warn("careful");
    output.data("value", { value: 1 }, "1");
    expect([stdout.text, stderr.text]).toEqual(["1\n", "careful\n"]);
  });

  it("draws a bar on a terminal, within its width, and takes it away", () => {
    const { output, stderr, pass } = make({ tty: true, environment: { NO_COLOR: "1" } });
    const task = output.task("Doing it");
    pass(200);
    task.progress(0.5, "a note that is far too long for a terminal of sixty columns, so it is cut");
    const drawn = stderr.text.split("\r\x1b[2K").at(-1) ?? "";
    expect(drawn).toContain("████████████░░░░░░░░░░░░  50 %");
    expect(drawn.length).toBe(59);
    task.end();
    expect(stderr.text.endsWith("\r\x1b[2K✔ Doing it (0.2 s)\n")).toBe(true);
  });

  it("tells a new stage at once, however short before it the last report was", () => {
    const { output, stderr } = make({ tty: true, environment: { NO_COLOR: "1" } });
    const task = output.task("Updating");
    task.progress(0.98, "11 kB/s");
    task.progress(0.99, "12 kB/s");
    task.progress(undefined, "restarting");
    task.progress(undefined, "restarting");
    expect(stderr.text.split("\r\x1b[2K").slice(1)).toEqual(["Updating …", "Updating ████████████████████████  98 % 11 kB/s", "Updating … restarting"]);
    const json = make({ json: true });
    const told = json.output.task("Updating");
    told.progress(0.98);
    told.progress(undefined, "restarting");
    expect(lines(json.stdout).map(({ event, note }) => [event, note])).toEqual([["begin", undefined], ["progress", undefined], ["progress", "restarting"]]);
  });

  it("counts the seconds of a line that stands still, on a terminal, until it is over or another line follows", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { output, stderr, pass } = make({ tty: true, environment: { NO_COLOR: "1" } });
    const wait = (ms: number): void => {
      pass(ms);
      vi.advanceTimersByTime(ms);
    };
    const task = output.task("Updating");
    const drawn = (): string[] => stderr.text.split("\r\x1b[2K").slice(1);
    wait(1000);
    pass(500);
    task.progress(undefined, "restarting");
    wait(1000);
    wait(1000);
    expect(drawn()).toEqual(["Updating …", "Updating … 1 s", "Updating … restarting", "Updating … 2 s restarting", "Updating … 3 s restarting"]);
    output.info("a remark");
    const before = stderr.text;
    wait(3000);
    expect(stderr.text).toBe(before);
    task.progress(0.5);
    task.end();
    const after = stderr.text;
    wait(3000);
    expect(stderr.text).toBe(after);
    expect(vi.getTimerCount()).toBe(0);
    const log = make();
    log.output.task("Updating");
    const json = make({ json: true });
    json.output.task("Updating");
    expect([vi.getTimerCount(), log.stderr.text, json.stderr.text]).toEqual([0, "", ""]);
  });

  it("shows no bar with --no-progress or without a terminal, there a line at each fifth", () => {
    const silent = make({ progress: false, tty: true, environment: { NO_COLOR: "1" } });
    silent.output.task("Doing it").progress(0.5);
    expect(silent.stderr.text).toBe("");
    const log = make();
    const task = log.output.task("Doing it");
    for (let percent = 0; percent <= 100; percent++, log.pass(150)) task.progress(percent / 100);
    expect(log.stderr.text.match(/\d+ %/g)).toEqual(["20 %", "40 %", "60 %", "80 %"]);
  });

  it("colours a terminal only, and not with NO_COLOR or TERM=dumb; FORCE_COLOR decides otherwise", () => {
    const [terminal, pipe] = [new Sink(true), new Sink(false)];
    expect([wantsColor(terminal, {}), wantsColor(pipe, {}), wantsColor(terminal, { NO_COLOR: "1" }), wantsColor(terminal, { NO_COLOR: "" }), wantsColor(terminal, { TERM: "dumb" })]).toEqual([true, false, false, true, false]);
    expect([wantsColor(pipe, { FORCE_COLOR: "1" }), wantsColor(terminal, { FORCE_COLOR: "0" }), wantsColor(pipe, { NO_COLOR: "1", FORCE_COLOR: "1" }), wantsColor(pipe, { CI: "true" })]).toEqual([true, false, false, false]);
    const { output, stderr } = make({ tty: true });
    output.error({ code: "X", message: "broken", exitCode: 1 });
    expect(stderr.text).toContain("\x1b[31merror:");
  });

  it("cuts text without cutting colour codes", () => {
    expect(truncate("\x1b[31mabcdef\x1b[39m", 3)).toBe("\x1b[31mabc\x1b[39m");
  });
});
