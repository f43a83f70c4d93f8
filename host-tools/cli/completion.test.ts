// What bash offers with the script that `genesis completion bash` prints, and the lines for zsh and fish.
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { allCommands } from "../commands/all.ts";
import { completionScript } from "./completion.ts";

const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

/** Completions of a command line whose last word is being typed. */
function offers(words: readonly string[]): string[] {
  const script = `${completionScript("bash", allCommands)}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})\nCOMP_CWORD=${words.length - 1}\n_genesis\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = spawnSync("bash", ["--norc"], { input: script, encoding: "utf8" });
  expect(run.stderr).toBe("");
  return run.stdout.split("\n").filter(Boolean);
}

describe.runIf(has("bash"))("bash", () => {
  it("offers commands, their options and the global ones", () => {
    expect(offers(["genesis", ""])).toEqual(allCommands.map(({ name }) => name));
    expect(offers(["genesis", "un"])).toEqual(["uninstall"]);
    expect(offers(["genesis", "--json", "flash", "--fr"])).toEqual(["--fresh"]);
    expect(offers(["genesis", "flash", "--ti"]).sort()).toEqual(["--tile", "--timeout"]);
    expect(offers(["genesis", "monitor", "--tile", ""])).toEqual(["qemu", "sim"]);
    expect(offers(["genesis", "flash", "--no-p"])).toEqual(["--no-progress"]);
  });
});

it("zsh takes the script of bash, fish has a line for each command and option", () => {
  expect(completionScript("zsh", allCommands)).toBe(`autoload -U +X bashcompinit && bashcompinit\n${completionScript("bash", allCommands)}`);
  const fish = completionScript("fish", allCommands).split("\n");
  expect(fish).toContain("complete -c genesis -s t -l tile -r -F -d 'qemu, sim, or the name of a tile kept in the state folder (qemu:porch makes one)'");
  expect(fish).toContain("complete -c genesis -n '__fish_seen_subcommand_from telemetry' -s f -l follow -d 'go on until Ctrl-C'");
  for (const { name } of allCommands) expect(fish.some((line) => line.startsWith(`complete -c genesis -n __fish_use_subcommand -a ${name} -d '`)), name).toBe(true);
});
