// Set-up, called by `npm start` and `npm test`: checks Node, installs npm packages, and on Debian/Ubuntu the cross-compiler and QEMU.
// No dependency and old syntax only, so that an old Node gets far enough to say which Node it needs. Done before, it says nothing.
// `node bin/setup.cjs <program.mjs> [arguments]` goes on with that program in this process: with a shell's `&&` between the two, Ctrl-C would end
// the shell at once and leave a set-up behind that still has to wait for apt.
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
/** How often the other set-up that is waited for is looked at, and how often a line that stands still is drawn anew, ms. */
var LOOK_MS = 200;
var TICK_MS = 1000;
/** What npm may take to end when told to, ms. Killed, it leaves nothing that the next `npm ci` does not replace. */
var NPM_STOP_MS = 1000;
var STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Exit code of an interrupted command (128 + SIGINT). */
var INTERRUPTED = 130;
/** To the start of a terminal's line, and erase it (ECMA-48 EL). */
var CLEAR_LINE = "\r\x1b[2K";

function say(text) {
  process.stderr.write(text + "\n");
}

/** Before a message: what stood on a terminal's line goes. */
function clearLine() {
  return process.stderr.isTTY ? CLEAR_LINE : "";
}

/**
 * Runs a program and calls `then` with its exit code and, when it could not start, the error. Ctrl-C, `kill` and a closed terminal call `stop` and
 * end this process only when the program has ended.
 */
