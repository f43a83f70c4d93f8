// genesis module: from an idea to a text that a stranger's tile may run, and its certificate. What needs no tile: new, needs, test, verify, key, build, explain.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command, Context } from "../cli/command.ts";
import { Failure, usage } from "../cli/failure.ts";
import { table } from "../cli/table.ts";
import { explain, makeKey, signModules } from "../modules/certificates.ts";
import { type CompiledModule, compileModule, sourceMapOf } from "../modules/compile-module.ts";
import { shownPath, tellRefusal } from "../modules/complaints.ts";
import { findModules } from "../modules/find-modules.ts";
import { readManifest } from "../modules/manifest-file.ts";
import { writeNeeds } from "../modules/needs-file.ts";
import { runModuleTests, type TestOutcome } from "../modules/run-module-tests.ts";
import { writeSkeleton } from "../modules/skeleton.ts";

type Verb = (context: Context, target: string | undefined, options: Record<string, unknown>) => Promise<void> | void;

const VERBS: Readonly<Record<string, Verb>> = {
  new: newModule,
  needs,
  test,
  verify: (context, target) => check(context, target, undefined, undefined),
  key: makeKey,
  build: (context, target, options) => check(context, target, path.resolve(options.out === undefined ? path.join("dist", "modules") : String(options.out)), keyOf(options)),
  explain: (context, target, options) => explain(context, target, keyOf(options)),
};

/** Verbs that an option is of. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = { out: ["build"], key: ["build", "explain"] };

const keyOf = (options: Record<string, unknown>): string | undefined => (options.key === undefined ? undefined : String(options.key));

export const moduleCommand: Command = {
  name: "module",
  summary: "write, test, verify and sign modules",
  description:
    "A module is a folder with manifest.ts (what it needs and may take), module.ts (its code) and module.test.ts. `new` makes one that works; `needs` writes needs.ts, the names of what its manifest needs; `test` runs its tests on the code as written and on the verified text that ships; `verify` says everything that a tile would not take, with the rule's page; `build` writes the text, its source map, its bounds and, with a key, its certificate, without which no tile takes it. A folder of modules does for all of them. Tiles can check certificates, but do not load modules yet. `key` makes a signing key, once; `explain` shows what a certificate says and checks it. Exit code 6: not accepted; 7: the signature is not one of the key, or the key may not be used.",
  arguments: [
    { name: "verb", summary: "new, needs, test, verify, key, build or explain", required: true },
    { name: "target", summary: "new: the module's name; key: a new folder; explain: a file <name>.cert, with <name>.js beside it; else the module's folder, or a folder of modules (default: this one)", required: false },
  ],
  options: [{ flags: "-o, --out <folder>", summary: "build: where to write (default: dist/modules in this folder)" }, { flags: "-k, --key <folder>", summary: "build: sign with the key in this folder (without: UNSIGNED); explain: whose signature it should be, also as a public key in hexadecimal digits" }],
  examples: [
    { command: "genesis module new porch-light", what: "a folder porch-light with a module that works" },
    { command: "genesis module test porch-light", what: "its tests, on both texts" },
    { command: "genesis module verify porch-light --json", what: "why it would not be accepted, for a program" },
    { command: "genesis module build modules", what: "every module of a folder, with what each weighs" },
    { command: "genesis module key porch-key", what: "a key to sign modules with, made once" },
    { command: "genesis module build porch-light --key porch-key", what: "signed: porch-light.cert beside porch-light.js" },
    { command: "genesis module explain dist/modules/porch-light.cert --key porch-key", what: "what it may touch and take, who signed it, and whether its text is the one" },
  ],
  async run(context, args, options) {
    const verb = VERBS[args[0] ?? ""];
    if (verb === undefined) throw usage(`there is no "genesis module ${args[0]}"`, `use one of ${Object.keys(VERBS).join(", ")}: genesis module --help`);
    for (const [option, verbs] of Object.entries(OPTIONS_OF)) if (options[option] !== undefined && !verbs.includes(args[0]!)) throw usage(`--${option} is of ${verbs.join(" and ")}, not of ${args[0]}`, "genesis module --help");
    await verb(context, args[1], options);
  },
};

function newModule({ output, root }: Context, name: string | undefined): void {
  if (name === undefined) throw usage("the module has no name", "genesis module new porch-light");
  const { folder, files } = writeSkeleton(root, ".", name);
  output.data("module-files", { folder, files }, `${shownPath(folder)}: ${files.join(", ")}`);
  output.info(`next:  genesis module test ${shownPath(folder)}    its tests pass; change module.ts and module.test.ts\n       genesis module build ${shownPath(folder)}   what it weighs, and whether a tile takes it`);
}

function needs(context: Context, target: string | undefined): void {
  const { output } = context;
  for (const folder of findModules(target)) {
    try {
      const isNew = writeNeeds(folder, readManifest(path.join(folder, "manifest.ts")));
      output.data("module-files", { folder, files: isNew ? ["needs.ts"] : [] }, `${shownPath(path.join(folder, "needs.ts"))}: ${isNew ? "written" : "as it has to be"}`);
    } catch (error) {
      throw tellRefusal(output, context.root, folder, error);
    }
  }
}

/** Compiles the modules of a folder. The first failure is thrown when all have been tried. */
function compileAll({ output, root }: Context, target: string | undefined): CompiledModule[] {
  const compiled: CompiledModule[] = [];
  let failure: Failure | undefined;
  for (const folder of findModules(target)) {
    try {
      compiled.push(compileModule(root, folder));
    } catch (error) {
      const refusal = tellRefusal(output, root, folder, error);
      failure ??= refusal;
    }
  }
  if (failure !== undefined) throw failure;
  return compiled;
}

