// The shape of a command: one value that the command line, `--help`, the reference page and the completion are made from.
import type { Output } from "./output.ts";

export interface CommandArgument {
  name: string;
  summary: string;
  required: boolean;
}

export interface CommandOption {
  /** As commander takes it: "-s, --seconds <n>". */
  flags: string;
  summary: string;
  default?: string | boolean;
}

export interface Example {
  command: string;
  what: string;
}

/** Options every command has, resolved from flags and environment. */
export interface GlobalOptions {
  /** Serial port (or unix socket) of the tile's link; undefined: found automatically. */
  port: string | undefined;
  /** USB serial number of the board. */
  serial: string | undefined;
  /** Second port with the tile's console, where the link has its own (Linux Espruino). */
  console: string | undefined;
  /** `qemu`, `sim`, `qemu:porch`, or the name of a tile in the state folder. */
  tile: string | undefined;
  /** Board id, where a command needs one. */
  board: string | undefined;
  baud: number;
  timeoutMs: number;
}

export interface Context {
  output: Output;
  global: GlobalOptions;
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal;
  /** Folder of this checkout. */
  root: string;
  /** State folder: tiles, caches, backups (GENESIS_HOME, default `<root>/.genesis`). */
  home: string;
  /** Run at the end, newest first, whatever happens. */
  onExit(cleanup: () => void | Promise<void>): void;
}

export interface Command {
  name: string;
  summary: string;
  description: string;
  arguments: readonly CommandArgument[];
  options: readonly CommandOption[];
  examples: readonly Example[];
  /** Options as commander names them (camelCase). Resolves when the job is done; a thrown error with `exitCode` ends the process with it. */
  run(context: Context, args: readonly string[], options: Record<string, unknown>): Promise<void>;
}
