// A certificate for people: its fields as a value, and as text. Nothing is checked here but the form: only a tile's check says whether it holds.

import { Certificate, coseHead, coseMiddle, Field, KeyId, NeedMode } from "../../../firmware/modules/certificate-format.ts";
import { Address } from "../../../firmware/modules/guest-api.ts";
import { CborBytes, cborDecode, type CborMap, type CborValue } from "../../../firmware/wire/cbor.ts";
import { cborNext, type CborCursor } from "../../../firmware/wire/cbor-reader.ts";
import { MODES, type ModuleManifest, POLICIES } from "../../modules/manifest.ts";
import { intrinsicNames } from "./intrinsic-bits.ts";

/** Bounds of loading or of one event; undefined: data decides. */
export interface ReadBound {
  fuel: number | undefined;
  memory: number | undefined;
  calls: number;
  stackBytes: number;
}

export interface ReadNeed {
  service: string;
  /** The pin's name; "" for other services. */
  target: string;
  mode: (typeof MODES)[number];
  /** Level of an output while the module does not run; -1 for the others. */
  safe: number;
  why: string;
}

export interface ReadCertificate {
  /** Identifier of the signing key, hexadecimal. */
  keyId: string;
  textSha256: string;
  textBytes: number;
  verifier: { version: number; sha256: string };
  engines: readonly string[];
  /** -1: one is computed. */
  operations: readonly number[];
  intrinsics: readonly string[];
  bounds: { handle: ReadBound; load: ReadBound; recursionLimit: number };
  /** Lowest interface of the kernel. */
  kernel: number;
  /** But for the names of needs, which no certificate has. */
  manifest: Omit<ModuleManifest, "needs">;
  /** By address from 2 on. */
  needs: readonly ReadNeed[];
  /** Whole, payload and signature. */
  bytes: { whole: number; payload: number; signature: number };
}

/** @throws SyntaxError when the bytes are no certificate of this format */
export function readCertificate(bytes: Uint8Array): ReadCertificate {
  const all = Buffer.from(bytes).toString("latin1");
  const wrong = (what: string): SyntaxError => new SyntaxError(`certificate: ${what}`);
  const start = coseHead.length + KeyId.Bytes;
  if (!all.startsWith(coseHead) || all[start] !== coseMiddle) throw wrong("no COSE_Sign1 with HSS/LMS");
  const cursor: CborCursor = { s: all, p: start + 1, f: 0, a: 0, e: 0 };
  const take = (): string => {
    if (cborNext(cursor) !== 2 || cursor.e) throw wrong("no byte string where one should be");
    cursor.p += cursor.a;
    return all.slice(cursor.p - cursor.a, cursor.p);
  };
  const [payload, signature] = [take(), take()];
  if (cursor.p !== all.length) throw wrong("bytes left over");
  const map = cborDecode(payload, 0);
  if (!isMap(map)) throw wrong("the payload is no map in deterministic CBOR");
  if (map[Field.Format] !== Certificate.Format) throw wrong(`format ${JSON.stringify(map[Field.Format])}, and ${Certificate.Format} is known`);

  const number = (value: CborValue | undefined): number => {
    if (typeof value !== "number") throw wrong("no number where one should be");
    return value;
  };
  const text = (value: CborValue | undefined): string => {
    if (typeof value !== "string") throw wrong("no text where one should be");
    return value;
  };
  const list = (value: CborValue | undefined, length?: number): CborValue[] => {
    if (!Array.isArray(value) || (length !== undefined && value.length !== length)) throw wrong("no list, or one of another length");
    return value;
  };
  const hex = (value: CborValue | undefined): string => {
    if (!(value instanceof CborBytes)) throw wrong("no bytes where some should be");
    return Buffer.from(value.b, "latin1").toString("hex");
  };
  const bounds = list(map[Field.Bounds], Certificate.BoundsCount);
  const bound = (at: number): ReadBound => {
    const [fuel, memory, calls, stackBytes] = bounds.slice(at, at + 4);
    return { fuel: fuel === null ? undefined : number(fuel), memory: memory === null ? undefined : number(memory), calls: number(calls), stackBytes: number(stackBytes) };
  };
  const word = <T extends string>(words: readonly T[], value: CborValue | undefined): T => {
    const found = words[number(value)];
    if (found === undefined) throw wrong(`${number(value)} where ${words.join(", ")} are known`);
    return found;
  };
  const [fuelPerRun, memoryBlocks, messageBytes, energyUcPerPeriod, periodMs] = list(map[Field.Quotas], Certificate.QuotasCount).map(number) as [number, number, number, number, number];
  const [policy, backoffMs, limit] = list(map[Field.Restart], Certificate.RestartCount).map(number) as [number, number, number];
  const [stateVersion, stateBytes] = list(map[Field.State], Certificate.StateCount).map(number) as [number, number];
  const notes = Object.keys(map).filter((key) => key.startsWith("-")).map((key) => text(map[key]));
  return {
    keyId: Buffer.from(all.substr(coseHead.length, KeyId.Bytes), "latin1").toString("hex"),
    textSha256: hex(map[Field.TextSha]), textBytes: number(map[Field.TextBytes]),
    verifier: { version: number(map[Field.VerifierVersion]), sha256: hex(map[Field.VerifierSha]) },
    engines: list(map[Field.Engines]).map(text), operations: list(map[Field.Operations]).map(number), intrinsics: intrinsicNames(number(map[Field.Intrinsics])),
    bounds: { handle: bound(0), load: bound(4), recursionLimit: number(bounds[8]) },
    kernel: number(map[Field.Kernel]),
    manifest: {
      name: text(map[Field.Name]), version: number(map[Field.Sequence]), quotas: { fuelPerRun, memoryBlocks, messageBytes, energyUcPerPeriod, periodMs },
      restart: { policy: word(POLICIES, policy), backoffMs, limit }, state: { version: stateVersion, bytes: stateBytes }, ...(notes.length > 0 ? { notes } : {}),
    },
    needs: list(map[Field.Needs]).map((need) => {
      const [service, target, mode, safe, why] = list(need, 5);
      return { service: text(service), target: text(target), mode: word(MODES, mode), safe: number(safe), why: text(why) };
    }),
    bytes: { whole: bytes.length, payload: payload.length, signature: signature.length },
  };
}

