// The installer's view of an Espruino console: expressions by packets, each tried again when its answer got lost.
//
// Everything the installer evaluates may be evaluated twice (host-tools/install/device-console.ts), so a lost answer costs only time.
import type { DeviceConsole } from "../install/device-console.ts";
import type { EspruinoConsole } from "../link/espruino-console.ts";
import { EspruinoPackets, quiet } from "../link/espruino-packets.ts";
import { isLinkError } from "../link/link-errors.ts";

const TRIES = 6;

export function packetConsole(console: EspruinoConsole): DeviceConsole {
  const packets = new EspruinoPackets(console);
  return {
    async evaluate(expression, timeoutMs) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await packets.eval(expression, timeoutMs);
        } catch (error) {
          // A console that lost bytes needs a moment to give up on half a packet.
          if (attempt === TRIES || !isLinkError(error, "TIMEOUT", "BAD_REPLY", "PORT_LOST")) throw error;
          await quiet(console, 300, 5000).catch(() => undefined);
        }
      }
    },
  };
}
