// packets.js (prelude): what the binary packets mean; packets.c frames them.
//
// Standard: Espruino README_Protocol.md "Packet Transfer". Replies follow Espruino 2v29: ACK or NAK, and for
// EVAL and FILE_RECV packets of our own.

const ACK = '\x06', NAK = '\x15';
const RESPONSE = 0, EVAL = 1, EVENT = 2, FILE_SEND = 3, DATA = 4, FILE_RECV = 5;
const RECEIVE_CHUNK = 1024, FILE_TIMEOUT_MS = 10000;
let file, fileTimeout;

function reply(type, data) {
  const header = (type << 13) | data.length;
  native.raw('\x10\x01' + String.fromCharCode(header >> 8, header & 255) + data);
}

// JSON whose keys may lack quotes; undefined when it is not that.
function liberalJSON(text) {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(text.replace(/([{,]\s*)([A-Za-z_$][\w$]*)\s*:/g, '$1"$2":'));
    } catch {
      native.write(''); // like an error message, it takes the prompt away
      return undefined;
    }
  }
}

function closeFile() {
  file = undefined;
  if (fileTimeout !== undefined) clearTimeout(fileTimeout);
  fileTimeout = undefined;
}
function keepFile() {
  if (fileTimeout !== undefined) clearTimeout(fileTimeout);
  fileTimeout = setTimeout(closeFile, FILE_TIMEOUT_MS);
}

function evaluatePacket(code) {
  let value;
  try {
    value = (0, eval)('(' + code + '\n)'); // oxlint-disable-line no-eval -- that is what an EVAL packet asks for
  } catch (error) {
    native.write(''); // takes the prompt away
    native.raw(NAK);
    native.uncaught(error, true);
    return;
  }
  native.raw(ACK);
  reply(RESPONSE, native.bytes(toJS(value)).slice(0, 8191));
}

function eventPacket(text) {
  const event = liberalJSON(text);
  const listeners = event && typeof event === 'object' ? listenersOf(E, 'packet') : undefined;
  if (listeners !== undefined) native.invoke(listeners, E, [event]);
  return listeners !== undefined;
}

function startFile(text) {
  closeFile();
  const wanted = liberalJSON(text);
  if (!wanted || typeof wanted.fn !== 'string' || !(wanted.s > 0) || wanted.fs) return false;
  file = { name: wanted.fn, size: wanted.s, compressed: wanted.c, offset: 0 };
  keepFile();
  return true;
}

function dataPacket(data) {
  if (!file) return false;
  const bytes = file.compressed ? native.bytes(modules.heatshrink.decompress(data)) : data;
  let ok = true;
  try {
    ok = modules.Storage.write(file.name, bytes, file.offset, file.size);
  } catch {
    ok = false;
  }
  file.offset += bytes.length;
  const progress = { l: data.length, o: file.offset, s: file.size, fn: file.name };
  if (file.offset >= file.size) closeFile();
  else keepFile();
  E.emit('packetUpload', progress);
  return ok;
}

function sendFile(text) {
  const wanted = liberalJSON(text);
  const bytes = typeof wanted?.fn === 'string' && !wanted.fs ? modules.Storage.read(wanted.fn) : undefined;
  if (bytes === undefined) {
    native.raw(NAK);
    return;
  }
  native.raw(ACK);
  for (let at = 0; at < bytes.length; at += RECEIVE_CHUNK) reply(DATA, bytes.slice(at, at + RECEIVE_CHUNK));
  reply(DATA, '');
}

native.packet = function packet(data, type) {
  if (type === EVAL) evaluatePacket(data);
  else if (type === FILE_RECV) sendFile(data);
  else {
    const accept = { [EVENT]: eventPacket, [FILE_SEND]: startFile, [DATA]: dataPacket }[type];
    native.raw(accept && accept(data) ? ACK : NAK);
  }
};
