// genesis repl: the JavaScript console of a board, or of a tile in its boot window.
import { createInterface } from "node:readline";
import type { Command } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { holdConsole } from "../tiles/boot-window.ts";
import { openHost } from "../tiles/open-host.ts";

export const replCommand: Command = {
  name: "repl",
  summary: "the JavaScript console of a board",
  description: "Opens Espruino's console. On a running tile the kernel owns the port, so the tile is restarted and its console held in the boot window; it starts as usual when you leave.",
  arguments: [{ name: "code", summary: "evaluate this expression, print its JSON value and end", required: false }],
  options: [],
  examples: [
    { command: "genesis repl --tile qemu", what: "an interactive console; Ctrl-D ends it" },
    { command: "genesis repl 'process.memory().free' --port /dev/ttyACM0", what: "one value" },
  ],
  async run(context, args) {
    const { output, signal } = context;
    const host = await openHost(context);
    const held = await holdConsole(host, context);
    context.onExit(() => held.release());
    const board: EspruinoConsole = held.console;
    if (args[0] !== undefined) {
      const value = await board.evalLine(args[0], context.global.timeoutMs);
      output.data("value", { value }, JSON.stringify(value, null, 2));
      return;
    }
    if (output.json) throw new Failure("USAGE", 2, "an interactive console has no JSON form", "give the expression: genesis repl --json '1+2'");
    output.info(`Espruino ${board.version} on ${board.board}. Ctrl-D ends.`);
    board.onText((text) => process.stdout.write(Buffer.from(text, "latin1")));
    const lines = createInterface({ input: process.stdin, terminal: false });
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      lines.on("line", (line) => void board.send(`${line}\n`).catch(() => resolve()));
      lines.on("close", () => setTimeout(resolve, 300));
    });
    lines.close();
  },
};
