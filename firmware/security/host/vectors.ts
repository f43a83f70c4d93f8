// Published vectors: Appendix F of RFC 8554, Appendix A of RFC 9858, and NIST's ACVP sigVer groups that a tile is meant for (SHA-256, w = 4, heights 5 and 10).
import { readFileSync } from "node:fs";

/** Byte strings; the key and signature are HSS ones. */
export interface SignatureVector {
  name: string;
  publicKey: string;
  message: string;
  signature: string;
  isGood: boolean;
}

interface RfcVector { source: string; publicKey: string; message: string; signature: string }
interface AcvpVector { id: string; publicKey: string; message: string; signature: string; isGood: boolean }

const load = (name: string): unknown => JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));
const text = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");

export function rfcVectors(): SignatureVector[] {
  return (load("rfc.json") as RfcVector[]).map(({ source, publicKey, message, signature }) => (
    { name: source, publicKey: text(publicKey), message: text(message), signature: text(signature), isGood: true }));
}

/** As HSS with one level, which is an LMS key and signature with a word before each. */
export function acvpVectors(): SignatureVector[] {
  return (load("acvp-sigver.json") as { tests: AcvpVector[] }).tests.map(({ id, publicKey, message, signature, isGood }) => (
    { name: `NIST ACVP ${id}`, publicKey: `\0\0\0\x01${text(publicKey)}`, message: text(message), signature: `\0\0\0\0${text(signature)}`, isGood }));
}
