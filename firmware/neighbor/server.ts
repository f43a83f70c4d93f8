// The neighbor service: hellos out, hellos in, over a UART that this task owns; group 70. Wire: api.ts.

import { Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import type { Uart } from "../../hal/port/uart.ts";
import { uartSend, uartTake } from "../../hal/port/uart.ts";
import { cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import type { WireNative } from "../wire/native.ts";
import { SmpDemux, smpLines } from "../wire/smp-frame.ts";
import { SmpGroup, smpHeader, SmpOp, smpPacket, SmpRc } from "../wire/smp-header.ts";
import { NeighborCommand, NeighborLimit } from "./api.ts";

export interface NeighborDeps {
  native: WireNative;
  uart: Uart;
  /** Of this tile. */
  id: string;
}

/** The handler of the neighbor task. Its notification means: bytes have arrived on the UART. */
export function createNeighborServer(gate: Gate, deps: NeighborDeps): Handler {
  const demux = new SmpDemux(deps.native, NeighborLimit.PacketBytes, NeighborLimit.PacketBytes);
  let everyS = NeighborLimit.HelloS as number;
  let sent = 0;
  // The neighbor: its id, its last number, what was heard of it.
  let id = "";
  let last = 0;
  let heard = 0;
  let lost = 0;
  let restarts = 0;
  let heardUs = 0;

  function hello(nowUs: number): void {
    sent++;
    uartSend(deps.uart, smpLines(smpPacket(SmpOp.Write, 1, SmpGroup.Neighbor, sent & 255, NeighborCommand.Hello, cborEncode({ id: deps.id, n: sent }) as string), deps.native));
    gate(Op.SetTimer, 0, 0, nowUs + everyS * 1000000, 0, "");
  }

  // A packet from the wire. Anything but a sound hello is no concern of ours. Returns whether its sender is new here.
  function hear(packet: string, nowUs: number): boolean {
    const h = smpHeader(packet);
    const r = h && h.op === SmpOp.Write && h.g === SmpGroup.Neighbor && h.i === NeighborCommand.Hello ? (cborDecode(packet.substring(8), CborFlag.Flat) as CborMap | undefined) : undefined;
    const name = r ? r["id"] : 0;
    const n = r ? r["n"] : 0;
    if (typeof name !== "string" || name.length !== NeighborLimit.IdBytes || name === deps.id || typeof n !== "number" || n < 1 || n > NeighborLimit.LastHello) return false;
    const isNew = name !== id;
    if (isNew) {
      id = name;
      heard = lost = restarts = 0;
    } else if (n <= last) restarts++;
    else lost += n - last - 1;
    const isFirst = isNew || n <= last;
    last = n;
    heard++;
    heardUs = nowUs;
    return isFirst;
  }

  return function (event, badge, label, a, b, data) {
    const nowUs = gate(Op.Now, 0, 0, 0, 0, "");
    let rc = SmpRc.NotSupported as number;
    if (event === Event.Start || event === Event.Timer) hello(nowUs);
    else if (event === Event.Message) {
      if (label >> 1 === NeighborCommand.Status) {
        rc = SmpRc.Ok;
        if (label & 1) {
          const r = cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined;
          const every = r ? r["every"] : 0;
          if (typeof every !== "number" || every < 1 || every > NeighborLimit.LongestHelloS) rc = SmpRc.InvalidValue;
          else {
            everyS = every;
            hello(nowUs);
          }
        }
      }
      gate(
        Op.Reply,
        0,
        rc,
        0,
        0,
        rc
          ? ""
          : (cborEncode({ id: id, n: last, heard: heard, lost: lost, restarts: restarts, age: id ? Math.floor((nowUs - heardUs) / 1000) : 0, sent: sent, dropped: demux.dropped + deps.uart.lost, every: everyS }) as string),
      );
    } else {
      const packets = demux.push(uartTake(deps.uart));
      let isFirst = false;
      for (let i = 0; i < packets.length; i++) isFirst = hear(packets[i] as string, nowUs) || isFirst;
      // Someone who just came learns at once who is here.
      if (isFirst) hello(nowUs);
      demux.text = "";
    }
  };
}
