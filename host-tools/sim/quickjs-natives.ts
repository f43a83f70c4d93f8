/**
 * The native functions of the simulated board, as JavaScript that runs inside the tile's own QuickJS engine.
 *
 * The idea: the Espruino API is written once, in boards/qemu-mps2-an385/runtime/prelude, over some forty native functions. On the QEMU board
 * these are C; here they are this script over one function `host(operation, ...)` that takes and gives only strings, numbers and booleans
 * (quickjs-host.ts). Byte strings cross with NUL written as U+0100, because the bridge carries C strings; any other code above 255 is refused, so a
 * tile that makes strings which are no byte strings fails here and not on a board.
 *
 * The script's value is a function of (host, text of the prelude); what it returns are the entries for the host.
 */
export const nativesSource: string = String.raw`(function (host, preludeText) {
'use strict';
const global = globalThis, realEval = global.eval, iterator = Symbol.iterator;
const native = {}, modules = {}, jobs = new Map(), events = [];
let runningId = 0;

const escape = text => {
  if (/[\u0100-\uffff]/.test(text)) throw new Error('a string holds bytes, codes 0 to 255; this one has others');
  return text.indexOf('\0') < 0 ? text : text.replace(/\0/g, '\u0100');
};
const call = (...args) => {
  const result = host(...args.map(one => (typeof one === 'string' ? escape(one) : one)));
  return typeof result === 'string' && result.indexOf('\u0100') >= 0 ? result.replace(/\u0100/g, '\0') : result;
};
const define = (object, functions) => {
  for (const name of Object.keys(functions)) Object.defineProperty(object, name, { value: functions[name], writable: true, configurable: true, enumerable: false });
};
const fromCodes = String.fromCharCode;
const bytes = value => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return fromCodes(value & 255);
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    const view = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    let text = '';
    for (let at = 0; at < view.length; at += 512) text += fromCodes.apply(null, view.subarray(at, at + 512));
    return text;
  }
  if (Array.isArray(value)) return value.map(bytes).join('');
  if (value && typeof value[iterator] === 'function') return Array.from(value, bytes).join('');
  // {data, count} and {callback}: the prelude knows them.
  if (native.flatten) return native.flatten(value);
  throw new TypeError('Expecting Number or iterable, got ' + value);
};
const toArray = text => {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
};

Object.assign(native, {
  write: text => call('write', bytes(text)),
  raw: text => call('raw', bytes(text)),
  bytes,
  evaluate(source) {
    try {
      global.eval(source);
    } catch (error) {
      native.uncaught(error);
    }
  },
  clock: () => call('up'),
  restart: file => call('restart', file === undefined ? file : bytes(file)),
  watchdog: (seconds, isAuto) => call('watchdog', +seconds, !!isAuto),
  errorFlags: () => call('errorFlags'),
  battery: () => call('battery'),
  raiseErrorFlag: flag => call('raise', flag),
  btoa: value => call('btoa', bytes(value)),
  atob: value => call('atob', bytes(value)),
  collect() {},
  identity: () => call('identity'),
  account: key => call('account', key),
  resetReason: () => ({ power: "power-on" })[call("resetReason")] || call("resetReason"),
  serialWrite: (port, data) => call('send', port, bytes(data)),
  setConsole: port => call('setConsole', port),
  console: () => call('console'),
  storageWrite(name, data, offset, size, flags) {
    if (offset < 0 || size < 0) return false;
    if (data === undefined) throw new Error("Can't get pointer to data to write");
    return call('storageWrite', String(name), bytes(data), offset | 0, size | 0, flags | 0);
  },
  storageFiles() {
    const flat = call('storageFiles').split('\0');
    flat.pop();
    for (let i = 0; i < flat.length; i += 3) flat.splice(i + 1, 2, +flat[i + 1], +flat[i + 2]);
    return flat;
  },
  storageFind(name) {
    const found = call('storageFind', String(name));
    return found === undefined ? undefined : found.split(' ').map(Number);
  },
  pinLevel: pin => call('pinLevel', pin),
  pinAnalog: pin => call('pinAnalog', pin),
  pinWatch: (pin, on) => call('pinWatch', pin, !!on),
  channelSend: line => call('channelSend', line),
  channelAsk: line => call('channelAsk', line),
  queue(what, self, args) {
    events.push([what, self, args]);
  },
  // Like Espruino, a timer gets the number after the highest in use.
  timer(callback, ms, repeat, args) {
    let us = ms * 1000;
    us = us > 0 ? Math.min(us, 9e15) : 0;
    if (repeat && us < 100) us = 100;
    let id = runningId;
    for (const other of jobs.keys()) if (other > id) id = other;
    id++;
    const due = call('up') + us;
    jobs.set(id, { callback, args, interval: repeat ? us : 0, due });
    call('timer', id, due);
    return id;
  },
  timerClear(...ids) {
    if (!ids.length) {
      for (const id of jobs.keys()) call('timerClear', id);
      const had = jobs.size > 0;
      jobs.clear();
      return had;
    }
    call('timerClear', ids[0]);
    return jobs.delete(ids[0]);
  },
  timerChange(id, ms) {
    const job = jobs.get(Number(id));
    if (!job) return false;
    job.interval = Math.max(100, ms * 1000 || 0);
    job.due = call('up') + job.interval;
    call('timer', Number(id), job.due);
    return true;
  },
});

const digest = name => data => toArray(call('digest', name, bytes(data))).buffer;
modules.Storage = {};
define(modules.Storage, {
  read: (name, offset, length) => call('storageRead', String(name), offset | 0, length | 0),
  readArrayBuffer(name) {
    const text = call('storageRead', String(name), 0, 0);
    return text === undefined ? undefined : toArray(text).buffer;
  },
  erase: name => call('storageErase', String(name)),
  eraseAll: () => call('storageEraseAll'),
  compact: () => call('storageCompact'),
  optimise() {},
  getFree: () => call('storageFree'),
  getStats: () => JSON.parse(call('storageStats')),
});
modules.Flash = {};
define(modules.Flash, {
  getPage: addr => (call('flashPage', +addr) === undefined ? undefined : { addr: call('flashPage', +addr), length: call('pageBytes') }),
  // The first byte of Storage can be found from here, as on boards whose free flash ends there.
  getFree: () => [{ addr: call('flashStart'), length: 0 }],
  erasePage(addr) {
    if (typeof addr !== 'number') throw new Error('Address should be an integer');
    call('flashErase', addr);
  },
  write(data, addr) {
    if (data === undefined) throw new Error('Data is not defined');
    call('flashWrite', bytes(data), +addr || 0);
  },
  read: (length, addr) => (length > 0 ? toArray(call('flashRead', length | 0, +addr || 0)) : undefined),
});
modules.crypto = {};
if (call('hasSha')) for (const name of ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512']) define(modules.crypto, { [name]: digest(name) });
modules.heatshrink = {};
define(modules.heatshrink, {
  compress: data => toArray(call('compress', bytes(data))).buffer,
  decompress: data => toArray(call('decompress', bytes(data))).buffer,
});
define(global, { E: {} });
define(global.E, {
  CRC32: data => call('crc32', bytes(data)),
  reboot: () => call('reboot'),
  kickWatchdog: () => call('kick'),
  hwRand: () => call('random'),
  resetCause: call('cause'),
  // Only for what Storage.read gave last: strings have no address here.
  getAddressOf: value => call('addressOf', bytes(value)),
});
define(global, {
  echo: on => call('echo', !!on),
  getTime: () => call('time'),
  setTime: seconds => call('setTime', seconds === undefined ? seconds : +seconds),
  $run: () => call('depth', false),
  // Code is parsed with more stack than it may use when it runs.
  eval(code) {
    call('depth', true);
    try {
      return realEval(code);
    } finally {
      call('depth', false);
    }
  },
});
Math.random = () => (call('random') >>> 0) / 4294967296;
String.fromCharCode = (...codes) => {
  for (const code of codes) if (!(code >= 0 && code <= 255)) throw new Error('String.fromCharCode(' + code + '): a string holds bytes, codes 0 to 255');
  return fromCodes(...codes);
};

realEval(preludeText)(native, modules, global);

// ---- what Espruino words differently

const words = [
  [/^'(.+)' is not defined$/, '"$1" is not defined'],
  [/^cannot read property '(.+)' of (undefined|null)$/, "Can't read property '$1' of $2"],
  [/^'.+' is read-only$/, 'Assignment to a constant'],
  [/^Maximum call stack size exceeded$|^stack overflow$/, 'Too much recursion - the stack is about to overflow'],
];
const uncaught = native.uncaught;
native.uncaught = (error, fromPacket) => {
  // QuickJS throws null when there is no memory left for the error.
  if (error === null) error = new Error('out of memory');
  if (error instanceof Error) {
    const message = String(error.message);
    for (const [pattern, text] of words) if (pattern.test(message)) error.message = message.replace(pattern, text);
    if (message === 'stack overflow' || message === 'Maximum call stack size exceeded') call('raise', 8);
    if (message === 'out of memory') call('raise', 24);
    if (error.name === 'InternalError') error.name = 'Error';
    // The prelude reads traces in the form that XS gives them.
    const frames = String(error.stack).split('\n').map(line => /^ +at (.*) \((.*)\)$/.exec(line)).filter(frame => frame && frame[2] !== 'native' && !frame[2].startsWith('genesis:'));
    const stack = 'Error' + frames.map(frame => '\n at ' + (frame[1] === '<eval>' || frame[1] === '<anonymous>' ? '' : frame[1] + ' ') + '()').join('');
    Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true, enumerable: false });
  }
  uncaught(error, fromPacket);
};
process.memory = () => {
  const [usage, total, stackFree, blocksize] = call('memory').split(' ').map(Number);
  return { free: total - usage, usage, total, history: 0, gc: 0, gctime: 0, blocksize, stackFree, flash_start: call('flashStart'), flash_length: call('flashBytes') };
};

// What no Espruino has is not here either.
for (const name of ['Date', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry', 'Symbol', 'Proxy', 'Reflect', 'BigInt', 'BigInt64Array', 'BigUint64Array',
  'SharedArrayBuffer', 'Atomics', 'Iterator', 'Float16Array', 'AggregateError', 'escape', 'unescape']) delete global[name];

return {
  dispatch(kind, a, b) {
    if (typeof a === 'string') a = a.replace(/\u0100/g, '\0');
    if (kind === 'timer') {
      const job = jobs.get(a);
      if (!job) return;
      runningId = a;
      if (job.interval > 0) {
        job.due += job.interval;
        call('timer', a, job.due);
      } else jobs.delete(a);
      native.invoke(job.callback, global, job.args);
      runningId = 0;
    } else if (kind === 'data') native.serialData(a, b);
    else native[kind](a, b);
  },
  // Runs what was queued; a callback that never came back is not run again.
  drain() {
    runningId = 0;
    while (events.length) {
      const [what, self, args] = events.shift();
      native.invoke(what, self, args);
    }
  },
  show: (value, line) => native.show(value, line.replace(/\u0100/g, '\0')),
  uncaught: error => native.uncaught(error),
};
})`;
