/**
 * The 8-byte SMP header, and the numbers that go into it.
 *
 * Layout (big-endian): byte 0 = reserved(3) | version(2) | op(3); 1 = flags (0); 2..3 = length of the CBOR body;
 * 4..5 = group; 6 = sequence number; 7 = command id. A reply repeats group, sequence and id and adds 1 to the op.
 * Version 0 is SMP v1 (errors as `rc`), version 1 is SMP v2 (errors as `err: {group, rc}`).
 * Standard: Zephyr SMP protocol specification, "SMP Frame".
 */

/** Operation codes. */
export const enum SmpOp {
  Read = 0,
  ReadReply = 1,
  Write = 2,
  WriteReply = 3,
}

/** Groups: those of mcumgr, and our own from 64 up. */
export const enum SmpGroup {
  Os = 0,
  Image = 1,
  Stat = 2,
  Settings = 3,
  Fs = 8,
  Shell = 9,
  Enumeration = 10,
  Telemetry = 64,
  Health = 65,
  Capability = 66,
  Sensor = 67,
  Detector = 68,
  Identity = 69,
  Neighbor = 70,
}

/** Group-independent results (`rc`), the numbers of Zephyr's MGMT_ERR_*. */
export const enum SmpRc {
  Ok = 0,
  Unknown = 1,
  NoMemory = 2,
  InvalidValue = 3,
  Timeout = 4,
  NoEntry = 5,
  BadState = 6,
  ResponseTooLong = 7,
  NotSupported = 8,
  Corrupt = 9,
  Busy = 10,
  AccessDenied = 11,
}

/** A packet's header, taken apart: `op`, `v` version bits, `g` group, `q` sequence, `i` command id, `n` body length. */
export interface SmpHeader {
  op: number;
  v: number;
  g: number;
  q: number;
  i: number;
  n: number;
}

/** Builds a whole packet: header (flags 0) and `body`, which is one CBOR map. */
export function smpPacket(op: number, version: number, group: number, sequence: number, id: number, body: string): string {
  return String.fromCharCode((version << 3) | op, 0, body.length >> 8, body.length & 255, group >> 8, group & 255, sequence, id) + body;
}

/** Reads the header; undefined when the packet is shorter than a header or its length field does not match its length. */
export function smpHeader(packet: string): SmpHeader | undefined {
  const h = {
    op: packet.charCodeAt(0) & 7,
    v: (packet.charCodeAt(0) >> 3) & 3,
    g: (packet.charCodeAt(4) << 8) | packet.charCodeAt(5),
    q: packet.charCodeAt(6),
    i: packet.charCodeAt(7),
    n: (packet.charCodeAt(2) << 8) | packet.charCodeAt(3),
  };
  return packet.length === h.n + 8 ? h : undefined;
}
