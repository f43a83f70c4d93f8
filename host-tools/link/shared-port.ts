/**
 * Opens a port that other commands of genesis may have open too.
 *
 * Idea: whoever comes first takes the lock, opens the port and answers at a Unix socket in the state folder; whoever
 * comes later connects there and says in one line of JSON what it wants. To all of them the result is a ByteStream. When
 * the owner ends, the streams of the others close; wrapped in a ReconnectingStream they try again, and the quickest
 * becomes the new owner.
 * On Windows there is no Unix socket here: the port is opened alone.
 */
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { streamPair } from "./byte-stream.ts";
import type { ByteStream } from "./byte-stream.ts";
import { LinkError, isLinkError } from "./link-errors.ts";
import { openStream } from "./open-stream.ts";
import { PortBroker } from "./port-broker.ts";
import { holder, tryLock } from "./port-lock.ts";
import { DuplexStream, openSocket } from "./socket-stream.ts";
import { portKey, stateDir } from "./state-dir.ts";
import { fromByteString, toByteString } from "./latin1.ts";
import { sleep } from "./wait-for.ts";

export interface SharedPortOptions {
  baud?: number;
  /** Hold the line alone, bytes untouched (console protocols). The others wait. */
  raw?: boolean;
  /** What to call this member to others ("genesis flash"). */
  command?: string;
  /** Folder for socket and lock; the user's state folder unless given. */
  dir?: string;
  /** How the owner opens the port; openStream unless given. */
  open?: (port: string, baud?: number) => Promise<ByteStream>;
  /** How long to wait while another process starts or ends its ownership; 4000 ms unless given. */
  waitMs?: number;
}

interface Hello {
  raw: boolean;
  command: string;
  pid: number;
}

/** Opens `port`, shared with other commands. Rejects as openStream does; PORT_BUSY names the holder when one of ours is it. */
export async function openShared(port: string, options: SharedPortOptions = {}): Promise<ByteStream> {
  const open = options.open ?? openStream;
  if (process.platform === "win32") return open(port, options.baud);
  const dir = options.dir ?? stateDir();
  const base = join(dir, portKey(port));
  const hello: Hello = { raw: options.raw ?? false, command: options.command ?? "genesis", pid: process.pid };
  const untilMs = performance.now() + (options.waitMs ?? 4000);
  for (;;) {
    const joined = await joinOwner(`${base}.sock`, hello, port);
    if (joined) return joined;
    const unlock = tryLock(`${base}.lock`);
    if (unlock) {
      try {
        return await own(port, base, hello, await open(port, options.baud), unlock);
      } catch (error) {
        unlock();
        throw error;
      }
    }
    if (performance.now() > untilMs) throw new LinkError("PORT_BUSY", `${port} is held by process ${holder(`${base}.lock`) ?? "unknown"}, which does not answer`, "end that process, then run the command again");
    await sleep(50 + Math.random() * 50);
  }
}

/** Becomes the owner: broker, socket for later comers, and a first member in this process. */
async function own(port: string, base: string, hello: Hello, stream: ByteStream, unlock: () => void): Promise<ByteStream> {
  const [mine, broker] = streamPair(port);
  const switchboard = new PortBroker(stream);
  switchboard.join(broker, hello.raw);
  const members = new Set<DuplexStream>();
  let server: Server | undefined;
  try {
    server = await listen(`${base}.sock`, (socket) => greet(socket, switchboard, members, port));
  } catch (error) {
    await stream.close();
    throw error;
  }
  let over = false;
  const leave = (): void => {
    if (over) return;
    over = true;
    server.close();
    rmSync(`${base}.sock`, { force: true });
    for (const member of members) void member.close();
  };
  const onExit = (): void => {
    leave();
    unlock();
  };
  const end = (): void => {
    if (over) return;
    leave();
    process.removeListener("exit", onExit);
    void stream.close().finally(unlock);
  };
  mine.onClose(end);
  stream.onClose(() => {
    void mine.close();
    end();
  });
  process.once("exit", onExit);
  return mine;
}

