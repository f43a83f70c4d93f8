// Wake-ups and charge: the demo image at true rate beside a program that does the same job without a kernel, on the same simulated board.
//
// Both sample the same recorded temperatures every 5 minutes for a day of virtual time; that they did the same job is checked: their detectors must
// agree to the bit. Charge is a model (sim/power-meter.ts): a fixed time per wake-up, JavaScript at a stated speed, the currents of the board's table.
// The line is quiet meanwhile; a UART that listens costs both the same, and most of all: charge is given without it, and the ratio with it as well.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Board } from "../../hal/board.ts";
import { detectorApi } from "../../firmware/detector/api.ts";
import { sensorApi } from "../../firmware/sensor/api.ts";
import { currentUa } from "../charge.ts";
import { readRecording } from "../detect/nab.ts";
import { newIdentity } from "../install/tile-config.ts";
import { callRead, callWrite } from "../link/service-client.ts";
import { SmpClient } from "../link/smp-client.ts";
import { EspruinoStorage } from "../sim/espruino-storage.ts";
import { installedImage } from "../sim/installed-image.ts";
import { NorFlash, type FlashImage } from "../sim/nor-flash.ts";
import { flashBase } from "../sim/sim-hardware.ts";
import { SimTile } from "../sim/sim-tile.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";
import { type Figure, figure, notMeasured } from "./figures.ts";
import type { Bench, Section } from "./section.ts";
import { VirtualLine } from "./virtual-line.ts";

const SAMPLE_S = 300;
/** The slow board needs half a minute to start; measured is from here on. */
const START_S = 60;
const SETTLE_S = 100;
const DAY_S = 86_400;
const ANSWER_S = 20;
/** The default of `genesis flash`, and one for tiles that live on a battery. */
const WATCHDOGS_S: readonly number[] = [15, 300];

/** How fast the chip runs JavaScript: time of 10,000 loop passes or calls, µs. */
const SPEEDS = [
  { id: "fast", name: "1 µs a loop pass", tickUs: 10_000 },
  { id: "espruino", name: "128 µs a loop pass, as Espruino at 62.5 MIPS", tickUs: 1_280_000 },
] as const;

interface Job {
  wakeups: number;
  activeUs: number;
  chargeUah: number;
  /** What the detector has learnt: samples, level, deviation. */
  learnt: string;
}

export const wakeUps: Section = {
  name: "wakeups",
  title: "Wake-ups and charge",
  how: "one sample per 5 minutes from an analog pin for 24 hours of virtual time on the simulated board; the same job by hand-written/monitor.js without a kernel, with and without a watchdog; charge of the processor and of sleep, without the UART that listens and draws the same in both, 1 mA",
  async run(bench) {
    const board = await bench.board("sim");
    const samples = readRecording(path.join(bench.root, "data", "nab"), "machine_temperature_system_failure.csv").samples;
    const volts = (timeUs: number): number => ((samples[Math.floor(timeUs / (SAMPLE_S * 1_000_000))]?.value ?? 0) + 0.5) / 32767;
    const figures: Figure[] = [];
    const uartUah = ((currentUa(board.power, "uart") ?? 0) * DAY_S) / 3600;
    for (const speed of SPEEDS) {
      const plain = await programJob(bench, board, volts, speed.tickUs, 0);
      figures.push(...show(speed, "plain", "by hand, no watchdog", plain));
      for (const watchdogS of WATCHDOGS_S) {
        const tile = await tileJob(bench, board, volts, speed.tickUs, watchdogS);
        const guarded = await programJob(bench, board, volts, speed.tickUs, watchdogS);
        for (const other of [plain, guarded]) if (other.learnt !== tile.learnt) throw new Error(`the program did another job than the tile: ${other.learnt}, ${tile.learnt}`);
        const of = `watchdog ${watchdogS} s`;
        const [count = 0, level = 0, deviation = 0] = JSON.parse(tile.learnt) as number[];
        if (speed === SPEEDS[0] && watchdogS === WATCHDOGS_S[0]) figures.push(figure("samples", "samples taken by each", count, "", { note: `all detectors agree: level ${level / 100}, mean deviation ${deviation / 100}` }));
        figures.push(
          ...show(speed, `genesis${watchdogS}`, `Genesis, ${of}`, tile),
          ...show(speed, `guarded${watchdogS}`, `by hand, ${of}`, guarded),
          ...ratios(speed, `genesis${watchdogS}.plain`, `Genesis, ${of} ÷ by hand, no watchdog`, tile, plain, uartUah),
          ...ratios(speed, `genesis${watchdogS}.guarded`, `Genesis ÷ by hand, both ${of}`, tile, guarded, uartUah),
        );
      }
    }
    figures.push(notMeasured("board", "the same on a real board", "µAh", "needs a board and a current meter"));
    return figures;
  },
};

