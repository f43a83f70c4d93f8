// A line that can be cut: a Unix socket that programs open as a port, with a device behind it that stays when the cable is out.
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { ByteStreamBase } from "../../link/byte-stream.ts";

/** The device's end: one stream for its whole life, whoever is plugged in. */
export class LineServer extends ByteStreamBase {
  readonly name: string;
  /** What to give to --port. */
  readonly port: string;
  private readonly path: string;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private silence: { pattern: RegExp; then: () => void } | undefined;
  private passed = "";

  private constructor(path: string) {
    super();
    this.path = path;
    this.name = path;
    this.port = `unix:${path}`;
  }

  static async open(path: string): Promise<LineServer> {
    const line = new LineServer(path);
    await line.plug();
    return line;
  }

  /** Puts the cable in. */
  async plug(): Promise<void> {
    rmSync(this.path, { force: true });
    const server = createServer((socket) => {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("data", (bytes: Buffer) => this.received(bytes));
      socket.on("error", () => undefined);
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.path, resolve));
  }

  /** Pulls the cable: the port is gone. */
  unplug(): void {
    this.server?.close();
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.path, { force: true });
  }

  /** Resolves when the device has sent something that matches. */
  sent(pattern: RegExp): Promise<void> {
    this.passed = "";
    return new Promise((resolve) => (this.silence = { pattern, then: resolve }));
  }

  write(bytes: Uint8Array): Promise<void> {
    for (const socket of this.sockets) socket.write(bytes);
    if (this.silence !== undefined) {
      this.passed = (this.passed + Buffer.from(bytes).toString("latin1")).slice(-10_000);
      if (this.silence.pattern.test(this.passed)) {
        this.silence.then();
        this.silence = undefined;
      }
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.unplug();
    this.closed(undefined);
    return Promise.resolve();
  }
}
