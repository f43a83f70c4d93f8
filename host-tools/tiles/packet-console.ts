// The installer's view of an Espruino console: expressions by packets, each tried again when its answer got lost.
//
// Everything the installer evaluates may be evaluated twice (host-tools/install/device-console.ts), so a lost answer costs only time.
import type { ByteStream } from "../link/byte-stream.ts";
import type { DeviceConsole } from "../install/device-console.ts";
import type { EspruinoConsole } from "../link/espruino-console.ts";
import { EspruinoPackets, quiet } from "../link/espruino-packets.ts";
import { isLinkError, LinkError } from "../link/link-errors.ts";

export interface PacketConsoleOptions {
  /** Gets hold of the console again after the cable fell out or the board restarted; resolves with the console from then on. */
  reattach?: () => Promise<EspruinoConsole>;
  /** The line under the console: an answer is not waited for while its cable is out. */
  stream?: ByteStream;
  /** Once aborted, the next expression is refused with INTERRUPTED. */
  signal?: AbortSignal;
}

const TRIES = 6;
const AWAY_LOOK_MS = 50;

/** `answer`, or PORT_LOST as soon as the cable is out. */
async function unlessAway<T>(stream: ByteStream | undefined, answer: Promise<T>): Promise<T> {
  let look: ReturnType<typeof setInterval> | undefined;
  const away = new Promise<never>((_, reject) => {
    look = setInterval(() => {
      if (stream?.isAway === true) reject(new LinkError("PORT_LOST", `${stream.name} went away`));
    }, AWAY_LOOK_MS);
  });
  try {
    return await Promise.race([answer, away]);
  } finally {
    clearInterval(look);
  }
}

export function packetConsole(console: EspruinoConsole, options: PacketConsoleOptions = {}): DeviceConsole {
  let current = console;
  let packets = new EspruinoPackets(current);
  const reattach = async (): Promise<void> => {
    if (options.reattach === undefined) return;
    current = await options.reattach();
    packets = new EspruinoPackets(current);
  };
  return {
    reattach,
    async evaluate(expression, timeoutMs) {
      for (let attempt = 1; ; attempt++) {
        if (options.signal?.aborted) throw new LinkError("INTERRUPTED", "interrupted");
        try {
          return await unlessAway(options.stream, packets.eval(expression, timeoutMs));
        } catch (error) {
          const isLost = isLinkError(error, "PORT_LOST");
          if (attempt === TRIES || (!isLost && !isLinkError(error, "TIMEOUT", "BAD_REPLY"))) throw error;
          if (options.reattach !== undefined && (isLost || attempt > 1)) {
            await reattach();
          } else {
            // A console that lost bytes needs a moment to give up on half a packet.
            await quiet(current, 300, 5000).catch(() => undefined);
          }
        }
      }
    },
  };
}
