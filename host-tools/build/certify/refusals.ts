// Why a tile refuses a certificate or a text, and what to do about it: one line for each code of the closed lists Cert and Scan.

import { Cert } from "../../../firmware/modules/certificate.ts";
import { Scan } from "../../../firmware/modules/scan-format.ts";

export interface Advice {
  what: string;
  next: string;
}

export const CERTIFICATE_REFUSALS: Readonly<Record<Exclude<Cert, Cert.More | Cert.Good>, Advice>> = {
  [Cert.NoHash]: { what: "the tile has no SHA-256, or not the memory to hash the certificate in one piece", next: "use a board that checks signatures (docs/reference/boards.md); such a tile can run no module" },
  [Cert.Envelope]: { what: "the bytes are no certificate, or are cut", next: "send the file again; if that does not help, certify the module anew" },
  [Cert.Signer]: { what: "it is signed with a key that the tile does not trust", next: "sign with a key whose public key the tile has, or give the tile that public key" },
  [Cert.Forged]: { what: "the signature is not one of that key over these bytes", next: "send the file again; if that does not help, somebody changed it: certify the module anew" },
  [Cert.Form]: { what: "a field is missing, out of order, of another type or size, or bytes are left over", next: "certify the module with this version of the host tools" },
  [Cert.Unknown]: { what: "it is of a format, or has a field, that the tile does not know and must not ignore", next: "update the tile, or certify the module for the older format" },
  [Cert.Text]: { what: "it is about another text", next: "send the text and the certificate that were made together" },
  [Cert.Name]: { what: "it is about a module of another name", next: "install it under the name that is in the certificate" },
  [Cert.Sequence]: { what: "it is older than what is installed, or was revoked", next: "release it anew with a higher version in its manifest" },
  [Cert.Verifier]: { what: "its verifier is older than the oldest that the tile believes", next: "verify and certify the module with this version of the host tools" },
  [Cert.Engine]: { what: "it does not hold for the tile's engine", next: "certify it for this engine as well, once the verifier's tests have run on it" },
  [Cert.Kernel]: { what: "the tile's kernel is older than the module needs, or lacks an operation that it uses", next: "update the tile" },
  [Cert.Quota]: { what: "it asks for more fuel, memory, message bytes, charge or room than is free", next: "ask for less in the manifest, or stop another module" },
  [Cert.Bound]: { what: "what it comes to is more than it asks for, or than the stack that is free", next: "raise quotas.fuelPerRun or quotas.memoryBlocks in the manifest, or nest fewer calls" },
  [Cert.Grant]: { what: "one of its needs, this pin in this mode or this service, is not granted", next: "grant it when you install the module, or drop it from the manifest" },
};

export const SCAN_REFUSALS: Readonly<Record<Exclude<Scan, Scan.More | Scan.Good>, string>> = {
  [Scan.Ascii]: "a byte that is not printable ASCII",
  [Scan.Frame]: "its head or tail is not the verifier's",
  [Scan.Token]: "a character, a word or an order of them that the verifier never prints",
  [Scan.Bracket]: "brackets that don't match, or stand where none is printed",
  [Scan.String]: "a string without an end, or an escape that is never printed",
  [Scan.Member]: "a member that is not allowed",
  [Scan.Key]: "a key that may be text without the prefix",
  [Scan.Name]: "a name that is declared nowhere, a function used as a value, or a variable that is called",
  [Scan.Charge]: "a function, loop or handler that does not begin with its charge",
};

/** One line about a verdict of certificateStep. */
export function refusalText(verdict: number): string {
  const advice = CERTIFICATE_REFUSALS[verdict as keyof typeof CERTIFICATE_REFUSALS];
  return advice === undefined ? `verdict ${verdict}` : `${advice.what}. Next: ${advice.next}`;
}

/** One line about a verdict of scanStep, at an offset of the text. */
export function scanRefusalText(verdict: number, at: number): string {
  const what = SCAN_REFUSALS[verdict as keyof typeof SCAN_REFUSALS];
  return what === undefined ? `verdict ${verdict}` : `${what}, at ${at}. Next: the text is not as the verifier printed it; verify the module anew`;
}
