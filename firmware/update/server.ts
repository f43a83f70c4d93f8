// The update service: SMP group 1 over an Updater. The only file here that touches the kernel.
//
// It answers one request per message and keeps nothing but the running upload's offset; what must survive a reset is in the flash (updater.ts).
// Wire: api.ts; Zephyr SMP, "Application/software image management group".
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { Event, Op, type Gate, type Handler } from "../../kernel/gate.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { CborBytes, cborDecode, cborEncode, type CborMap, type CborValue } from "../wire/cbor.ts";
import { ImageCommand } from "./api.ts";
import type { BootInfo } from "./boot-log.ts";
import { wholeImage } from "./image-check.ts";
import { Image, wordAt } from "./image-format.ts";
import { imageLimit, slotOffset } from "./layout.ts";
import { SlotState } from "./slot-trailer.ts";
import { Refusal } from "./refusal.ts";
import { createUpdater, type Updater } from "./updater.ts";

declare const UPLOAD: boolean;

/** The image list as SMP shows it. */
function imageList(updater: Updater, port: EspruinoApi, config: TileConfig, flash: Flash, running: number): CborMap {
  const images: CborValue[] = [];
  for (let slot = 0; slot < config.slots; slot++) {
    const tlvs = wholeImage(port, config, flash, slot);
    if (tlvs) {
      const rank = updater.rank(slot);
      const isConfirmed = (rank & 3) === SlotState.Confirmed;
      const v = flash.read(slotOffset(config, slot) + Image.Version, 8);
      const build = wordAt(v, 4);
      const isNext = slot !== running && ((rank & 3) === SlotState.Pending || (isConfirmed && rank > updater.rank(running)));
      images.push({
        slot: slot,
        version: v.charCodeAt(0) + "." + v.charCodeAt(1) + "." + (wordAt(v, 0) >>> 16) + (build ? "." + build : ""),
        hash: new CborBytes(tlvs.substr(Image.Digest, 32)),
        bootable: true,
        pending: isNext,
        confirmed: isConfirmed,
        active: slot === running,
        permanent: isNext && isConfirmed,
      });
    }
  }
  return { images: images };
}

/** One request: `label` = command id * 2 + isWrite. Returns the reply map, or the refusal as a number. */
function answerRequest(updater: Updater, port: EspruinoApi, config: TileConfig, flash: Flash, running: number, label: number, request: CborMap): CborMap | number {
  let rc = 0;
  if (label >> 1 === ImageCommand.State) {
    if (label & 1) rc = updater.setState((request.hash as string) || "", !!request.confirm);
    return rc < 0 ? rc : imageList(updater, port, config, flash, running);
  }
  if (UPLOAD) {
    if (label === ImageCommand.Upload * 2 + 1) {
      const data = request.data;
      const length = request.len || 0;
      const sha = request.sha || "";
      if (typeof data !== "string" || typeof request.off !== "number" || typeof length !== "number" || typeof sha !== "string") return Refusal.Invalid;
      rc = updater.upload(request.off, data, length, sha);
      return rc < 0 ? rc : rc && rc === updater.length() ? { off: rc, match: true } : { off: rc };
    }
    if (label === ImageCommand.Erase * 2 + 1) {
      rc = updater.erase(typeof request.slot === "number" ? request.slot : 1 - running);
      return rc < 0 ? rc : {};
    }
    if (label === ImageCommand.SlotInfo * 2) {
      const slots: CborValue[] = [];
      for (let slot = 0; slot < config.slots; slot++) slots.push({ slot: slot, size: config.slot * config.page });
      return { images: [{ image: 0, slots: slots, max_image_size: imageLimit(config) }] };
    }
  }
  return Refusal.NotSupported;
}

/** The service's task. Requests arrive as messages: label = command * 2 + isWrite, data = CBOR map; replies carry rc as their label. */
export function createUpdateServer(gate: Gate, port: EspruinoApi, config: TileConfig, flash: Flash, info: BootInfo): Handler {
  const updater = createUpdater(port, config, flash, info);
  return function (event: Event, _badge: number, label: number, _a: number, _b: number, data: string): void {
    if (event !== Event.Message) return;
    const request = cborDecode(data, CborFlag.Lenient | CborFlag.Flat);
    let answer: CborMap | number = Refusal.Invalid;
    if (request && typeof request === "object") answer = answerRequest(updater, port, config, flash, info.slot, label, request as CborMap);
    if (typeof answer === "number") gate(Op.Reply, 0, -answer, 0, 0, "\xa0");
    else gate(Op.Reply, 0, 0, 0, 0, cborEncode(answer) as string);
  };
}
