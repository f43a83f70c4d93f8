// What a failed tile build says: one list of places, whether esbuild, the dialect pass or a budget found them.

import type { Message } from "esbuild";
import { formatFinding, type Finding } from "./dialect/check.ts";

/** A tile file can't be built. `message` is ready to print; the parts are there for tools. */
export class TileBuildError extends Error {
  readonly entry: string;
  readonly findings: readonly Finding[];
  readonly messages: readonly Message[];
  constructor(entry: string, headline: string, findings: readonly Finding[], messages: readonly Message[]) {
    const lines = [...messages.map(formatMessage), ...findings.map(formatFinding)];
    super(`${entry}: ${headline}\n${lines.join("\n")}`);
    this.name = "TileBuildError";
    this.entry = entry;
    this.findings = findings;
    this.messages = messages;
  }
}

function formatMessage(message: Message): string {
  const { location } = message;
  const place = location === null ? "" : `${location.file}:${location.line}:${location.column + 1}: `;
  const notes = message.notes.map((note) => `\n    ${note.text}`).join("");
  return `${place}error esbuild: ${message.text}${notes}`;
}
