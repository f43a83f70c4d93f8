// The kernel: what its operations cost in plain calls of the same engine, what it takes of the heap, and the same by an event emitter with closures.
//
// On XS in QEMU's virtual time, which counts instructions, so it repeats exactly; on Espruino in wall time, blocks in turns, the quickest block of each
// kind taken. The loop around is measured and subtracted. (On Node the ratio would say something about its optimiser, not about the kernel.)
import path from "node:path";
import { type Figure, figure, notMeasured } from "./figures.ts";
import { Block, Kind, Room, Sample } from "./kernel-kinds.ts";
import { type Answer, buildProbe, runOnLinuxEspruino, runOnQemu } from "./kernel-run.ts";
import type { Section } from "./section.ts";

/** Rows of the result: kind of block, name, is it a gate operation. */
const ROWS: readonly { kind: Kind; id: string; what: string; isGate?: true }[] = [
  { kind: Kind.Now, id: "now", what: "gate Now", isGate: true },
  { kind: Kind.Identify, id: "identify", what: "gate Identify", isGate: true },
  { kind: Kind.Signal, id: "signal", what: "gate Signal", isGate: true },
  { kind: Kind.Poll, id: "poll", what: "gate Poll", isGate: true },
  { kind: Kind.SetTimer, id: "timer", what: "gate SetTimer", isGate: true },
  { kind: Kind.Send, id: "send", what: "gate Send", isGate: true },
  { kind: Kind.RoundTrip, id: "call", what: "call + reply" },
  { kind: Kind.Wake, id: "wake", what: "signal to the other task's wake-up" },
  { kind: Kind.Emit, id: "emit", what: "event emitter: an event" },
  { kind: Kind.Request, id: "request", what: "event emitter: a request and its answer" },
];

const enum Rounds {
  Virtual = 8,
  Wall = 30,
}

const enum Limit {
  GateOnXs = 5,
  GateOnEspruino = 8,
  Call = 20,
  SlotBytes = 16,
}

/** -icount shift=5: an instruction is 32 ns. */
const INSTRUCTIONS_PER_US = 31.25;

/** The three probes on one engine. */
interface Found {
  time: Answer;
  memory: Answer;
  /** Undefined: profile full does not fit. */
  revoke: Answer | undefined;
}

export const kernel: Section = {
  name: "kernel",
  title: "Kernel",
  how: "time of an operation ÷ time of a plain call with the gate's six arguments on the same engine, loop subtracted; a call with two arguments takes about half of that; beside it an event emitter with closures, which checks nothing; heap by process.memory(); profile full with power management, as tiles on these boards have it, and small as well",
  async run(bench) {
    const [time, memory, revoke] = [await buildProbe(bench, "kernel-probe", "full"), await buildProbe(bench, "kernel-memory-probe", "full"), await buildProbe(bench, "kernel-revoke-probe", "full")];
    const small = await buildProbe(bench, "kernel-probe", "small");
    const figures: Figure[] = [];
    if (bench.whyNoQemu === undefined) {
      const found = { time: await runOnQemu(bench, time, Rounds.Virtual), memory: await runOnQemu(bench, memory, 1), revoke: await runOnQemu(bench, revoke, Rounds.Virtual) };
      const beside = (await runOnQemu(bench, small, Rounds.Virtual)).numbers;
      // The emitter is the same in both; beside the full kernel collections fall into its blocks, and would flatter the kernel.
      for (const kind of [Kind.Emit, Kind.Request]) found.time.numbers[kind] = Math.min(found.time.numbers[kind]!, beside[kind]!);
      figures.push(...engineFigures("xs", "XS on QEMU", found), ...instructions(found), ...smallFigures(passTimes(beside)));
    } else figures.push(notMeasured("xs", "XS on QEMU", "×", bench.whyNoQemu));
    for (const binary of bench.espruino) {
      bench.say(`kernel: ${binary}`);
      const used = await runOnLinuxEspruino(binary, memory, 1, "flash");
      const asFull = await runOnLinuxEspruino(binary, time, Rounds.Wall, "ram");
      const spent = asFull ?? (await runOnLinuxEspruino(binary, small, Rounds.Wall, "ram"));
      if (used === undefined || spent === undefined) {
        // Where flash is in the address space it would: only here the text has to be in RAM, twice while it is evaluated.
        figures.push(notMeasured(`espruino-${path.basename(path.dirname(binary))}`, `Espruino, ${used?.total ?? "?"} variables`, "×", "the probe does not fit beside its text in RAM"));
        continue;
      }
      const found = { time: spent, memory: used, revoke: await runOnLinuxEspruino(binary, revoke, Rounds.Wall, "ram") };
      // The text stands in RAM twice while it is evaluated.
      figures.push(...engineFigures(`espruino-${used.total}`, `Espruino, ${used.total} variables${asFull === undefined ? ", times of profile small (full does not fit twice)" : ""}`, found));
    }
    if (bench.espruino.length === 0) figures.push(notMeasured("espruino", "Espruino", "×", "GENESIS_ESPRUINO names no binary"));
    return figures;
  },
};

