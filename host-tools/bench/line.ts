// The line: how much of 115,200 baud flash and update use, and beside them the `espruino` command line bringing the same bytes to the same board.
//
// QEMU's UART has no rate, so a bridge between tool and tile gives it one: ten bit times a byte, each way. Times run from the first to the last byte
// on that line, so connecting counts and the start of a process does not. Whatever was uploaded is read back as a CRC by the tile.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { sealImage } from "../image/mcuboot.ts";
import { installTile } from "../install/install-tile.ts";
import { newIdentity } from "../install/tile-config.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { EspruinoPackets } from "../link/espruino-packets.ts";
import { openSocket } from "../link/socket-stream.ts";
import { rebootBoard } from "../tiles/boot-window.ts";
import { packetConsole } from "../tiles/packet-console.ts";
import type { QemuHost } from "../tiles/qemu-host.ts";
import { TileSession } from "../tiles/tile-session.ts";
import { updateTile } from "../tiles/update-tile.ts";
import { cliVersion, espruinoCli, uploadByCli } from "./espruino-cli.ts";
import { type Figure, figure, notMeasured } from "./figures.ts";
import { PacedBridge } from "./paced-bridge.ts";
import type { Bench, Section } from "./section.ts";

/** 115,200 baud, ten bits a byte. */
const LINE = 11_520;
const CLI_MS = 120_000;
const FILE = "bench.bin";

interface Moved {
  bytes: number;
  seconds: number;
  /** Bytes on the line towards the tile. */
  sent: number;
}

export const line: Section = {
  name: "line",
  title: "The line",
  how: "the full image to a QEMU board: flash over the console of a bare board, update of the running tile, a plain file to Storage by us and by the espruino CLI; on a line of 115,200 baud (11,520 B/s) and on QEMU's own, which has no rate",
  async run(bench) {
    if (bench.whyNoQemu !== undefined) return [notMeasured("line", "flash, update and upload", "B/s", bench.whyNoQemu)];
    const figures: Figure[] = [];
    for (const rate of [LINE, 0]) figures.push(...(await ourTools(bench, rate)));
    const ours = await upload(bench, LINE, ourUpload);
    figures.push(...show("upload", "file to Storage, Genesis", ours, LINE));
    const cli = espruinoCli(bench.home);
    const name = `espruino CLI ${cliVersion}`;
    if ("why" in cli) return [...figures, notMeasured("cli", `file to Storage, ${name}`, "B/s", cli.why)];
    try {
      const theirs = await upload(bench, LINE, (bridge, file) => uploadByCli(bench, cli.program, bridge.address, FILE, file, CLI_MS).then(() => undefined));
      figures.push(...show("cli", `file to Storage, ${name}`, theirs, LINE), figure("cli.ratio", `time: ${name} ÷ Genesis`, Math.round((10 * theirs.seconds) / ours.seconds) / 10, "×", { note: "the same file, the same board, the same line" }));
    } catch (error) {
      figures.push(notMeasured("cli", `file to Storage, ${name}`, "B/s", error instanceof Error ? error.message : String(error)));
    }
    return figures;
  },
};

function show(id: string, what: string, moved: Moved, rate: number): Figure[] {
  const perSecond = moved.bytes / moved.seconds;
  const note = `${moved.bytes} bytes in ${moved.seconds.toFixed(1)} s, ${(moved.sent / moved.bytes).toFixed(2)} bytes on the line for each`;
  const speed = figure(id, `${what}: speed`, Math.round(perSecond), "B/s", { note });
  return rate === 0 ? [speed] : [speed, figure(`${id}.share`, `${what}: of the line rate`, Math.round((100 * perSecond) / rate), "%")];
}

