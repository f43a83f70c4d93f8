// A tile on Espruino for Linux, to be measured: a process with its flash file, its console on stdin and stdout, its link on a pseudo-terminal.
//
// No watchdog, no restarts, no power cuts: whoever needs a board under it uses the rig in hil-tests.
import path from "node:path";
import type { Board } from "../../hal/board.ts";
import { sealImage } from "../image/mcuboot.ts";
import { provisionStorage } from "../install/provision.ts";
import { boardGeometry, planStorage } from "../install/storage-map.ts";
import { makeTileConfig, newIdentity } from "../install/tile-config.ts";
import type { ByteStream } from "../link/byte-stream.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { spawnEspruino } from "../espruino-process.ts";
import { childStream } from "../link/socket-stream.ts";
import { openPty } from "../link/testing/pty.ts";
import { EspruinoStorage } from "../sim/espruino-storage.ts";
import { flashFile } from "../sim/flash-file.ts";
import { NorFlash } from "../sim/nor-flash.ts";
import type { Bench } from "./section.ts";

/** Espruino for Linux, 2v29: flash of its fake board, all of it Storage. */
const LINUX_FLASH = { baseAddress: 0x1000_0000, flashBytes: 256 * 1024, pageBytes: 1024 } as const;

export interface EspruinoTile {
  link: ByteStream;
  /** `performance.now()` when the process was started. */
  startedMs: number;
  /** The interpreter's console; it stays open beside the kernel. */
  console(): Promise<EspruinoConsole>;
  close(): Promise<void>;
}

/** Loop passes whose time `benchT[3]` is. */
export const timedPasses = 4000;

/**
 * Runs before the first stage: takes the time of a loop, then notes when the start began, when boot() took the link's UART, and when the first step of
 * the kernel was over (a timer of 1 ms comes after the step that is due at once).
 */
const CLOCK =
  `var benchT=[0,0,0,0];(function(t,i,x){for(;i<${timedPasses};i++)x=x+1;benchT[3]=getTime()-t})(getTime(),0,0);` +
  `(function(f){Serial1.setup=function(a,b){benchT[1]=getTime();setTimeout(function(){benchT[2]=getTime()},1);Serial1.setup=f;return f.call(Serial1,a,b)}})(Serial1.setup);benchT[0]=getTime()`;

export interface Interpreter {
  binary: string;
  version: string;
  /** Size of its heap; of one that grows, what it has in the beginning. */
  variables: number;
  /** What the bare interpreter uses. */
  usage: number;
  /** The image its heap is for. */
  profile: Board["profile"];
  /** For ids ("espruino-2500") and for people. */
  id: string;
  name: string;
}

/** What a binary is, from its own mouth. */
export async function askEspruino(bench: Bench, binary: string): Promise<Interpreter> {
  const stream = childStream(spawnEspruino(binary, bench.folder("espruino")), binary);
  try {
    const console = await EspruinoConsole.open(stream, { interrupt: false, smp: false, answerMs: 3000 });
    const [variables, usage, blockBytes] = (await console.evalLine("(m=>[m.total,m.usage,m.blocksize])(process.memory())")) as [number, number, number];
    console.close();
    // The 64-bit build grows its heap, in variables of 27 bytes.
    const isFixed = blockBytes < 20;
    const profile = isFixed && variables < 5000 ? "small" : "full";
    const heap = isFixed ? String(variables) : "growing";
    return { binary, version: console.version, variables, usage, profile, id: `espruino-${heap}`, name: `Espruino, ${isFixed ? `${heap} variables` : "growing heap"}, ${profile} image` };
  } finally {
    await stream.close();
  }
}

/** Starts a tile that was installed into a fresh flash file. Its kernel is not awaited. `isTimed`: `benchT` on its console has the times of the start, s. */
export async function startEspruinoTile(bench: Bench, { binary, profile, variables }: Interpreter, windowMs: number, isTimed: boolean = false): Promise<EspruinoTile> {
  const folder = bench.folder("espruino");
  const board: Board = { ...(await bench.board("linux-espruino")), profile, variables };
  const image = (await bench.image(profile)).file;
  const map = planStorage({ start: LINUX_FLASH.baseAddress, bytes: board.storageBytes, pageBytes: board.pageBytes }, boardGeometry(board), bench.firstStage.length);
  const pty = await openPty();
  bench.onEnd(() => pty.far.close());
  const config = makeTileConfig(board, map, newIdentity("bench"), { path: pty.path, consoleApart: true, windowMs });
  const flash = new NorFlash(LINUX_FLASH, undefined, flashFile(path.join(folder, "espruino.flash")));
  const storage = new EspruinoStorage(flash, LINUX_FLASH.baseAddress, LINUX_FLASH.flashBytes);
  provisionStorage(storage, map, config, bench.firstStage, sealImage(image, Buffer.from(config.key, "hex")));
  if (isTimed) storage.write(".boot0", CLOCK);
  flash.close();
  const startedMs = performance.now();
  const stream: ByteStream = childStream(spawnEspruino(binary, folder), binary);
  const close = async (): Promise<void> => {
    await stream.close();
    await pty.far.close();
  };
  bench.onEnd(close);
  return { link: pty.far, startedMs, console: () => EspruinoConsole.open(stream, { interrupt: false, smp: false, answerMs: 5000 }), close };
}
