// genesis demo (npm start): a tile from nothing to a failed update survived, with a real recording as its sensor.
//
// Boots a tile (QEMU where it is installed, else simulated), flashes it over its serial line, replays two recordings of the Numenta Anomaly
// Benchmark through the detector on the tile, updates it, then sends it an image that hangs and watches it come back.
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { LiveBlock } from "../cli/live-block.ts";
import type { Command, Context } from "../cli/command.ts";
import { Failure, usage } from "../cli/failure.ts";
import { loadBoard } from "../boards.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { evaluate, type Evaluation } from "../detect/evaluate.ts";
import { readRecording, type Recording } from "../detect/nab.ts";
import { chartLines } from "../demo/chart.ts";
import { type ReplayResult, replayOnTile } from "../demo/replay-tile.ts";
import { sealImage } from "../image/mcuboot.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { tryLock } from "../link/port-lock.ts";
import { listImages } from "../link/smp-image.ts";
import { installTile } from "../install/install-tile.ts";
import { newIdentity } from "../install/tile-config.ts";
import { holdConsole } from "../tiles/boot-window.ts";
import { hasProgram } from "../tiles/has-program.ts";
import { openHost } from "../tiles/open-host.ts";
import { lockMachine } from "../tiles/shared-host.ts";
import { knownTile, rememberTile } from "../tiles/registry.ts";
import { machineFolder, machineLabel, type MachineName, parseTile } from "../tiles/tile-name.ts";
import { TileSession } from "../tiles/tile-session.ts";
import { activeSlot, updateTile } from "../tiles/update-tile.ts";

const RECORDINGS = [
  { file: "machine_temperature_system_failure.csv", about: "a machine's temperature; the detector was tuned on it" },
  { file: "ambient_temperature_system_failure.csv", about: "an office's temperature; nothing was tuned on it" },
] as const;

/** A simulated tile's line is as slow as a real one, which would make it the slowest tile of all: it runs faster than real time. */
const SIM_SPEED = 3;

const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
const hours = (seconds: number): string => `${(seconds / 3600).toFixed(1)} h`;
const degrees = (centi: number): string => `${(centi / 100).toFixed(0)} °F`;

/** Feeds one recording to the tile under a live chart; returns what it found. */
async function showRecording(context: Context, session: TileSession, recording: Recording, about: string): Promise<{ result: ReplayResult; evaluation: Evaluation }> {
  const { output } = context;
  const { bold, red } = output.colors;
  const days = Math.round(((recording.samples.at(-1)?.timeS ?? 0) - (recording.samples[0]?.timeS ?? 0)) / 86_400);
  output.info(`\n${bold(recording.name)}: ${about}\n${recording.samples.length} samples of ${days} days, fed in batches as fast as the tile takes them; each sample keeps its own time`);
  const block = new LiveBlock(output);
  const task = output.live ? undefined : output.task(`Replaying ${recording.name}`, `replay-${recording.name}`);
  const means: number[] = [];
  const flags: boolean[] = [];
  let alarm = 0;
  const startedMs = performance.now();
  let memory = await session.health();
  let looked = startedMs;
  const result = await replayOnTile(session, recording, context.signal, (progress) => {
    for (const record of progress.records) {
      if (record.kind === "alarm") alarm = record.values.direction ?? 1;
      else if (record.kind === "alarm-end") alarm = 0;
      else if (record.kind === "samples") {
        means.push(record.values.mean ?? 0);
        flags.push(alarm !== 0);
      }
      if (output.json && record.kind !== "samples") output.data("record", { record }, "");
    }
    const fraction = progress.samples / progress.totalSamples;
    task?.progress(fraction, `${progress.samples} samples`);
    if (performance.now() - looked > 1000) {
      looked = performance.now();
      void session.health().then((health) => (memory = health), () => undefined);
    }
    const rate = progress.samples / ((performance.now() - startedMs) / 1000);
    const width = Math.max(20, Math.min(100, (output.options.stderr.columns || 100) - 12));
    block.draw([
      ...chartLines(means, flags, { widthCells: width, heightCells: 7, label: degrees }),
      `${String(Math.round(fraction * 100)).padStart(3)} %  ${progress.samples} of ${progress.totalSamples} samples  ${rate.toFixed(0)}/s  ${alarm === 0 ? "normal" : red("ALARM")}  memory ${Math.round((100 * (memory.total - memory.free)) / memory.total)} %`,
    ]);
  });
  block.end();
  task?.end(`${result.samples} samples in ${(result.wallMs / 1000).toFixed(1)} s`);
  const timeScale = Math.round((days * 86_400_000) / result.wallMs);
  output.info(`  time scale: ${days} days in ${(result.wallMs / 1000).toFixed(1)} s, ${timeScale} times as fast as it happened`);
  const evaluation = evaluate(recording, result.alarms);
  const mark = output.dataColors;
  const lines = evaluation.windows.map((window, index) => window.isCaught
    ? `  ${mark.green("✔")} window ${index + 1}, ${day(window.startS)} to ${day(window.endS)}: caught ${hours(window.delayS ?? 0)} after it opened, ${hours(window.leadS ?? 0)} before it closed`
    : `  ${mark.red("✘")} window ${index + 1}, ${day(window.startS)} to ${day(window.endS)}: missed`);
  lines.push(`  ${evaluation.caught} of ${evaluation.windows.length} labelled windows caught, ${evaluation.falseAlarms.length} false alarms in ${evaluation.quietDays} quiet days; ${result.records} telemetry records, ${result.lostRecords} lost`);
  output.data("detection", { recording: recording.name, caught: evaluation.caught, windows: evaluation.windows, falseAlarms: evaluation.falseAlarms, quietDays: evaluation.quietDays, records: result.records, lostRecords: result.lostRecords, wallMs: result.wallMs }, lines.join("\n"));
  return { result, evaluation };
}

