// Reads a manifest file without running it: a stranger's manifest is looked at before anything of it is trusted, so it has to be plain data in the text already.
//
// Of the file only `export const manifest = …` and the constants above it count: records, lists, strings, numbers, true, false, + - * / of numbers, names of
// earlier constants. Types, `as const` and `satisfies` are esbuild's to take away.

import { readFileSync } from "node:fs";
import { type AnyNode, parse } from "acorn";
import { transformSync } from "esbuild";
import { checkManifest, type ModuleManifest } from "./manifest.ts";
import { ManifestError } from "./manifest-check.ts";

/** @throws ManifestError with what is wrong; NodeJS.ErrnoException when there is no file. */
export function readManifest(file: string): ModuleManifest {
  const text = readFileSync(file, "utf8");
  try {
    return checkManifest(plainValue(text, "manifest"));
  } catch (error) {
    throw error instanceof ManifestError ? new ManifestError(error.problems, file) : error;
  }
}

/** The value of an exported constant. @throws ManifestError when it is no plain data. */
export function plainValue(text: string, name: string): unknown {
  const wrong = (what: string, instead: string): ManifestError => new ManifestError([{ path: "", what, instead }]);
  let code: string;
  try {
    code = transformSync(text, { loader: "ts", logLevel: "silent", tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false } } }).code;
  } catch (error) {
    throw wrong(`it can't be read: ${(error as Error).message.split("\n").at(-1)}`, "correct it as TypeScript first");
  }
  const constants = new Map<string, unknown>();
  const program = parse(code, { ecmaVersion: "latest", sourceType: "module" });
  for (const node of program.body) {
    const declaration = node.type === "ExportNamedDeclaration" && node.declaration ? node.declaration : node;
    if (declaration.type !== "VariableDeclaration" || declaration.kind !== "const") continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type !== "Identifier" || !init) continue;
      const value = valueOf(init, constants);
      if (value !== NOT_PLAIN) constants.set(id.name, value);
      else if (id.name === name) throw wrong(`${name} is not plain data`, "write records, lists, strings and numbers only: the manifest is read, not run");
    }
  }
  if (!constants.has(name)) throw wrong(`it has no ${name}`, `write \`export const ${name} = { … } as const satisfies ModuleManifest;\``);
  return constants.get(name);
}

const NOT_PLAIN = Symbol("not plain");

function valueOf(node: AnyNode, constants: ReadonlyMap<string, unknown>): unknown {
  switch (node.type) {
    case "Literal":
      return node.value === null || ["string", "number", "boolean"].includes(typeof node.value) ? node.value : NOT_PLAIN;
    case "Identifier":
      return constants.has(node.name) ? constants.get(node.name) : NOT_PLAIN;
    case "TemplateLiteral":
      return node.expressions.length === 0 ? node.quasis[0]?.value.cooked : NOT_PLAIN;
    case "UnaryExpression": {
      const value = valueOf(node.argument, constants);
      return node.operator === "-" && typeof value === "number" ? -value : NOT_PLAIN;
    }
    case "BinaryExpression": {
      const [left, right] = [node.left, node.right].map((part) => valueOf(part, constants));
      if (typeof left !== "number" || typeof right !== "number") return NOT_PLAIN;
      return { "+": left + right, "-": left - right, "*": left * right, "/": left / right }[node.operator as string] ?? NOT_PLAIN;
    }
    case "ArrayExpression": {
      const values = node.elements.map((one) => (one === null ? NOT_PLAIN : valueOf(one, constants)));
      return values.includes(NOT_PLAIN) ? NOT_PLAIN : values;
    }
    case "ObjectExpression": {
      const entries = node.properties.map((one) => {
        const key = one.type === "Property" && !one.computed && one.kind === "init" ? (one.key.type === "Identifier" ? one.key.name : one.key.type === "Literal" ? String(one.key.value) : undefined) : undefined;
        return [key, one.type === "Property" ? valueOf(one.value, constants) : NOT_PLAIN] as const;
      });
      return entries.some(([key, value]) => key === undefined || key === "__proto__" || value === NOT_PLAIN) ? NOT_PLAIN : Object.fromEntries(entries);
    }
    default:
      return NOT_PLAIN;
  }
}
