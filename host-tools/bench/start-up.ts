// Start-up: from power to the kernel's first answer.
//
// Wall time on QEMU and Espruino for Linux, the middle of several starts. What a real board would take is estimated from Espruino's work: how many
// passes of a loop the same interpreter does in the time of the start, times what a pass takes on a board (62.5 MIPS in QEMU, and three times that).
// That loop runs from flash like the tile: Espruino for Linux reads its flash from a file, which makes both slow alike.
import { collect } from "../link/wait-for.ts";
import { firstAnswer } from "./answering.ts";
import { askEspruino, startEspruinoTile, timedPasses } from "./espruino-tile.ts";
import { type Figure, figure, median, notMeasured, plainNumber } from "./figures.ts";
import { installOnQemu } from "./qemu-flash.ts";
import type { Bench, Section } from "./section.ts";

const STARTS = 5;
const WINDOWS_MS: readonly number[] = [0, 1000];
/** Design: cold start to ready, wall time on QEMU and estimate on a board. */
const LIMIT_MS = { qemu: 2000, board: 3000 } as const;

export const startUp: Section = {
  name: "start",
  title: "Start-up",
  how: `power-on (QEMU and Espruino: start of the process) to the kernel's first answer over the link, wall time, middle of ${STARTS} starts, asked every 40 ms`,
  async run(bench) {
    const figures: Figure[] = [];
    if (bench.whyNoQemu !== undefined) figures.push(notMeasured("qemu", "QEMU", "ms", bench.whyNoQemu));
    else {
      figures.push(figure("qemu.bare", "QEMU: bare board, console prompt", await many(() => bareStart(bench)), "ms"));
      for (const windowMs of WINDOWS_MS) figures.push(figure(`qemu.window${windowMs}`, `QEMU: kernel answers, boot window ${windowMs} ms`, await many(() => tileStart(bench, windowMs)), "ms", { limit: LIMIT_MS.qemu }));
    }
    for (const binary of bench.espruino) figures.push(...(await espruinoStart(bench, binary)));
    if (bench.espruino.length === 0) figures.push(notMeasured("espruino", "Espruino", "ms", "GENESIS_ESPRUINO names no binary"));
    return figures;
  },
};

async function many(start: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < STARTS; n++) times.push(await start());
  return Math.round(median(times));
}

async function bareStart(bench: Bench): Promise<number> {
  const host = await bench.qemu("bare");
  try {
    const startedMs = performance.now();
    const stream = await host.open();
    // Asking with an empty line until the prompt is there: output from before the socket was opened is gone.
    await collect(stream, () => stream.write(Buffer.from("\n")), (text) => text.includes(">"), 10_000);
    return performance.now() - startedMs;
  } finally {
    await host.close();
  }
}

async function tileStart(bench: Bench, windowMs: number): Promise<number> {
  const host = await bench.qemu("tile");
  installOnQemu(host.flashPath, (await bench.image("full")).file, bench.firstStage, { windowMs });
  try {
    const startedMs = performance.now();
    return (await firstAnswer(await host.open(), 20_000)) - startedMs;
  } finally {
    await host.close();
  }
}

/** µs of one pass of `x=x+1` in a loop: Espruino at 62.5 million instructions a second (STM32F405 build in QEMU), and how much slower real 64 MHz boards are. */
const BOARD = { passUs: 128, slower: 3 } as const;

async function espruinoStart(bench: Bench, binary: string): Promise<Figure[]> {
  const interpreter = await askEspruino(bench, binary);
  const { id, name } = interpreter;
  const answers: number[] = [];
  const works: number[] = [];
  const passes: number[] = [];
  try {
    for (let n = 0; n < 2 * STARTS; n++) {
      const isTimed = n % 2 === 1;
      const tile = await startEspruinoTile(bench, interpreter, 0, isTimed);
      try {
        const answeredMs = await firstAnswer(tile.link, 8000);
        if (isTimed) {
          const console = await tile.console();
          const [startUs, loopUs] = (await console.evalLine("[Math.round((benchT[2]-benchT[0])*1e6),Math.round(benchT[3]*1e6)]")) as [number, number];
          console.close();
          works.push(startUs);
          passes.push(startUs / (loopUs / timedPasses));
        } else answers.push(answeredMs - tile.startedMs);
      } finally {
        await tile.close();
      }
    }
  } catch (error) {
    return [notMeasured(id, `${name}: kernel answers, boot window 0 ms`, "ms", error instanceof Error ? error.message : String(error))];
  }
  const boardMs = Math.round((median(passes) * BOARD.passUs) / 1000);
  return [
    figure(id, `${name}: kernel answers, boot window 0 ms`, Math.round(median(answers)), "ms"),
    figure(`${id}.work`, `${name}: from the first stage to the end of the first step`, Math.round(median(works) / 100) / 10, "ms", { note: "on this computer" }),
    figure(`${id}.mips`, `${name}: the same at 62.5 MIPS`, boardMs, "ms", { limit: LIMIT_MS.board, note: `estimate: the time of ${plainNumber(Math.round(median(passes)))} passes of a loop, ${BOARD.passUs} µs each` }),
    figure(`${id}.board`, `${name}: the same on a 64 MHz board`, boardMs * BOARD.slower, "ms", { limit: LIMIT_MS.board, note: `estimate: ${BOARD.slower} times that (one published measurement)` }),
  ];
}
