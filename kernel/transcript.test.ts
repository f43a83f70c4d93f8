// A service recorded on a kernel runs again from its transcript alone, and a changed one is caught at the first line it does differently.
import { expect, it } from "vitest";
import { setHandler } from "./boot.ts";
import { Event, Op, Rights, type Gate, type Handler } from "./gate.ts";
import { replay } from "./host/replay.ts";
import { World } from "./host/world.ts";
import { recordGate, recordHandler, type TranscriptEntry } from "./transcript.ts";

function counter(gate: Gate, by: number): Handler {
  let sum = 0;
  return (event, badge, label, a) => {
    if (event === Event.Start) sum = 0;
    if (event !== Event.Message) return;
    if (a === 13) throw new Error("unlucky");
    sum += a * by;
    gate(Op.Reply, 0, sum, gate(Op.Now, 0, 0, 0, 0, ""), badge, "");
  };
}

it("replays what was recorded", () => {
  const w = new World();
  const e = w.endpoint();
  const server = w.task(9, { home: e });
  const client = w.task(5);
  const transcript: TranscriptEntry[] = [];
  w.give(client, 1, e, Rights.Write | Rights.GrantReply, 3);
  setHandler(w.k, server.tcb, recordHandler(counter(recordGate(w.gate, (x) => transcript.push(x)), 1), (x) => transcript.push(x)));
  w.start();
  for (const a of [1, 2, 13, 3]) {
    w.as(client, () => w.gate(Op.Call, 1, 0, a, 0, "data"));
    if (a === 13) w.boot(Op.TcbResume, server.tcb, 0, 0, 0);
    w.run();
  }
  expect(transcript.filter((x) => x.kind === 0).map((x) => x.numbers[0])).toEqual([Event.Start, Event.Message, Event.Message, Event.Message, Event.Start, Event.Message]);
  expect(w.events(client).filter((s) => s.event === Event.Reply).map((s) => s.label)).toEqual([1, 3, 3]);
  replay(transcript, (gate) => counter(gate, 1));
  expect(() => replay(transcript, (gate) => counter(gate, 2))).toThrow(/transcript line 3: asked for \[5,0,2,/);
});
