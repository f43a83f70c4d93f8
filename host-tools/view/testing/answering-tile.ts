// A tile made of one function: answers every SMP request with what the test says, over a pair of streams.
import { SmpDemux, smpLines } from "../../../firmware/wire/smp-frame.ts";
import { smpHeader, smpPacket } from "../../../firmware/wire/smp-header.ts";
import { streamPair } from "../../link/byte-stream.ts";
import { decodeCborString, encodeCborString, type HostCborMap } from "../../link/host-cbor.ts";
import { fromByteString, nodeNative, toByteString } from "../../link/latin1.ts";
import { SmpClient } from "../../link/smp-client.ts";

export interface Asked {
  group: number;
  id: number;
  isWrite: boolean;
  body: HostCborMap;
}

/** A client of such a tile. Close it. `answer` gives the reply's map; {rc: 8} is a refusal. */
export function answeringTile(answer: (asked: Asked) => HostCborMap): SmpClient {
  const [stream, far] = streamPair();
  const demux = new SmpDemux(nodeNative, 8192, 8192);
  far.onData((bytes) => {
    for (const packet of demux.push(toByteString(bytes))) {
      const h = smpHeader(packet);
      if (h === undefined) continue;
      const body = decodeCborString(packet.slice(8), true) as HostCborMap;
      const reply = encodeCborString(answer({ group: h.g, id: h.i, isWrite: h.op === 2, body }));
      void far.write(fromByteString(smpLines(smpPacket(h.op + 1, h.v, h.g, h.q, h.i, reply), nodeNative)));
    }
  });
  return new SmpClient(stream);
}
