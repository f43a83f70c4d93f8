// How vitest runs the tests of modules, wherever their folder lies: `genesis module test`.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { kitFiles } from "./module-folder.ts";

const root = process.env.GENESIS_ROOT ?? fileURLToPath(new URL("../..", import.meta.url));

export default defineConfig({
  resolve: { alias: { ...kitFiles(root), vitest: path.join(root, "node_modules", "vitest", "dist", "index.js") } },
  cacheDir: path.join(root, ".genesis", "vitest"),
  test: { include: ["**/*.test.ts"], exclude: ["**/node_modules/**"], pool: "forks", maxWorkers: 2, testTimeout: 30_000 },
});
