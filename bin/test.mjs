// The test command: types, lint (with the layer rules), generated docs, then every test. Ends with `N passed, N failed, N skipped`.
// Real Espruino is a tier of its own: set GENESIS_ESPRUINO to a Linux Espruino binary to run it.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { root } from "./run-ts.mjs";

let passed = 0;
let failed = 0;
let skipped = 0;

const bin = (name) => path.join(root, "node_modules", ".bin", name);

/** Run one check that counts as one test. */
function check(title, command, args, options = {}) {
  const started = Date.now();
  const run = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "pipe"], ...options });
  const output = `${run.stdout ?? ""}${run.stderr ?? ""}${run.error ? run.error.message : ""}`;
  const good = run.status === 0 && (options.expect === undefined || options.expect.test(output));
  console.log(`${good ? "ok  " : "FAIL"} ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (good) passed++;
  else {
    failed++;
    console.log(output.trim());
  }
}

check("TypeScript is the pinned one", bin("tsc"), ["--version"], { expect: /Version 7\.0\.2/ });
check("types and import direction (tsc -b)", bin("tsc"), ["-b"]);
check("lint and layer rules (oxlint)", bin("oxlint"), []);
check("generated docs are up to date", process.execPath, ["bin/run-ts.mjs", "host-tools/docs/generate.ts", "--check"]);

console.log(process.env.GENESIS_ESPRUINO
  ? `Espruino tier: runs on ${path.basename(process.env.GENESIS_ESPRUINO)}.`
  : "Espruino tier: SKIPPED. Set GENESIS_ESPRUINO=<Linux Espruino binary> to run it.");

for (const [client, variable] of [["mcumgr", "GENESIS_MCUMGR"], ["smpmgr", "GENESIS_SMPMGR"]]) {
  console.log(`${client} tier: ${process.env[variable] ? "runs." : `SKIPPED. Set ${variable}=<${client} program> to run it.`}`);
}

const reportFile = path.join(root, ".genesis", "test-report.json");
mkdirSync(path.dirname(reportFile), { recursive: true });
rmSync(reportFile, { force: true });
const filters = process.argv.slice(2);
const vitest = spawnSync(bin("vitest"), ["run", "--reporter=default", "--silent=passed-only", "--reporter=json", `--outputFile.json=${reportFile}`, ...filters], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }) },
});
try {
  const report = JSON.parse(readFileSync(reportFile, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  const brokenFiles = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  for (const file of brokenFiles) console.log(`FAIL ${path.relative(root, file.name)}: ${file.message}`);
  failed += brokenFiles.length;
} catch (error) {
  console.log(`FAIL vitest left no report: ${error.message}`);
  failed++;
}
if (vitest.status !== 0 && failed === 0) {
  console.log(`FAIL vitest ended with ${vitest.status ?? vitest.signal}`);
  failed++;
}

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
