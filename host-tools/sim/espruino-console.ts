/**
 * The console of a simulated tile: on the wire it behaves like Espruino's.
 *
 * What host tools rely on: prompt ">", ":" for continued lines, "=result", DLE (0x10) at the start of a line for no echo and no result, Ctrl-C,
 * "debug>", "\r\x1b[J" before output that pushes the prompt away, and binary packets (DLE SOH, 16 bits of type << 13 | length, data). Behaviour measured on
 * Espruino 2v29; README_Protocol.md of Espruino names the control codes. What packets mean is in boards/qemu-mps2-an385/runtime/prelude/packets.js, which this
 * board shares.
 */

/** What the console asks of the tile it belongs to. */
export interface ConsoleTile {
  /** Sends bytes as they are. */
  transmit(bytes: string): void;
  /** Runs a line; the tile prints errors and, while `showing`, the result. */
  execute(line: string): void;
  /** Handles a packet and answers it. */
  packet(data: string, type: number): void;
  /** Calls back after a while; the function cancels. */
  after(delayUs: number, run: () => void): () => void;
  /** Was quit from `debug>` (true: stop what hangs, false: go on hanging). */
  leaveDebugger(stops: boolean): void;
  /** For ENQ: "Espruino 2v29 BOARD". */
  readonly identity: string;
}

const packetTimeoutUs = 5_000_000;
const nak = "\x15";

export class EspruinoConsole {
  readonly #tile: ConsoleTile;
  #line = "";
  #isEchoing = true;
  #isEchoOffForLine = false;
  #isPromptGone = true;
  #isDebugging = false;
  #state: "plain" | "after-cr" | "after-dle" | "after-esc" | "in-esc" = "plain";
  /** A packet on its way in: header bytes and data so far. */
  #packet: string | undefined;
  #cancelTimeout: (() => void) | undefined;

  constructor(tile: ConsoleTile) {
    this.#tile = tile;
  }

  /** Are lines echoed and results shown? */
  get showing(): boolean {
    return this.#isEchoing && !this.#isEchoOffForLine;
  }

  get isDebugging(): boolean {
    return this.#isDebugging;
  }

  echo(on: boolean): void {
    this.#isEchoing = on;
  }

  /** Text of the program: pushes the prompt away, line feeds become CR LF. */
  write(text: string): void {
    this.#removePrompt();
    this.#tile.transmit(text.replaceAll("\n", "\r\n"));
  }

  /** Bytes of the program, as they are. */
  raw(bytes: string): void {
    this.#tile.transmit(bytes);
  }

