// Starts a QEMU board and makes sure that it ends: with the caller, on kill(), and also when the caller is killed.
//
// QEMU runs under a small shell that waits for either QEMU or the end of a pipe from this process. The pipe closes when
// this process ends in whatever way, SIGKILL included, and then the shell kills QEMU.
import { spawn } from "node:child_process";
import { closeSync, constants, existsSync, openSync, rmSync } from "node:fs";
import path from "node:path";
import { createFlashFile } from "./flash-file.ts";
import { ToolError, needProgram } from "./toolchain.ts";

const START_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 5;

/**
 * One serial line of the board. `pty`: a pseudo-terminal that programs open like a serial port. `socketPath`: a Unix
 * socket; QEMU listens (default), and with `wait` it holds the board until somebody connects; with `connect` it connects,
 * and again when the other end comes back (two tiles on one line: one listens, one connects). `outputPath`: a file that
 * takes the output, without input: the only line whose reader can't hold the board up, for runs that must repeat exactly.
 */
export type SerialLine = "pty" | { socketPath: string; connect?: boolean; wait?: boolean } | { outputPath: string };

export interface QemuOptions {
  /** The runtime, from buildRuntime(). */
  elfPath: string;
  /** The board's flash; made when missing. */
  flashPath: string;
  /**
   * Deterministic: virtual time that counts instructions and skips idle time. Repeats exactly as long as nothing of the
   * host's time gets in: no input, and output to `outputPath` (a socket's reader holds the board up after some 250 bytes).
   */
  icount?: boolean;
  /** Serial1, the console after reset. */
  serial0: SerialLine;
  /** Serial2, tile to tile. Not connected when missing. */
  serial1?: SerialLine;
  /** The hardware channel (boards/qemu-mps2-an385/HARDWARE-CHANNEL.md). Not connected when missing. */
  hardware?: SerialLine;
  /** Do not hold the pty open here. Then QEMU drops output while no program has it open, and for up to 1 s after one opened it. */
  loosePty?: boolean;
}

/** How QEMU ended: its exit code, 137 when it was killed. */
export interface QemuExit {
  code: number;
}

export interface QemuMachine {
  /** Process id of QEMU itself. */
  pid: number;
  /** Device file or socket path of each line; undefined when not connected. */
  serial0: string;
  serial1: string | undefined;
  hardware: string | undefined;
  /** Resolves when QEMU has ended. Never rejects. */
  exited: Promise<QemuExit>;
  /** Ends QEMU at once (SIGKILL: what the flash held is in its file) and resolves when it is gone. */
  kill(): Promise<void>;
}

// $1... is QEMU's command line. fd 3 is the pipe from the caller.
const GUARD = `exec 3<&0
"$@" </dev/null 3<&- &
qemu=$!
echo "pid $qemu"
{ read -r nothing <&3; kill -9 $qemu 2>/dev/null; } &
guard=$!
wait $qemu
code=$?
kill $guard 2>/dev/null
exit $code`;

let started = 0;

/** For looking into a tile's talk: GENESIS_QEMU_LOG=<folder> keeps a copy of what every board sends. */
function logOption(id: string): string {
  const folder = process.env["GENESIS_QEMU_LOG"];
  return folder ? `,logfile=${path.join(folder, `${process.pid}-${started}-${id}.log`).replaceAll(",", ",,")}` : "";
}

function chardev(name: string, line: SerialLine | undefined): string[] {
  const id = name + logOption(name);
  if (line === undefined) return ["-chardev", `null,id=${name}`];
  if (line === "pty") return ["-chardev", `pty,id=${id}`];
  if ("outputPath" in line) return ["-chardev", `file,id=${id},path=${line.outputPath.replaceAll(",", ",,")}`];
  const file = line.socketPath.replaceAll(",", ",,");
  if (line.connect) return ["-chardev", `socket,id=${id},path=${file},server=off,reconnect=1`];
  rmSync(line.socketPath, { force: true });
  return ["-chardev", `socket,id=${id},path=${file},server=on,wait=${line.wait ? "on" : "off"}`];
}

const waits = (line: SerialLine | undefined): boolean => typeof line === "object" && "wait" in line && line.wait === true;

