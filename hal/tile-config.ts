// What makes one tile differ from the next: a JSON record in Storage (`g.cfg`), written when the board is flashed and read by the first stage.
// The same image bytes run everywhere because everything board-specific stands here.

export interface TileConfig {
  /** Record version. */
  v: 1;
  /** Tile id: 16 hexadecimal digits, random at flash time. */
  id: string;
  name: string;
  /** Board id, as in `boards/`. */
  board: string;
  /** UART that carries the link ("Serial1" …), its rate, and on Linux Espruino the path of the pty behind it. */
  link: string;
  baud: number;
  path?: string;
  /** True where the console is another device than the link (Linux Espruino): the kernel then leaves the console alone. */
  con?: boolean;
  /** Second UART, which leads to a neighboring tile, and on Linux Espruino the path of the pty behind it; no field: none. */
  peer?: string;
  peerPath?: string;
  /** Storage file that holds every region, and the offset of the first erase page inside it. */
  file: string;
  off: number;
  /** Flash address of that first page, as `require("Flash")` counts. */
  base: number;
  /** Erase unit, bytes. */
  page: number;
  /** Pages: journal, one slot, slots (1 or 2), compressed previous image. Order in flash: boot log (1), journal, slot A, slot B or previous. */
  journal: number;
  slot: number;
  slots: number;
  prev: number;
  /** HMAC-SHA256 key for images, 64 hexadecimal digits (until signatures exist: every screen says UNSIGNED). */
  key: string;
  /** Boot window, ms; watchdog, s. */
  win: number;
  wdt: number;
  /** What the board draws, integers as in `PowerWord` (kernel/power/power.ts); no field: the tile keeps no ledger. */
  power?: number[];
  /** Energy contexts, three integers each: task number, µC, per period of so many µs. */
  energy?: number[];
  /** What the scheduler is told of tasks, five integers each: task number, priority 1 … 250, slack of its timers and relative deadline of its jobs (0: none) in µs, criticality 0 … 3. */
  tasks?: number[];
}