  /** Shows the prompt when it is gone: the tile is idle. */
  prompt(): void {
    if (!this.#isPromptGone) return;
    this.#isPromptGone = false;
    if (this.showing) this.#tile.transmit(`${this.#isDebugging ? "debug" : ""}>${this.#line.replaceAll("\n", "\r\n:")}`);
  }

  /** The program hangs and Ctrl-C came. */
  enterDebugger(): void {
    this.#clearLine();
    this.#isEchoing = true;
    this.#isEchoOffForLine = false;
    this.#isDebugging = true;
    this.write(":1:1   \n       ^\n");
    this.#isPromptGone = true;
    this.prompt();
  }

  /** Bytes from the line. */
  receive(bytes: string): void {
    for (let i = 0; i < bytes.length; i++) this.#input(bytes[i]!);
  }

  #removePrompt(): void {
    if (this.#isPromptGone) return;
    this.#isPromptGone = true;
    if (!this.showing) return;
    const up = "\x1b[A".repeat(this.#line.split("\n").length - 1);
    this.#tile.transmit(`${up}\r\x1b[J${this.#isDebugging ? "\b\b\b\b\b" : ""}`);
  }

  #clearLine(): void {
    if (this.#line !== "") {
      this.#removePrompt();
      this.#line = "";
    }
    this.#state = "plain";
  }

  #input(byte: string): void {
    if (this.#packet !== undefined) return this.#packetByte(byte);
    const before = this.#state;
    this.#state = "plain";
    const code = byte.charCodeAt(0);
    if (code === 3) this.#interrupt();
    else if (before === "after-esc") {
      if (byte === "[" || byte === "O") this.#state = "in-esc";
    } else if (before === "in-esc") {
      if (/[0-9;]/.test(byte)) this.#state = "in-esc";
    } else if (code === 1) {
      if (before === "after-dle") this.#startPacket();
    } else if (code === 5) {
      if (this.#line === "") this.#tile.transmit(`${this.#tile.identity}\r\n`);
    } else if (code === 0x10) {
      if (this.#line === "") this.#isEchoOffForLine = true;
      this.#state = "after-dle";
    } else if (code === 0x1b) this.#state = "after-esc";
    else if (byte === "\n" && before === "after-cr") return; // the second half of CR LF
    else if (byte === "\r" || byte === "\n") {
      if (byte === "\r") this.#state = "after-cr";
      this.#newLine();
    } else if (code === 8 || code === 0x7f) {
      if (this.#line !== "" && !this.#line.endsWith("\n")) {
        this.#line = this.#line.slice(0, -1);
        if (this.showing && !this.#isPromptGone) this.#tile.transmit("\b \b");
      }
    } else if (code >= 32 || byte === "\t") {
      const shown = byte === "\t" ? "    " : byte;
      this.#line += shown;
      if (this.showing && !this.#isPromptGone) this.#tile.transmit(shown);
    }
  }

  #interrupt(): void {
    if (this.#isDebugging) return this.#leave(true);
    this.#isEchoOffForLine = false;
    this.#clearLine();
    this.prompt();
  }

  #newLine(): void {
    if (!this.#isDebugging && openBrackets(this.#line) > 0) {
      if (this.showing) this.#tile.transmit("\r\n:");
      this.#line += "\n";
      return;
    }
    if (this.showing) this.#tile.transmit("\r\n");
    if (!this.#isEchoOffForLine) this.#isPromptGone = true;
    // The line is taken over before it runs: it may never return.
    const line = this.#line.replace(/[ \t\n]+$/, "");
    this.#line = "";
    try {
      if (this.#isDebugging) this.#debugLine(line);
      else if (line !== "") this.#tile.execute(line);
    } finally {
      this.#isEchoOffForLine = false;
    }
    this.prompt();
  }

  #debugLine(line: string): void {
    const word = line.split(" ")[0];
    if (word === "q" || word === "quit") this.#leave(true);
    else if (word === "c" || word === "continue") this.#leave(false);
    else if (word === "h" || word === "help") this.write("Commands:\nhelp / h           - this information\nquit / q / Ctrl-C  - Quit debug mode, break execution\ncontinue / c       - Continue execution\n");
    else this.write("In debug mode: Expected a simple ID, type 'help' for more info.\n");
  }

  #leave(stops: boolean): void {
    this.#line = "";
    this.#removePrompt();
    this.#isDebugging = false;
    if (stops) this.write("Execution Interrupted\n");
    this.#tile.leaveDebugger(stops);
    if (stops) this.prompt();
  }

  #startPacket(): void {
    if (this.#line === "") this.#isEchoOffForLine = false;
    this.#packet = "";
    this.#cancelTimeout = this.#tile.after(packetTimeoutUs, () => {
      this.#packet = undefined;
      this.#tile.transmit(nak);
    });
  }

  #packetByte(byte: string): void {
    this.#packet += byte;
    const packet = this.#packet!;
    if (packet.length < 2) return;
    const header = (packet.charCodeAt(0) << 8) | packet.charCodeAt(1);
    if (packet.length < 2 + (header & 0x1fff)) return;
    this.#packet = undefined;
    this.#cancelTimeout?.();
    this.#tile.packet(packet.slice(2), header >> 13);
    this.prompt();
  }
}

/** May a "/" after this text begin a regular expression rather than a division? */
function beginsRegex(before: string): boolean {
  return before === "" || "([{,;=:?!&|+-*%<>~^\n}".includes(before);
}

/**
 * Open brackets of the input: more than 0 means "wait for more". Strings, templates, comments and regular expressions are skipped; an unfinished
 * comment or template waits, an unfinished string does not (the parser will complain).
 */
export function openBrackets(line: string): number {
  let depth = 0;
  const templates: number[] = [];
  let before = "";
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === "/" && line[i + 1] === "/") {
      while (i < line.length && line[i] !== "\n") i++;
      continue;
    }
    if (c === "/" && line[i + 1] === "*") {
      const end = line.indexOf("*/", i + 2);
      if (end < 0) return 1;
      i = end + 1;
      continue;
    }
    const isTemplate = c === "`" || (c === "}" && templates.length > 0 && depth === templates[templates.length - 1]);
    if (c === '"' || c === "'" || (c === "/" && beginsRegex(before))) {
      let isInSet = false;
      for (i++; i < line.length && (line[i] !== c || isInSet); i++) {
        if (line[i] === "\n") return 0;
        if (line[i] === "\\") i++;
        else if (c === "/" && line[i] === "[") isInSet = true;
        else if (line[i] === "]") isInSet = false;
      }
      if (i >= line.length) return 0;
    } else if (isTemplate) {
      if (c === "}") templates.pop();
      for (i++; i < line.length && line[i] !== "`" && !(line[i] === "$" && line[i + 1] === "{"); i++) if (line[i] === "\\") i++;
      if (i >= line.length) return 1;
      if (line[i] === "$") {
        templates.push(depth);
        i++;
      }
    } else if ("([{".includes(c)) depth++;
    else if (")]}".includes(c) && --depth < 0) return depth;
    if (c !== " " && c !== "\t") before = c;
  }
  return depth + templates.length;
}