function isMap(value: CborValue | undefined): value is CborMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof CborBytes);
}

/** A need in words: `pin D7, output, 0 while it does not run`. */
export function needWords({ service, target, mode, safe }: ReadNeed): string {
  const what = service === "pins" ? `pin ${target}` : target === "" ? service : `${service} ${target}`;
  return `${what}, ${mode}${mode === MODES[NeedMode.Output] ? `, ${safe} while it does not run` : ""}`;
}

/** What happens after a fault, in words. */
function restartWords({ policy, backoffMs, limit }: ModuleManifest["restart"], periodMs: number): string {
  const most = `at most ${limit} times in ${periodMs} ms`;
  if (policy === "stop") return "it stays stopped";
  return `it is started again after ${backoffMs} ms, then twice that …${policy === "restart" ? "" : `; ${most}, then it stays stopped`}${policy === "quarantine" ? " and no tile that hears of it starts this version" : ""}`;
}

/** A certificate as lines. What is not printable ASCII is escaped: it may come from anywhere. */
export function explainCertificate(one: ReadCertificate): string {
  const { manifest: { name, version, quotas, restart, state, notes = [] }, needs, bounds } = one;
  const bound = ({ fuel, memory, calls, stackBytes }: ReadBound): string => `${fuel ?? "data decides the"} fuel, ${memory ?? "data decides the"} variables, ${calls} nested calls, ${stackBytes} bytes of stack`;
  const lines = [
    `${name}, version ${version}, ${state.version === 0 ? "without state" : `state of version ${state.version}, at most ${state.bytes} bytes`}`,
    `text: ${one.textBytes} bytes, SHA-256 ${one.textSha256}`,
    `verified by version ${one.verifier.version}, SHA-256 ${one.verifier.sha256}`,
    `for ${one.engines.join(", ")}, kernel interface ${one.kernel} or later`,
    `gate operations: ${one.operations.map((op) => (op < 0 ? "computed ones" : String(op))).join(", ") || "none"}; built-ins: ${one.intrinsics.join(", ") || "none"}`,
    `one event comes to ${bound(bounds.handle)}`,
    `loading comes to ${bound(bounds.load)}; recursion at most ${bounds.recursionLimit} deep`,
    `may take ${quotas.fuelPerRun} fuel and ${quotas.memoryBlocks} variables a run, messages of ${quotas.messageBytes} bytes, ${quotas.energyUcPerPeriod} µC in ${quotas.periodMs} ms`,
    ...needs.map((need, index) => `needs (${Address.FirstNeed + index}) ${needWords(need)}: ${need.why}`),
    `after a fault: ${restartWords(restart, quotas.periodMs)}`,
    ...notes.map((note) => `note: ${note}`),
    `signed with key ${one.keyId}; ${one.bytes.whole} bytes, ${one.bytes.signature} of them the signature`,
  ];
  return lines.map((line) => line.replace(/[^\x20-\x7eµ…]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)).join("\n");
}
