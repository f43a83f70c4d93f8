// The numbers in the README, from results/bench.json: what is promised, what was measured, what was asked for, met or not.
//
// `npm run gen` writes the table between the two marks; CI fails when it is stale, so the README can't say other numbers than the bench does.
import { type BenchResult, type Figure, plainNumber } from "../bench/figures.ts";
import { markdownTable } from "./markdown.ts";

const START = "<!-- numbers: start -->";
const END = "<!-- numbers: end -->";

/** Looks figures up by "section/id". @throws Error for a name that the bench does not have. */
function figures(result: BenchResult): (name: string) => Figure {
  return (name) => {
    const [section = "", id = ""] = name.split("/");
    const found = result.sections[section]?.figures.find((figure) => figure.id === id);
    if (found === undefined) throw new Error(`results/bench.json has no figure ${name}: npm run bench -- --write ${section}`);
    return found;
  };
}

/** The table. */
export function numbersTable(result: BenchResult): string {
  const find = figures(result);
  const value = (name: string): string => {
    const { value: number } = find(name);
    return number === undefined ? "not measured" : plainNumber(number);
  };
  const kilo = (name: string): string => ((find(name).value ?? Number.NaN) / 1000).toFixed(1);
  const list = (section: string, ids: readonly string[]): string => ids.map((id) => value(`${section}/${id}`)).join(", ");
  /** The goal in words, and whether one of the figures is beyond its limit. */
  const goal = (words: string, ...names: string[]): string => {
    const over = names.map(find).filter(({ value: number, limit }) => number !== undefined && limit !== undefined && number > limit);
    return over.length === 0 ? words : `${words}: **not met**${over.length === names.length ? "" : ` for ${over.length} of ${names.length}`}`;
  };
  const gate = ["now", "identify", "signal", "poll", "timer", "send"];
  const boards = "Bangle.js 2, Espruino WiFi";
  const gates = (engine: string): string[] => gate.map((id) => `kernel/${engine}.${id}`);
  const rows = [
    ["image, profile small / full", `${kilo("sizes/small.image")} / ${kilo("sizes/full.image")} kB, of it the kernel ${kilo("sizes/full.kernel")} kB`, goal("28 ([not 16](docs/decisions/0006-small-profile.md)) / 52 KiB ([not 48](docs/decisions/0015-metered-images.md)), kernel 10 / 24 KiB", "sizes/small.image", "sizes/full.image", "sizes/small.kernel", "sizes/full.kernel")],
    ["Espruino variables after boot, small of 2,500 / full of 5,000", `${value("memory/espruino-2500")} / ${value("memory/espruino-5000")}`, goal("1,900 ([not 1,300](docs/decisions/0006-small-profile.md)) / 3,000", "memory/espruino-2500", "memory/espruino-5000")],
    ["heap of XS on QEMU, all of it / the tile's", `${value("memory/xs")} / ${value("memory/xs.tile")} kB`, "–"],
    ["power-on to kernel answering, QEMU, without the boot window", `${value("start/qemu.window0")} ms`, goal("2 s", "start/qemu.window0")],
    ["the same on a 64 MHz board, small / full (estimates)", `${kilo("start/espruino-2500.board")} / ${kilo("start/espruino-5000.board")} s`, goal("3 s", "start/espruino-2500.board", "start/espruino-5000.board")],
    ["flash / update over 115,200 baud", `${kilo("line/flash")} / ${kilo("line/update")} kB/s, ${value("line/flash.share")} / ${value("line/update.share")} % of the line`, "–"],
    ["a file to a board: time of the `espruino` CLI ÷ ours, same file, board and line", `${value("line/cli.ratio")} ×`, "–"],
    ["wake-ups an hour, watchdog 15 s / 300 s", `${value("wakeups/genesis15.wakeups")} / ${value("wakeups/genesis300.wakeups")}`, "–"],
    ["wake-ups ÷ a program by hand: the same watchdog; no watchdog at all", `${value("wakeups/genesis15.guarded.wakeupRatio")} / ${value("wakeups/genesis300.guarded.wakeupRatio")} ×; ${value("wakeups/genesis15.plain.wakeupRatio")} / ${value("wakeups/genesis300.plain.wakeupRatio")} ×`, "–"],
    ["charge in 24 h at Espruino's speed (a model, without the UART that listens: 24,000 µAh), watchdog 15 s / 300 s", `${value("wakeups/espruino.genesis15.charge")} / ${value("wakeups/espruino.genesis300.charge")} µAh`, "–"],
    ["charge ÷ a program by hand: the same watchdog; no watchdog at all", `${value("wakeups/espruino.genesis15.guarded.chargeRatio")} / ${value("wakeups/espruino.genesis300.guarded.chargeRatio")} ×; ${value("wakeups/espruino.genesis15.plain.chargeRatio")} / ${value("wakeups/espruino.genesis300.plain.chargeRatio")} ×`, "–"],
    ["10,000 tiles in one Node process", `${value("boots/node.seconds")} s, ${value("boots/node.rss")} MB`, goal("10 s, 1 GB", "boots/node.seconds", "boots/node.rss")],
    ["gate ÷ plain call of six arguments on XS, profile full with power management: Now, Identify, Signal, Poll, SetTimer, Send", list("kernel", gate.map((id) => `xs.${id}`)), goal("5 ([why](docs/decisions/0009-kernel-costs.md))", ...gates("xs"))],
    ["the same on Espruino, 5,000 variables, profile small", list("kernel", gate.map((id) => `espruino-5000.${id}`)), goal("8", ...gates("espruino-5000"))],
    ["call + reply ÷ plain call, XS (full) / Espruino (small)", `${value("kernel/xs.call")} / ${value("kernel/espruino-5000.call")}`, goal("20", "kernel/xs.call", "kernel/espruino-5000.call")],
    ["call + reply, signal to wake-up ÷ the same by an event emitter with closures, which checks nothing: XS", list("kernel", ["xs.callVersus", "xs.wakeVersus"]), "–"],
    ["the same on Espruino", list("kernel", ["espruino-5000.callVersus", "espruino-5000.wakeVersus"]), "–"],
    ["instructions on QEMU: plain call / gate Now / Signal / call + reply / revoke per child", ["plain", "now", "signal", "call", "revoke"].map((id) => value(`kernel/xs.${id}.instructions`)).join(" / "), "–"],
    ["heap per slot / queued message / task on Espruino", `${value("kernel/espruino-5000.slot")} / ${value("kernel/espruino-5000.message")} / ${value("kernel/espruino-5000.task")} B`, goal("16 B a slot", "kernel/espruino-5000.slot")],
    ["an idle kernel's heap; what 32 round trips leave behind", `${value("kernel/espruino-5000.idle")}; ${value("kernel/espruino-5000.garbage")} variables`, goal("nothing left behind", "kernel/espruino-5000.garbage")],
    [`charge ÷ EDF's over ${value("scheduler/bangle2.sets")} task sets, where slack allows it: ${boards}`, list("scheduler", ["bangle2.light", "espruino-wifi.light"]), goal("0.7", "scheduler/bangle2.light", "scheduler/espruino-wifi.light")],
    ["the same where the work itself is more than 0.7 of it", list("scheduler", ["bangle2.heavy", "espruino-wifi.heavy"]), "none is possible"],
    [`sets that miss more deadlines than under EDF: ${boards}`, list("scheduler", ["bangle2.late", "espruino-wifi.late"]), goal("0", "scheduler/bangle2.late", "scheduler/espruino-wifi.late")],
    ["brown-outs of a solar tile in a Berlin winter: round robin (a model) / Genesis (its kernel, in simulated time)", `${value("scheduler/solar.roundRobin.brownouts")} / ${value("scheduler/solar.genesis.brownouts")}`, goal("0", "scheduler/solar.genesis.brownouts")],
  ];
  const { machine } = result;
  const busiest = Math.max(...Object.values(result.sections).map(({ load }) => load));
  const days = [...new Set(Object.values(result.sections).map(({ takenAt }) => takenAt.slice(0, 10)))].sort();
  return `Measured with \`npm run bench\` on ${machine.cores} cores (${days.join(", ")}${busiest > 1 ? `, busy: load up to ${busiest} a core` : ""}); all figures, bytes per subsystem and each board's Storage map: [Numbers](docs/reference/bench.md).\n\n${markdownTable(["number", "measured", "goal"], rows)}`;
}

/** The README with the table in its place. @throws Error when the marks are gone. */
export function withNumbers(readme: string, result: BenchResult): string {
  const from = readme.indexOf(START);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new Error(`README.md has lost its marks ${START} and ${END}`);
  return `${readme.slice(0, from + START.length)}\n${numbersTable(result)}\n${readme.slice(to)}`;
}
