/**
 * What an installation needs of a board: an Espruino console that evaluates expressions, each of them at most once or harmlessly twice.
 *
 * The idea: everything below is written as expressions that may be repeated (writing the same bytes again, erasing again), so a lost answer costs a
 * repetition and nothing else. `EspruinoPackets.eval` (host-tools/link) is one of these consoles; base64 keeps 0x03 and 0x04 off the wire.
 */
export interface DeviceConsole {
  /** Evaluates a JavaScript expression and returns its JSON value (null for undefined). Rejects when the board throws or does not answer. */
  evaluate(expression: string, timeoutMs?: number): Promise<unknown>;
  /** Gets hold of the console again after the board restarted, in its boot window. Absent where that can't happen. */
  reattach?(): Promise<void>;
}

/** A JavaScript string literal of a byte string that is safe on every console. */
export function quote(text: string): string {
  return `"${text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, (character) => `\\x${(character.charCodeAt(0) & 0xff).toString(16).padStart(2, "0")}`)}"`;
}

/** An expression for bytes, in base64. */
export function base64(bytes: Uint8Array): string {
  return `atob("${Buffer.from(bytes).toString("base64")}")`;
}

/** Evaluates and insists on an integer. */
export async function evaluateInteger(console: DeviceConsole, expression: string, timeoutMs?: number): Promise<number> {
  const value = await console.evaluate(expression, timeoutMs);
  if (typeof value !== "number" || !Number.isInteger(value)) throw new TypeError(`the board answered ${JSON.stringify(value)} where an integer belongs`);
  return value;
}

/** Evaluates and insists on a list of integers. */
export async function evaluateIntegers(console: DeviceConsole, expression: string, timeoutMs?: number): Promise<number[]> {
  const value = await console.evaluate(expression, timeoutMs);
  if (!Array.isArray(value) || value.some((item) => !Number.isInteger(item))) throw new TypeError(`the board answered ${JSON.stringify(value)} where integers belong`);
  return value as number[];
}
