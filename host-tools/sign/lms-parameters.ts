/**
 * Parameter sets of LMS and LM-OTS over SHA-256, by the numbers that make them: hash length, chain width, tree height.
 *
 * Sources: RFC 8554 §4.1 table 1 and §5.1 table 2 (n = 32, types 1–4 and 5–9), RFC 9858 §4 (n = 24, types 5–8 and 10–14).
 */

/** One level of a key. What the project signs with is w = 4. */
export interface LmsParameters {
  /** Bytes of a hash. */
  n: 24 | 32;
  /** Bits of a chain's digit. */
  w: 1 | 2 | 4 | 8;
  /** Levels of the tree: it signs 2^height messages. */
  height: 5 | 10 | 15 | 20 | 25;
}

/** What follows from a parameter set. */
export interface LmsShape extends LmsParameters {
  lmsType: number;
  otsType: number;
  /** Chains of a one-time key (p), those of them for the message, and how far left the checksum stands in its 16 bits (ls). */
  chains: number;
  messageChains: number;
  shift: number;
  publicKeyBytes: number;
  signatureBytes: number;
}

/** The shape of a parameter set. @throws RangeError for numbers that are in no table */
export function lmsShape({ n, w, height }: LmsParameters): LmsShape {
  const widths = [1, 2, 4, 8].indexOf(w);
  if ((n !== 24 && n !== 32) || widths < 0 || ![5, 10, 15, 20, 25].includes(height)) throw new RangeError(`parameters: there is no LMS with n = ${n}, w = ${w}, height ${height}`);
  const messageChains = (8 * n) / w;
  const checksumBits = Math.floor(Math.log2((2 ** w - 1) * messageChains)) + 1;
  const checksumChains = Math.ceil(checksumBits / w);
  const chains = messageChains + checksumChains;
  return {
    n, w, height, chains, messageChains,
    shift: 16 - checksumChains * w,
    lmsType: (n === 32 ? 4 : 9) + height / 5,
    otsType: (n === 32 ? 1 : 5) + widths,
    publicKeyBytes: 24 + n,
    signatureBytes: 12 + n * (1 + chains + height),
  };
}
