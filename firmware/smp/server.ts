// The link task: SMP frames from the wire become calls to services, replies become frames.
//
// One request at a time: while a service works, the task is blocked on its reply and the wire fills the port's bounded buffer. What a client
// may reach is exactly the endpoint capabilities in this task's CSpace. Text that is not a frame gets one hint, so that a person who opened
// the port in a terminal knows who is there. Standard: Zephyr SMP protocol; errors are `rc` in both protocol versions.

import { Event, Op, Status } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { portSend, portTake } from "../../hal/port/espruino-port.ts";
import type { Port } from "../../hal/port/espruino-port.ts";
import { cborHead, cborInt, cborText } from "../wire/cbor.ts";
import type { WireNative } from "../wire/native.ts";
import { SmpDemux, smpLines } from "../wire/smp-frame.ts";
import { smpHeader, SmpOp, smpPacket, SmpRc } from "../wire/smp-header.ts";

declare const VERSION: string;

export interface SmpDeps {
  native: WireNative;
  port: Port;
  /** SMP groups of the endpoint capabilities at `firstAddress` and following; behind them stands the handler of the wire's interrupt. */
  groups: number[];
  firstAddress: number;
  /** Largest packet, bytes with header; packets up to `checkedBytes` have their CRC checked. */
  packetBytes: number;
  checkedBytes: number;
  /** Length of the boot window, ms; said once to text. */
  windowMs: number;
}

/** The handler of the link task. Its notification means: bytes have arrived. */
export function createSmpServer(gate: Gate, deps: SmpDeps): Handler {
  let demux = new SmpDemux(deps.native, deps.packetBytes, deps.checkedBytes);
  let packets: string[] = [];
  /** Version, group, sequence, id and reply op of the request being served; "" none. */
  let current = "";
  let isHinted = false;
  const wire = deps.firstAddress + deps.groups.length;

  function answer(rc: number, body: string): void {
    const h = smpHeader(current.substring(0, 8)) || { op: 0, v: 0, g: 0, q: 0, i: 0, n: 0 };
    current = "";
    portSend(deps.port, smpLines(smpPacket(h.op + 1, h.v, h.g, h.q, h.i, rc ? cborHead(5, 1) + cborText("rc") + cborInt(rc) : body || "\xa0"), deps.native));
  }

  // Serves packets until one waits for its service.
  function serve(): void {
    while (!current && packets.length) {
      const packet = packets.shift() as string;
      const h = smpHeader(packet);
      if (h && (h.op === SmpOp.Read || h.op === SmpOp.Write)) {
        // The header without its body, so that it reads as whole again.
        current = packet.substring(0, 2) + "\0\0" + packet.substring(4, 8);
        const at = deps.groups.indexOf(h.g);
        const status = at >= 0 ? gate(Op.Call, deps.firstAddress + at, h.i * 2 + (h.op === SmpOp.Write ? 1 : 0), h.g, 0, packet.substring(8)) : Status.InvalidCapability;
        if (status === Status.InvalidCapability) answer(SmpRc.NotSupported, "");
        else if (status === Status.TruncatedMessage) answer(SmpRc.InvalidValue, "");
        else if (status !== Status.Ok) answer(SmpRc.Busy, "");
      }
    }
  }

  return function (event, badge, label, a, b, data) {
    if (event === Event.Start) {
      demux = new SmpDemux(deps.native, deps.packetBytes, deps.checkedBytes);
      packets = [];
      current = "";
      gate(Op.IrqAck, wire, 0, 0, 0, "");
    } else if (event === Event.Reply) answer(label, data);
    else if (event === Event.DeadReply) answer(SmpRc.BadState, "");
    else {
      gate(Op.IrqAck, wire, 0, 0, 0, "");
      packets = packets.concat(demux.push(portTake(deps.port)));
      if (demux.text.length > 2 && !isHinted) {
        isHinted = true;
        portSend(deps.port, "Genesis " + VERSION + ": this port belongs to the kernel, use the genesis tool (for the console: reset, then Ctrl-C within " + deps.windowMs + " ms)\r\n");
      }
      demux.text = "";
    }
    serve();
  };
}
