/**
 * A serial port as a ByteStream, over the `serialport` package.
 *
 * Idea: opening fails in four ways a person can do something about (missing, busy, no permission, not a serial port),
 * so each gets its own code and next step. Pseudo-terminals have no modem lines: what only concerns those is allowed
 * to fail quietly ("Inappropriate ioctl").
 */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { SerialPort } from "serialport";
import { ByteStreamBase } from "./byte-stream.ts";
import type { ByteStream } from "./byte-stream.ts";
import { LinkError } from "./link-errors.ts";

export interface SerialOptions {
  path: string;
  /** Line rate in baud; 115200 unless given. Ignored by USB and pseudo-terminals. */
  baud?: number;
  /** Exclusive use of the port (flock); on unless false. */
  lock?: boolean;
}

/** Opens a serial port. Rejects with PORT_MISSING, PORT_BUSY or PORT_PERMISSION. */
export async function openSerial(options: SerialOptions): Promise<ByteStream> {
  const { path } = options;
  if (process.platform !== "win32") await checkPath(path);
  const port = new SerialPort({ path, baudRate: options.baud ?? 115200, lock: options.lock ?? true, autoOpen: false, hupcl: false });
  try {
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  } catch (error) {
    throw explainOpen(path, error as Error);
  }
  return new SerialStream(path, port);
}

/** Missing, forbidden or not a device: found before opening, since the driver's own words differ between systems. */
async function checkPath(path: string): Promise<void> {
  try {
    const found = await stat(path);
    if (!found.isCharacterDevice()) throw new LinkError("PORT_MISSING", `${path} is not a serial port`, "genesis doctor lists the ports that are");
    await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw error instanceof LinkError ? error : explainOpen(path, error as Error);
  }
}

/** What a failed open means to a person; the words differ between systems and drivers. */
export function explainOpen(path: string, error: Error): LinkError {
  const text = `${(error as NodeJS.ErrnoException).code ?? ""} ${error.message}`;
  if (/ENOENT|No such file|cannot find|File not found|ENXIO|ENODEV/i.test(text))
    return new LinkError("PORT_MISSING", `there is no port ${path}: nothing is plugged in there, or it got another name`, "run genesis doctor to see the ports that exist, or leave --port out to let it be found", undefined, error);
  if (/EACCES|EPERM|Permission denied|Access denied/i.test(text))
    return process.platform === "win32"
      ? busy(path, error)
      : new LinkError("PORT_PERMISSION", `you may not open ${path}`, "add yourself to the group that owns it (sudo usermod -aG dialout $USER), log in again, then retry", undefined, error);
  if (/lock|EBUSY|EAGAIN|Resource temporarily unavailable|busy/i.test(text)) return busy(path, error);
  return new LinkError("PORT_MISSING", `${path} can not be opened: ${error.message}`, "run genesis doctor --port " + path, undefined, error);
}

function busy(path: string, error: Error): LinkError {
  return new LinkError("PORT_BUSY", `${path} is in use by another program`, `close the other program (fuser ${path} names it); commands of genesis share a port by themselves`, undefined, error);
}

class SerialStream extends ByteStreamBase {
  readonly name: string;
  private readonly port: SerialPort;

  constructor(name: string, port: SerialPort) {
    super();
    this.name = name;
    this.port = port;
    port.on("data", (bytes: Buffer) => this.received(bytes));
    port.on("error", (error: Error) => this.closed(this.lost(error)));
    port.on("close", (error: Error | null) => this.closed(error ? this.lost(error) : undefined));
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lost());
    return new Promise((resolve, reject) => {
      const stop = this.onClose((reason) => reject(reason ?? this.lost()));
      const done = (error?: Error | null): void => {
        stop();
        if (error) reject(this.lost(error));
        else resolve();
      };
      this.port.write(Buffer.from(bytes), (error) => {
        if (error) done(error);
        else this.port.drain((drainError) => done(drainError && !/ioctl/i.test(drainError.message) ? drainError : undefined));
      });
    });
  }

  close(): Promise<void> {
    if (!this.isOpen || !this.port.isOpen) {
      this.closed(undefined);
      return Promise.resolve();
    }
    return new Promise((resolve) =>
      this.port.close(() => {
        this.closed(undefined);
        resolve();
      }),
    );
  }

  setBaud(baud: number): Promise<void> {
    return new Promise((resolve, reject) => this.port.update({ baudRate: baud }, (error) => (error ? reject(this.lost(error)) : resolve())));
  }

  async pulseReset(): Promise<boolean> {
    const set = (dtr: boolean, rts: boolean): Promise<boolean> => new Promise((resolve) => this.port.set({ dtr, rts }, (error) => resolve(!error)));
    if (!(await set(false, true))) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return set(true, false);
  }
}
