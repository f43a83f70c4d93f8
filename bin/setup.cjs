// Set-up, called by `npm start` and `npm test`: checks Node, installs npm packages, and on Debian/Ubuntu the cross-compiler and QEMU.
// No dependency and old syntax only, so that an old Node gets far enough to say which Node it needs.
// Environment: GENESIS_NO_APT=1 never calls apt (the simulated board is used instead of QEMU).
"use strict";
var fs = require("fs");
var path = require("path");
var child = require("child_process");
var crypto = require("crypto");

var root = path.join(__dirname, "..");
var quiet = process.argv.indexOf("--quiet") >= 0;

function say(text) {
  if (!quiet) process.stderr.write(text + "\n");
}

function fail(text) {
  process.stderr.write("genesis set-up: " + text + "\n");
  process.exit(1);
}

function checkNode() {
  var parts = process.versions.node.split(".");
  var major = Number(parts[0]);
  var minor = Number(parts[1]);
  var good = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!good) {
    fail("Node " + process.versions.node + " is too old. Genesis needs Node 20.19 or later in the 20 line, or 22.12 or later.\n" +
      "Next: install one from https://nodejs.org (or with your version manager), then run the command again.");
  }
}

function hashOf(files) {
  var hash = crypto.createHash("sha256");
  for (var i = 0; i < files.length; i++) hash.update(fs.readFileSync(path.join(root, files[i])));
  return hash.digest("hex");
}

function installPackages() {
  var stampFile = path.join(root, "node_modules", ".genesis-stamp");
  var want = hashOf(["package.json", "package-lock.json"]);
  var have = "";
  try { have = fs.readFileSync(stampFile, "utf8"); } catch (error) { have = ""; }
  if (have === want) return;
  say("Installing npm packages (about 165 MB, once) …");
  var npm = process.env.npm_execpath;
  var run = npm && /\.c?js$/.test(npm)
    ? child.spawnSync(process.execPath, [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2] })
    : child.spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (run.status !== 0) {
    fail("`npm ci` failed" + (run.error ? " (" + run.error.message + ")" : "") + ".\n" +
      "Next: check the network (the first run needs it) and run `npm ci` by hand to see its full output.");
  }
  fs.writeFileSync(stampFile, want);
}

function has(command, args) {
  var run = child.spawnSync(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  return run.status === 0 ? String(run.stdout).trim() : undefined;
}

function missingTools() {
  var missing = [];
  if (has("qemu-system-arm", ["--version"]) === undefined) missing.push("qemu-system-arm");
  if (has("arm-none-eabi-gcc", ["--version"]) === undefined) missing.push("gcc-arm-none-eabi");
  var specs = has("arm-none-eabi-gcc", ["-print-file-name=nano.specs"]);
  if (specs === undefined || specs === "nano.specs") missing.push("libnewlib-arm-none-eabi");
  return missing;
}

function withoutQemu(why) {
  say("QEMU board not available (" + why + "): going on with the simulated board.");
}

function installTools() {
  var missing = missingTools();
  if (missing.length === 0) return;
  if (process.env.GENESIS_NO_APT === "1") return withoutQemu("GENESIS_NO_APT=1; missing: " + missing.join(" "));
  if (process.platform !== "linux" || !fs.existsSync("/etc/debian_version")) {
    return withoutQemu("not Debian or Ubuntu; install by hand: " + missing.join(" "));
  }
  var asRoot = typeof process.getuid === "function" && process.getuid() === 0;
  var sudo = !asRoot && child.spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
  if (!asRoot && !sudo) return withoutQemu("no root and no passwordless sudo; run: sudo apt-get install " + missing.join(" "));
  say("Installing " + missing.join(", ") + " with apt (cross-compiler and QEMU, about 0.9 GB, once, some minutes) …");
  var env = Object.assign({}, process.env, { DEBIAN_FRONTEND: "noninteractive" });
  function apt(args) {
    var command = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-q"].concat(args);
    if (sudo) command = ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"].concat(command);
    var run = child.spawnSync(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"], env: env, maxBuffer: 1 << 26 });
    return run.status === 0 ? "" : String(run.stderr || (run.error && run.error.message)).trim().split("\n").slice(-3).join("\n");
  }
  var problem = apt(["update"]);
  if (problem) say("apt-get update reported: " + problem);
  problem = apt(["install", "-y", "--no-install-recommends"].concat(missing));
  if (problem) return withoutQemu("apt-get install failed: " + problem);
  say("Installed.");
}

checkNode();
installPackages();
installTools();
