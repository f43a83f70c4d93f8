// genesis repl: the JavaScript console of a board, or of a tile in its boot window.
import { createInterface } from "node:readline";
import type { Command } from "../cli/command.ts";
import { Failure, usage } from "../cli/failure.ts";
import type { EspruinoConsole } from "../link/espruino-console.ts";
import { deviceFacts } from "../link/espruino-tools-adapter.ts";
import { EspruinoPackets, quiet } from "../link/espruino-packets.ts";
import { LinkError } from "../link/link-errors.ts";
import { openConsole } from "./backup.ts";

/** Ends a session on a terminal: Ctrl-D, and Ctrl-] as in telnet. Ctrl-C is the board's. */
const LEAVE = /[\x04\x1d]/;

export const replCommand: Command = {
  name: "repl",
  summary: "the JavaScript console of a board",
  description: "Opens Espruino's console. On a running tile the kernel owns the port, so the tile is restarted and its console held in the boot window; it starts as usual when you leave. Ctrl-D or Ctrl-] leaves, Ctrl-C goes to the board. From a pipe, each line is sent when the board has answered the one before.",
  arguments: [{ name: "code", summary: "evaluate this expression, print its JSON value and end", required: false }],
  options: [],
  examples: [
    { command: "genesis repl --tile qemu", what: "an interactive console" },
    { command: "genesis repl 'process.memory().free' --port /dev/ttyACM0", what: "one value" },
    { command: "genesis repl --tile sim < lines.js", what: "lines of a file" },
  ],
  async run(context, args) {
    const { output, signal } = context;
    if (args[0] === undefined && output.json) throw usage("an interactive console has no JSON form", "give the expression: genesis repl --json '1+2'");
    if (args[0] !== undefined) checkExpression(args[0]);
    const held = await openConsole(context);
    const board = held.console;
    if (args[0] !== undefined) {
      const value = await new EspruinoPackets(board).eval(args[0], context.global.timeoutMs);
      output.data("value", { value }, JSON.stringify(value, null, 2));
      return;
    }
    const facts = await deviceFacts(board).catch(() => board.board);
    output.info(`Espruino ${board.version}: ${facts}. Ctrl-D leaves.`);
    board.onText((text) => process.stdout.write(Buffer.from(text, "latin1")));
    const lost = new Promise<never>((_, reject) => board.stream.onClose((reason) => reject(reason ?? new LinkError("PORT_LOST", `${board.stream.name} closed`))));
    await Promise.race([process.stdin.isTTY ? typedLive(board, signal) : typedLines(board, signal), lost]);
  },
};

/** What no JavaScript engine reads is told here, with better words than a small board has. @throws Failure EVAL_FAILED */
function checkExpression(code: string): void {
  if (code.trim() === "") throw usage("the expression is empty", "genesis repl '1+2'");
  try {
    new Function(`return (${code}\n)`);
  } catch (error) {
    throw new Failure("EVAL_FAILED", 1, `this is not an expression: ${(error as Error).message}`, "statements go into a function: genesis repl '(function(){var a=1; return a})()'");
  }
}

/** A person at a terminal: every key goes to the board, whose own line editing answers. */
function typedLive(board: EspruinoConsole, signal: AbortSignal): Promise<void> {
  const { stdin } = process;
  stdin.setRawMode(true);
  return new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    stdin.on("end", resolve);
    stdin.on("data", (bytes: Buffer) => {
      const keys = bytes.toString("latin1");
      const end = keys.search(LEAVE);
      board.send(end < 0 ? keys : keys.slice(0, end)).then(() => (end < 0 ? undefined : resolve()), reject);
    });
    board.send("\n").catch(reject);
  }).finally(() => {
    stdin.setRawMode(false);
    stdin.pause();
    process.stdout.write("\n");
  });
}

/** Lines from a pipe or a file. */
async function typedLines(board: EspruinoConsole, signal: AbortSignal): Promise<void> {
  for await (const line of createInterface({ input: process.stdin, terminal: false, signal })) {
    await board.send(`${line}\n`);
    await quiet(board, 150, 3000);
  }
}
