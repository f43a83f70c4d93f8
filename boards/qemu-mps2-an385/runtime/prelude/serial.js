// serial.js (prelude): Serial1 and Serial2.
//
// Received bytes come as "data" events with one string of codes 0..255; without a listener up to 512 of
// them wait for read(). Output is never lost while the host reads.
// API: Espruino reference, class Serial.

const STREAM_LIMIT = 512;
const streams = [];

function pushData(stream, bytes) {
  const listeners = listenersOf(stream.serial, 'data');
  if (listeners !== undefined) native.queue(listeners, stream.serial, [bytes]);
  else if (stream.buffer.length + bytes.length > STREAM_LIMIT) native.raiseErrorFlag(2);
  else stream.buffer += bytes;
}

// The first "data" listener gets what came before it.
function replayData(object) { // oxlint-disable-line no-unused-vars -- used by events.js
  const stream = streams.find(one => one.serial === object);
  if (!stream || !stream.buffer) return;
  const bytes = stream.buffer;
  stream.buffer = '';
  pushData(stream, bytes);
}
native.serialData = (bytes, port) => pushData(streams[port], bytes);

const streamOf = serial => {
  const stream = streams.find(one => one.serial === serial);
  if (!stream) throw new Error('Not a Serial port');
  return stream;
};
const serialPort = device => {
  const port = streams.findIndex(one => one.serial === device);
  return port < 0 ? undefined : port;
};
const deviceName = value => { // oxlint-disable-line no-unused-vars -- used by print.js
  const port = serialPort(value);
  return port === undefined ? undefined : 'Serial' + (port + 1);
};
const textOf = value => (typeof value === 'string' ? value : typeof value === 'object' ? inspect(value, PRINT_STYLE) : String(value));

class Serial {
  setup(baud, options) {
    hideProperty(this, 'options', { baud, options });
  }
  unsetup() {}
  write(...data) {
    native.serialWrite(streamOf(this).port, data.length === 1 ? data[0] : flattenAll(data));
  }
  print(value) {
    native.serialWrite(streamOf(this).port, textOf(value));
  }
  println(value) {
    native.serialWrite(streamOf(this).port, textOf(value ?? '') + '\r\n');
  }
  available() {
    return streamOf(this).buffer.length;
  }
  read(count) {
    const stream = streamOf(this);
    const taken = stream.buffer.slice(0, count || stream.buffer.length);
    stream.buffer = stream.buffer.slice(taken.length);
    return taken;
  }
  inject(...data) {
    pushData(streamOf(this), flattenAll(data));
  }
  flush() {}
  setConsole() {
    native.setConsole(streamOf(this).port);
  }
}
hideProperty(global, 'Serial', Serial);
for (let port = 0; port < 2; port++) {
  const serial = new Serial();
  streams.push({ port, serial, buffer: '' });
  hideProperty(global, 'Serial' + (port + 1), serial);
}
