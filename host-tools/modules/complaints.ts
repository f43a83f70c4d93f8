// What a module is not accepted for, as the command line tells it: place, rule, reason, what to write instead, and the rule's page.

import path from "node:path";
import { Failure } from "../cli/failure.ts";
import type { Output } from "../cli/output.ts";
import { fileOf } from "../docs/module-rules.ts";
import { type Complaint, ModuleRefused } from "./compile-module.ts";
import { ManifestError } from "./manifest-check.ts";

/** A path from here, when it lies below. */
export function shownPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative === "" ? "." : relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}

/**
 * Tells every complaint of a refused module. Anything else that was thrown is thrown on.
 * @returns what the command may end with.
 */
export function tellRefusal(output: Output, root: string, folder: string, thrown: unknown): Failure {
  const name = path.basename(folder);
  if (thrown instanceof ManifestError) {
    const file = path.join(folder, "manifest.ts");
    for (const { path: field, what, instead } of thrown.problems) tell(output, root, name, { file, line: 1, column: 1, reason: field === "" ? what : `${field}: ${what}`, why: "", instead });
    return new Failure(thrown.code, thrown.exitCode, `the manifest of ${name} is wrong in ${thrown.problems.length} ${thrown.problems.length === 1 ? "place" : "places"}`, "change what is named above; host-tools/modules/manifest.ts says what each field means");
  }
  if (!(thrown instanceof ModuleRefused)) throw thrown;
  for (const complaint of thrown.complaints) tell(output, root, name, complaint);
  return new Failure(thrown.code, thrown.exitCode, thrown.message, thrown.next);
}

function tell(output: Output, root: string, module: string, complaint: Complaint): void {
  const { file, line, column, rule, reason, why, instead } = complaint;
  const page = rule === undefined ? null : path.join(root, "docs", "reference", "module-rules", fileOf(rule));
  const { bold, red, dim } = output.dataColors;
  const lines = [
    `${bold(`${shownPath(file)}:${line}:${column}`)} ${rule === undefined ? "" : `${red(`M${String(rule.number).padStart(2, "0")} ${rule.id}`)}: `}${reason}`,
    ...(why === "" ? [] : [`    because ${why}`]),
    `    instead: ${instead}`,
    ...(page === null ? [] : [dim(`    ${shownPath(page)}`)]),
  ];
  output.data("complaint", { module, file, line, column, rule: rule?.number ?? null, ruleName: rule?.id ?? null, reason, why, instead, page }, lines.join("\n"));
}
