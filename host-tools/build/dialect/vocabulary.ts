// The words of the dialect as data: what exists on Espruino 2v29 for tile code, and what to write for what doesn't.
// hal/lib.tile.d.ts says the same to the type checker; a test holds the two together.

/** Names a tile may use without importing them. Everything else is a power and comes in by the port. */
export const PURE_GLOBALS: ReadonlySet<string> = new Set([
  "undefined", "NaN", "Infinity", "isNaN", "parseInt", "Array", "Object", "String", "Number", "Boolean", "Math", "JSON", "Error", "TypeError",
  "ArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
  // Integers to 2^53: times in µs.
  "Float64Array",
]);

/** Names the first stage may use: it runs on the board's own globals, before there is a port. */
export const BOARD_GLOBALS: ReadonlySet<string> = new Set([
  ...PURE_GLOBALS, "E", "process", "require", "print", "eval", "load", "reset", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "getTime", "global", "globalThis",
  "Serial1", "Serial2", "setWatch", "clearWatch", "digitalRead", "digitalWrite", "analogRead", "atob", "btoa", "LED1", "LED2", "LED3", "BTN", "BTN1",
]);

/** What to do without a global that JavaScript programmers reach for. */
export const GLOBAL_ADVICE: ReadonlyMap<string, string> = new Map([
  ["Map", "keep parallel typed arrays, or a plain object whose keys are not integers"],
  ["Set", "keep a plain object, or bits in a typed array"],
  ["WeakMap", "keep an index"],
  ["WeakSet", "keep an index"],
  ["WeakRef", "release explicitly"],
  ["Symbol", "use a constant of a const enum"],
  ["Proxy", "write the checks where the value enters"],
  ["Reflect", "call the method directly"],
  ["BigInt", "numbers are exact up to 2^53"],
  ["TextEncoder", "strings are bytes 0 to 255: use charCodeAt, and firmware/wire for UTF-8"],
  ["TextDecoder", "strings are bytes 0 to 255"],
  ["structuredClone", "copy the fields"],
  ["Promise", "a Promise without a kept resolver crashes Espruino: use a callback or a step of the state machine"],
  ["queueMicrotask", "return to the step machine"],
  ["setImmediate", "return to the step machine"],
  ["setTimeout", "a tile never waits: give the deadline back from step()"],
  ["setInterval", "a tile never waits: give the deadline back from step()"],
  ["Date", "time is integer microseconds given to step()"],
  ["console", "print by the port"],
  ["process", "it is the port's `process`"],
  ["require", "it is the port's `require`"],
  ["E", "it is the port's `E`"],
  ["eval", "code is loaded by the boot stage and the module loader only, by the port's `eval`"],
  ["Function", "code is loaded by the boot stage and the module loader only, by the port's `eval`"],
  ["parseFloat", "the dialect has integers only"],
  ["isFinite", "the dialect has integers only"],
  ["RegExp", "write the scan as a loop over charCodeAt"],
  ["Float32Array", "the dialect has integers only"],
  ["BigInt64Array", "numbers are exact up to 2^53"],
  ["Uint8ClampedArray", "clamp by hand: it isn't in XS's and Espruino's common set of tile globals"],
  ["globalThis", "powers come in by the port"],
  ["global", "powers come in by the port"],
  ["module", "export from the TypeScript file"],
  ["exports", "export from the TypeScript file"],
]);

/** Members that exist, and mean the same, on Espruino. `Math` holds integers only: its powers, roots and angles differ in the last bits. */
export const NAMESPACE_MEMBERS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Math", new Set(["abs", "ceil", "floor", "max", "min", "sign"])],
  ["Number", new Set<string>(["prototype"])],
  ["Object", new Set(["keys", "values", "entries", "fromEntries", "assign", "getPrototypeOf", "setPrototypeOf", "create", "prototype"])],
  ["Array", new Set(["isArray", "prototype"])],
  ["String", new Set(["fromCharCode", "prototype"])],
  ["JSON", new Set(["parse", "stringify"])],
  ["Promise", new Set(["all", "resolve", "reject"])],
  ...["Int8Array", "Uint8Array", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "ArrayBuffer", "DataView", "Boolean"].map((name): [string, ReadonlySet<string>] => [name, new Set(["prototype"])]),
]);

export interface MethodAdvice {
  instead: string;
  /** `Object.keys(…)` exists, `a.keys()` doesn't. */
  onObject?: boolean;
  /** The String method exists, the Array method doesn't. */
  stringHasIt?: boolean;
}

export const METHOD_ADVICE: ReadonlyMap<string, MethodAdvice> = new Map<string, MethodAdvice>([
  ["flat", { instead: "concatenate in a loop" }],
  ["flatMap", { instead: "concatenate in a loop" }],
  ["lastIndexOf", { instead: "loop from the end", stringHasIt: true }],
  ["at", { instead: "index from the length: `a[a.length - 1]`" }],
  ["keys", { instead: "loop over the index", onObject: true }],
  ["values", { instead: "loop over the index", onObject: true }],
  ["entries", { instead: "loop over the index", onObject: true }],
  ["findLast", { instead: "loop from the end" }],
  ["findLastIndex", { instead: "loop from the end" }],
  ["reduceRight", { instead: "loop from the end" }],
  ["copyWithin", { instead: "use `set` with a `subarray`" }],
  ["toSorted", { instead: "copy, then sort" }],
  ["toReversed", { instead: "copy, then reverse" }],
  ["toSpliced", { instead: "copy, then splice" }],
  ["trimStart", { instead: "loop over charCodeAt" }],
  ["trimEnd", { instead: "loop over charCodeAt" }],
  ["codePointAt", { instead: "strings are bytes: charCodeAt" }],
  ["localeCompare", { instead: "compare with <" }],
  ["normalize", { instead: "strings are bytes" }],
  ["search", { instead: "indexOf" }],
  ["matchAll", { instead: "loop with indexOf" }],
  ["isWellFormed", { instead: "strings are bytes" }],
  ["toPrecision", { instead: "the dialect has integers only" }],
  ["toExponential", { instead: "the dialect has integers only" }],
  ["toLocaleString", { instead: "format by hand" }],
  ["setBigInt64", { instead: "write two 32-bit halves" }],
  ["setBigUint64", { instead: "write two 32-bit halves" }],
  ["getBigInt64", { instead: "read two 32-bit halves" }],
  ["getBigUint64", { instead: "read two 32-bit halves" }],
]);

/** Words that can't be the name of a class member or an accessor on Espruino (measured: each is a syntax error there). */
export const RESERVED_MEMBERS: ReadonlySet<string> = new Set([
  "of", "static", "let", "const", "var", "delete", "if", "else", "do", "while", "for", "switch", "case", "default", "break", "continue", "return", "function", "class", "extends", "super",
  "new", "in", "instanceof", "typeof", "void", "this", "null", "undefined", "true", "false", "try", "catch", "finally", "throw", "debugger",
]);
