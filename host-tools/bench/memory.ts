// Memory: what is in use once the kernel runs, in Espruino's variables and in blocks of XS's heap.
import { healthApi } from "../../firmware/health/api.ts";
import { callRead } from "../link/service-client.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { SmpClient } from "../link/smp-client.ts";
import { BUDGETS } from "../build/budget.ts";
import { readEspruinoResults } from "../docs/espruino-results.ts";
import { firstAnswer } from "./answering.ts";
import { askEspruino, startEspruinoTile } from "./espruino-tile.ts";
import { type Figure, figure, notMeasured } from "./figures.ts";
import { installOnQemu } from "./qemu-flash.ts";
import type { Bench, Section } from "./section.ts";

/** XS counts its heap in blocks of so many bytes (boards/qemu-mps2-an385/api.ts, process.memory). */
const XS_BLOCK_BYTES = 16;

export const memory: Section = {
  name: "memory",
  title: "Memory after boot",
  how: "process.memory() of the running tile: Espruino for Linux with a fixed heap, kernel idle, bare interpreter beside it; XS on QEMU by the health service",
  async run(bench) {
    const figures: Figure[] = [];
    for (const binary of bench.espruino) figures.push(...(await onEspruino(bench, binary)));
    if (bench.espruino.length === 0) figures.push(notMeasured("espruino", "Espruino variables", "variables", "GENESIS_ESPRUINO names no binary"), ...(await recorded(bench)));
    figures.push(...(bench.whyNoQemu === undefined ? await onXs(bench) : [notMeasured("xs", "XS heap", "kB", bench.whyNoQemu)]));
    return figures;
  },
};

async function onEspruino(bench: Bench, binary: string): Promise<Figure[]> {
  const interpreter = await askEspruino(bench, binary);
  const { id, name, profile, variables, usage: bare } = interpreter;
  const limit = BUDGETS[profile].variables;
  const tile = await startEspruinoTile(bench, interpreter, 0);
  try {
    const isUp = await firstAnswer(tile.link, 6000).then(() => true, () => false);
    const console = await tile.console();
    const flags = (await console.evalLine("E.getErrorFlags()")) as string[];
    if (!isUp) return [notMeasured(id, `${name}: in use`, "variables", `the tile does not start${flags.length === 0 ? "" : ` (${flags.join(", ")})`}`)];
    // Twice: the first answer still has garbage of the question in it.
    await console.evalLine("process.memory().usage");
    const usage = (await console.evalLine("process.memory().usage")) as number;
    console.close();
    return [
      figure(id, `${name}: in use`, usage, "variables", { limit, note: `of ${variables}, Espruino ${interpreter.version}${flags.length === 0 ? "" : `; ${flags.join(", ")}`}` }),
      figure(`${id}.tile`, `${name}: of them the tile's`, usage - bare, "variables", { note: `the bare interpreter uses ${bare}` }),
    ];
  } finally {
    await tile.close();
  }
}

/** What the scenarios recorded on real Espruino (results/espruino.json), for computers without one. */
async function recorded(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const entry of readEspruinoResults(bench.root).entries) {
    const used = entry.outcomes.find((outcome) => outcome.measured?.["memory in use"] !== undefined)?.measured?.["memory in use"];
    const heap = entry.heapVariables === null ? "growing" : String(entry.heapVariables);
    const isFresh = (await bench.image(entry.profile)).bundle.sha256 === entry.bundleSha256;
    if (typeof used === "number")
      figures.push(figure(`espruino-${heap}.recorded`, `Espruino, ${heap} variables, ${entry.profile} image: in use`, used, "variables", { limit: BUDGETS[entry.profile].variables, note: `recorded ${entry.recordedOn} while it answered a question${isFresh ? "" : "; STALE: the bundle has changed since"}` }));
  }
  return figures;
}

async function onXs(bench: Bench): Promise<Figure[]> {
  const host = await bench.qemu("tile");
  const bare = await bench.qemu("bare");
  try {
    installOnQemu(host.flashPath, (await bench.image("full")).file, bench.firstStage, { windowMs: 0 });
    const stream = await host.open();
    await firstAnswer(stream, 20_000);
    const client = new SmpClient(stream);
    await callRead(client, healthApi, "status", {});
    const { free, total } = await callRead(client, healthApi, "status", {});
    client.close();
    const console = await EspruinoConsole.open(await bare.open(), { answerMs: 5000 });
    const empty = (await console.evalLine("process.memory().usage")) as number;
    const kilobytes = (blocks: number): number => Math.round((blocks * XS_BLOCK_BYTES) / 1000);
    return [
      figure("xs", "XS on QEMU, full image: heap in use", kilobytes(total - free), "kB", { note: `of ${kilobytes(total)} kB; while it answers the question` }),
      figure("xs.tile", "XS on QEMU, full image: of them the tile's", kilobytes(total - free - empty), "kB", { note: `the bare board uses ${kilobytes(empty)} kB` }),
    ];
  } finally {
    await host.close();
    await bare.close();
  }
}
