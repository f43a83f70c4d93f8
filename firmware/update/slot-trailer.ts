// A slot's trailer: its last 64 bytes, the only place that says what the slot's image is worth.
//
// Idea: flash bits only go from 1 to 0, so a state changes by programming one more word, and each word is written once. A trailer holds the upload's identity and
// three *rounds*; a round is one trial of the image: its sequence number (set to test), whether it was tried, whether it was confirmed. The slot's state is
// the state of its last round. The sequence number stands next to its complement, so a word that was torn in the middle reads as absent, never as
// another number; "confirmed" counts only when all 32 bits are 0, "tried" as soon as one bit is.
// In the spirit of MCUboot's image trailer (docs/design.md, "Image trailer": copy done, image OK), without its swap status: slots run in place.

import { wordAt } from "./image-format.ts";

export const enum Trailer {
  Bytes = 64,
  /** First 24 bytes of the SHA-256 of the uploaded file: tells an upload to go on with from a new one. */
  Identity = 0,
  IdentityBytes = 24,
  /** Length of the uploaded file, bytes. */
  Length = 24,
  /** Rounds of three words each: sequence, tried, confirmed. */
  Rounds = 28,
  RoundBytes = 12,
  RoundCount = 3,
  Tried = 4,
  Confirmed = 8,
}

/** State of a slot, the low two bits of its rank. */
export const enum SlotState {
  /** Never set to run. */
  None = 0,
  /** Set to be tried at the next reset. */
  Pending = 1,
  /** Tried and not (yet) confirmed: it is running its trial now, or it has failed. */
  Tried = 2,
  Confirmed = 3,
}

/** Four bytes of an erased word, and of a word programmed to 0. */
export const erasedWord = "\xff\xff\xff\xff";
export const zeroWord = "\0\0\0\0";

/**
 * Rank of a slot from its trailer, `sequence << 4 | round << 2 | SlotState` of its last round; 0 when it was never set to run.
 * The slot with the higher rank was set later.
 */
export function slotRank(trailer: string): number {
  let rank = 0;
  for (let round = 0; round < Trailer.RoundCount; round++) {
    const at = roundOffset(round);
    const word = wordAt(trailer, at);
    if (((word >>> 16) ^ (word & 0xffff)) === 0xffff)
      rank =
        ((word & 0xffff) << 4) |
        (round << 2) |
        (trailer.substr(at + Trailer.Confirmed, 4) === zeroWord ? SlotState.Confirmed : trailer.substr(at + Trailer.Tried, 4) === erasedWord ? SlotState.Pending : SlotState.Tried);
  }
  return rank;
}

/** Offset in the trailer of round 0 … 2; `roundOffset(rank >> 2 & 3)` is the round that a rank came from. */
export function roundOffset(round: number): number {
  return Trailer.Rounds + round * Trailer.RoundBytes;
}

/** Offset in the trailer of the first round with no bit programmed after every used one; 0 when all are used up. */
export function freeRound(trailer: string): number {
  let free = 0;
  for (let at = Trailer.Bytes - Trailer.RoundBytes; at >= Trailer.Rounds; at -= Trailer.RoundBytes) {
    if (trailer.substr(at, Trailer.RoundBytes) !== erasedWord + erasedWord + erasedWord) return free;
    free = at;
  }
  return free;
}

/** A sequence number (1 … 65,534) as the word that a round starts with. */
export function sequenceWord(sequence: number): string {
  return String.fromCharCode(sequence & 255, sequence >> 8, ~sequence & 255, (~sequence >> 8) & 255);
}
