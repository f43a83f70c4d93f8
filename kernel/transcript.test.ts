// A service recorded on a kernel runs again from its transcript alone, and a changed one is caught at the first line it does differently.
import { expect, it } from "vitest";
import { setHandler } from "./boot.ts";
import { CapType, Event, Op, Rights, type Gate, type Handler, type Reader } from "./gate.ts";
import { replay } from "./host/replay.ts";
import { World } from "./host/world.ts";
import { recordGate, recordHandler, recordReader, TranscriptKind, type TranscriptEntry } from "./transcript.ts";

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
  expect(() => replay(transcript, (gate) => counter(gate, 2))).toThrow(/transcript line 4: asked for \[5,0,2,/);
});

it("has what was read from frames, and leaves out runs that were stopped", () => {
  const w = new World();
  const frame = w.make(CapType.Frame, 0, 16);
  const [task, writer] = [w.task(9), w.task(5)];
  for (const t of [task, writer]) w.give(t, 1, frame);
  const transcript: TranscriptEntry[] = [];
  const sink = (entry: TranscriptEntry): void => void transcript.push(entry);
  const seen: string[] = [];
  const make = (to: string[]) => (gate: Gate, read: Reader): Handler => (event) => {
    to.push(`${event}: ${read(1, 0, 4)}`);
    // Would never end.
    if (event === Event.Timer) for (;;) gate(Op.Now, 0, 0, 0, 0, "");
  };
  setHandler(w.k, task.tcb, recordHandler(make(seen)(recordGate(w.gate, sink), recordReader(w.read, sink)), sink));
  w.start();
  w.as(writer, () => expect(w.gate(Op.Write, 1, 0, 0, 0, "abcd")).toBe(4));
  w.boot(Op.TcbResume, task.tcb, 0, 0, 0);
  w.run();
  expect(seen).toEqual([`${Event.Start}: \0\0\0\0`, `${Event.Cancelled}: abcd`]);
  // A stop that no catch sees: the line of the end is missing.
  transcript.push({ kind: TranscriptKind.Event, numbers: [Event.Timer, 0, 0, 0, 0], data: "", result: 0 }, { kind: TranscriptKind.Read, numbers: [1, 0, 4], data: "abcd", result: 0 });
  const again: string[] = [];
  replay(transcript, make(again));
  expect(again).toEqual(seen);
});
