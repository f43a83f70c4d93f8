/** A simulated tile as a process: its console behind a socket, its flash through kill -9. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, it } from "vitest";
import { openSocket } from "../link/socket-stream.ts";
import { projectRoot } from "./espruino-prelude.ts";

const directory = mkdtempSync(join(tmpdir(), "genesis-sim-"));
const socketPath = join(directory, "serial1");
let child: ChildProcess | undefined;

async function start(): Promise<void> {
  const root = projectRoot();
  child = spawn(process.execPath, [join(root, "bin/run-ts.mjs"), "host-tools/sim/run-sim-tile.ts", "sim", directory, socketPath], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((done, fail) => {
    child!.stdout!.once("data", () => done());
    child!.once("exit", () => fail(new Error("the tile's process ended before it was ready")));
  });
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((done) => child!.once("exit", done));
  child!.kill(signal);
  await ended;
  child = undefined;
}

/** Types until the answer is there: what arrives while a board starts is lost. */
async function ask(typed: string, expected: string): Promise<string> {
  const stream = await openSocket(`unix:${socketPath}`);
  let said = "";
  return new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`no ${JSON.stringify(expected)} in ${JSON.stringify(said)}`)), 20_000);
    const again = setInterval(() => void stream.write(Buffer.from(typed)), 500);
    stream.onData((bytes) => {
      said += Buffer.from(bytes).toString("latin1");
      if (!said.includes(expected)) return;
      clearTimeout(late);
      clearInterval(again);
      void stream.close().then(() => done(said));
    });
  });
}

afterEach(async () => {
  if (child) await stop("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

it("keeps what was written before it was killed", async () => {
  await start();
  await ask("\x10require('Storage').write('kept','safe');print('done'+1)\n", "done1");
  await stop("SIGKILL");
  await start();
  await ask("\x10print('<'+require('Storage').read('kept')+'>')\n", "<safe>");
  await stop("SIGTERM");
}, 60_000);
