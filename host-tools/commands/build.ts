// genesis build: from TypeScript to image files, with the bytes of each part and what fits which board.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Profile } from "../../hal/board.ts";
import { loadBoards } from "../boards.ts";
import { checkBudgets } from "../build/budget.ts";
import type { CallDepth, Nesting } from "../build/call-depth.ts";
import { beyondProfile } from "../build/features.ts";
import { rememberSources } from "../build/image-sources.ts";
import { buildTileImage } from "../build/tile-image.ts";
import type { Command } from "../cli/command.ts";
import { Failure, usage } from "../cli/failure.ts";
import { table } from "../cli/table.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { imageFileName, parseVersion } from "../image/mcuboot.ts";
import { asFeatures, withOption } from "./feature-option.ts";
import { imageVersion } from "./image-version.ts";

export const buildCommand: Command = {
  name: "build",
  summary: "build tile images and show what they weigh",
  description: "Bundles an image of firmware/images/ for a profile, checks the shipped bytes against the tile dialect and the budgets, and writes an unsealed image file (UNSIGNED) with its source map.",
  arguments: [{ name: "image", summary: "image to build: a file of firmware/images/ (default: tile)", required: false }],
  options: [
    { flags: "--profile <profile>", summary: "small or full; default: both" },
    withOption,
    { flags: "--image-version <version>", summary: "version of the image", default: "1.0.0" },
    { flags: "-o, --out <folder>", summary: "where to write the files (default: dist)" },
    { flags: "--frozen", summary: "fail when a property name is not in the committed dictionary (for CI)" },
    { flags: "--calls", summary: "show the deepest chains of calls: from each start, in the kernel, and the one that takes most stack" },
    { flags: "--map", summary: "show where everything lies in each board's Storage" },
  ],
  examples: [
    { command: "genesis build", what: "both profiles of the tile image into dist/" },
    { command: "genesis build tile --profile small --map", what: "the small profile, with the Storage map of each small board" },
    { command: "genesis build --profile small --calls", what: "the small profile, with its deepest chains of calls" },
    { command: "genesis build --profile small --with sensor", what: "the small profile and the anomaly detector, for a board that has the room" },
  ],
  async run(context, args, options) {
    const { output, root } = context;
    const name = args[0] ?? "tile";
    const profiles: Profile[] = options.profile === undefined ? ["small", "full"] : [asProfile(options.profile)];
    const wanted = asFeatures(options.with);
    const version = imageVersion(options.imageVersion);
    const out = path.resolve(options.out === undefined ? path.join(root, "dist") : String(options.out));
    const boards = await loadBoards(root);
    const firstStageBytes = buildFirstStage(root).length;
    const over: string[] = [];
    for (const profile of profiles) {
      const extra = beyondProfile(profile, wanted);
      const task = output.task(`Building ${name}, profile ${[profile, ...extra].join(" + ")}`, `build-${profile}`);
      const image = await buildTileImage(root, { name, version, profile, extra, frozen: options.frozen === true });
      const file = path.join(out, imageFileName([name, profile, ...extra].join("-"), parseVersion(version)));
      mkdirSync(out, { recursive: true });
      writeFileSync(file, image.file);
      writeFileSync(`${file}.map`, image.bundle.sourceMap);
      rememberSources(context.home, image.file, image.bundle.sourceMap);
      task.end(`${image.file.length} bytes, ${path.relative(process.cwd(), file)} (UNSIGNED)`);
      for (const warning of image.bundle.warnings) output.warn(`${warning.source?.file ?? name}:${warning.source?.line ?? warning.line}: ${warning.message}`);
      const report = checkBudgets({ bundle: image.bundle, file: image.file, firstStageBytes, boards });
      const { sha256, bytesPerSubsystem } = image.bundle;
      output.data("build", { image: name, profile, extra, version, file, bytes: image.file.length, sha256, bytesPerSubsystem, budgets: report.rows }, report.text);
      if (options.calls === true) output.data("calls", { ...report.depth }, `\n${callsText(report.depth)}`);
      if (options.map === true) for (const map of report.maps) output.data("map", { board: map.board, rows: map.rows }, `\n${map.board}\n${mapTable(map.rows)}`);
      over.push(...report.over.map((what) => `${profile}: ${what}`));
    }
    if (over.length > 0) throw new Failure("BUDGET", 1, `over budget: ${over.join("; ")}`, "look at the biggest files it names; docs/DESIGN.md says where the budgets come from");
  },
};

/** Chains of calls, one function a line. */
function callsText(depth: CallDepth): string {
  const chain = (what: string, { calls, callbacks, stackBytes, path }: Nesting): string => `${what}: ${calls} nested calls${callbacks > 0 ? `, ${callbacks} through the engine` : ""}, about ${stackBytes} bytes of stack\n${path.map((name) => `  ${name}`).join("\n")}`;
  if (depth.circles.length > 0) return `no bound: ${depth.circles.join("\n")}`;
  const roots = table(["begins with", "calls", "callbacks", "stack"], depth.roots.map((root) => [root.name, String(root.calls), String(root.callbacks), String(root.stackBytes)]));
  return [roots, chain("in the kernel", depth.kernel), chain("whole path", depth.whole), chain("most stack", depth.heaviest)].join("\n\n");
}

function mapTable(rows: readonly { name: string; address: number; bytes: number; about: string }[]): string {
  return table(["region", "address", "bytes", "what"], rows.map((row) => [row.name, `0x${row.address.toString(16)}`, String(row.bytes), row.about]));
}

function asProfile(value: unknown): Profile {
  if (value === "small" || value === "full") return value;
  throw usage(`there is no profile "${String(value)}"`, "use --profile small or --profile full");
}
