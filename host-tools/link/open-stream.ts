// Opens a port by its name: a socket for unix:…, tcp:… and host:port, a socket file, and a serial port for anything else.
import { stat } from "node:fs/promises";
import type { ByteStream } from "./byte-stream.ts";
import { openSerial } from "./serial-stream.ts";
import { openSocket } from "./socket-stream.ts";

/** Opens `port`: "unix:/path", "tcp:host:port", "host:port", a socket file, or a serial port ("/dev/ttyACM0", "COM3"). */
export async function openStream(port: string, baud?: number): Promise<ByteStream> {
  if (/^(unix|tcp):/.test(port) || /^[^/\\]+:\d+$/.test(port)) return openSocket(port);
  const found = await stat(port).catch(() => undefined);
  if (found?.isSocket()) return openSocket(`unix:${port}`);
  return openSerial(baud === undefined ? { path: port } : { path: port, baud });
}