/** @param out where to write; undefined: nowhere. @param key the folder of the key to sign with; undefined: not signed. */
async function check(context: Context, target: string | undefined, out: string | undefined, key: string | undefined): Promise<void> {
  const { output } = context;
  const compiled = compileAll(context, target);
  const twice = compiled.find((one, index) => compiled.findIndex(({ manifest }) => manifest.name === one.manifest.name) < index);
  if (twice !== undefined) throw new Failure("SAME_NAME", 2, `two modules are called ${twice.manifest.name}`, `give ${shownPath(twice.folder)} another name in its manifest`);
  const signed = key === undefined ? undefined : await signModules(context, compiled, key);
  const rows = compiled.map((module, index) => {
    const { manifest, folder, text, certificate, bounds } = module;
    const file = out === undefined ? null : path.join(out, `${manifest.name}.js`);
    const certificateFile = file === null || signed === undefined ? null : file.replace(/\.js$/, ".cert");
    const sha256 = createHash("sha256").update(text, "latin1").digest("hex");
    const facts = { name: manifest.name, version: manifest.version, textBytes: text.length, sha256, signed: certificateFile !== null, bounds: bounds.map(({ name, most, quota }) => ({ name, most: most ?? null, quota })), stackBytes: certificate.bounds.handle.stackBytes, operations: certificate.operations, intrinsics: certificate.intrinsics };
    if (file !== null) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      writeFileSync(`${file}.map`, sourceMapOf(module, path.dirname(file)));
      writeFileSync(file.replace(/\.js$/, ".json"), `${JSON.stringify({ ...facts, certificate, manifest }, null, 2)}\n`);
      // One of an earlier build may be about another text.
      if (certificateFile === null) rmSync(file.replace(/\.js$/, ".cert"), { force: true });
      else writeFileSync(certificateFile, signed!.certificates[index]!);
    }
    if (output.json) output.data("module", { ...facts, folder, file, certificateFile }, "");
    const [fuel, memory] = bounds.map(({ most, quota }) => `${most ?? "–"} of ${quota}`);
    return [manifest.name, String(manifest.version), String(text.length), fuel!, memory!, String(facts.stackBytes), ...(file === null ? [] : [shownPath(file), certificateFile === null ? "UNSIGNED" : path.basename(certificateFile)])];
  });
  if (output.json) return;
  output.data("module", {}, table(["module", "version", "bytes", "fuel of a run", "memory of a run", "stack", ...(out === undefined ? [] : ["file", "certificate"])], rows));
  if (rows.some((row) => row.some((cell) => cell.startsWith("–")))) output.info("–: loops or the length of data decide; the tile stops a run that goes beyond its quota");
  if (signed !== undefined) output.info(`${signed.remaining} signatures are left in ${shownPath(path.resolve(key!))}`);
  else if (out !== undefined) output.warn("UNSIGNED: no tile takes a module without a certificate. To sign: genesis module build --key <folder>; genesis module key <folder> makes a key");
}

