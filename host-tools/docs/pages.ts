// The pages of docs/reference/: each is made from one value of the code.
import { loadBoards } from "../boards.ts";
import { EVENTS } from "../cli/events.ts";
import { EXIT_CODES } from "../cli/failure.ts";
import { allCommands } from "../commands/all.ts";

export interface Page {
  file: string;
  text: string;
}

/** A Markdown table. Cells must not hold line breaks; bars are escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function commandLinePage(): Page {
  const sections = allCommands.map((command) => {
    const usage = `genesis ${command.name} ${command.arguments.map((argument) => (argument.required ? `<${argument.name}>` : `[${argument.name}]`)).join(" ")}`.trim();
    const parts = [`## ${usage}`, command.description];
    const rows = [
      ...command.arguments.map((argument) => [`\`${argument.name}\``, argument.summary]),
      ...command.options.map((option) => [`\`${option.flags}\``, `${option.summary}${option.default === undefined ? "" : ` (default: ${String(option.default)})`}`]),
    ];
    if (rows.length > 0) parts.push(markdownTable(["argument or option", "meaning"], rows));
    parts.push(["```sh", ...command.examples.map((example) => `${example.command}   # ${example.what}`), "```"].join("\n"));
    return parts.join("\n\n");
  });
  const exits = markdownTable(["exit code", "meaning"], Object.entries(EXIT_CODES).map(([code, meaning]) => [code, meaning]));
  return { file: "cli.md", text: `# The command line\n\nGlobal options stand in \`genesis --help\`; each has an environment variable.\n\n${exits}\n\n${sections.join("\n\n")}\n` };
}

function eventsPage(): Page {
  const rows = EVENTS.map((event) => [`\`${event.event}\``, event.fields.map((field) => `\`${field}\``).join(", "), event.meaning]);
  return {
    file: "json-events.md",
    text: `# JSON Lines of \`--json\`\n\nOne object per line on standard output. Every line has \`v\` (1), \`event\` and \`timeMs\` (Unix time).\n\n${markdownTable(["event", "further fields", "meaning"], rows)}\n`,
  };
}

async function boardsPage(root: string): Promise<Page> {
  const boards = await loadBoards(root);
  const rows = boards.map((board) => [
    board.id,
    String(board.tier),
    board.engine,
    board.mcu,
    String(Math.round(board.ramBytes / 1024)),
    board.variables === undefined ? "–" : String(board.variables),
    String(Math.round(board.storageBytes / 1024)),
    board.profile,
    board.slots === 2 ? `A/B, ${board.slotPages} pages each` : `one slot of ${board.slotPages} pages, ${board.previousPages} for the previous image`,
  ]);
  return {
    file: "boards.md",
    text: `# Boards\n\nTier 1: every scenario runs in CI. Tier 2: recorded on the real engine. Tier 3: described, not yet run.\n\n${markdownTable(["board", "tier", "engine", "MCU", "RAM kB", "variables", "Storage kB", "profile", "update"], rows)}\n`,
  };
}

/** Every generated page. */
export async function allPages(root: string): Promise<Page[]> {
  return [commandLinePage(), eventsPage(), await boardsPage(root)];
}