function runToEnd(command, args, options, stop, then) {
  var isStopped = false;
  var problem;
  var run;
  function onSignal() {
    if (!isStopped) stop(run);
    isStopped = true;
  }
  STOP_SIGNALS.forEach(function (signal) { process.on(signal, onSignal); });
  run = child.spawn(command, args, options);
  run.on("error", function (error) { problem = error; });
  run.on("close", function (code) {
    STOP_SIGNALS.forEach(function (signal) { process.removeListener(signal, onSignal); });
    if (!isStopped) return then(code, problem);
    say(clearLine() + "interrupted; the same command goes on from here");
    process.exit(INTERRUPTED);
  });
  return run;
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

/** Calls `work` while no other set-up does its own (`npm start` and `npm test` at once); `work` calls what it is given when it is done. */
function alone(work) {
  var lock = path.join(root, ".genesis", "setup-lock");
  var startedMs = Date.now();
  var hasTold = false;
  function release() {
    try {
      fs.unlinkSync(lock);
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  function attempt() {
    try {
      fs.mkdirSync(path.dirname(lock), { recursive: true });
      fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") fail("can't write in " + root + " (" + error.message + ").\nNext: make the folder yours, then run the command again.");
      var holder = Number(read(lock));
      if ((holder && !isAlive(holder)) || Date.now() - startedMs > NPM_LOCK_MS) release();
      else if (!hasTold && Date.now() - startedMs >= TICK_MS) {
        hasTold = true;
        say("Waiting for another set-up of this folder (process " + holder + ") …");
      }
      return setTimeout(attempt, LOOK_MS);
    }
    process.on("exit", release);
    work(function () {
      process.removeListener("exit", release);
      release();
    });
  }
  attempt();
}

/** Gives npm a moment to end, then ends it. */
function stopNpm(run) {
  say("Stopping npm …");
  run.kill("SIGTERM");
  setTimeout(function () { run.kill("SIGKILL"); }, NPM_STOP_MS);
}

function installPackages(then) {
  var stamp = path.join(root, "node_modules", ".genesis-stamp");
  var wanted = wantedPackages();
  if (read(stamp) === wanted) return then();
  alone(function (done) {
    if (read(stamp) === wanted) {
      done();
      return then();
    }
    say("Installing npm packages (about 100 MB to download, 165 MB on disk, once) …");
    var args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    var npm = process.env.npm_execpath;
    var isScript = npm && /\.c?js$/.test(npm);
    var options = { cwd: root, stdio: ["ignore", 2, 2], shell: !isScript && process.platform === "win32" };
    runToEnd(isScript ? process.execPath : "npm", isScript ? [npm].concat(args) : args, options, stopNpm, function (code, error) {
      if (code === 0) fs.writeFileSync(stamp, wanted);
      done();
      if (code === 0) return then();
      fail("`npm ci` failed" + (error ? " (" + error.message + ")" : "") + ".\n" +
        "Next: check the network (the first run needs it) and run `npm ci` by hand to see its full output.");
    });
  });
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

/** apt-get ends at once while it downloads. Once dpkg has begun it finishes, on purpose: half-installed packages would stop the next apt-get of anybody. */
function stopApt(run, isRoot) {
  // A process of root is not ours to signal: sudo does it, and passes on what it gets. From a terminal's Ctrl-C it has it already.
  if (isRoot) run.kill("SIGINT");
  else child.spawn("sudo", ["-n", "kill", "-INT", String(run.pid)], { stdio: "ignore" }).on("error", function () {});
  setTimeout(function () {
    say(clearLine() + "Interrupted: apt finishes what it has begun, which may take some seconds …");
  }, LOOK_MS).unref();
}

/**
 * Runs apt-get; `then` gets what went wrong, or "". Its progress (APT::Status-Fd, apt's README.progress-reporting) is shown as it comes, as
 * `downloading` or "Installing" and a percentage; a terminal's line counts the seconds while apt says nothing.
 */
function apt(before, args, downloading, then) {
  var command = before.concat(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=" + APT_LOCK_S, "-o", "APT::Status-Fd=1"], args);
  var options = { stdio: ["ignore", "pipe", "pipe"], env: Object.assign({}, process.env, { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" }) };
  var isTerminal = process.stderr.isTTY;
  var rest = "";
  var errors = "";
  var shownTenth = 0;
  var shown = "  " + downloading;
  var shownMs = Date.now();
  function draw() {
    var seconds = Math.floor((Date.now() - shownMs) / 1000);
    process.stderr.write(CLEAR_LINE + shown + (seconds > 0 ? "  " + seconds + " s" : ""));
  }
  function show(text) {
    if (text === shown) return;
    shown = text;
    shownMs = Date.now();
    if (isTerminal) draw();
  }
  function look(line) {
    if (line.indexOf("Waiting for cache lock") === 0) {
      // apt says so every second.
      var waiting = "  Waiting for another package manager (at most " + APT_LOCK_S + " s)";
      if (!isTerminal && shown !== waiting) say(waiting);
      return show(waiting);
    }
    var found = /^(dl|pm)status:[^:]*:([\d.]+):(.*)/.exec(line);
    if (!found) return;
    var percent = Math.floor(Number(found[2]));
    var text = "  " + (found[1] === "dl" ? downloading : "Installing") + " " + percent + " %";
    var tenth = Math.floor(percent / 10);
    if (!isTerminal && tenth !== shownTenth) say(text);
    shownTenth = tenth;
    show(text + "  " + found[3].slice(0, 60));
  }
  var ticking = isTerminal ? setInterval(draw, TICK_MS) : undefined;
  function stop(running) {
    clearInterval(ticking);
    isTerminal = false;
    stopApt(running, before.length === 0);
  }
  var run = runToEnd(command[0], command.slice(1), options, stop, function (code, error) {
    clearInterval(ticking);
    if (isTerminal) process.stderr.write(CLEAR_LINE);
    then(code === 0 ? "" : error ? error.message : errors.trim().split("\n").slice(-3).join("\n") || "apt-get ended with " + code);
  });
  run.stdout.on("data", function (bytes) {
    var lines = (rest + bytes).split(/[\r\n]/);
    rest = lines.pop();
    lines.forEach(look);
  });
  run.stderr.on("data", function (bytes) { errors = (errors + bytes).slice(-4000); });
}

function installTools(then) {
  function without(why) {
    withoutQemu(why);
    then();
  }
  var missing = missingTools();
  if (missing.length === 0) return then();
  if (process.env.GENESIS_NO_APT === "1") return without("GENESIS_NO_APT=1; missing: " + missing.join(" "));
  if (process.platform !== "linux" || !fs.existsSync("/etc/debian_version")) return without("not Debian or Ubuntu; install by hand: " + missing.join(" "));
  var isRoot = process.getuid() === 0;
  if (!isRoot && child.spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status !== 0) {
    return without("no root and no passwordless sudo; run: sudo apt-get install " + missing.join(" "));
  }
  var before = isRoot ? [] : ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"];
  say("Installing " + missing.join(", ") + " with apt (cross-compiler and QEMU: about 130 MB to download, 0.9 GB on disk, once) …");
  apt(before, ["update"], "Reading package lists", function (problem) {
    if (problem) say("apt-get update reported: " + problem);
    apt(before, ["install", "-y", "--no-install-recommends"].concat(missing), "Downloading", function (failed) {
      if (failed) return without("apt-get install failed: " + failed);
      say("Installed.");
      then();
    });
  });
}

/** Runs the program that set-up was asked to go on with, as if Node had been started with it. */
function goOn() {
  if (process.argv.length < 3) return;
  process.argv.splice(1, 1);
  process.argv[1] = path.resolve(process.argv[1]);
  require("./import.cjs")(process.argv[1]).catch(function (error) {
    process.nextTick(function () { throw error; });
  });
}

module.exports = { nodeProblem: nodeProblem };

if (require.main === module) {
  // A terminal that was closed takes no more text; what has begun still ends in order.
  process.stderr.on("error", function () {});
  var problem = nodeProblem(process.versions.node);
  if (problem) fail(problem);
  installPackages(function () { installTools(goOn); });
}
