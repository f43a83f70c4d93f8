// print.js (prelude): how values look on the console, print(), console.*, E.toJS.
//
// The layout (where lines break, what is cut) follows Espruino's console, because host tools read it.
// API: Espruino reference, print, console.log, E.toJS.

const INDENT = '  ';
const ITEMS_ON_LINE = 4, LIMIT_ITEMS = 15, LIMITED_ITEMS = 5, LIMIT_TEXT = 60, LIMITED_TEXT = 27;

// How to show: limit = shorten, keys = drop quotes of simple keys, pretty = spaces and line breaks.
const REPL_STYLE = { limit: true, bareKeys: true, pretty: true, devices: true };
const PRINT_STYLE = { limit: false, bareKeys: false, pretty: true, devices: false };
const JS_STYLE = { limit: false, bareKeys: true, pretty: false, devices: false };

const ESCAPES = { 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' };

function quote(text) {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const nextIsDigit = /[0-9]/.test(text.charAt(i + 1));
    if (ESCAPES[code]) out += ESCAPES[code];
    else if (code < 8 && !nextIsDigit) out += '\\' + code;
    else if (code < 32 || code > 126) out += code > 255 ? '\\u' + hex(code, 4) : '\\x' + hex(code, 2);
    else out += text[i];
  }
  return out + '"';
}
const hex = (value, digits) => value.toString(16).toUpperCase().padStart(digits, '0');

// Espruino prints about 11 digits; whole numbers are exact on both.
const number = (value, style) =>
  style.pretty && Number.isFinite(value) && !Number.isInteger(value) ? String(Number(value.toPrecision(11))) : String(value === 0 ? 0 : value);

const isSimple = value => value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean';
const newLine = depth => '\n' + INDENT.repeat(depth);

function keyText(key, style) {
  return style.bareKeys && /^(?:[A-Za-z_$][\w$]{0,61}|\d+)$/.test(key) ? key : quote(key);
}

function arrayText(list, style, depth, seen) {
  const limited = style.limit && list.length > LIMIT_ITEMS;
  let out = style.pretty ? '[ ' : '[', broken = false;
  for (let i = 0; i < list.length; i++) {
    if (limited && i === LIMITED_ITEMS) i = list.length - LIMITED_ITEMS;
    if (i) out += style.pretty ? ', ' : ',';
    if (limited && i === list.length - LIMITED_ITEMS) out += ' ... ';
    const breaks = style.pretty && !isSimple(list[i]);
    if (broken || breaks) out += newLine(depth + 1);
    out += !style.pretty && list[i] === undefined ? 'null' : inspect(list[i], style, depth + 1, seen);
    broken = breaks;
  }
  return out + (broken ? newLine(depth) : '') + (style.pretty ? ' ]' : ']');
}

function objectText(object, style, depth, seen) {
  let out = style.pretty ? '{ ' : '{', broken = false, first = true, onLine = 0;
  for (const key of Object.keys(object)) {
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (!('value' in property) || (!style.pretty && property.value === undefined)) continue;
    if (!first) out += style.pretty ? ', ' : ',';
    const breaks = style.pretty && !isSimple(property.value);
    if (style.pretty && ++onLine > ITEMS_ON_LINE) broken = true;
    if (broken || breaks) {
      out += newLine(depth + 1);
      onLine = 0;
    }
    out += keyText(key, style) + (style.pretty ? ': ' : ':') + inspect(property.value, style, depth + 1, seen);
    broken = breaks;
    first = false;
  }
  return out + (broken ? newLine(depth) : '') + (style.pretty ? ' }' : '}');
}

function bufferText(buffer, style) {
  const items = buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : buffer;
  const limited = style.limit && items.length > LIMIT_ITEMS;
  let list = Array.from(items, item => number(item, style));
  if (!style.pretty) return '[' + list.join(',') + ']';
  if (items.every(item => item === 0)) return 'new ' + buffer.constructor.name + '(' + items.length + ')';
  if (limited) list = list.slice(0, LIMITED_ITEMS).concat(' ... ' + list[list.length - LIMITED_ITEMS], list.slice(1 - LIMITED_ITEMS));
  const text = 'new ' + items.constructor.name + '([' + list.join(', ') + '])';
  return buffer instanceof ArrayBuffer ? text + '.buffer' : text;
}

function inspect(value, style, depth = 0, seen = []) {
  if (typeof value === 'string') {
    if (style.limit && value.length > LIMIT_TEXT)
      return quote(value.slice(0, LIMITED_TEXT)) + ' ... ' + quote(value.slice(-LIMITED_TEXT));
    return quote(value);
  }
  if (typeof value === 'number') return number(value, style);
  if (typeof value === 'function') return style.limit ? 'function () { ... }' : 'function () {}';
  if (value === null || typeof value !== 'object') return String(value);
  if (seen.includes(value) || seen.length > 20) return ' ... ';
  const path = seen.concat([value]);
  if (Array.isArray(value)) return arrayText(value, style, depth, path);
  if (value instanceof ArrayBuffer || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return bufferText(value, style);
  const device = style.devices && deviceName(value);
  if (device) return device;
  const name = style.pretty && Object.getPrototypeOf(value)?.constructor?.name;
  const ownText = value.toString !== Object.prototype.toString && typeof value.toString === 'function' && style.pretty;
  if (name && name !== 'Object' && ownText) return name + ': ' + (value instanceof Error ? errorText(value) : String(value));
  return (name && name !== 'Object' ? name + ': ' : '') + objectText(value, style, depth, path);
}

function print(...values) {
  native.write(values.map(value => (typeof value === 'string' ? value : inspect(value, PRINT_STYLE))).join(' ') + '\n');
}
hideProperty(global, 'print', print);
hideProperty(global, 'console', {});
for (const name of ['log', 'info', 'warn', 'error', 'debug']) console[name] = print;
console.trace = function trace(...values) {
  native.write(values.map(String).join(' ') + '\n' + traceOf(new Error('')));
};

// Espruino's REPL gives a declaration its value; a JavaScript script has none.
const DECLARATION = /^\s*(?:(?:var|let|const)\s+([A-Za-z_$][\w$]*)\s*=[^,;]*;?\s*|(?:function|class)\s+([A-Za-z_$][\w$]*)[\s\S]*\}\s*)$/;
function declared(value, line) {
  const [, variable, other] = DECLARATION.exec(line) ?? [];
  const name = variable ?? other;
  return value === undefined && name ? (0, eval)(name) : value; // oxlint-disable-line no-eval -- a name, in the global scope
}
native.show = (value, line) => native.write('=' + inspect(declared(value, line), REPL_STYLE) + '\n');

const toJS = value => (value === undefined ? 'null' : inspect(value, JS_STYLE));
hideProperty(E, 'toJS', toJS);
