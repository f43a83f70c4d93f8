// genesis completion: lets a shell complete commands and options.
import type { Command } from "../cli/command.ts";
import { completionScript, SHELLS } from "../cli/completion.ts";
import { usage } from "../cli/failure.ts";

export const completionCommand: Command = {
  name: "completion",
  summary: "let your shell complete commands and options",
  description: "Prints a script for bash, zsh or fish that completes commands, options and files.",
  arguments: [{ name: "shell", summary: SHELLS.join(", "), required: true }],
  options: [],
  examples: [
    { command: "source <(genesis completion bash)", what: "for this shell; put the line into ~/.bashrc for all" },
    { command: "genesis completion fish > ~/.config/fish/completions/genesis.fish", what: "fish" },
  ],
  async run(context, args) {
    const shell = SHELLS.find((known) => known === args[0]);
    if (shell === undefined) throw usage(`there is no completion for "${args[0]}"`, `genesis completion ${SHELLS.join(" or ")}`);
    const { allCommands } = await import("./all.ts");
    const text = completionScript(shell, allCommands);
    context.output.data("text", { text }, text);
  },
};
