// Shell completion scripts, made from the command values like the help and the reference page.
import type { Command } from "./command.ts";
import { SETTINGS } from "./settings.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Flags of "-f, --follow <x>": "-f" and "--follow". */
const flagsOf = (text: string): string[] => text.match(/(?<![\w-])--?[a-z][\w-]*/g) ?? [];
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A script that the shell sources: `source <(genesis completion bash)`. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  const globals = [...SETTINGS.flatMap(({ flags }) => flagsOf(flags)), "--help"];
  const names = commands.map(({ name }) => name);
  if (shell === "fish") {
    const lines = ["complete -c genesis -f"];
    const option = (flags: string, summary: string, when: string): string => {
      const [short, long] = [flagsOf(flags).find((flag) => /^-\w$/.test(flag)), flagsOf(flags).find((flag) => flag.startsWith("--"))];
      return `complete -c genesis${when}${short === undefined ? "" : ` -s ${short.slice(1)}`}${long === undefined ? "" : ` -l ${long.slice(2)}`}${flags.includes("<") ? " -r -F" : ""} -d ${quote(summary)}`;
    };
    for (const { flags, summary } of SETTINGS) lines.push(option(flags, summary, ""));
    for (const { name, summary, options, arguments: args } of commands) {
      lines.push(`complete -c genesis -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
      const when = ` -n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
      if (args.length > 0) lines.push(`complete -c genesis${when} -F`);
      for (const entry of options) lines.push(option(entry.flags, entry.summary, when));
    }
    return lines.join("\n");
  }
  const cases = commands.map(({ name, options }) => `    ${name}) words="${options.flatMap(({ flags }) => flagsOf(flags)).join(" ")}" ;;`);
  const body = [
    "_genesis() {",
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="" words="" i',
    `  for ((i = 1; i < COMP_CWORD; i++)); do case "\${COMP_WORDS[i]}" in ${names.join("|")}) command="\${COMP_WORDS[i]}"; break ;; esac; done`,
    '  case "$before" in',
    '    -t|--tile) COMPREPLY=($(compgen -W "qemu sim" -- "$word")); return ;;',
    "  esac",
    `  case "$command" in`,
    `    "") words="${names.join(" ")}" ;;`,
    ...cases,
    "  esac",
    `  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$words ${globals.join(" ")}" -- "$word"))`,
    '  elif [[ -z "$command" ]]; then COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '  else COMPREPLY=($(compgen -f -- "$word")); fi',
    "}",
    "complete -o filenames -F _genesis genesis",
  ];
  return [...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []), ...body].join("\n");
}
