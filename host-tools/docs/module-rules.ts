// docs/reference/module-rules/: a page for each rule of the guest language, and their list, from the verifier's own table.
import { MODULE_RULES, type ModuleRule } from "../build/verify/rules.ts";
import { markdownTable } from "./markdown.ts";

/** Name of a rule's page. */
export const fileOf = (rule: Pick<ModuleRule, "number" | "id">): string => `M${String(rule.number).padStart(2, "0")}-${rule.id}.md`;
const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** Long examples are shown by their beginning. */
function example(text: string): string {
  const shown = text.length > 600 ? `${text.slice(0, 120)} … ${text.slice(-60)}` : text;
  return `\`\`\`js\n${shown}\n\`\`\``;
}

export function moduleRulePages(): { file: string; text: string }[] {
  const rows = MODULE_RULES.map((rule) => [`[M${rule.number}](${fileOf(rule)})`, `\`${rule.id}\``, rule.title]);
  const list = {
    file: "module-rules/README.md",
    text: `# Rules of the guest language\n\nWhat \`genesis module verify\` rejects, by number. A test runs every example: the first of each page is rejected by its rule and no other, the second is accepted and runs.\n\n${markdownTable(["rule", "name", "what"], rows)}\n`,
  };
  const pages = MODULE_RULES.map((rule) => ({
    file: `module-rules/${fileOf(rule)}`,
    text: `# M${rule.number} ${rule.id}: ${rule.title}\n\n${sentence(rule.why)}\n\n**Instead:** ${rule.instead}.\n\nRejected:\n\n${example(rule.bad)}\n\nAccepted:\n\n${example(rule.good)}\n`,
  }));
  return [list, ...pages];
}