/** An emulated tile with erased flash that no other demo is using: "demo", "demo-2" … */
function freshMachine(context: Context, kind: MachineName["kind"]): MachineName {
  for (let n = 1; ; n++) {
    const machine = { kind, name: n === 1 ? "demo" : `demo-${n}` };
    const folder = machineFolder(context.home, machine);
    mkdirSync(path.dirname(folder), { recursive: true });
    const unlock = tryLock(`${folder}.lock`);
    if (unlock === undefined) continue;
    context.onExit(unlock);
    const release = lockMachine(folder);
    if (release === undefined) continue;
    rmSync(folder, { recursive: true, force: true });
    release();
    return machine;
  }
}

export const demoCommand: Command = {
  name: "demo",
  summary: "a tile from nothing to a failed update survived (npm start)",
  description: "Boots a tile, flashes it over its serial line, replays two real recordings through the detector on the tile, updates it, then sends it an image that hangs and shows it come back by itself.",
  arguments: [],
  options: [],
  examples: [
    { command: "npm start", what: "with set-up" },
    { command: "genesis demo --tile sim", what: "on the simulated board" },
  ],
  async run(context) {
    const { output, signal, root, home } = context;
    const { bold } = output.colors;
    const startedMs = performance.now();
    const canQemu = hasProgram("qemu-system-arm") && hasProgram("arm-none-eabi-gcc");
    // Under npm start, set-up has said so and why.
    if (context.global.tile === undefined && !canQemu && process.env.npm_lifecycle_event !== "start") output.info("QEMU is not installed: using the simulated board.");
    const wanted = parseTile(home, context.global.tile ?? (canQemu ? "qemu" : "sim"));
    if (wanted.name !== "default") throw usage("the demo makes a tile of its own, from nothing", `genesis demo --tile ${wanted.kind}`);
    const tile = machineLabel(freshMachine(context, wanted.kind));
    const host = await openHost({ ...context, global: { ...context.global, port: undefined, serial: undefined, tile } }, { simSpeed: SIM_SPEED });
    const board = await loadBoard(root, host.boardId ?? "qemu-mps2-an385");

    const building = output.task("Building images v1, v2 and a broken v3", "build");
    const image = async (name: string, version: string): Promise<Buffer> => (await buildTileImage(root, { name, version, profile: board.profile })).file;
    const v1 = await image("tile", "1.0.0");
    const v2 = await image("tile", "2.0.0");
    const v3 = await image("hang", "3.0.0");
    building.end(`${v1.length} bytes each, the same bytes for every board of profile ${board.profile}`);

    output.info(`\n${bold("1. Boot and flash")}  ${board.name}: ${board.mcu}${wanted.kind === "sim" ? `; its time runs ${process.env.GENESIS_SIM_SPEED || SIM_SPEED} times as fast` : ""}`);
    const booting = output.task("Booting a bare board", "boot");
    const held = await holdConsole(host, context);
    booting.end(`a JavaScript console answers: Espruino API ${held.console.version}`);
    const flashing = output.task("Flashing v1 over the serial line", "flash");
    const installed = await installTile({
      console: held.device,
      board,
      image: v1,
      firstStage: buildFirstStage(root),
      identity: newIdentity("demo"),
      // A short watchdog, so that nobody waits for the hanging image.
      link: { watchdogS: 6 },
      saveBackup: async () => undefined,
      onProgress: ({ phase, done, total }) => flashing.progress(phase === "image" ? done / Math.max(1, total) : undefined, phase),
    });
    const { config } = installed;
    rememberTile(home, { ...knownTile(config, host.name), backup: null });
    await held.reboot();
    const session = await TileSession.open(host);
    context.onExit(() => session.close());
    await session.ready(30_000, signal);
    flashing.end(`tile ${config.id} runs 1.0.0 (UNSIGNED images: HMAC under the tile's own key)`);

    output.info(`\n${bold("2. A real recording as its sensor")}  Numenta Anomaly Benchmark; EWMA + CUSUM in integers on the tile`);
    const found = [];
    for (const { file, about } of RECORDINGS) found.push(await showRecording(context, session, readRecording(path.join(root, "data", "nab"), file), about));

    output.info(`\n${bold("3. Update, and a broken update")}`);
    const key = Buffer.from(config.key, "hex");
    const update = async (title: string, file: Buffer): Promise<string> => {
      const task = output.task(title, "update");
      const outcome = await updateTile(session, sealImage(file, key), {
        bootMs: 60_000,
        soakMs: 1500,
        signal,
        onStage: (stage) => task.progress(stage === "upload" ? 0 : undefined, stage === "restart" ? "restarting, watching" : stage),
        onUpload: (progress) => task.progress(progress.sentBytes / progress.totalBytes, `${(progress.bytesPerSecond / 1000).toFixed(1)} kB/s`),
      });
      task.end(outcome.outcome === "reverted" ? `the tile went back to ${outcome.from} by itself` : `${outcome.from} → ${outcome.to}, tried, confirmed`);
      output.data("updated", { id: config.id, ...outcome, signed: false }, outcome.outcome === "reverted" ? `  the new image hung; the watchdog reset the tile, and the first stage started ${outcome.from} again` : `  the tile runs ${outcome.to}`);
      return outcome.outcome;
    };
    const good = await update("Updating to v2 (A/B: upload, test, confirm)", v2);
    const bad = await update("Updating to v3, which hangs a second after it starts", v3);
    const health = await session.health();
    const [machine, ambient] = found;
    const runs = activeSlot(await listImages(session.client));
    const lost = found.reduce((sum, { result }) => sum + result.lostRecords, 0);
    const wrong = [
      ...(good === "updated" ? [] : [`the update to v2 ended as "${good}"`]),
      ...(bad === "reverted" ? [] : [`the update to the hanging v3 ended as "${bad}"`]),
      ...(runs.version === "2.0.0" && runs.confirmed ? [] : [`${runs.version} runs in the end, not the confirmed 2.0.0`]),
      ...(lost === 0 ? [] : [`${lost} telemetry records were lost`]),
    ];
    if (wrong.length > 0) throw new Failure("DEMO_FAILED", 1, `the demo did not go as it must: ${wrong.join("; ")}`, `genesis telemetry --tile ${tile} shows what the tile recorded; on a very busy computer run it again`);
    output.data("demo", {
      board: board.id, update: good, brokenUpdate: bad, wallMs: performance.now() - startedMs, causes: [...health.causes],
      machine: { caught: machine?.evaluation.caught, falseAlarms: machine?.evaluation.falseAlarms.length },
      ambient: { caught: ambient?.evaluation.caught, falseAlarms: ambient?.evaluation.falseAlarms.length },
    }, [
      "",
      output.dataColors.bold("Summary"),
      `  ${board.name}: flashed over serial, updated, and back by itself from an image that hangs, in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`,
      `  anomalies: ${machine?.evaluation.caught} of ${machine?.evaluation.windows.length} windows and ${machine?.evaluation.falseAlarms.length} false alarms on the recording it was tuned on; ${ambient?.evaluation.caught} of ${ambient?.evaluation.windows.length} and ${ambient?.evaluation.falseAlarms.length} on the other`,
      "",
      output.dataColors.bold("Next"),
      ...[
        [`run --tile ${wanted.kind}`, "a tile of your own, live"],
        [`telemetry --tile ${tile}`, "what this one has recorded"],
        ["flash --port <port>", "a real Espruino board"],
      ].map(([command = "", what = ""]) => `  npx genesis ${command.padEnd(30)} ${what}`),
    ].join("\n"));
  },
};
