/**
 * The SMP serial transport: packets as lines of base64 on a UART that also carries console text.
 *
 * Idea: a packet is prefixed with its length (big-endian, counting the CRC), followed by its CRC-16/XMODEM, cut into
 * pieces, and each piece sent as one line of at most 127 bytes: marker (06 09 for the first, 04 14 for the others),
 * base64, newline. Everything that is not such a line is text for people. The receiver works on whole lines with native
 * string functions, never byte by byte; whatever does not add up is dropped and counted, and the sender tries again.
 * A marker also ends the line before it, so a lost newline costs one packet, not two.
 * Standard: Zephyr SMP transport specification, "UART/serial and console"; mcumgr transport/smp-console.
 */
import { crc16 } from "./crc16.ts";
import type { WireNative } from "./native.ts";

/** Limits of the transport. */
export const enum SmpLine {
  /** Base64 characters in a line: 127 less marker and newline, a multiple of 4. */
  Base64 = 124,
  /** Length and CRC: what a packet grows by before base64. */
  Extra = 4,
}

/** A frame's two marker bytes; spelled out at run time because shipped code is printable ASCII. */
function marker(first: number, second: number): string {
  return String.fromCharCode(first, second);
}

/**
 * Turns a packet into the lines to send, newlines included.
 * The CRC is never torn over two lines (some receivers look for it in the last one), so a packet that would leave a
 * single byte for the last line is cut a little shorter.
 */
export function smpLines(packet: string, native: WireNative): string {
  const n = packet.length + 2;
  const crc = crc16(native.bytes(packet));
  const body = native.btoa(String.fromCharCode(n >> 8, n & 255) + packet + String.fromCharCode(crc >> 8, crc & 255));
  const step = (n + 2) % 93 === 1 ? SmpLine.Base64 - 4 : SmpLine.Base64;
  let out = marker(6, 9) + body.substring(0, step) + "\n";
  for (let at = step; at < body.length; at += step) out += marker(4, 20) + body.substring(at, at + step) + "\n";
  return out;
}

/** Splits what arrives on the line into SMP packets and console text. Memory is bounded by the largest packet. */
export class SmpDemux {
  /** Console text since it was last taken; the owner takes it (reads and sets to "") after each push. */
  text: string;
  /** Lines and packets that had to be dropped: bad base64 length, missing pieces, wrong CRC, too long. */
  dropped: number;
  private _native: WireNative;
  private _max: number;
  private _checked: number;
  private _rest: string;
  private _packet: string;
  private _need: number;

  /**
   * `maxPacket`: largest packet accepted, in bytes with its header (the tile's buf_size).
   * `checkedBytes`: packets up to this size have their CRC checked; a slow board leaves longer ones to the digests
   * that decide over them (header length and packet length are compared in any case).
   */
  constructor(native: WireNative, maxPacket: number, checkedBytes: number) {
    this.text = "";
    this.dropped = 0;
    this._native = native;
    this._max = maxPacket;
    this._checked = checkedBytes;
    this._rest = "";
    this._packet = "";
    this._need = 0;
  }

  /** Takes the next bytes from the line and returns the packets they complete, oldest first. */
  push(bytes: string): string[] {
    const packets: string[] = [];
    const opening = marker(6, 9);
    const continuing = marker(4, 20);
    let b = this._rest + bytes;
    let more = true;
    while (more) {
      // Text up to the next marker; a last byte that may be half a marker waits.
      let at = b.indexOf(opening);
      const other = b.indexOf(continuing);
      if (other >= 0 && (at < 0 || other < at)) at = other;
      if (at < 0) {
        const last = b.charCodeAt(b.length - 1);
        const keep = last === 6 || last === 4 ? 1 : 0;
        this.text += b.substring(0, b.length - keep);
        b = b.substring(b.length - keep);
        more = false;
      } else {
        this.text += b.substring(0, at);
        b = b.substring(at);
        // The line ends at its newline or at the next marker, whichever comes first.
        let end = b.indexOf("\n");
        const next = b.indexOf(opening, 2);
        const next2 = b.indexOf(continuing, 2);
        if (next >= 0 && (end < 0 || next < end)) end = next;
        if (next2 >= 0 && (end < 0 || next2 < end)) end = next2;
        if (end >= 0) {
          const packet = this._line(b.charCodeAt(0), b.substring(2, b.charCodeAt(end - 1) === 13 ? end - 1 : end));
          if (packet !== "") packets.push(packet);
          b = b.substring(b.charCodeAt(end) === 10 ? end + 1 : end);
        } else if (b.length > this._max + (this._max >> 1) + 16) {
          // No end in sight: not a frame. Drop the marker and give the rest back as text.
          this.dropped++;
          b = b.substring(2);
        } else more = false;
      }
    }
    this._rest = b;
    return packets;
  }

  /** One frame without marker and newline; returns the packet it completes, or "". */
  private _line(marker: number, base64: string): string {
    let ok = base64.length > 3 && base64.length % 4 === 0;
    let done = "";
    if (ok) {
      const piece = this._native.atob(base64);
      if (marker === 6) {
        this._need = (piece.charCodeAt(0) << 8) | piece.charCodeAt(1);
        this._packet = piece.substring(2);
        ok = this._need >= 10 && this._need <= this._max + 2;
      } else {
        ok = this._need > 0;
        if (ok) this._packet += piece;
      }
      const p = this._packet;
      if (ok && p.length >= this._need) {
        done = p.substring(0, p.length - 2);
        ok =
          p.length === this._need &&
          ((p.charCodeAt(2) << 8) | p.charCodeAt(3)) === done.length - 8 &&
          (done.length > this._checked || crc16(this._native.bytes(p)) === 0);
        this._need = 0;
        this._packet = "";
      }
    }
    if (ok) return done;
    this.dropped++;
    this._need = 0;
    this._packet = "";
    return "";
  }
}