/** Flash of a bare board, then an update of the tile it became. */
async function ourTools(bench: Bench, rate: number): Promise<Figure[]> {
  const board = await bench.board("qemu-mps2-an385");
  const image = (await bench.image("full")).file;
  const suffix = rate === 0 ? ".free" : "";
  const where = rate === 0 ? ", line without a rate" : "";
  return withBoard(bench, rate, async (host, bridge) => {
    const { console, close } = await openConsole(bridge);
    const moved: { image?: Moved } = {};
    let imageMs = 0;
    let imageSent = 0;
    const { config } = await installTile({
      console: packetConsole(console),
      board,
      image,
      firstStage: bench.firstStage,
      identity: newIdentity("bench"),
      link: { windowMs: 0 },
      saveBackup: () => Promise.resolve(),
      onProgress: ({ phase }) => {
        if (phase === "image" && imageMs === 0) [imageMs, imageSent] = [performance.now(), bridge.count.toTile];
        if (phase === "check" && moved.image === undefined) moved.image = { bytes: image.length, seconds: (performance.now() - imageMs) / 1000, sent: bridge.count.toTile - imageSent };
      },
    });
    const flashed = { bytes: image.length, ...lineTime(bridge) };
    await rebootBoard(console);
    await close();
    const session = new TileSession(host, await openSocket(bridge.address));
    await session.ready(20_000);
    bridge.reset();
    let sent = 0;
    const next = sealImage((await bench.image("full", "2.0.0")).file, Buffer.from(config.key, "hex"));
    const outcome = await updateTile(session, next, { bootMs: 30_000, soakMs: 200, signal: bench.signal, onStage: (stage) => void (stage === "test" && (sent = bridge.count.toTile)) });
    if (outcome.outcome !== "updated") throw new Error(`the update ended as ${outcome.outcome}`);
    const total = lineTime(bridge);
    await session.close();
    const upload = { bytes: next.length, seconds: next.length / outcome.bytesPerSecond, sent };
    return [
      ...show(`flash${suffix}`, `flash, all of it${where}`, flashed, rate),
      ...show(`flash.image${suffix}`, `flash, from the first page of the image to the last${where}`, moved.image ?? flashed, rate),
      ...show(`update${suffix}`, `update, upload${where}`, upload, rate),
      figure(`update.total${suffix}`, `update: upload, restart, trial, confirm${where}`, Math.round(total.seconds * 10) / 10, "s"),
    ];
  });
}

/** Brings the image as a plain file to the Storage of a bare board, and looks whether all of it is there. */
async function upload(bench: Bench, rate: number, work: (bridge: PacedBridge, file: string) => Promise<void>): Promise<Moved> {
  const image = (await bench.image("full")).file;
  const file = path.join(bench.folder("upload"), FILE);
  writeFileSync(file, image);
  return withBoard(bench, rate, async (_host, bridge) => {
    await work(bridge, file);
    const moved = { bytes: image.length, ...lineTime(bridge) };
    const { console, close } = await openConsole(bridge);
    const there = await new EspruinoPackets(console).fileCrc(FILE);
    await close();
    if (there?.crc !== crc32(image) >>> 0 || there.lengthBytes !== image.length) throw new Error(`the file is not whole on the board: ${there === undefined ? "missing" : `${there.lengthBytes} of ${image.length} bytes, CRC ${there.crc}`}`);
    return moved;
  });
}

async function ourUpload(bridge: PacedBridge, file: string): Promise<void> {
  const { console, close } = await openConsole(bridge);
  await new EspruinoPackets(console).writeFile(FILE, readFileSync(file));
  await close();
}

/** QEMU's line has one user at a time: whoever is done closes it. */
async function openConsole(bridge: PacedBridge): Promise<{ console: EspruinoConsole; close(): Promise<void> }> {
  const stream = await openSocket(bridge.address);
  const console = await EspruinoConsole.open(stream, { answerMs: 3000 });
  return {
    console,
    async close() {
      console.close();
      await stream.close();
    },
  };
}

function lineTime(bridge: PacedBridge): { seconds: number; sent: number } {
  return { seconds: (bridge.count.lastMs - bridge.count.firstMs) / 1000, sent: bridge.count.toTile };
}

async function withBoard<T>(bench: Bench, rate: number, use: (host: QemuHost, bridge: PacedBridge) => Promise<T>): Promise<T> {
  const host = await bench.qemu("line");
  try {
    await host.powerOn();
    const bridge = await PacedBridge.open(host.portPath.slice("unix:".length), rate);
    try {
      return await use(host, bridge);
    } finally {
      await bridge.close();
    }
  } finally {
    await host.close();
  }
}
