// Waiting for bytes: collects what a stream sends until a test on it is satisfied or the time is up.
import type { ByteStream } from "./byte-stream.ts";
import { toByteString } from "./latin1.ts";
import { LinkError } from "./link-errors.ts";

/** Resolves after `ms`. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Runs `act`, then collects bytes until `done(collected)` is true or `timeoutMs` has passed; returns the byte string
 * collected (satisfied or not). Rejects with PORT_LOST when the stream closes.
 */
export function collect(stream: ByteStream, act: () => Promise<void>, done: (collected: string) => boolean, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let collected = "";
    const finish = (error?: unknown): void => {
      clearTimeout(timer);
      stopData();
      stopClose();
      if (error === undefined) resolve(collected);
      else reject(error);
    };
    // When this process was held up, bytes that came in time still wait behind the timer: one more turn of the event loop takes them in.
    const timer = setTimeout(() => setImmediate(finish), timeoutMs);
    const stopData = stream.onData((bytes) => {
      collected += toByteString(bytes);
      if (done(collected)) finish();
    });
    const stopClose = stream.onClose((reason) => finish(reason ?? new LinkError("PORT_LOST", `${stream.name} closed`)));
    act().catch(finish);
  });
}
