// The pages of docs/reference/: each is made from one value of the code.
import { readdirSync } from "node:fs";
import path from "node:path";
import { coreApi } from "../../boards/qemu-mps2-an385/api.ts";
import { peripheralApi } from "../../boards/qemu-mps2-an385/api-peripherals.ts";
import type { Interface, Shape } from "../../firmware/api.ts";
import { bootStates } from "../../firmware/update/boot-states.ts";
import type { Board } from "../../hal/board.ts";
import { benchPageOf } from "../bench/page.ts";
import { loadBoards } from "../boards.ts";
import { checkBudgets } from "../build/budget.ts";
import { ESPRUINO_COMMIT, WITH_SHA256, WITHOUT_SHA256 } from "../build/certify/sha256-boards.ts";
import { ALL_RULES } from "../build/dialect/all-rules.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { DATA, EVENTS } from "../cli/events.ts";
import { EXIT_CODES } from "../cli/failure.ts";
import { SETTINGS, variable } from "../cli/settings.ts";
import { allCommands } from "../commands/all.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { LINK_EXIT_CODES } from "../link/link-errors.ts";
import { espruinoResultsPage } from "./espruino-results.ts";
import { markdownTable } from "./markdown.ts";
import { moduleRulePages } from "./module-rules.ts";
import { allServices } from "./services.ts";

export interface Page {
  file: string;
  text: string;
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
  const globals = markdownTable(["option", "environment", "meaning"], SETTINGS.map((setting) => [`\`${setting.flags}\``, `\`${variable(setting.name)}\``, `${setting.summary}${setting.default === undefined ? "" : ` (default: ${setting.default})`}`]));
  const exits = markdownTable(["exit code", "meaning"], Object.entries(EXIT_CODES).map(([code, meaning]) => [code, meaning]));
  return { file: "cli.md", text: `# The command line\n\nA flag wins over its environment variable, that over \`settings.json\` in the state folder (\`{"tile": "qemu"}\`), that over the default.\n\n${globals}\n\nThe state folder is \`.genesis\` in the checkout, or \`GENESIS_HOME\`. \`GENESIS_DEBUG=1\` shows the stack of an error. \`GENESIS_SIM_SPEED=5\` lets simulated tiles run five times as fast as real time. \`NO_COLOR\` and \`FORCE_COLOR\` are obeyed.\n\n${exits}\n\n${sections.join("\n\n")}\n` };
}

function eventsPage(): Page {
  const fields = (list: readonly string[]): string => list.map((field) => `\`${field}\``).join(", ");
  const rows = EVENTS.map((event) => [`\`${event.event}\``, fields(event.fields), event.meaning]);
  const kinds = DATA.map((data) => [`\`${data.kind}\``, data.from, fields(data.fields), data.meaning]);
  return {
    file: "json-events.md",
    text: `# JSON Lines of \`--json\`\n\nOne object per line on standard output. Every line has \`v\` (1), \`event\` and \`timeMs\` (Unix time).\n\n${markdownTable(["event", "further fields", "meaning"], rows)}\n\n## Data\n\n${markdownTable(["kind", "from", "further fields", "meaning"], kinds)}\n`,
  };
}

/** Boards that today's image does not fit, by the build's own reckoning, and why. */
async function misfits(root: string, boards: readonly Board[]): Promise<Map<string, string>> {
  const firstStageBytes = buildFirstStage(root).length;
  const reasons = new Map<string, string>();
  for (const profile of ["small", "full"] as const) {
    const { bundle, file } = await buildTileImage(root, { name: "tile", version: "1.0.0", profile, frozen: true });
    const report = checkBudgets({ bundle, file, firstStageBytes, boards });
    for (const { board, why } of report.misfits) reasons.set(board, why);
  }
  return reasons;
}

