// SMP group 8: files in the board's Storage. Wire: fs-api.ts.
//
// A write never lets Storage compact itself (it would erase pages with the data only in RAM): without room for the whole file it is refused.

import type { EspruinoApi, EspruinoSha, EspruinoStorage } from "../../hal/espruino.ts";
import { Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { CborBytes, cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap, CborValue } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpRc } from "../wire/smp-header.ts";
import { FsCommand } from "./fs-api.ts";

const enum Room {
  /** Header of a file and alignment in Storage. */
  FileBytes = 64,
  /** Keys and heads around a piece in its reply. */
  ReplyBytes = 48,
}

/** The handler of the fs task. `replyBytes`: largest reply. */
export function createFsServer(gate: Gate, api: EspruinoApi, replyBytes: number): Handler {
  const storage = api.require("Storage") as EspruinoStorage;
  /** The file being written and the offset it needs next. */
  let writing = "";
  let next = 0;
  let total = 0;

  // A size in a request: 0 when absent, -1 when it is none.
  function amount(value: CborValue | undefined): number {
    return value === undefined ? 0 : typeof value === "number" && value >= 0 ? value : -1;
  }

  function write(name: string, off: number, length: number, data: CborValue | undefined): number {
    if (typeof data !== "string") return SmpRc.InvalidValue;
    if (!off) {
      if (length < data.length || !data) return SmpRc.InvalidValue;
      if (storage.getFree() < length + Room.FileBytes) return SmpRc.NoMemory;
      writing = name;
      total = length;
      next = 0;
    } else if (name !== writing) return SmpRc.BadState;
    // Another offset than the wanted one: tell the client, change nothing.
    if (off !== next) return SmpRc.Ok;
    if (off + data.length > total) return SmpRc.InvalidValue;
    if (!storage.write(name, data, off, off ? 0 : total)) return SmpRc.Unknown;
    next += data.length;
    return SmpRc.Ok;
  }

  function hash(file: string, off: number, length: number, type: CborValue | undefined, reply: CborMap): number {
    const part = file.substring(off, length ? off + length : file.length);
    if (type === undefined) type = "crc32";
    reply["type"] = type;
    reply["len"] = part.length;
    if (type === "crc32") reply["output"] = api.E.CRC32(part) >>> 0;
    else if (type === "sha256") {
      try {
        reply["output"] = new CborBytes(api.E.toString((api.require("crypto") as EspruinoSha).SHA256(part)) as string);
      } catch (e) {
        return SmpRc.NotSupported;
      }
    } else return SmpRc.InvalidValue;
    return SmpRc.Ok;
  }

  return function (event, badge, label, a, b, data) {
    if (event !== Event.Message) return;
    const r = (cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined) || {};
    const name = r["name"];
    const off = amount(r["off"]);
    const length = amount(r["len"]);
    const reply: CborMap = {};
    let rc: number = SmpRc.Ok;
    if (label > FsCommand.Hash * 2) rc = SmpRc.NotSupported;
    else if (typeof name !== "string" || !name || name.length > 28 || off < 0 || length < 0) rc = SmpRc.InvalidValue;
    else if (name[0] === "." || name.substring(0, 2) === "g.") rc = SmpRc.AccessDenied;
    else if (label === FsCommand.File * 2 + 1) {
      rc = write(name, off, length, r["data"]);
      reply["off"] = next;
    } else {
      const file = storage.read(name, 0, 0);
      if (file === undefined) rc = SmpRc.NoEntry;
      else if (label === FsCommand.Status * 2) reply["len"] = file.length;
      else if (label === FsCommand.Hash * 2) rc = hash(file, off, length, r["type"], reply);
      else if (label === FsCommand.File * 2) {
        const wanted = amount(r["n"]);
        const most = wanted ? Math.min(wanted, replyBytes - Room.ReplyBytes) : replyBytes - Room.ReplyBytes;
        if (most < 0) rc = SmpRc.InvalidValue;
        reply["off"] = off;
        reply["data"] = new CborBytes(file.substring(off, off + most));
        if (!off) reply["len"] = file.length;
      } else rc = SmpRc.NotSupported;
    }
    gate(Op.Reply, 0, rc, 0, 0, rc ? "" : (cborEncode(reply) as string));
  };
}
