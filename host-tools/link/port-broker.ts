/**
 * Several commands on one port: the switchboard in the process that has the port open.
 *
 * Idea: every member sends plain SMP serial bytes, as if the port were its own. The broker takes packets out of each
 * member's stream, gives them a sequence number that is free on the line, and gives the answer back to the member that
 * asked, under the member's own number; a member's repeat of a request keeps its number, so the tile still recognises
 * it as a repeat. Console text from the tile goes to all; text from a member goes to the tile. A member may hold the
 * line alone ("raw", for the console's own protocols): then bytes pass both ways untouched, and the others hear nothing.
 */
import { SmpDemux, smpLines } from "../../firmware/wire/smp-frame.ts";
import { smpHeader } from "../../firmware/wire/smp-header.ts";
import type { ByteStream } from "./byte-stream.ts";
import { fromByteString, nodeNative, toByteString } from "./latin1.ts";

interface Member {
  stream: ByteStream;
  raw: boolean;
  demux: SmpDemux;
}

interface Route {
  member: Member;
  /** The member's own header bytes 4..7 and op: what makes a repeat. */
  key: string;
  memberSequence: number;
  usedMs: number;
}

/** How long an unanswered number stays taken. */
const ROUTE_MS = 60_000;
const MAX_PACKET_BYTES = 16_384;

export class PortBroker {
  private readonly port: ByteStream;
  private readonly members = new Set<Member>();
  private readonly routes = new Map<number, Route>();
  private readonly demux = new SmpDemux(nodeNative, MAX_PACKET_BYTES, MAX_PACKET_BYTES);
  private sequence = Math.floor(Math.random() * 256);
  private readonly onEmpty: () => void;

  /** `onEmpty` is called when the last member has left. */
  constructor(port: ByteStream, onEmpty: () => void = () => {}) {
    this.port = port;
    this.onEmpty = onEmpty;
    port.onData((bytes) => this.fromPort(bytes));
    port.onClose(() => {
      for (const member of [...this.members]) void member.stream.close();
    });
  }

  get memberCount(): number {
    return this.members.size;
  }

  /** True while a member holds the line alone. */
  get isRaw(): boolean {
    return [...this.members].some((m) => m.raw);
  }

  /** Adds a member: what it writes goes to the port, what it may read is written to it. False when the line is held alone and `raw` is asked. */
  join(stream: ByteStream, raw: boolean): boolean {
    if (raw && this.isRaw) return false;
    const member: Member = { stream, raw, demux: new SmpDemux(nodeNative, MAX_PACKET_BYTES, MAX_PACKET_BYTES) };
    this.members.add(member);
    stream.onData((bytes) => this.fromMember(member, bytes));
    stream.onClose(() => {
      this.members.delete(member);
      for (const [sequence, route] of this.routes) if (route.member === member) this.routes.delete(sequence);
      if (this.members.size === 0) this.onEmpty();
    });
    return true;
  }

  private fromMember(member: Member, bytes: Uint8Array): void {
    if (member.raw) return this.toPort(bytes);
    if (this.isRaw) return; // it will repeat when the line is free again
    const packets = member.demux.push(toByteString(bytes));
    const { text } = member.demux;
    member.demux.text = "";
    if (text !== "") this.toPort(fromByteString(text));
    for (const packet of packets) {
      const header = smpHeader(packet);
      if (!header) continue;
      const key = packet.charAt(0) + packet.substring(4, 8);
      const sequence = this.sequenceFor(member, key, header.q);
      this.toPort(fromByteString(smpLines(renumber(packet, sequence), nodeNative)));
    }
  }

  private fromPort(bytes: Uint8Array): void {
    const holder = [...this.members].find((m) => m.raw);
    if (holder) return void holder.stream.write(bytes).catch(() => undefined);
    const packets = this.demux.push(toByteString(bytes));
    const { text } = this.demux;
    this.demux.text = "";
    if (text !== "") for (const member of this.members) member.stream.write(fromByteString(text)).catch(() => undefined);
    for (const packet of packets) {
      const header = smpHeader(packet);
      const route = header && this.routes.get(header.q);
      // The route stays for a while: the answer to a repeat has the same number and belongs to the same member.
      if (!route || route.key.substring(1, 3) !== packet.substring(4, 6) || route.key.charAt(4) !== packet.charAt(7)) continue;
      route.member.stream.write(fromByteString(smpLines(renumber(packet, route.memberSequence), nodeNative))).catch(() => undefined);
    }
  }

  private sequenceFor(member: Member, key: string, memberSequence: number): number {
    const now = performance.now();
    for (const [sequence, route] of this.routes) {
      if (route.member === member && route.key === key) {
        route.usedMs = now;
        return sequence;
      }
      if (now - route.usedMs > ROUTE_MS) this.routes.delete(sequence);
    }
    if (this.routes.size >= 200) {
      const [oldest] = [...this.routes].sort((a, b) => a[1].usedMs - b[1].usedMs);
      if (oldest) this.routes.delete(oldest[0]);
    }
    while (this.routes.has(this.sequence)) this.sequence = (this.sequence + 1) & 255;
    const chosen = this.sequence;
    this.sequence = (this.sequence + 1) & 255;
    this.routes.set(chosen, { member, key, memberSequence, usedMs: now });
    return chosen;
  }

  private toPort(bytes: Uint8Array): void {
    if (this.port.isOpen) this.port.write(bytes).catch(() => undefined);
  }
}

function renumber(packet: string, sequence: number): string {
  return packet.substring(0, 6) + String.fromCharCode(sequence) + packet.substring(7);
}
