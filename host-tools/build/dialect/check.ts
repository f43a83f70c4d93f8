// Check one shipped file against the dialect and say where each finding comes from.
//
// The text checked is the minified one; each finding also names the TypeScript file and line through the source map, because that is where it is mended.

import type { SourcePosition, TileSourceMap } from "../source-map.ts";
import { ALL_RULES } from "./all-rules.ts";
import type { Rule, Severity } from "./rule.ts";
import { parseUnit, UnparsableText, type Unit, type UnitKind } from "./unit.ts";

export interface Finding {
  ruleId: string;
  severity: Severity;
  /** What was found, what happens on Espruino, what to write instead: one sentence each. */
  message: string;
  /** Place in the shipped file: line from 1, column from 1. */
  line: number;
  column: number;
  /** Place in the TypeScript sources, where the map knows it. */
  source?: SourcePosition;
  /** About 60 characters of shipped text around the place. */
  excerpt: string;
}

export interface CheckOptions {
  kind: UnitKind;
  sourceMap?: TileSourceMap;
  rules?: readonly Rule[];
}

/** All findings, errors first, each in text order. An empty list means: inside the dialect. */
export function checkDialect(code: string, options: CheckOptions): Finding[] {
  let unit: Unit;
  try {
    unit = parseUnit(code, options.kind);
  } catch (error) {
    if (!(error instanceof UnparsableText)) throw error;
    return [finding(code, options, "not-javascript", "error", error.at, error.message)];
  }
  const findings: (Finding & { at: number })[] = [];
  for (const rule of options.rules ?? ALL_RULES) {
    for (const hit of rule.find(unit)) {
      const what = hit.detail === undefined ? rule.row : hit.detail;
      findings.push({ ...finding(code, options, rule.id, rule.severity, hit.at, `${what}: ${rule.why}. Instead: ${rule.instead}`), at: hit.at });
    }
  }
  const weight = (severity: Severity): number => (severity === "error" ? 0 : 1);
  findings.sort((a, b) => weight(a.severity) - weight(b.severity) || a.at - b.at || a.ruleId.localeCompare(b.ruleId));
  return findings.map(({ at: _at, ...rest }) => rest);
}

function finding(code: string, options: CheckOptions, ruleId: string, severity: Severity, at: number, message: string): Finding {
  const before = code.slice(0, at);
  const line = before.split("\n").length;
  const column = at - (before.lastIndexOf("\n") + 1) + 1;
  const source = options.sourceMap?.lookUp(line, column);
  const excerpt = code.slice(Math.max(0, at - 20), at + 40).replace(/\n/g, "\\n");
  return { ruleId, severity, message, line, column, ...(source === undefined ? {} : { source }), excerpt };
}

/** One finding as text: `file:line:col: error rule: message`. */
export function formatFinding(found: Finding): string {
  const place = found.source === undefined ? `shipped file:${found.line}:${found.column}` : `${found.source.file}:${found.source.line}:${found.source.column}`;
  return `${place}: ${found.severity} ${found.ruleId}: ${found.message}\n    shipped ${found.line}:${found.column}  …${found.excerpt}…`;
}
