// SMP group 1, "image": the images in the slots, upload, test, confirm, erase, as mcumgr clients expect them.
// Standard: Zephyr SMP, "Application/software image management group". Both slots run in place, so `slot` is the physical slot (0 = A, 1 = B)
// and `active` says which one runs, as in MCUboot's direct-xip mode.
import type { Interface } from "../api.ts";

/** Command ids of group 1. */
export const enum ImageCommand {
  State = 0,
  Upload = 1,
  Erase = 5,
  SlotInfo = 6,
}

const states = {
  images: {
    type: "list",
    about: "slots that hold a whole image",
    fields: {
      slot: { type: "uint", about: "0 is A, 1 is B" },
      version: { type: "text", about: "major.minor.revision, and .build when it is not 0" },
      hash: { type: "bytes", about: "SHA-256 of the image's header and body: its name in the commands" },
      bootable: { type: "bool", about: "always true: what is not bootable is not listed" },
      pending: { type: "bool", about: "will start at the next reset instead of the running one" },
      confirmed: { type: "bool", about: "stays after a reset" },
      active: { type: "bool", about: "runs now" },
      permanent: { type: "bool", about: "pending and confirmed: it starts without a trial" },
    },
  },
} as const;

const stateErrors = {
  2: "the slot's three trials are used up: erase it and upload again",
  3: "neither hash nor confirm",
  5: "no whole image with that hash",
  6: "the running image is itself on trial: confirm it first",
  11: "not sealed under this tile's key",
} as const;

export const imageApi = {
  group: 1,
  name: "image",
  about: "images in the slots: list, upload, test, confirm, erase",
  commands: {
    state: {
      id: 0,
      about: "lists the images; written, sets one to be tried or confirms it",
      read: { request: {}, reply: states },
      write: {
        request: {
          hash: { type: "bytes", optional: true, about: "which image; absent with confirm: the running one" },
          confirm: { type: "bool", optional: true, about: "for good; else it is tried once and must be confirmed before the next reset" },
        },
        reply: states,
      },
      errors: stateErrors,
    },
    upload: {
      id: 1,
      full: true,
      about: "takes a piece of an image file into the slot that does not run; goes on after a reset or an interruption",
      write: {
        request: {
          off: { type: "uint", unit: "bytes", about: "offset of this piece" },
          data: { type: "bytes", about: "the piece; only whole words are taken, the answer says where to go on" },
          len: { type: "uint", unit: "bytes", optional: true, about: "with off 0: length of the file" },
          sha: { type: "bytes", optional: true, about: "with off 0: SHA-256 of the file; an upload with the same one goes on where it stopped" },
          image: { type: "uint", optional: true, about: "0" },
          upgrade: { type: "bool", optional: true, about: "accepted and ignored until updates are signed" },
        },
        reply: {
          off: { type: "uint", unit: "bytes", about: "offset wanted next; the file's length when it is complete" },
          match: { type: "bool", optional: true, about: "true with the last piece: the image is whole and sealed under the tile's key" },
        },
      },
      errors: {
        2: "larger than the slot",
        3: "piece beyond the end, or no length with off 0",
        6: "the running image is on trial: confirm it before the way back is overwritten",
        8: "a small image, or a board with one slot: it is updated through the boot window",
        9: "complete but damaged: the slot was cleared, send it again",
        11: "not sealed under this tile's key: the slot was cleared",
      },
    },
    erase: {
      id: 5,
      full: true,
      about: "makes the slot that does not run empty",
      write: { request: { slot: { type: "uint", optional: true, about: "default: the one that does not run" } }, reply: {} },
      errors: { 3: "no such slot", 6: "it is the running one, or the running one is on trial" },
    },
    slots: {
      id: 6,
      full: true,
      about: "sizes of the slots",
      read: {
        request: {},
        reply: {
          images: {
            type: "list",
            about: "one entry: tiles have one image",
            fields: {
              image: { type: "uint", about: "0" },
              slots: {
                type: "list",
                about: "the slots",
                fields: { slot: { type: "uint", about: "0 is A, 1 is B" }, size: { type: "uint", unit: "bytes", about: "size of the slot" } },
              },
              max_image_size: { type: "uint", unit: "bytes", about: "largest file it takes" },
            },
          },
        },
      },
    },
  },
} as const satisfies Interface;