type Speed = (typeof SPEEDS)[number];

/** Wake-ups don't depend on the chip's speed: they are shown once. */
function show(speed: Speed, id: string, what: string, job: Job): Figure[] {
  const wakeups = speed === SPEEDS[0] ? [figure(`${id}.wakeups`, `${what}: wake-ups per hour`, Math.round((job.wakeups / 24) * 10) / 10, "/h")] : [];
  return [...wakeups, figure(`${speed.id}.${id}.charge`, `${what}: charge in 24 h`, Math.round(job.chargeUah * 100) / 100, "µAh", { note: `${speed.name}; awake ${(job.activeUs / 1e6).toFixed(1)} s` })];
}

function ratios(speed: Speed, id: string, what: string, tile: Job, other: Job, uartUah: number): Figure[] {
  const wakeups = speed === SPEEDS[0] ? [figure(`${id}.wakeupRatio`, `wake-ups: ${what}`, Math.round((tile.wakeups / other.wakeups) * 100) / 100, "×")] : [];
  return [...wakeups, figure(`${speed.id}.${id}.chargeRatio`, `charge: ${what}`, Math.round((tile.chargeUah / other.chargeUah) * 100) / 100, "×", { note: `${speed.name}; with the UART's ${Math.round(uartUah).toLocaleString("en-US")} µAh in both ${((tile.chargeUah + uartUah) / (other.chargeUah + uartUah)).toFixed(2)} ×` })];
}

async function makeTile(bench: Bench, board: Board, pages: FlashImage, volts: (timeUs: number) => number, tickUs: number): Promise<SimTile> {
  const tile = await SimTile.create({ board, clock: new VirtualClock(), image: pages, timing: { tickUs } });
  bench.onEnd(() => tile.close());
  tile.wires.applyVoltage("A0", volts);
  return tile;
}

/** Lets the tile live from `SETTLE_S` on for a day. */
function liveADay(tile: SimTile): Omit<Job, "learnt"> {
  const { clock, hardware } = tile;
  clock.runUntil(SETTLE_S * 1_000_000);
  const { meter } = hardware;
  const before = { wakeups: meter.wakeups, activeUs: meter.activeUs, chargeUah: meter.chargeUah(clock.nowUs) };
  clock.run(DAY_S * 1_000_000);
  if (hardware.meter !== meter || hardware.resets > 0) throw new Error(`the tile was reset (${hardware.cause}) in its day`);
  return { wakeups: meter.wakeups - before.wakeups, activeUs: meter.activeUs - before.activeUs, chargeUah: meter.chargeUah(clock.nowUs) - before.chargeUah };
}

async function tileJob(bench: Bench, board: Board, volts: (timeUs: number) => number, tickUs: number, watchdogS: number): Promise<Job> {
  const { pages } = installedImage(board, newIdentity("bench"), (await bench.image(board.profile)).file, bench.firstStage, { windowMs: 0, watchdogS });
  const tile = await makeTile(bench, board, pages, volts, tickUs);
  tile.powerOn();
  tile.clock.runUntil(START_S * 1_000_000);
  const line = new VirtualLine(tile);
  const client = new SmpClient(line, { firstWaitMs: 200, minWaitMs: 200 });
  await callWrite(client, sensorApi, "pin", { pin: "A0", s: SAMPLE_S });
  const day = liveADay(tile);
  const { count, level, dev } = await callRead(client, detectorApi, "status", {});
  client.close();
  tile.close();
  return { ...day, learnt: JSON.stringify([count, level, dev]) };
}

async function programJob(bench: Bench, board: Board, volts: (timeUs: number) => number, tickUs: number, watchdogS: number): Promise<Job> {
  const program = readFileSync(path.join(bench.root, "host-tools", "bench", "hand-written", "monitor.js"), "latin1");
  const flash = new NorFlash({ baseAddress: flashBase, flashBytes: board.storageBytes, pageBytes: board.pageBytes });
  new EspruinoStorage(flash, flashBase, board.storageBytes).write(".bootcde", `var WATCHDOG_S=${watchdogS};\n${program}`);
  const tile = await makeTile(bench, board, flash.image(), volts, tickUs);
  let said = "";
  tile.serial1.onSent = (bytes) => (said += bytes);
  tile.powerOn();
  const day = liveADay(tile);
  said = "";
  tile.serial1.feed("?\n");
  tile.clock.run(ANSWER_S * 1_000_000);
  tile.close();
  const answer = /\{.*\}/.exec(said)?.[0];
  if (answer === undefined) throw new Error(`the program does not answer: ${JSON.stringify(said)}`);
  const { count, level, dev } = JSON.parse(answer) as Record<"count" | "level" | "dev", number>;
  return { ...day, learnt: JSON.stringify([count, level, dev]) };
}
