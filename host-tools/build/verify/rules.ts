// The rules of the guest language, by number. A number is never given to another rule; docs/reference/module-rules/ has a page for each.
//
// Each carries a module that breaks it and only it, and the same thing written so that it passes: a test walks the table.

import { KIND_RULES } from "./rules-kinds.ts";
import { SYNTAX_RULES } from "./rules-syntax.ts";

export interface ModuleRule {
  number: number;
  /** Kebab-case name. */
  id: string;
  title: string;
  why: string;
  /** How to write it instead. */
  instead: string;
  /** A module that breaks it. */
  bad: string;
  /** A module that does what `bad` meant. */
  good: string;
}

export const MODULE_RULES: readonly ModuleRule[] = [...SYNTAX_RULES, ...KIND_RULES];

export type RuleId = (typeof SYNTAX_RULES)[number]["id"] | (typeof KIND_RULES)[number]["id"];

const BY_ID = new Map(MODULE_RULES.map((rule) => [rule.id, rule]));

export function ruleOf(id: RuleId): ModuleRule {
  return BY_ID.get(id)!;
}

/** One reason why a module is not accepted. */
export interface Rejection {
  /** Number and name of the rule. */
  number: number;
  ruleId: RuleId;
  /** Place in the text that was verified: line and column from 1. */
  line: number;
  column: number;
  /** What was found here. */
  reason: string;
  /** Why that is a rule. */
  why: string;
  /** How to write it instead. */
  instead: string;
}

/** `12:5 M31 plus: …` */
export function formatRejection(one: Rejection): string {
  return `${one.line}:${one.column} M${one.number} ${one.ruleId}: ${one.reason}. ${one.why}. Instead: ${one.instead}`;
}

/** The module is not accepted, for these reasons: all that could be found, in text order. */
export class ModuleRejected extends Error {
  readonly rejections: readonly Rejection[];
  constructor(rejections: readonly Rejection[]) {
    super(rejections.map(formatRejection).join("\n"));
    this.name = "ModuleRejected";
    this.rejections = rejections;
  }
}
