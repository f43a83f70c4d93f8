// Why an update is refused: SMP's result codes (Zephyr SMP, mcumgr_err_t), negative, so that results of 0 and more stay free.
export const enum Refusal {
  /** The image is larger than the slot, or the slot's three trials are used up: erase and upload again. */
  NoMemory = -2,
  Invalid = -3,
  /** No whole image with that hash. */
  NoEntry = -5,
  /** Not now: the running image is on trial (confirm it first), or it is the slot in use. */
  BadState = -6,
  /** This board has one slot: it is updated through the boot window. */
  NotSupported = -8,
  /** The upload is complete but damaged; send it again from 0. */
  Corrupt = -9,
  /** Not sealed under this tile's key. */
  AccessDenied = -11,
}
