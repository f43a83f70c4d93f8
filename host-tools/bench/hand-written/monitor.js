// The demo image's job as an Espruino user would write it, without a kernel: the baseline of the bench's wake-ups and charge.
// One sample every 5 minutes, the same detector (EWMA + CUSUM, the same integers), a record to flash for every 12 samples and every alarm,
// and an answer in JSON to each line that comes in on Serial1. WATCHDOG_S: 0, or kick a hardware watchdog three times in that time.
var LOG = require("Storage").open("log", "a");
var d = { count: 0, level: 0, dev: 0, high: 0, low: 0, highS: 0, lowS: 0, alarm: 0, since: 0, peak: 0, alarms: 0, last: 0 };
var batch = [], first = 0, line = "";
var LW = Math.floor((300 * 1048576) / 432000), DW = Math.floor((300 * 1048576) / 2419200);

function log(fields) {
  LOG.write(fields.join(",") + "\n");
}

function detect(value, t) {
  var n = ++d.count;
  if (n === 1) d.level = value * 256;
  var r = value * 256 - d.level, sigma = Math.max((d.dev * 5) >> 2, 12800), lesson = r, z = 0, verdict = 0;
  if (n > 750) {
    z = ((r * 64) / sigma) | 0;
    if (z > 192) lesson = 3 * sigma;
    if (z < -192) lesson = -3 * sigma;
    z = Math.max(-384, Math.min(384, z));
  }
  var young = Math.floor(1048576 / n), slower = d.alarm ? 4 : 1;
  d.level += Math.floor((lesson * Math.floor(Math.max(young, LW) / slower) + 524288) / 1048576);
  d.dev += Math.floor(((Math.abs(lesson) - d.dev) * Math.floor(Math.max(young, DW) / slower) + 524288) / 1048576);
  d.last = t;
  if (!d.high) d.highS = t;
  if (!d.low) d.lowS = t;
  d.high = Math.max(0, Math.min(8985600, d.high + (z - 64) * 300));
  d.low = Math.max(0, Math.min(8985600, d.low - (z + 64) * 300));
  var sum = Math.max(d.high, d.low);
  if (!d.alarm && sum > 5990400) {
    verdict = 1;
    d.alarm = d.high > d.low ? 1 : -1;
    d.since = d.alarm > 0 ? d.highS : d.lowS;
    d.peak = 0;
    d.alarms++;
  } else if (d.alarm && sum * 2 < 5990400) {
    verdict = 2;
    d.alarm = 0;
  }
  if (d.alarm && sum > d.peak) d.peak = sum;
  return verdict;
}

setInterval(function () {
  var t = Math.floor(getTime()), v = Math.floor(analogRead(A0) * 32767);
  if (!batch.length) first = t;
  batch.push(v);
  var verdict = detect(v, first + (batch.length - 1) * 300);
  if (verdict) log([2 + verdict, t, d.since, d.alarm, verdict === 1 ? v : d.peak]);
  if (batch.length < 12) return;
  log([2, first, 300, 12, Math.min.apply(null, batch), Math.max.apply(null, batch), Math.floor(batch.reduce(function (a, b) { return a + b; }) / 12), v]);
  batch = [];
}, 300000);

Serial1.on("data", function (bytes) {
  line += bytes;
  if (line.indexOf("\n") < 0) return;
  line = "";
  Serial1.write(JSON.stringify({ count: d.count, level: d.level >> 8, dev: d.dev >> 8, alarm: d.alarm, alarms: d.alarms }) + "\n");
});
E.setConsole(null);
if (WATCHDOG_S) {
  E.enableWatchdog(WATCHDOG_S, false);
  setInterval(function () {
    E.kickWatchdog();
  }, (WATCHDOG_S * 1000) / 3);
}
