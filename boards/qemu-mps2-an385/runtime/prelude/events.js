// events.js (prelude): on/emit on every object, the calling of callbacks, and how errors are reported.
//
// Like Espruino, emit() only queues: listeners run from the event loop, in order, and a listener that
// throws does not stop the others. Listeners are kept on the object itself under "#on<event>".
// API: Espruino reference, Object.on, Object.emit, process.on("uncaughtException").

const listenerKey = event => '#on' + event;
const listenersOf = (object, event) =>
  Object.prototype.hasOwnProperty.call(object, listenerKey(event)) ? object[listenerKey(event)] : undefined;

function hideProperty(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
}

function checkEmitter(object, event) {
  if (object === null || (typeof object !== 'object' && typeof object !== 'function'))
    throw new TypeError('Parent must be an object - not a String, Integer, etc');
  if (typeof event !== 'string') throw new TypeError('First argument must be String');
}

function on(event, listener) {
  checkEmitter(this, event);
  if (typeof listener !== 'function' && typeof listener !== 'string')
    throw new TypeError('Second argument must be a function or a String');
  const now = listenersOf(this, event);
  hideProperty(this, listenerKey(event), now === undefined ? listener : [].concat(now, [listener]));
  if (event === 'data') replayData(this);
}

function emit(event, ...args) {
  checkEmitter(this, event);
  if (args.length > 4) throw new TypeError('Too many arguments (>4)');
  const listeners = listenersOf(this, event);
  if (listeners !== undefined) native.queue(listeners, this, args);
}

function removeListener(event, listener) {
  checkEmitter(this, event);
  const left = [].concat(listenersOf(this, event) ?? []).filter(one => one !== listener);
  if (left.length) hideProperty(this, listenerKey(event), left.length === 1 ? left[0] : left);
  else delete this[listenerKey(event)];
}

function removeAllListeners(event) {
  if (event !== undefined) {
    delete this[listenerKey(event)];
    return;
  }
  for (const name of Object.getOwnPropertyNames(this)) if (name.startsWith('#on')) delete this[name];
}

for (const method of [on, emit, removeListener, removeAllListeners])
  hideProperty(Object.prototype, method.name, method);

// Calls a function, evaluates a string, or does so for each of a list; reports what is thrown.
native.invoke = function invoke(what, self, args) {
  if (Array.isArray(what)) {
    for (const one of what.slice()) native.invoke(one, self, args);
  } else if (typeof what === 'function') {
    try {
      what.apply(self, args ?? []);
    } catch (error) {
      native.uncaught(error);
    }
  } else {
    native.evaluate(String(what));
  }
};
native.queueCall = (callback, self, a, b) =>
  native.queue(callback, self, b !== undefined ? [a, b] : a !== undefined ? [a] : []);

// XS words its errors its own way; the common ones are put as Espruino puts them.
function wording(text) {
  return text
    .replace(/^ReferenceError: (?:get|set|call|delete) (\S+): undefined variable$/, 'ReferenceError: "$1" is not defined')
    .replace(/^TypeError: (?:get|set|call) ([^:]+): const$/, 'TypeError: Assignment to a constant')
    .replace(/^TypeError: call (?:\S*\.)?([^.:]+): (?:no|not a) function$/, 'Error: Function "$1" not found!')
    .replace(/^TypeError: (?:get|call) (\S+): (undefined|null).*$/, "Error: Can't read property '$1' of $2");
}

// One line for every frame of the program. XS keeps function names, no line numbers; the frames of the
// prelude's own callers are left out.
const OWN_FRAMES = ['invoke', 'apply', 'call', 'eval', 'evaluate', 'packet', 'evaluatePacket', 'eventPacket', 'trace', 'backtrace', 'debug'];
function traceOf(error) {
  if (!(error instanceof Error)) return '';
  let lines = '';
  for (const line of String(error.stack).split('\n').slice(1)) {
    const [, name] = /^ at (?:(.*) )?\(/.exec(line) ?? [];
    if (!OWN_FRAMES.includes(name)) lines += '    at ' + (name ?? 'REPL') + '\n';
  }
  return lines;
}

const errorText = error => (error instanceof Error ? wording(String(error)) : String(error));

native.uncaught = function uncaught(error, fromPacket) {
  const handlers = listenersOf(process, 'uncaughtException');
  if (handlers !== undefined) {
    for (const handler of [].concat(handlers)) handler.call(process, error);
    return;
  }
  native.write('Uncaught ' + errorText(error) + '\n' + (fromPacket ? traceOf(error).replace(/ {4}at REPL\n$/, '') : traceOf(error)));
};
native.rejected = reason => {
  const error = new Error('Unhandled promise rejection: ' + errorText(reason));
  hideProperty(error, 'stack', ''); // its place says nothing
  native.uncaught(error);
};
native.backtrace = function backtrace(unused, brief) {
  native.write(brief ? ':1:1   \n       ^\n' : traceOf(new Error('')));
};