async function test(context: Context, target: string | undefined): Promise<void> {
  const { output, root, signal } = context;
  const compiled = compileAll(context, target);
  const names = new Map(compiled.map(({ folder, manifest }) => [folder, manifest.name]));
  const common = compiled.length === 1 ? compiled[0]!.folder : path.dirname(compiled[0]!.folder);
  const task = output.task("Testing", "module-test");
  const outcomes = (await runModuleTests(root, common, signal)).filter(({ folder }) => names.has(folder));
  if (signal.aborted) return;
  const failed = outcomes.filter(({ ok }) => !ok).length;
  if (failed > 0) task.fail();
  else task.end(`${outcomes.length} passed`);
  const nameOf = ({ folder }: TestOutcome): string => names.get(folder) ?? folder;
  if (output.json) for (const one of outcomes) output.data("module-test", { module: nameOf(one), test: one.test, text: one.text ?? "written", ok: one.ok, ...(one.message === undefined ? {} : { message: one.message }) }, "");
  else {
    const { green, red } = output.dataColors;
    const byTest = new Map<string, TestOutcome[]>();
    for (const one of outcomes) byTest.set(`${nameOf(one)}: ${one.test}`, [...(byTest.get(`${nameOf(one)}: ${one.test}`) ?? []), one]);
    for (const [name, both] of byTest) {
      const bad = both.find(({ ok }) => !ok);
      const where = both.map(({ text, ok }) => `${text === "ships" ? "as it ships" : text === "written" ? "as written" : "before any test"} ${ok ? green("✔") : red("✘")}`).join("  ");
      output.data("module-test", {}, `${bad === undefined ? green("✔") : red("✘")} ${name}  (${where})${bad?.message === undefined ? "" : `\n${bad.message.replaceAll(/^/gm, "    ")}`}`);
    }
  }
  const dearest = compiled.flatMap(({ folder, manifest }) => {
    const taken = outcomes.find((one) => one.folder === folder && one.text === "ships" && one.dearest !== undefined)?.dearest;
    return taken === undefined ? [] : [{ module: manifest.name, fuel: taken.fuel, fuelQuota: manifest.quotas.fuelPerRun, memory: taken.memory, memoryQuota: manifest.quotas.memoryBlocks }];
  });
  if (!output.json && dearest.length > 0) output.data("module-tests", {}, `\n${table(["dearest run in the tests", "fuel", "memory"], dearest.map((one) => [one.module, `${one.fuel} of ${one.fuelQuota}`, `${one.memory} of ${one.memoryQuota}`]))}\n`);
  output.data("module-tests", { dearest, passed: outcomes.length - failed, failed }, `${outcomes.length - failed} passed, ${failed} failed`);
  const untested = compiled.filter(({ folder }) => !outcomes.some((one) => one.folder === folder));
  if (failed > 0) throw new Failure("TESTS_FAILED", 1, `${failed} of ${outcomes.length} tests failed`, "what fails only as it ships is a difference that the verifier's language makes: host-tools/build/verify/README.md");
  if (untested.length > 0) throw new Failure("NO_TESTS", 1, `no tests: ${untested.map(({ manifest }) => manifest.name).join(", ")}`, "write module.test.ts beside module.ts; genesis module new shows one");
}
