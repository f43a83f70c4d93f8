/*
 * storage.js - the parts of require("Storage") that are easier said in JavaScript than in C
 * (js_storage.c has the rest): patterns, JSON, StorageFile objects.
 */
{
  const CHUNK = 64; // flag of a piece of a StorageFile
  const Storage = modules.Storage;

  function* files() {
    const flat = native.storageFiles();
    for (let i = 0; i < flat.length; i += 3) yield { name: flat[i], isLog: flat[i + 1] === CHUNK, addr: flat[i + 2] };
  }

  // filter.sf: true = only StorageFiles (under their own name), false = none, else all first chunks
  Storage.list = function (regex, filter) {
    const sf = filter && typeof filter === "object" ? filter.sf : undefined;
    const names = [];
    for (const file of files()) {
      let name = file.name;
      if (file.isLog) {
        if (sf === false || name[name.length - 1] !== "\x01") continue;
        if (sf) name = name.slice(0, -1);
      } else if (sf) continue;
      if (regex === undefined || name.match(regex)) names.push(name);
    }
    return names;
  };

  // Place and name of every plain file: changes whenever one is written or moved.
  Storage.hash = function (regex) {
    let hash = 0xabcddcba | 0;
    for (const file of files())
      if (!file.isLog && (regex === undefined || file.name.match(regex)))
        hash = ((hash << 1) | (hash >>> 31)) ^ file.addr ^ E.CRC32(file.name);
    return hash;
  };

  // Objects become JSON; strings, numbers, arrays and buffers are bytes.
  Storage.write = function (name, data, offset, size) {
    const isObject = data !== null && typeof data === "object" && !Array.isArray(data) && !ArrayBuffer.isView(data) && !(data instanceof ArrayBuffer);
    if (!isObject) return native.storageWrite(name, data, offset, size);
    return native.storageWrite(name, escapeHigh(JSON.stringify(data)));
  };
  function escapeHigh(json) {
    return json.replace(/[\x7f-\uffff]/g, (c) => "\\u" + (0x10000 + c.charCodeAt(0)).toString(16).slice(1));
  }

  // Espruino writes its compact form here, not standard JSON: {a:"\xFC",b:[1]}
  Storage.writeJSON = function (name, data) {
    const plain = JSON.stringify(data, (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value));
    return native.storageWrite(name, plain === undefined ? "" : E.toJS(JSON.parse(plain)));
  };

  Storage.readJSON = function (name, noExceptions) {
    const text = Storage.read(name);
    if (text === undefined) return undefined;
    try {
      return parseLiberal(text);
    } catch (error) {
      if (noExceptions) return undefined;
      throw error;
    }
  };
  // JSON, and what writeJSON writes: bare keys, \x and octal escapes, single quotes.
  function parseLiberal(text) {
    const token = /\s*(?:([{}[\],:])|"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|(-?(?:0x[\da-f]+|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+))|([\w$]+))\s*/giy;
    let at;
    function next() {
      at = token.lastIndex;
      const match = token.exec(text);
      if (!match) throw new SyntaxError("Expecting valid value, got " + (at < text.length ? JSON.stringify(text[at]) : "EOF"));
      return match;
    }
    function peekIs(mark) {
      const from = token.lastIndex, match = token.exec(text);
      if (match && match[1] === mark) return true;
      token.lastIndex = from;
      return false;
    }
    function expect(mark) {
      if (!peekIs(mark)) throw new SyntaxError("Expected " + mark + " at position " + token.lastIndex);
    }
    function value() {
      const [, mark, double, single, number, word] = next();
      if (double !== undefined) return unescape(double);
      if (single !== undefined) return unescape(single);
      if (number !== undefined) return number[0] === "-" ? -Number(number.slice(1)) : Number(number);
      if (word === "true" || word === "false") return word === "true";
      if (word === "null") return null;
      if (word === "undefined") return undefined;
      if (mark === "[") {
        const list = [];
        while (!peekIs("]")) {
          list.push(value());
          if (!peekIs(",")) { expect("]"); break; }
        }
        return list;
      }
      if (mark === "{") {
        const object = {};
        while (!peekIs("}")) {
          const key = next();
          const name = key[2] !== undefined ? unescape(key[2]) : key[3] !== undefined ? unescape(key[3]) : key[5] || key[4];
          if (name === undefined) throw new SyntaxError("Expecting a field name at position " + at);
          expect(":");
          object[name] = value();
          if (!peekIs(",")) { expect("}"); break; }
        }
        return object;
      }
      throw new SyntaxError("Expecting valid value, got " + (word !== undefined ? "ID" : mark));
    }
    const result = value();
    return result;
  }
  const LETTERS = { b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r", a: "\x07" };
  function unescape(text) {
    return text.replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|([0-7]{1,3})|([^]))/gi, (all, x, u, octal, char) => {
      if (x || u) return String.fromCharCode(parseInt(x || u, 16));
      if (octal) return String.fromCharCode(parseInt(octal, 8) & 255);
      return LETTERS[char] || char;
    });
  }

  // ---- StorageFile: an append-only log in numbered files ("log\1", "log\2" ...) of one page each.
  // The first 0xff byte is its end. What a program sees of it (name, chunk, offset, mode) is all its state.

  const LAST_CHUNK = 255, PIECE = 64;
  const flash = modules.Flash;

  const chunkName = (file, number) => file.name.slice(0, 27) + String.fromCharCode(number);
  function chunkOf(file, number) {
    const found = native.storageFind(chunkName(file, number));
    return found && { addr: found[0], size: found[1] };
  }
  // Goes to the end of the log; returns its length.
  function seekEnd(file) {
    let length = 0, chunk;
    file.chunk = 1;
    while ((chunk = chunkOf(file, file.chunk)) && file.chunk < LAST_CHUNK && flash.read(1, chunk.addr + chunk.size - 1)[0] !== 255) {
      length += chunk.size;
      file.chunk++;
    }
    const end = chunk ? flash.read(chunk.size, chunk.addr).indexOf(255) : 0;
    file.offset = end < 0 ? chunk.size : end;
    return length + file.offset;
  }
  function addChunk(file, number, text) {
    file.mode = 0; // no more writing if this fails
    const pageBytes = flash.getPage(flash.getFree()[0].addr).length;
    native.storageWrite(chunkName(file, number), text, 0, Math.min(pageBytes, 4096) - 32, CHUNK);
    file.mode = "a".charCodeAt(0);
    file.chunk = number;
    file.offset = text.length;
  }
  function take(file, most, oneLine) {
    if (file.mode !== "r".charCodeAt(0)) throw new Error("Can't read in this mode");
    let text = "", chunk = chunkOf(file, file.chunk);
    while (chunk && text.length < most) {
      if (file.offset >= chunk.size) {
        file.offset = 0;
        chunk = file.chunk < LAST_CHUNK ? chunkOf(file, ++file.chunk) : undefined;
        continue;
      }
      const piece = flash.read(Math.min(PIECE, most - text.length, chunk.size - file.offset), chunk.addr + file.offset);
      const end = piece.indexOf(255), line = oneLine ? piece.indexOf(10) : -1;
      const lineEnds = line >= 0 && (end < 0 || line < end);
      const count = lineEnds ? line + 1 : end >= 0 ? end : piece.length;
      text += E.toString(piece.subarray(0, count));
      file.offset += count;
      if (lineEnds || end >= 0) break;
    }
    return text || undefined;
  }

  class StorageFile {}
  const methods = {
    read(length) { return take(this, length > 0 ? length : 0, false); },
    readLine() { return take(this, Infinity, true); },
    write(data) {
      const appending = this.mode === "w".charCodeAt(0) || this.mode === "a".charCodeAt(0);
      if (!appending) throw new Error("Can't write in this mode");
      const text = String(data), mode = this.mode;
      if (!text) return;
      const chunk = chunkOf(this, this.chunk);
      if (chunk) {
        const part = text.slice(0, chunk.size - this.offset);
        flash.write(part, chunk.addr + this.offset);
        this.offset += part.length;
        if (this.offset < chunk.size) return;
        if (this.chunk === LAST_CHUNK) throw new Error("File too big!");
        addChunk(this, this.chunk + 1, text.slice(part.length));
      } else addChunk(this, this.chunk, text);
      this.mode = mode;
    },
    getLength() { return seekEnd({ name: this.name }); },
    erase() {
      for (let chunk = 1; chunk <= LAST_CHUNK && chunkOf(this, chunk); chunk++) Storage.erase(chunkName(this, chunk));
      this.chunk = 1;
      this.offset = 0;
      this.mode = 0;
    },
    pipe(destination, options) {
      const size = (options && options.chunkSize) || 32;
      for (let part; (part = this.read(size)) !== undefined;) destination.write(part);
      if ((!options || options.end !== false) && destination.end) destination.end();
      if (options && options.complete) options.complete();
    },
  };
  for (const name in methods) hideProperty(StorageFile.prototype, name, methods[name]);
  hideProperty(global, "StorageFile", StorageFile);

  Storage.open = function (name, mode) {
    if (mode !== "r" && mode !== "w" && mode !== "a") throw new Error("Invalid mode " + JSON.stringify(mode));
    const file = new StorageFile();
    file.name = String(name).slice(0, 28);
    file.chunk = 1;
    file.offset = 0;
    if (mode === "w") file.erase();
    if (mode === "a") seekEnd(file);
    file.mode = mode.charCodeAt(0);
    return file;
  };
}
