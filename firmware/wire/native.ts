/**
 * The three native helpers the wire code borrows from its engine.
 *
 * Idea: a JavaScript loop over bytes costs a small board about half a millisecond a byte, a native call almost nothing.
 * So base64 and string-to-array conversion come in as arguments: on a tile `{ atob, btoa, bytes: E.toUint8Array }`,
 * on Node the same three over Buffer. A *byte string* is a JavaScript string of codes 0..255.
 */
export interface WireNative {
  /** Base64 (RFC 4648 §4, padded) to byte string. On bad input it may return anything but must not throw. */
  atob(text: string): string;
  /** Byte string to base64 (RFC 4648 §4, padded). */
  btoa(bytes: string): string;
  /** Byte string to an array of the same bytes. */
  bytes(bytes: string): Uint8Array;
}