async function boardsPage(root: string): Promise<Page> {
  const boards = await loadBoards(root);
  const reasons = await misfits(root, boards);
  const inCi = (slots: 1 | 2): string => boards.filter((board) => board.tier === 1 && board.slots === slots).map((board) => `\`${board.id}\``).join(" and ");
  const [all, small] = [inCi(2), inCi(1)];
  const oneSlot = readdirSync(path.join(root, "hil-tests", "scenarios")).filter((file) => file.startsWith("one-slot")).map((file) => file.slice(0, -3)).sort().map((name) => `\`${name}\``).join(", ");
  const fit = (id: string): string => {
    const why = reasons.get(id);
    return why === undefined ? "fits" : `not yet: ${why}`;
  };
  const rows = boards.map((board) => [
    board.id,
    String(board.tier),
    board.engine,
    board.mcu,
    String(Math.round(board.ramBytes / 1024)),
    board.variables === undefined ? "–" : String(board.variables),
    String(Math.round(board.storageBytes / 1024)),
    board.profile,
    board.nativeSha256 ? "checks them" : "can't check them",
    board.slots === 2 ? `A/B, ${board.slotPages} pages each` : `one slot of ${board.slotPages} pages, ${board.previousPages} for the previous image`,
    fit(board.id),
  ]);
  return {
    file: "boards.md",
    text: `# Boards\n\nTier 1: runs in CI. Tier 2: recorded on the real engine ([results](espruino-results.md)). Tier 3: described, not yet run. CI runs every scenario on the rigs ${all}; those for boards with one slot (${oneSlot}) are all that runs on ${small}.\n\nSignatures take a native SHA-256 ([decision 0013](../decisions/0013-stateful-signatures.md)); a board without one can't check any, and says so.\n\n${markdownTable(["board", "tier", "engine", "MCU", "RAM kB", "variables", "Storage kB", "profile", "signatures", "update", "today's image"], rows)}\n\n## Espruino's own builds\n\nWith a native SHA-256 (${WITH_SHA256.length} of ${WITH_SHA256.length + WITHOUT_SHA256.length} at commit ${ESPRUINO_COMMIT.slice(0, 9)}): ${WITH_SHA256.join(", ")}.\n\nWithout one, so they can check no signature and take no module: ${WITHOUT_SHA256.join(", ")}.\n`,
  };
}

function shapeText(shape: Shape): string {
  const parts = Object.entries(shape).map(([name, field]) => `\`${name}\` ${field.type}${field.unit === undefined ? "" : ` (${field.unit})`}${field.optional === true ? ", optional" : ""}: ${field.about}`);
  return parts.length === 0 ? "nothing" : parts.join("<br>");
}

function serviceText(service: Interface): string {
  const rows = Object.entries(service.commands).flatMap(([name, command]) => {
    const errors = Object.entries(command.errors ?? {}).map(([rc, words]) => `${rc}: ${words}`).join("<br>");
    return (["read", "write"] as const).flatMap((direction) => {
      const exchange = command[direction];
      return exchange === undefined ? [] : [[`${name} (${command.id}) ${direction}`, `${command.about}${command.full === true ? " (profile full)" : ""}`, shapeText(exchange.request), shapeText(exchange.reply), errors]];
    });
  });
  return `## Group ${service.group}: ${service.name}\n\n${service.about}\n\n${markdownTable(["command", "what", "request", "reply", "result codes"], rows)}`;
}

function servicesPage(): Page {
  return {
    file: "services.md",
    text: `# Services\n\nWhat a tile answers over SMP: one section per group, made from the \`api.ts\` of each service. Requests and replies are CBOR maps with text keys; \`rc\` 0 is success.\n\n${allServices.map(serviceText).join("\n\n")}\n`,
  };
}

function espruinoApiPage(): Page {
  const rows = [...coreApi, ...peripheralApi].map((entry) => [`\`${entry.name}\``, entry.description]);
  return { file: "espruino-api.md", text: `# The Espruino API of the QEMU board\n\n${rows.length} names; a test asks the running board for each.\n\n${markdownTable(["name", "what it does"], rows)}\n` };
}

function dialectPage(): Page {
  const rows = ALL_RULES.map((rule) => [`\`${rule.id}\``, rule.severity, rule.row, rule.why, rule.instead]);
  return { file: "dialect.md", text: `# The tile dialect\n\n${rows.length} rules over the shipped bytes. Each has a fixture that must fail and one that must pass.\n\n${markdownTable(["rule", "severity", "covers", "what happens on Espruino", "write instead"], rows)}\n` };
}

function bootPage(): Page {
  const rows = bootStates.map((row) => [row.state, row.newer, row.other, row.unhealthy[1] >= 1000 ? `${row.unhealthy[0]} or more` : `${row.unhealthy[0]}–${row.unhealthy[1]}`, row.condition, row.action, row.next]);
  return { file: "boot.md", text: `# Boot and update states\n\nThe first row that matches decides. A test walks every combination and holds table and code together.\n\n${markdownTable(["state", "newer slot", "other slot", "unhealthy starts", "condition", "action", "next"], rows)}\n` };
}

function errorsPage(): Page {
  const rows = Object.entries(LINK_EXIT_CODES).map(([code, exit]) => [`\`${code}\``, String(exit), EXIT_CODES[exit] ?? ""]);
  return { file: "errors.md", text: `# Error codes of the link\n\n${markdownTable(["code", "exit code", "meaning of the exit code"], rows)}\n` };
}

/** Every generated page. */
export async function allPages(root: string): Promise<Page[]> {
  return [commandLinePage(), eventsPage(), await boardsPage(root), servicesPage(), espruinoApiPage(), dialectPage(), bootPage(), errorsPage(), await espruinoResultsPage(root), await benchPageOf(root), ...moduleRulePages()];
}
