// Every rule of the tile dialect, in the order they are reported.

import type { Rule } from "./rule.ts";
import { blockDeclaration, caseScope, loopClosure, useBeforeDeclaration } from "./rules/hoisting.ts";
import { enumObject, functionNesting, moduleState, nestingDepth, recursion, strayText } from "./rules/limits.ts";
import { errorKind, lengthAssignment, missingGlobal, missingMember, missingMethod, nameProperty, prototypeBorrow, reservedMember, reservedName, typedSlice } from "./rules/names.ts";
import { asiRule, syntaxRules } from "./rules/syntax.ts";
import { valueRules } from "./rules/values.ts";

export const ALL_RULES: readonly Rule[] = [
  ...syntaxRules,
  asiRule,
  useBeforeDeclaration,
  blockDeclaration,
  caseScope,
  loopClosure,
  reservedName,
  reservedMember,
  missingGlobal,
  missingMember,
  missingMethod,
  typedSlice,
  prototypeBorrow,
  nameProperty,
  errorKind,
  lengthAssignment,
  ...valueRules,
  nestingDepth,
  functionNesting,
  recursion,
  moduleState,
  enumObject,
  strayText,
];
