// A serial line between a TCP port of this computer and a tile's socket: every byte takes its time, both ways, and is counted.
//
// QEMU's UART has no rate of its own, so what a tool makes of a line is only seen on one that has a rate. Both tools of a comparison go through this.
import { connect, createServer, type Server, type Socket } from "node:net";

export interface LineCount {
  /** Bytes from the host to the tile, and back. */
  toTile: number;
  fromTile: number;
  /** `performance.now()` at the first and at the last byte, either way. */
  firstMs: number;
  lastMs: number;
}

/** Bytes that wait in a direction before its sender is held up. */
const WAITING_BYTES = 4096;

/** One direction of the line. */
class Lane {
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** When the line is free for the next byte. */
  private freeMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private isEnded = false;
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly bytesPerSecond: number;

  constructor(from: Socket, to: Socket, bytesPerSecond: number, onBytes: (count: number) => void) {
    this.from = from;
    this.to = to;
    this.bytesPerSecond = bytesPerSecond;
    from.on("data", (bytes: Buffer) => {
      this.waiting.push(bytes);
      this.waitingBytes += bytes.length;
      onBytes(bytes.length);
      if (this.waitingBytes > WAITING_BYTES) from.pause();
      if (this.timer === undefined) this.move();
    });
  }

  end(): void {
    this.isEnded = true;
    clearTimeout(this.timer);
  }

  private move(): void {
    this.timer = undefined;
    if (this.isEnded) return;
    const nowMs = performance.now();
    // An idle line does not save up time.
    if (this.freeMs < nowMs - 10) this.freeMs = nowMs;
    const room = this.bytesPerSecond === 0 ? this.waitingBytes : Math.floor(((nowMs + 1 - this.freeMs) * this.bytesPerSecond) / 1000);
    if (room > 0 && this.waitingBytes > 0) {
      const all = this.waiting.length === 1 ? this.waiting[0]! : Buffer.concat(this.waiting);
      const part = all.subarray(0, room);
      this.waiting = part.length < all.length ? [all.subarray(part.length)] : [];
      this.waitingBytes -= part.length;
      if (this.bytesPerSecond > 0) this.freeMs += (part.length * 1000) / this.bytesPerSecond;
      this.to.write(part);
    }
    if (this.waitingBytes <= WAITING_BYTES) this.from.resume();
    if (this.waitingBytes > 0) this.timer = setTimeout(() => this.move(), 1);
  }
}

export class PacedBridge {
  readonly port: number;
  count: LineCount = { toTile: 0, fromTile: 0, firstMs: 0, lastMs: 0 };
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.server = server;
    this.port = port;
  }

  /**
   * Listens on 127.0.0.1 and joins whoever connects to the Unix socket `tilePath`.
   * @param bytesPerSecond each way; 0 for no limit.
   */
  static open(tilePath: string, bytesPerSecond: number): Promise<PacedBridge> {
    return new Promise((resolve, reject) => {
      const server = createServer((host) => bridge.join(host, tilePath, bytesPerSecond));
      let bridge: PacedBridge;
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        bridge = new PacedBridge(server, typeof address === "object" && address !== null ? address.port : 0);
        resolve(bridge);
      });
    });
  }

  get address(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  /** Starts counting anew. */
  reset(): void {
    this.count = { toTile: 0, fromTile: 0, firstMs: 0, lastMs: 0 };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private join(host: Socket, tilePath: string, bytesPerSecond: number): void {
    const tile = connect(tilePath);
    host.setNoDelay(true);
    const note = (side: "toTile" | "fromTile") => (bytes: number): void => {
      this.count[side] += bytes;
      this.count.lastMs = performance.now();
      if (this.count.firstMs === 0) this.count.firstMs = this.count.lastMs;
    };
    const lanes = [new Lane(host, tile, bytesPerSecond, note("toTile")), new Lane(tile, host, bytesPerSecond, note("fromTile"))];
    for (const socket of [host, tile]) {
      this.sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        this.sockets.delete(socket);
        for (const lane of lanes) lane.end();
        host.destroy();
        tile.destroy();
      });
    }
  }
}
