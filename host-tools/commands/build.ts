// genesis build: from TypeScript to image files, with the bytes of each part and what fits which board.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Profile } from "../../hal/board.ts";
import { loadBoards } from "../boards.ts";
import { buildFirstStage, buildTileImage, imageNames } from "../build/tile-image.ts";
import { checkBudgets } from "../build/budget.ts";
import type { Command } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import { table } from "../cli/table.ts";
import { imageFileName, parseVersion } from "../image/mcuboot.ts";

export const buildCommand: Command = {
  name: "build",
  summary: "build tile images and show what they weigh",
  description: "Bundles an image of firmware/images/ for a profile, checks the shipped bytes against the tile dialect and the budgets, and writes an unsealed image file (UNSIGNED) with its source map.",
  arguments: [{ name: "image", summary: "image to build: a file of firmware/images/ (default: tile)", required: false }],
  options: [
    { flags: "--profile <profile>", summary: "small or full; default: both" },
    { flags: "--image-version <version>", summary: "version of the image", default: "1.0.0" },
    { flags: "-o, --out <folder>", summary: "where to write the files (default: dist)" },
    { flags: "--frozen", summary: "fail when a property name is not in the committed dictionary (for CI)" },
    { flags: "--map", summary: "show where everything lies in each board's Storage" },
  ],
  examples: [
    { command: "genesis build", what: "both profiles of the tile image into dist/" },
    { command: "genesis build tile --profile small --map", what: "the small profile, with the Storage map of each small board" },
  ],
  async run(context, args, options) {
    const { output, root } = context;
    const name = args[0] ?? "tile";
    const profiles: Profile[] = options.profile === undefined ? ["small", "full"] : [asProfile(options.profile)];
    const version = String(options.imageVersion);
    const out = path.resolve(options.out === undefined ? path.join(root, "dist") : String(options.out));
    mkdirSync(out, { recursive: true });
    const boards = await loadBoards(root);
    const firstStage = await buildFirstStage(root, options.frozen === true);
    if (!imageNames(root).includes(name)) throw new Failure("NO_IMAGE", 2, `there is no image "${name}"`, `use one of: ${imageNames(root).join(", ")}`);
    for (const profile of profiles) {
      const task = output.task(`Building ${name}, profile ${profile}`, `build-${profile}`);
      try {
        const image = await buildTileImage(root, { name, version, profile, frozen: options.frozen === true });
        const file = path.join(out, imageFileName(`${name}-${profile}`, parseVersion(version)));
        writeFileSync(file, image.file);
        writeFileSync(`${file}.map`, image.bundle.sourceMap);
        task.end(`${image.file.length} bytes, ${path.relative(process.cwd(), file)} (UNSIGNED)`);
        for (const warning of image.bundle.warnings) output.warn(`${warning.source?.file ?? name}:${warning.source?.line ?? warning.line}: ${warning.message}`);
        const report = checkBudgets({ bundle: image.bundle, imageBytes: image.file.length, firstStageBytes: firstStage.code.length, boards });
        output.data("build", { image: name, profile, version, file, bytes: image.file.length, sha256: image.bundle.sha256, bytesPerSubsystem: image.bundle.bytesPerSubsystem, budgets: report.rows }, report.text);
        if (options.map === true) for (const map of report.maps) output.data("map", { board: map.board, rows: map.rows }, `\n${map.board}\n${table(["region", "address", "bytes", "what"], map.rows.map((row) => [row.name, `0x${row.address.toString(16)}`, String(row.bytes), row.about]))}`);
        if (report.over.length > 0) throw new Failure("BUDGET", 1, `over budget: ${report.over.join("; ")}`, "look at the biggest files in the table above");
      } catch (error) {
        task.fail();
        throw error;
      }
    }
  },
};

function asProfile(value: unknown): Profile {
  if (value === "small" || value === "full") return value;
  throw new Failure("USAGE", 2, `there is no profile "${String(value)}"`, "use --profile small or --profile full");
}
