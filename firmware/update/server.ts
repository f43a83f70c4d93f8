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
import { Refusal, Updater } from "./updater.ts";

/** The image list as SMP shows it. */
function imageList(updater: Updater): CborMap {
  const config = updater.config;
  const running = updater.info.slot;
  const images: CborValue[] = [];
  for (let slot = 0; slot < config.slots; slot++) {
    const tlvs = wholeImage(updater.port, config, updater.flash, slot);
    if (tlvs) {
      const rank = updater.rank(slot);
      const state = rank & 3;
      const v = updater.flash.read(slotOffset(config, slot) + Image.Version, 8);
      const build = wordAt(v, 4);
      const isNext = slot !== running && (state === SlotState.Pending || (state === SlotState.Confirmed && rank > updater.rank(running)));
      images.push({
        slot: slot,
        version: v.charCodeAt(0) + "." + v.charCodeAt(1) + "." + (v.charCodeAt(2) | (v.charCodeAt(3) << 8)) + (build ? "." + build : ""),
        hash: new CborBytes(tlvs.substr(Image.Digest, 32)),
        bootable: true,
        pending: isNext,
        confirmed: state === SlotState.Confirmed,
        active: slot === running,
        permanent: isNext && state === SlotState.Confirmed,
      });
    }
  }
  return { images: images };
}

/** One request: `label` = command id * 2 + isWrite. Returns the reply map, or the refusal as a number. */
export function answerImageRequest(updater: Updater, label: number, request: CborMap): CborMap | number {
  const config = updater.config;
  const command = label >> 1;
  const isWrite = label & 1;
  let rc = 0;
  if (command === ImageCommand.State) {
    if (isWrite) rc = updater.setState((request.hash as string) || "", !!request.confirm);
    return rc < 0 ? rc : imageList(updater);
  }
  if (command === ImageCommand.Upload && isWrite) {
    const data = request.data;
    const length = (request.len as number) || 0;
    if (typeof data !== "string" || typeof request.off !== "number") return Refusal.Invalid;
    rc = updater.upload(request.off as number, data, length, (request.sha as string) || "");
    return rc < 0 ? rc : rc && rc === updater.length() ? { off: rc, match: true } : { off: rc };
  }
  if (command === ImageCommand.Erase && isWrite) {
    rc = updater.erase(typeof request.slot === "number" ? request.slot : 1 - updater.info.slot);
    return rc < 0 ? rc : {};
  }
  if (command === ImageCommand.SlotInfo && !isWrite) {
    const slots: CborValue[] = [];
    for (let slot = 0; slot < config.slots; slot++) slots.push({ slot: slot, size: config.slot * config.page });
    return { images: [{ image: 0, slots: slots, max_image_size: imageLimit(config) }] };
  }
  return Refusal.NotSupported;
}

/** The service's task. Requests arrive as messages: label = command * 2 + isWrite, data = CBOR map; replies carry rc as their label. */
export function createUpdateServer(gate: Gate, port: EspruinoApi, config: TileConfig, flash: Flash, info: BootInfo): Handler {
  const updater = new Updater(port, config, flash, info);
  return function (event: Event, _badge: number, label: number, _a: number, _b: number, data: string): void {
    if (event !== Event.Message) return;
    const request = cborDecode(data, CborFlag.Lenient | CborFlag.Flat);
    const answer = request && typeof request === "object" ? answerImageRequest(updater, label, request as CborMap) : Refusal.Invalid;
    if (typeof answer === "number") gate(Op.Reply, 0, -answer, 0, 0, "\xa0");
    else gate(Op.Reply, 0, 0, 0, 0, cborEncode(answer) as string);
  };
}
