// What the engine's own functions, and those of the port, do with functions that they are given.
//
// A name that stands in no list here is taken to call at once everything that can be reached from its arguments. So a list can only be wrong by a name that is in it.

/** They keep the callback; the engine calls it later, from its main loop, on an empty stack. */
export const LATER: ReadonlySet<string> = new Set(["setTimeout", "setInterval", "setWatch", "on", "once", "addListener"]);

/** They put what they are given into the array that they belong to. */
export const KEEPS: ReadonlySet<string> = new Set(["push", "unshift", "fill"]);

/** They give out what the array holds. */
export const GIVES: ReadonlySet<string> = new Set(["pop", "shift"]);

/** They copy what the array and the arguments hold into a new array. */
export const COPIES: ReadonlySet<string> = new Set(["concat", "slice"]);

/** They look at their arguments only; what comes back holds nothing of the bundle. */
export const LOOKS: ReadonlySet<string> = new Set([
  "indexOf", "includes", "isArray", "keys", "hasOwnProperty", "clearTimeout", "clearInterval", "clearWatch", "removeAllListeners", "removeListener",
]);

/** What comes back is a number, a truth value or text. */
export const TELLS: ReadonlySet<string> = new Set([
  "indexOf", "includes", "isArray", "hasOwnProperty", "substring", "substr", "charCodeAt", "charAt", "fromCharCode", "join", "repeat", "parseInt", "String", "Number", "Boolean", "isNaN",
  "abs", "ceil", "floor", "max", "min", "sign", "getTime", "digitalRead", "analogRead",
]);

/** They call their first argument at once, for each of what the array holds; what they give out comes from the array, from what that gave back, or from further arguments. */
export const ITERATES: ReadonlySet<string> = new Set(["map", "filter", "forEach", "reduce", "sort", "some", "every", "find", "findIndex"]);

/** They change what they are given, or run text: from there on anything may stand anywhere. */
export const WIDENS: ReadonlySet<string> = new Set([
  "assign", "create", "setPrototypeOf", "defineProperty", "defineProperties", "__defineGetter__", "__defineSetter__", "eval", "Function", "emit", "load", "Proxy",
]);

/** They call the function that they belong to. */
export const CALLS_ITS_OWN: ReadonlySet<string> = new Set(["call", "apply", "bind"]);

/** Of a string, a number or a boolean: those that can call an argument. */
export const OF_PRIMITIVES: ReadonlySet<string> = new Set(["replace", "replaceAll"]);

/** Every object has these on Espruino. */
export const OF_OBJECTS: ReadonlySet<string> = new Set(["on", "once", "addListener", "emit", "__defineGetter__", "__defineSetter__"]);

/** What an operator or the engine asks an object for that it needs as text or as a number. */
export const COERCIONS = ["toString", "valueOf", "toJSON"] as const;

export const TYPED_ARRAYS: ReadonlySet<string> = new Set([
  "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float32Array", "Float64Array",
]);
