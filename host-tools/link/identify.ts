/**
 * Finds out what is at the other end of a port: an Espruino console, its debugger, a tile's kernel, something else, nothing.
 *
 * Idea: ask in order of how little a question disturbs. 0x05 (ENQ) on an empty line makes Espruino say its version and
 * board; then Ctrl-C, which stops a running program, clears half a line and leaves the debugger (a kernel ignores it); an
 * SMP echo last, since its marker holds a TAB, which makes a console list every name it knows.
 * Traps: Ctrl-C is acted on before bytes already queued, so it is sent alone; Espruino on Linux exits on a second Ctrl-C
 * within 5 s on an empty line and on byte 0x04 ever, so neither is sent here.
 */
import { SmpDemux, smpLines } from "../../firmware/wire/smp-frame.ts";
import { smpPacket } from "../../firmware/wire/smp-header.ts";
import type { ByteStream } from "./byte-stream.ts";
import { encodeCborString } from "./host-cbor.ts";
import { fromByteString, nodeNative } from "./latin1.ts";
import { collect } from "./wait-for.ts";

export type PortIdentity =
  | { kind: "espruino"; version: string; board: string }
  /** Espruino's debugger would not be left. */
  | { kind: "debug" }
  /** A tile's kernel answers SMP. */
  | { kind: "kernel" }
  /** Bytes come, but neither of ours; `sample` is printable. */
  | { kind: "other"; sample: string }
  | { kind: "silent" };

export interface IdentifyOptions {
  /** How long to wait for each answer; 400 ms unless given (a slow board at 9600 baud). */
  answerMs?: number;
  /** May a running program be interrupted with Ctrl-C? True unless given. */
  interrupt?: boolean;
  /** May an SMP frame be sent? True unless given. */
  smp?: boolean;
  /** Ask for a kernel before interrupting: quicker where one is likely. */
  expect?: "kernel" | "console";
}

const ENQ_ANSWER = /Espruino (\d+v\d+[\w.-]*) (\S+)/;
/** Unlike anything a person types; sent in two pieces so that an echo of the line does not look like the answer. */
const MARK = "g3ns";
const ANSWER = /g3ns (\d+v\d+[\w.-]*) (\S+) \./;

/** Identifies the other end. Rejects with PORT_LOST when the stream closes meanwhile. */
export async function identify(stream: ByteStream, options: IdentifyOptions = {}): Promise<PortIdentity> {
  const answerMs = options.answerMs ?? 400;
  const mayInterrupt = options.interrupt !== false;
  let seen = await collect(stream, () => stream.write(fromByteString("\x05")), (s) => /Espruino \d+v\S+ \S+\s/.test(s), answerMs);
  const direct = ENQ_ANSWER.exec(seen);
  if (direct && !mayInterrupt) return { kind: "espruino", version: direct[1] as string, board: direct[2] as string };
  if (!direct && options.smp !== false && (!mayInterrupt || options.expect === "kernel")) {
    const text = await askKernel(stream, answerMs);
    if (text === undefined) return { kind: "kernel" };
    seen += text;
  }
  if (!mayInterrupt) return verdict(seen);
  // The debugger answers ENQ too, so only an evaluated line shows a working console.
  let answer = direct ? await askConsole(stream, answerMs) : "";
  for (let breaks = 0; breaks < 2 && !ANSWER.test(answer); breaks++) {
    // Ctrl-C alone, then time for it to be acted on. One stops the program, which ends in debug>; another leaves that
    // ("quit" does not when the program was a loop). A third within 5 s would end Espruino on Linux.
    const after = await collect(stream, () => stream.write(fromByteString("\x03")), (s) => s.endsWith("debug>"), Math.max(150, answerMs));
    seen += after;
    if (after.endsWith("debug>") && breaks === 0) continue;
    answer = await askConsole(stream, answerMs);
    seen += answer;
    if (!/debug/.test(answer)) break;
  }
  const found = ANSWER.exec(answer);
  if (found) return { kind: "espruino", version: found[1] as string, board: found[2] as string };
  if (/debug>|In debug mode/.test(answer)) return { kind: "debug" };
  if (options.smp !== false) {
    const text = await askKernel(stream, answerMs);
    if (text === undefined) return { kind: "kernel" };
    seen += text;
  }
  return verdict(seen);
}

/** Asks the console for version and board; gives what came back. */
function askConsole(stream: ByteStream, answerMs: number): Promise<string> {
  // The semicolon keeps the debugger, which has a "print" command of its own, from answering. Under 64 bytes, since a
  // longer line overruns the debugger's input in 2v29.
  const line = `\x10;(p=>print("${MARK.slice(0, 2)}"+"${MARK.slice(2)}",p.version,p.env.BOARD,"."))(process)\n`;
  return collect(stream, () => stream.write(fromByteString(line)), (s) => ANSWER.test(s), answerMs * 2);
}

/** Sends an SMP echo: undefined when a kernel answered it, else what came instead. */
async function askKernel(stream: ByteStream, answerMs: number): Promise<string | undefined> {
  const demux = new SmpDemux(nodeNative, 8192, 8192);
  // A newline first ends whatever half line the other side may hold; the echo fits one frame, so no 0x04 is sent.
  const frame = "\n" + smpLines(smpPacket(2, 1, 0, 0x47, 0, encodeCborString({ d: MARK })), nodeNative);
  let at = 0;
  let answered = false;
  const text = await collect(
    stream,
    () => stream.write(fromByteString(frame)),
    (s) => {
      const packets = demux.push(s.substring(at));
      at = s.length;
      // A reply (odd op): a console that merely echoes the frame is not a kernel.
      answered ||= packets.some((p) => (p.charCodeAt(0) & 1) === 1 && p.charCodeAt(6) === 0x47 && p.includes(MARK));
      return answered;
    },
    answerMs,
  );
  return answered ? undefined : text;
}

function verdict(seen: string): PortIdentity {
  const printable = [...seen].map((c) => (c >= " " && c < "\x7f" ? c : " ")).join("").trim();
  return printable === "" && seen.length < 4 ? { kind: "silent" } : { kind: "other", sample: printable.slice(-60) };
}