/** µs of one pass by kind, the loop's own time subtracted. @throws RangeError when a kind is missing. */
export function passTimes(blocks: readonly number[]): number[] {
  if (blocks.length !== Kind.Count) throw new RangeError(`${blocks.length} kinds of blocks, not ${Kind.Count}`);
  // Round trips and wake-ups have no loop around them: the kernel's own brings the next one.
  return blocks.map((us, kind) => (kind === Kind.RoundTrip ? us / Block.Trips : kind === Kind.Wake ? us / (2 * Block.Trips) : (us - blocks[Kind.Loop]!) / Block.Passes));
}

/** µs of deleting one capability derived from the revoked one. @throws RangeError when the probe did not delete them all. */
export function childTime([without, withChildren]: readonly number[]): number {
  if (without === undefined || withChildren === undefined || withChildren < without) throw new RangeError("the revoke probe left capabilities behind");
  return (withChildren - without) / Sample.Children;
}

const two = (value: number): number => Math.round(value * 100) / 100;

/** Figures of one engine; `id` opens their names. */
export function engineFigures(id: string, engine: string, { time, memory, revoke }: Found): Figure[] {
  const times = passTimes(time.numbers);
  const plain = times[Kind.Call6]!;
  const gateLimit = id === "xs" ? Limit.GateOnXs : Limit.GateOnEspruino;
  const versus = (what: string, kind: Kind, other: Kind): Figure => figure(`${id}.${what}`, `${engine}: ${ROWS.find((row) => row.kind === kind)!.what} ÷ the same by the event emitter`, two(times[kind]! / times[other]!), "×", { note: "the emitter checks nothing, its listener runs inside of the emit, and collecting its closures is not counted" });
  const unit = id === "xs" ? "blocks" : "variables";
  const room = memory.numbers;
  const bytes = (which: Room, count: number): number => Math.round((room[which]! * memory.blockBytes * 10) / count) / 10;
  return [
    figure(`${id}.plain`, `${engine}: plain call`, plain, "µs", { note: id === "xs" ? "virtual time, 31.25 million instructions/s" : "wall time on this computer" }),
    ...ROWS.map(({ kind, id: name, what, isGate }) =>
      figure(`${id}.${name}`, `${engine}: ${what} ÷ plain call`, two(times[kind]! / plain), "×", {
        ...(isGate ? { limit: gateLimit } : kind === Kind.RoundTrip ? { limit: Limit.Call } : {}),
        note: `${(times[kind]! / times[Kind.Call2]!).toFixed(1)} × a call with two arguments`,
      }),
    ),
    versus("callVersus", Kind.RoundTrip, Kind.Request),
    versus("wakeVersus", Kind.Wake, Kind.Emit),
    revoke === undefined
      ? notMeasured(`${id}.revoke`, `${engine}: revoke, per child, ÷ plain call`, "×", "profile full does not fit")
      : figure(`${id}.revoke`, `${engine}: revoke, per child, ÷ plain call`, two(childTime(revoke.numbers) / plain), "×", { note: `${Sample.Children} children, in slices of 8; profile full` }),
    figure(`${id}.idle`, `${engine}: heap of an idle kernel`, room[Room.Idle]!, unit, { note: `its tables, ${(room[Room.Idle]! * memory.blockBytes).toLocaleString("en-US")} bytes; all functions of the bundle take ${memory.codeBlocks} more${id === "xs" ? "" : ", their text stays in flash"}` }),
    figure(`${id}.task`, `${engine}: heap per task`, bytes(Room.Tasks, Sample.Tasks), "B", { note: "with endpoint, reply object, scheduling context and a CNode of 4 slots" }),
    figure(`${id}.slot`, `${engine}: heap per slot`, bytes(Room.Slots, Sample.Slots), "B", { limit: Limit.SlotBytes }),
    figure(`${id}.message`, `${engine}: heap per queued message`, bytes(Room.Numbers, Sample.Messages), "B", { note: `it waits in its sender's TCB; with ${Sample.Bytes} bytes of data ${bytes(Room.Bytes, Sample.Messages)} B` }),
    figure(`${id}.garbage`, `${engine}: heap that ${Block.Passes} round trips leave behind`, room[Room.Trips]!, unit, { limit: 0 }),
  ];
}

/** The same operations in profile small, on XS: what a board with little memory runs. */
function smallFigures(times: readonly number[]): Figure[] {
  const plain = times[Kind.Call6]!;
  return ROWS.filter(({ kind }) => kind !== Kind.Emit && kind !== Kind.Request).map(({ kind, id, what, isGate }) =>
    figure(`xs-small.${id}`, `XS on QEMU, profile small: ${what} ÷ plain call`, two(times[kind]! / plain), "×", isGate ? { limit: Limit.GateOnXs } : kind === Kind.RoundTrip ? { limit: Limit.Call } : {}),
  );
}

/** Instructions of an operation on QEMU's Cortex-M3, loop subtracted. */
function instructions({ time, revoke }: Found): Figure[] {
  const times = passTimes(time.numbers);
  const row = (name: string, what: string, us: number): Figure => figure(`xs.${name}.instructions`, `XS on QEMU: instructions, ${what}`, Math.round(us * INSTRUCTIONS_PER_US), "");
  return [row("plain", "plain call", times[Kind.Call6]!), ...ROWS.map(({ kind, id, what }) => row(id, what, times[kind]!)), ...(revoke === undefined ? [] : [row("revoke", "revoke, per child", childTime(revoke.numbers))])];
}
