// core.js (prelude): timers, E, process, require and the other globals that need no hardware of their own.
//
// API: Espruino reference, globals, E, process. E.genesis() is this board's own extension.

hideProperty(global, 'global', global);
const [BOARD, VERSION, SERIAL, FLASH_BYTES, STORAGE_BYTES] = native.identity().split(' ');
const define = (object, functions) => {
  for (const name of Object.keys(functions)) hideProperty(object, name, functions[name]);
};

// ---- timers

function checkCallback(callback) {
  if (typeof callback !== 'function' && typeof callback !== 'string') throw new Error('Function or String not supplied!');
  return callback;
}
// Without an argument all timers; undefined is more likely a mistake than a wish for that.
const clearTimer = name => (...ids) => {
  if (!ids.length) native.timerClear();
  else if (ids[0] === undefined) throw new Error(`${name}(undefined) not allowed. Use ${name}() instead`);
  else native.timerClear(Number(ids[0]) || 0);
};
define(global, {
  setTimeout: (callback, ms, ...args) => native.timer(checkCallback(callback), ms ?? 0, false, args),
  setInterval: (callback, ms, ...args) => native.timer(checkCallback(callback), ms ?? 0, true, args),
  clearTimeout: clearTimer('clearTimeout'),
  clearInterval: clearTimer('clearInterval'),
  changeInterval(id, ms) {
    if (!native.timerChange(id, ms)) throw new Error('Unknown Interval');
  },
});

// ---- bytes

// Every byte of the arguments, the way Espruino flattens them: strings, numbers, arrays, buffers,
// {data, count} (repeated) and {callback} (called for more).
function flatten(value) {
  if (typeof value === 'string' || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return native.bytes(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String.fromCharCode(value & 255);
  if (Array.isArray(value)) return value.map(flatten).join('');
  if (value && typeof value.callback === 'function') return flatten(value.callback());
  if (value && value.data !== undefined) return flatten(value.data).repeat(value.count ?? 1);
  if (value && typeof value === 'object')
    throw new TypeError('If specifying an object, it must be of the form {data : ..., count : N} or {callback : fn} - got ' + inspect(value, PRINT_STYLE));
  throw new TypeError('Expecting Number or iterable, got ' + value);
}
native.flatten = flatten;
const flattenAll = values => values.map(flatten).join('');

function toUint8Array(...values) {
  const bytes = flattenAll(values), out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes.charCodeAt(i);
  return out;
}

function base64Input(value) {
  if (typeof value !== 'string' && typeof value !== 'object') throw new Error('Expecting String or Array, got ' + (value === undefined ? value : typeof value));
  return flatten(value);
}
define(global, {
  btoa: value => native.btoa(base64Input(value)),
  atob: value => native.atob(base64Input(value)),
});

// ---- E

const ERROR_FLAGS = ['FIFO_FULL', 'BUFFER_FULL', 'CALLBACK', 'LOW_MEMORY', 'MEMORY', 'UART_OVERFLOW'];
const flagNames = bits => ERROR_FLAGS.filter((name, bit) => bits & (1 << bit));
native.errorFlagsRaised = (unused, bits) => E.emit('errorFlag', flagNames(bits));
const BLOCK_BYTES = 16;

// Roughly the blocks of 16 bytes a value and what it owns take.
function sizeOf(value, seen = []) {
  if (typeof value === 'string') return 1 + Math.floor(value.length / BLOCK_BYTES);
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.includes(value)) return 1;
  seen.push(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 4 + Math.ceil(value.byteLength / BLOCK_BYTES);
  let blocks = 1;
  for (const key of Object.keys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if ('value' in property) blocks += sizeOf(property.value, seen);
  }
  return blocks;
}

define(E, {
  // Why the board was reset, or JavaScript started anew, as the first stage wants it (firmware/update/boot-log.ts).
  resetCause: native.account(9) ? 4 : { 'power-on': 1, 'power-cut': 1, watchdog: 2, software: 3, crash: 4 }[native.resetReason()] || 0,
  enableWatchdog: (seconds, isAuto) => native.watchdog(seconds > 0 ? seconds : 1, isAuto === undefined || !!isAuto),
  getErrorFlags: () => flagNames(native.errorFlags()),
  // {force} means nothing here: no other device comes and goes that could take the console.
  setConsole(device) {
    const port = device === null ? -1 : serialPort(typeof device === 'string' ? global[device] : device);
    if (port === undefined) throw new Error('Unknown device type "' + device + '"');
    native.setConsole(port);
  },
  getConsole: () => [null, 'Serial1', 'Serial2'][native.console() + 1],
  toString: (...values) => flattenAll(values),
  toArrayBuffer: value => (typeof value === 'string' ? toUint8Array(value).buffer : undefined),
  toUint8Array,
  getSizeOf: value => sizeOf(value),
  getTemperature: () => NaN, // no sensor on this board
  getBattery: native.battery || (() => NaN), // the board runs from the mains
  getPowerUsage: () => ({ device: {}, total: 0 }), // no current model
  setBootCode(code, always) {
    const name = always ? '.bootrst' : '.bootcde';
    modules.Storage.erase('.bootrst');
    modules.Storage.erase('.bootcde');
    if (code !== undefined) modules.Storage.write(name, code);
  },
  genesis: () => ({
    meter: native.account(0),
    idleUs: native.account(1),
    wakeups: native.account(2),
    capWakeups: native.account(3),
    resets: native.account(4),
    restarts: native.account(8),
    resetReason: native.resetReason(),
  }),
});
native.init = () => E.emit('init');
// Before reset() and load() take the machine away its listeners run, now, not queued.
native.kill = () => {
  const listeners = listenersOf(E, 'kill');
  if (listeners !== undefined) native.invoke(listeners, E, []);
};

// ---- process and the rest

hideProperty(global, 'process', {});
define(process, {
  memory(collect) {
    const begin = native.clock();
    if (collect !== false) native.collect();
    const usage = Math.ceil(native.account(5) / BLOCK_BYTES);
    const total = Math.floor(native.account(6) / BLOCK_BYTES);
    const gctime = (native.clock() - begin) / 1000;
    return { free: total - usage, usage, total, history: 0, gc: 0, gctime, blocksize: BLOCK_BYTES,
      stackFree: native.account(7), flash_length: Number(FLASH_BYTES) };
  },
});
process.version = VERSION;
process.env = {
  VERSION: VERSION, BOARD: BOARD, RAM: 4194304, FLASH: Number(FLASH_BYTES), STORAGE: Number(STORAGE_BYTES),
  SERIAL: SERIAL, CONSOLE: 'Serial1', MODULES: Object.getOwnPropertyNames(modules).join(','), EXPTR: 0,
};

const loaded = {};
// Modules are compiled like boot files, with their name for traces.
function require(name) {
  if (typeof name !== 'string') throw new TypeError('Expecting module name as a string, got ' + name);
  if (Object.prototype.hasOwnProperty.call(modules, name)) return modules[name];
  if (Object.prototype.hasOwnProperty.call(loaded, name)) return loaded[name];
  const code = modules.Storage.read(name);
  if (code === undefined) throw new Error('Module "' + name + '" not found');
  const module = { exports: {} };
  new Function('exports', 'module', code).call(module.exports, module.exports, module);
  return (loaded[name] = module.exports);
}

define(global, {
  require,
  reset: () => native.restart(),
  load: name => native.restart(name ?? ''),
  getSerial: () => SERIAL,
  setDeepSleep() {}, // WFI is the only sleep, and always used
  setSleepIndicator() {},
  setBusyIndicator() {},
});
