/**
 * Serial ports by the board behind them, so that a board is found again when its port got another name.
 *
 * Idea: a USB board's serial number stays, its path may change on replugging. Remember both at the first open.
 */
import { SerialPort } from "serialport";
import type { ByteStream } from "./byte-stream.ts";
import { isLinkError } from "./link-errors.ts";
import { openStream } from "./open-stream.ts";

export interface PortInfo {
  path: string;
  /** USB serial number, where there is one. */
  serialNumber?: string;
  vendorId?: string;
  productId?: string;
  manufacturer?: string;
}

/** The serial ports the system lists. Pseudo-terminals are never among them. */
export async function listPorts(): Promise<PortInfo[]> {
  const ports = await SerialPort.list().catch(() => []);
  return ports.map((p) => ({
    path: p.path,
    ...(p.serialNumber === undefined ? {} : { serialNumber: p.serialNumber }),
    ...(p.vendorId === undefined ? {} : { vendorId: p.vendorId.toLowerCase() }),
    ...(p.productId === undefined ? {} : { productId: p.productId.toLowerCase() }),
    ...(p.manufacturer === undefined ? {} : { manufacturer: p.manufacturer }),
  }));
}

/**
 * A function that opens the same board again and again: by path, or, when the path is gone, by USB serial number.
 * `open` opens a path (openStream unless given); `list` lists ports (listPorts unless given).
 */
export function boardOpener(path: string, open: (path: string) => Promise<ByteStream> = openStream, list: () => Promise<PortInfo[]> = listPorts): () => Promise<ByteStream> {
  let known: PortInfo | undefined;
  return async () => {
    let error: unknown;
    try {
      const stream = await open(known?.path ?? path);
      known = (await list()).find((p) => p.path === (known?.path ?? path)) ?? known;
      return stream;
    } catch (thrown) {
      error = thrown;
    }
    const lost = known;
    if (lost?.serialNumber !== undefined && isLinkError(error, "PORT_MISSING")) {
      const moved = (await list()).find((p) => p.serialNumber === lost.serialNumber && p.path !== lost.path);
      if (moved) {
        known = moved;
        return open(moved.path);
      }
    }
    throw error;
  };
}

/** USB vendor ids of boards that run Espruino natively, and of the serial chips most others use. */
const LIKELY_VENDORS: ReadonlySet<string> = new Set(["0483", "1915", "2e8a", "303a", "0403", "10c4", "1a86", "0d28", "239a", "2886"]);

/** Is there likely a board behind this port (rather than a mainboard's bare UART)? */
export function isLikelyBoard(port: PortInfo): boolean {
  return (port.vendorId !== undefined && LIKELY_VENDORS.has(port.vendorId)) || /tty(ACM|USB)|usb(modem|serial)|^COM/i.test(port.path);
}
