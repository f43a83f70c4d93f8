/**
 * The device side of a one-slot update over a console: loads its script into the board's RAM and calls it.
 *
 * The board must be in its boot window; it is held there (`genesis(-1)`) until it is reset.
 */
import { base64, evaluateInteger, quote, type DeviceConsole } from "./device-console.ts";
import type { OneSlotDevice } from "./one-slot.ts";

/** Characters of the script per packet. */
const pieceBytes = 900;

/** @param script from buildOneSlotScript(). Rejects when the console does, or the board is not in its boot window. */
export async function openOneSlotDevice(console: DeviceConsole, script: string): Promise<OneSlotDevice> {
  await console.evaluate("genesis(-1)");
  // By position, so that a piece that was sent twice does no harm.
  for (let at = 0; at < script.length; at += pieceBytes) await console.evaluate(`(global.genesisScript=${at ? `genesisScript.substr(0,${at})+` : ""}${quote(script.slice(at, at + pieceBytes))},0)`);
  await console.evaluate("(eval(genesisScript),delete global.genesisScript,0)");
  const call = (code: string): Promise<number> => evaluateInteger(console, `genesisSlot.${code}`, 20_000);
  return {
    stash: () => call("stash()"),
    crc: async (page) => (await call(`crc(${page})`)) >>> 0,
    erase: (page) => call(`erase(${page})`),
    put: (offset, bytes) => call(`put(${offset},${base64(bytes)})`),
    arm: (digest) => call(`arm(${base64(digest)})`),
  };
}
