// Set-up, called by `npm start` and `npm test`: checks Node, installs npm packages, and on Debian/Ubuntu the cross-compiler and QEMU.
// No dependency and old syntax only, so that an old Node gets far enough to say which Node it needs. Done before, it says nothing.
// Environment: GENESIS_NO_APT=1 never calls apt (the simulated board is used instead of QEMU).
"use strict";
var fs = require("fs");
var path = require("path");
var child = require("child_process");
var crypto = require("crypto");

var root = path.join(__dirname, "..");
var TOOLS = { "qemu-system-arm": "qemu-system-arm", "arm-none-eabi-gcc": "gcc-arm-none-eabi" };
/** How long to wait for another package manager, s. */
var APT_LOCK_S = 300;
var NPM_LOCK_MS = 10 * 60 * 1000;

function say(text) {
  process.stderr.write(text + "\n");
}

function fail(text) {
  say("genesis set-up: " + text);
  process.exit(1);
}

/** Why this Node will not do, or undefined. */
function nodeProblem(version) {
  var parts = version.split(".");
  var major = Number(parts[0]);
  var minor = Number(parts[1]);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 23) return undefined;
  return "Node " + version + " will not do. Genesis needs Node 20.19 or later in the 20 line, 22.12 or later in the 22 line, or 24 or later.\n" +
    "Next: install one from https://nodejs.org (or with your version manager), then run the command again.";
}

/** What packages there should be. */
function wantedPackages() {
  var hash = crypto.createHash("sha256");
  ["package.json", "package-lock.json"].forEach(function (file) {
    hash.update(fs.readFileSync(path.join(root, file)));
  });
  return hash.digest("hex");
}

function read(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    return "";
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `work` while no other set-up does (`npm start` and `npm test` at once). */
function alone(work) {
  var lock = path.join(root, ".genesis", "setup-lock");
  var untilMs = Date.now() + NPM_LOCK_MS;
  for (;;) {
    try {
      fs.mkdirSync(path.dirname(lock), { recursive: true });
      fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") fail("can't write in " + root + " (" + error.message + ").\nNext: make the folder yours, then run the command again.");
      var holder = Number(read(lock));
      if ((holder && !isAlive(holder)) || Date.now() > untilMs) fs.unlinkSync(lock);
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    work();
  } finally {
    fs.unlinkSync(lock);
  }
}

function installPackages() {
  var stamp = path.join(root, "node_modules", ".genesis-stamp");
  var wanted = wantedPackages();
  if (read(stamp) === wanted) return;
  alone(function () {
    if (read(stamp) === wanted) return;
    say("Installing npm packages (about 165 MB, once) …");
    var args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    var npm = process.env.npm_execpath;
    var options = { cwd: root, stdio: ["ignore", 2, 2] };
    var run = npm && /\.c?js$/.test(npm)
      ? child.spawnSync(process.execPath, [npm].concat(args), options)
      : child.spawnSync("npm", args, Object.assign({ shell: process.platform === "win32" }, options));
    if (run.status === 0) return fs.writeFileSync(stamp, wanted);
    process.exitCode = 1;
    say("genesis set-up: `npm ci` failed" + (run.error ? " (" + run.error.message + ")" : "") + ".\n" +
      "Next: check the network (the first run needs it) and run `npm ci` by hand to see its full output.");
  });
  if (process.exitCode) process.exit();
}

function isOnPath(name) {
  return (process.env.PATH || "").split(path.delimiter).some(function (folder) {
    return folder !== "" && fs.existsSync(path.join(folder, name));
  });
}

/** Debian packages of the QEMU board that are not there. */
function missingTools() {
  var missing = Object.keys(TOOLS).filter(function (name) { return !isOnPath(name); }).map(function (name) { return TOOLS[name]; });
  // Where Debian has it; elsewhere the compiler is asked, which takes longer.
  if (!fs.existsSync("/usr/lib/arm-none-eabi/lib/nano.specs")) {
    var run = child.spawnSync("arm-none-eabi-gcc", ["-print-file-name=nano.specs"], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
    if (run.status !== 0 || String(run.stdout).trim() === "nano.specs") missing.push("libnewlib-arm-none-eabi");
  }
  return missing;
}

/** One line, then the simulated board does. */
function withoutQemu(why) {
  say("QEMU board not available (" + why.replace(/\s*\n\s*/g, "; ") + "): going on with the simulated board.");
}

/** Runs apt-get; `then` gets what went wrong, or "". Its progress (APT::Status-Fd, apt's README.progress-reporting) is shown as it comes. */
function apt(before, args, then) {
  var command = before.concat(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=" + APT_LOCK_S, "-o", "APT::Status-Fd=1"], args);
  var run = child.spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"], env: Object.assign({}, process.env, { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" }) });
  var rest = "";
  var errors = "";
  var shownTenth = 0;
  run.stdout.on("data", function (bytes) {
    var lines = (rest + bytes).split("\n");
    rest = lines.pop();
    lines.forEach(function (line) {
      var found = /^(dl|pm)status:[^:]*:([\d.]+):(.*)/.exec(line);
      if (!found) return;
      var percent = Math.floor(Number(found[2]));
      var text = (found[1] === "dl" ? "Downloading " : "Installing ") + percent + " %";
      if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K  " + text + "  " + found[3].slice(0, 60));
      else if (Math.floor(percent / 10) !== shownTenth) say("  " + text);
      shownTenth = Math.floor(percent / 10);
    });
  });
  run.stderr.on("data", function (bytes) { errors = (errors + bytes).slice(-4000); });
  run.on("error", function (error) { errors = error.message; });
  run.on("close", function (code) {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
    then(code === 0 ? "" : errors.trim().split("\n").slice(-3).join("\n") || "apt-get ended with " + code);
  });
}

function installTools() {
  var missing = missingTools();
  if (missing.length === 0) return;
  if (process.env.GENESIS_NO_APT === "1") return withoutQemu("GENESIS_NO_APT=1; missing: " + missing.join(" "));
  if (process.platform !== "linux" || !fs.existsSync("/etc/debian_version")) return withoutQemu("not Debian or Ubuntu; install by hand: " + missing.join(" "));
  var isRoot = process.getuid() === 0;
  if (!isRoot && child.spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status !== 0) {
    return withoutQemu("no root and no passwordless sudo; run: sudo apt-get install " + missing.join(" "));
  }
  var before = isRoot ? [] : ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"];
  say("Installing " + missing.join(", ") + " with apt (cross-compiler and QEMU, about 0.9 GB, once, some minutes) …");
  apt(before, ["update"], function (problem) {
    if (problem) say("apt-get update reported: " + problem);
    apt(before, ["install", "-y", "--no-install-recommends"].concat(missing), function (failed) {
      if (failed) return withoutQemu("apt-get install failed: " + failed);
      say("Installed.");
    });
  });
}

module.exports = { nodeProblem: nodeProblem };

if (require.main === module) {
  var problem = nodeProblem(process.versions.node);
  if (problem) fail(problem);
  installPackages();
  installTools();
}
