/**
 * The device side of a one-slot update over a console: loads its script into the board's RAM and calls it.
 *
 * The board must be in its boot window; it is held there (`genesis(-1)`) until it is reset.
 */
import { base64, evaluateInteger, quote, type DeviceConsole } from "./device-console.ts";
import type { Geometry } from "../../firmware/update/layout.ts";
import { type OneSlotDevice, type OneSlotOptions, updateOneSlot } from "./one-slot.ts";

/** Characters of the script per packet. */
const pieceBytes = 900;
/** A board that loses its power more often during one update has another problem. */
const restartsAtMost = 8;

/**
 * `updateOneSlot` over a console. A board that restarts on the way has lost the script, but nothing that was done:
 * the script is loaded again and goes over all of it. Rejects as `updateOneSlot` and the console do.
 */
export async function updateOneSlotOver(console: DeviceConsole, script: string, geometry: Geometry, image: Uint8Array, options: OneSlotOptions = {}): Promise<number> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await updateOneSlot(await openOneSlotDevice(console, script), geometry, image, options);
    } catch (error) {
      if (restarts === restartsAtMost || !hasRestarted(error)) throw error;
      await console.reattach?.();
    }
  }
}

/** The script is gone, or the first stage with its `genesis` too: where the console is apart from the link, it is there while the kernel runs. */
function hasRestarted(error: unknown): boolean {
  return error instanceof Error && /ReferenceError: "?genesis(Script|Slot)?"? is not defined/.test(error.message);
}

/** @param script from buildOneSlotScript(). Rejects when the console does, or the board is not in its boot window. */
export async function openOneSlotDevice(console: DeviceConsole, script: string): Promise<OneSlotDevice> {
  await console.evaluate("genesis(-1)");
  // By position, so that a piece that was sent twice does no harm.
  for (let at = 0; at < script.length; at += pieceBytes) await console.evaluate(`(global.genesisScript=${at ? `genesisScript.substr(0,${at})+` : ""}${quote(script.slice(at, at + pieceBytes))},0)`);
  await console.evaluate("(eval(genesisScript),delete global.genesisScript,0)");
  const call = (code: string): Promise<number> => evaluateInteger(console, `genesisSlot.${code}`);
  return {
    stash: () => call("stash()"),
    crc: async (page) => (await call(`crc(${page})`)) >>> 0,
    erase: (page) => call(`erase(${page})`),
    put: (offset, bytes) => call(`put(${offset},${base64(bytes)})`),
    arm: (digest) => call(`arm(${base64(digest)})`),
  };
}
