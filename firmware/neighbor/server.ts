// The neighbor service: hellos out, hellos in, over a UART that this task owns; group 70. Wire: api.ts.

import { Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import type { Uart } from "../../hal/port/uart.ts";
import { uartSend, uartTake } from "../../hal/port/uart.ts";
import { cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap, CborValue } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import type { WireNative } from "../wire/native.ts";
import { SmpDemux, smpLines } from "../wire/smp-frame.ts";
import { SmpGroup, smpHeader, SmpOp, smpPacket, SmpRc } from "../wire/smp-header.ts";
import { NeighborCommand, NeighborLimit } from "./api.ts";

export interface NeighborDeps {
  native: WireNative;
  uart: Uart;
  /** Address of the handler of the UART's interrupts in this task's CSpace. */
  irq: number;
  /** Of this tile. */
  id: string;
}

function isTileId(id: CborValue | undefined): boolean {
  let isId = typeof id === "string" && id.length === NeighborLimit.IdBytes;
  for (let i = 0; isId && i < NeighborLimit.IdBytes; i++) {
    const c = (id as string).charCodeAt(i);
    isId = (c >= 48 && c <= 57) || (c >= 97 && c <= 102);
  }
  return isId;
}

/** The handler of the neighbor task. Its notification means: bytes have arrived on the UART. */
export function createNeighborServer(gate: Gate, deps: NeighborDeps): Handler {
  let demux = new SmpDemux(deps.native, NeighborLimit.PacketBytes, NeighborLimit.PacketBytes);
  let everyS = NeighborLimit.HelloS as number;
  let sent = 0;
  let dropped = 0;
  /** When the last hello was said and the next is due; when to listen again after a flood, 0: listening. */
  let saidUs = 0;
  let dueUs = 0;
  let deafUs = 0;
  let flooded = 0;
  // The neighbor: its id, its last number, what was heard of it.
  let id = "";
  let last = 0;
  let heard = 0;
  let lost = 0;
  let restarts = 0;
  let heardUs = 0;

  function hello(nowUs: number): void {
    sent++;
    saidUs = nowUs;
    dueUs = nowUs + everyS * 1000000;
    uartSend(deps.uart, smpLines(smpPacket(SmpOp.Write, 1, SmpGroup.Neighbor, sent & 255, NeighborCommand.Hello, cborEncode({ id: deps.id, n: sent }) as string), deps.native));
  }

  // A packet from the wire. Anything but a sound hello is no concern of ours. Returns whether its sender is new here.
  function hear(packet: string, nowUs: number): boolean {
    const h = smpHeader(packet);
    const r = h && h.op === SmpOp.Write && h.v === 1 && h.g === SmpGroup.Neighbor && h.i === NeighborCommand.Hello ? (cborDecode(packet.substring(8), CborFlag.Flat) as CborMap | undefined) : undefined;
    const name = r ? r["id"] : undefined;
    const n = r ? r["n"] : undefined;
    if (!isTileId(name) || name === deps.id || typeof n !== "number" || n < 1 || n > NeighborLimit.LastHello) return false;
    const isNew = name !== id;
    const isRestart = !isNew && n < last;
    heardUs = nowUs;
    // The same one again: a wire that doubles.
    if (!isNew && n === last) return false;
    if (isNew) {
      id = name as string;
      heard = lost = restarts = 0;
    } else if (isRestart) restarts++;
    else {
      lost += n - last - 1;
      if (lost > NeighborLimit.LastHello) lost = NeighborLimit.LastHello;
    }
    last = n;
    heard++;
    return isNew || isRestart;
  }

  // Takes what has come. Returns whether someone is new.
  function listen(nowUs: number): boolean {
    let isFirst = false;
    // What is left of a flood is no frame: leave it where it keeps more from coming, the interrupt masked, and listen again in a second.
    if (deps.uart.lost > flooded) deafUs = nowUs + NeighborLimit.RestUs;
    else {
      gate(Op.IrqAck, deps.irq, 0, 0, 0, "");
      const packets = demux.push(uartTake(deps.uart));
      for (let i = 0; i < packets.length; i++) isFirst = hear(packets[i] as string, nowUs) || isFirst;
      demux.text = "";
    }
    return isFirst;
  }

  return function (event, badge, label, a, b, data) {
    const nowUs = gate(Op.Now, 0, 0, 0, 0, "");
    let rc = SmpRc.NotSupported as number;
    if (event === Event.Message) {
      if (label >> 1 === NeighborCommand.Status) {
        rc = SmpRc.Ok;
        if (label & 1) {
          const r = cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined;
          const every = r ? r["every"] : 0;
          if (typeof every !== "number" || every < 1 || every > NeighborLimit.LongestHelloS) rc = SmpRc.InvalidValue;
          else {
            everyS = every;
            dueUs = nowUs;
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
          : (cborEncode({ id: id, n: last, heard: heard, lost: lost, restarts: restarts, age: id ? Math.floor((nowUs - heardUs) / 1000) : 0, sent: sent, dropped: dropped + demux.dropped + deps.uart.lost, every: everyS }) as string),
      );
    } else if (!deafUs && event !== Event.Start && listen(nowUs)) {
      // Someone who just came learns who is here, at once or a second after the last hello: three on a wire don't talk each other to death.
      if (saidUs + NeighborLimit.RestUs < dueUs) dueUs = saidUs + NeighborLimit.RestUs;
    }
    if (deafUs && nowUs >= deafUs) {
      deafUs = 0;
      flooded = deps.uart.lost;
      dropped += demux.dropped;
      demux = new SmpDemux(deps.native, NeighborLimit.PacketBytes, NeighborLimit.PacketBytes);
      gate(Op.IrqAck, deps.irq, 0, 0, 0, "");
      uartTake(deps.uart);
    }
    if (!deafUs && event === Event.Start) gate(Op.IrqAck, deps.irq, 0, 0, 0, "");
    if (nowUs >= dueUs) hello(nowUs);
    gate(Op.SetTimer, 0, 0, deafUs && deafUs < dueUs ? deafUs : dueUs, 0, "");
  };
}