/** QEMU's command line, without the program. */
export function qemuArguments(options: QemuOptions): string[] {
  // QEMU makes the lines in this order and stops at one that waits, so those come last.
  const lines = [options.serial0, options.serial1, options.hardware].map((line, index) => ({ line, id: `line${index}` }));
  const chardevs = [...lines.filter(({ line }) => !waits(line)), ...lines.filter(({ line }) => waits(line))].flatMap(({ line, id }) => chardev(id, line));
  return [
    "-M", "mps2-an385,memory-backend=flash",
    "-object", `memory-backend-file,id=flash,size=16M,share=on,mem-path=${options.flashPath.replaceAll(",", ",,")}`,
    "-display", "none", "-monitor", "none", "-nic", "none", "-nodefaults", "-action", "watchdog=reset",
    ...chardevs, "-serial", "chardev:line0", "-serial", "chardev:line1", "-serial", "chardev:line2",
    ...(options.icount ? ["-icount", "shift=5,sleep=off"] : []),
    "-kernel", options.elfPath,
  ];
}

/**
 * Starts a board. Resolves when QEMU runs and its lines exist, not when the board has booted.
 * @throws ToolError when QEMU is not installed or does not start.
 */
export async function startQemu(options: QemuOptions): Promise<QemuMachine> {
  started++;
  const program = needProgram("qemu-system-arm");
  if (!existsSync(options.elfPath)) throw new ToolError(`the runtime ${options.elfPath} does not exist.`, "build it: genesis build --board qemu-mps2-an385, or buildRuntime()");
  createFlashFile(options.flashPath);
  const lines = [options.serial0, options.serial1, options.hardware];
  const child = spawn("/bin/sh", ["-c", GUARD, "genesis-qemu", program, ...qemuArguments(options)], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a Ctrl-C in the terminal is for the caller, who decides
  });
  child.stdin.on("error", () => undefined); // QEMU ended first

  let output = "";
  let pid = 0;
  const names: (string | undefined)[] = lines.map((line) => (typeof line !== "object" ? undefined : "socketPath" in line ? line.socketPath : line.outputPath));
  /** QEMU makes the socket files; the connecting ends have none. */
  const ready = (line: SerialLine | undefined, index: number): boolean =>
    line === undefined || (names[index] !== undefined && (line === "pty" || ("socketPath" in line && line.connect) || existsSync(names[index])));
  const held: number[] = [];
  const exited = new Promise<QemuExit>((resolve) => {
    child.on("error", () => resolve({ code: 127 }));
    child.on("close", (code) => {
      for (const handle of held.splice(0)) closeSync(handle);
      resolve({ code: code ?? 137 });
    });
  });

  await new Promise<void>((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      clearInterval(poll);
      child.stdin.destroy();
      const said = output.replace(/^pid \d+\n/m, "").trim();
      reject(new ToolError(`QEMU ${what}${said ? `:\n${said}` : ""}`, "check that the flash file is not in use by another tile and that the disk has space"));
    };
    const timer = setTimeout(() => fail(`did not open its serial lines in ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    const onText = (data: Buffer): void => {
      output = (output + data.toString()).slice(-4096);
      pid ||= Number(/^pid (\d+)$/m.exec(output)?.[1] ?? 0);
      for (const [, device, line] of output.matchAll(/char device redirected to (\S+) \(label line(\d)\)/g)) names[Number(line)] ??= device;
    };
    const poll = setInterval(() => {
      if (!pid || !lines.every(ready)) return;
      clearTimeout(timer);
      clearInterval(poll);
      resolve();
    }, READY_POLL_MS);
    child.stdout.on("data", onText);
    child.stderr.on("data", onText);
    void exited.then(({ code }) => fail(`ended at once (exit ${code})`));
  });
  if (!options.loosePty) {
    lines.forEach((line, index) => {
      const name = names[index];
      if (line === "pty" && name) held.push(openSync(name, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK));
    });
  }
  return {
    pid,
    serial0: names[0] ?? "",
    serial1: names[1],
    hardware: names[2],
    exited,
    kill: async () => {
      child.stdin.destroy(); // the guard sees the end of the pipe
      await exited;
    },
  };
}
