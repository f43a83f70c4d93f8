// The first stage: the script in `.bootcde`, written when a board is flashed and never touched by an update.
//
// After every reset it leaves the console to whoever is there for `win` ms (the boot window), then picks an image (boot-choice.ts), checks its hash, notes the
// start in the boot log, arms the watchdog and calls the image with (port, config, info). When nothing may run it stays in the console.
// Console contract (PROTOCOL): the global function `genesis(ms)` sets what is left of the window: 0 starts now, a negative number holds the console until the next
// reset. It answers 1, the version of this contract. The watchdog is kicked while the console has the board. After six starts without health the window is a minute.
// Power may fail at any flash operation in here: each writes one word, or is repeated by the next start (stash.ts).
import type { EspruinoApi, EspruinoFlash, EspruinoStorage } from "../../hal/espruino.ts";
import { openFlash } from "../../hal/port/flash-port.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { chooseSlot, Choice } from "./boot-choice.ts";
import { BootKind, BootLimit, logEnd, unhealthyStarts, type BootInfo } from "./boot-log.ts";
import { tlvOffset, wholeImage } from "./image-check.ts";
import { Image } from "./image-format.ts";
import { slotOffset, trailerOffset } from "./layout.ts";
import { roundOffset, SlotState, slotRank, Trailer, zeroWord } from "./slot-trailer.ts";
import { restoreStash } from "./stash.ts";

/** The port as the first stage sees it: it adds `genesis`, and reads the reset cause if the port tells it. */
export interface BootPort extends EspruinoApi {
  genesis?: (ms: number) => number;
  /** The image's text and arguments: what `startScript` finds. */
  g?: [string, TileConfig, BootInfo];
  E: EspruinoApi["E"] & { resetCause?: number };
}

/** Starts the image that lies in the global `g`: a function of (port, configuration, info). */
const startScript = 'try{eval(g[0])(global,g[1],g[2])}catch(e){print(e);E.reboot()}';

const enum Window {
  /** The window is looked at this often, ms. */
  TickMs = 250,
  /** Version of the console contract. */
  Contract = 1,
}

/** Runs on `port` right after a reset: opens the boot window and starts an image when it closes. */
export function firstStage(port: BootPort): void {
  // What is left of the window, ms; 0: start now; negative: the console keeps the board.
  let waitMs = 0;
  const E = port.E;
  const say = function (text: string): void {
    port.print("genesis: " + text);
  };
  const storage = port.require("Storage") as EspruinoStorage;
  const raw = port.require("Flash") as EspruinoFlash;
  const config = JSON.parse(storage.read("g.cfg", 0, 0) || "0") as TileConfig;
  if (!config) {
    say("no g.cfg");
    return;
  }
  waitMs = config.win;

  const flash = openFlash(port, config);

  const log = flash.read(0, config.page);
  const cause = E.resetCause || 0;
  let end = logEnd(log);
  const unhealthy = unhealthyStarts(log, end, cause);
  if (unhealthy >= BootLimit.Recovery) waitMs = BootLimit.RecoveryMs;

  /** Picks, notes and runs; returns when nothing may run, or when the image's function has returned. */
  const start = function (): void {
    const ranks = [0, 0];
    let slot = config.slots;
    while (slot--) ranks[slot] = slotRank(flash.read(trailerOffset(config, slot), Trailer.Bytes));
    // One slot: the image before, once.
    let isRestored = false;
    const restore = function (): boolean {
      if (isRestored || !restoreStash(port, config, flash)) return false;
      ranks[0] = slotRank(flash.read(trailerOffset(config, 0), Trailer.Bytes));
      return (isRestored = true);
    };
    if (unhealthy >= BootLimit.Unhealthy && ((ranks[0] as number) & 3) !== SlotState.Pending) restore();
    for (;;) {
      slot = chooseSlot(ranks[0] as number, ranks[1] as number, unhealthy);
      if (slot === Choice.None) {
        if (!restore()) {
          say("nothing to start");
          waitMs = -1;
          return;
        }
      } else if (wholeImage(port, config, flash, slot)) break;
      else ranks[slot] = 0;
    }
    let kind = isRestored || unhealthy >= BootLimit.Unhealthy ? BootKind.Fallback : BootKind.Normal;
    const rank = ranks[slot] as number;
    if ((rank & 3) === SlotState.Pending) {
      kind = BootKind.Test;
      flash.program(trailerOffset(config, slot) + roundOffset((rank >> 2) & 3) + Trailer.Tried, zeroWord);
    }
    if (end * 4 >= config.page) {
      flash.erase(0);
      end = 0;
    }
    flash.program(end * 4, String.fromCharCode(cause, kind, 255, 255));
    E.enableWatchdog(config.wdt, false);
    const body = slotOffset(config, slot) + Image.HeaderBytes;
    // Evaluated from a timer, with no scope around it: an image evaluated in here would keep these variables alive, and each of its functions a reference to them.
    delete port.genesis;
    port.g = [flash.read(body, tlvOffset(config, flash, slot) - body), config, { slot, kind, cause, log: end * 4, unhealthy }];
    port.setTimeout(startScript, 0);
  };

  // Both views of the flash have to agree, or the file was moved (a compaction) and writing would destroy other files.
  const probe = trailerOffset(config, 0);
  if (E.toString(raw.read(Trailer.Bytes, config.base + probe)) !== flash.read(probe, Trailer.Bytes)) {
    say("g.dat has moved");
    return;
  }

  const tick = function (): void {
    E.kickWatchdog();
    if (!waitMs) start();
    if (waitMs) {
      const ms = waitMs > 0 && waitMs < Window.TickMs ? waitMs : Window.TickMs;
      if (waitMs > 0) waitMs -= ms;
      port.setTimeout(tick, ms);
    }
  };
  port.genesis = function (ms: number): number {
    waitMs = ms;
    return Window.Contract;
  };
  tick();
}