function listen(path: string, onConnect: (socket: Socket) => void): Promise<Server> {
  rmSync(path, { force: true }); // we hold the lock, so what is there is a dead owner's
  return new Promise((resolve, reject) => {
    const server = createServer(onConnect);
    server.once("error", reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      server.unref();
      resolve(server);
    });
  });
}

/** The owner's side of a new connection: one JSON line in, one out, then plain bytes. */
function greet(socket: Socket, broker: PortBroker, members: Set<DuplexStream>, port: string): void {
  let line = "";
  const onData = (bytes: Buffer): void => {
    line += toByteString(bytes);
    const end = line.indexOf("\n");
    if (end < 0) {
      if (line.length > 1000) socket.destroy();
      return;
    }
    socket.removeListener("data", onData);
    let hello: Partial<Hello> = {};
    try {
      hello = JSON.parse(line.slice(0, end)) as Partial<Hello>;
    } catch {
      socket.destroy();
      return;
    }
    const stream = new DuplexStream(`${port} (${hello.command ?? "?"}, pid ${hello.pid ?? 0})`, socket, socket, () => socket.destroy());
    if (!broker.join(stream, hello.raw === true)) {
      socket.end(JSON.stringify({ ok: false, code: "PORT_BUSY", message: `${port} is being used for its console by another command of genesis` }) + "\n");
      return;
    }
    members.add(stream);
    stream.onClose(() => members.delete(stream));
    socket.write(JSON.stringify({ ok: true }) + "\n");
  };
  socket.on("data", onData);
  socket.on("error", () => socket.destroy());
}

/** Joins a living owner; undefined when there is none. */
async function joinOwner(path: string, hello: Hello, port: string): Promise<ByteStream | undefined> {
  let stream: ByteStream;
  try {
    stream = await openSocket(`unix:${path}`, 1000);
  } catch (error) {
    if (isLinkError(error, "PORT_MISSING")) return undefined;
    throw error;
  }
  const member = new GreetingStream(stream, port);
  await stream.write(fromByteString(JSON.stringify(hello) + "\n")).catch(() => undefined);
  const answer = await member.greeting;
  if (answer === undefined) {
    await stream.close();
    return undefined; // the owner ended just now
  }
  if (answer.ok !== true) {
    await stream.close();
    throw new LinkError("PORT_BUSY", answer.message ?? `${port} is in use by another command of genesis`, "wait until that command has ended, or stop it with Ctrl-C");
  }
  return member;
}

/** A member's stream: swallows the owner's one-line greeting, then passes everything on. */
class GreetingStream implements ByteStream {
  readonly name: string;
  readonly greeting: Promise<{ ok?: boolean; message?: string } | undefined>;
  private readonly inner: ByteStream;
  private early: Uint8Array | undefined;

  constructor(inner: ByteStream, port: string) {
    this.inner = inner;
    this.name = port;
    this.greeting = new Promise((resolve) => {
      let line = "";
      const timer = setTimeout(() => resolve(undefined), 2000);
      const stopClose = inner.onClose(() => {
        clearTimeout(timer);
        resolve(undefined);
      });
      const stop = inner.onData((bytes) => {
        line += toByteString(bytes);
        const end = line.indexOf("\n");
        if (end < 0) return;
        stop();
        stopClose();
        clearTimeout(timer);
        if (end + 1 < line.length) this.early = fromByteString(line.slice(end + 1));
        try {
          resolve(JSON.parse(line.slice(0, end)) as { ok?: boolean; message?: string });
        } catch {
          resolve(undefined);
        }
      });
    });
  }

  get isOpen(): boolean {
    return this.inner.isOpen;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.inner.write(bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    const { early } = this;
    this.early = undefined;
    if (early) setImmediate(() => listener(early));
    return this.inner.onData(listener);
  }

  onClose(listener: (reason: LinkError | undefined) => void): () => void {
    return this.inner.onClose(listener);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
