// Keys and certificates on the command line: a key is made, modules are signed with it, a certificate is shown and checked.
//
// A key is two things: its folder, wherever one likes, and the record of its used indexes in the state folder, apart from it (host-tools/sign/signer.ts says why).

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Context } from "../cli/command.ts";
import { Failure, usage } from "../cli/failure.ts";
import { readInputFile } from "../cli/input-file.ts";
import { Cert } from "../../firmware/modules/certificate.ts";
import { KeyId } from "../../firmware/modules/certificate-format.ts";
import { certify, checkCertificate, grantOfRead, moduleText, plentyFacts } from "../build/certify/certify.ts";
import { TESTED_ENGINES } from "../build/certify/engines.ts";
import { explainCertificate, readCertificate, type ReadBound, type ReadCertificate } from "../build/certify/read-certificate.ts";
import { CERTIFICATE_REFUSALS } from "../build/certify/refusals.ts";
import { verifierHash } from "../build/certify/verifier-hash.ts";
import type { LmsParameters } from "../sign/lms-parameters.ts";
import { createKey, type KeyPlace, openSigner, signerStatus } from "../sign/signer.ts";
import { shownPath } from "./complaints.ts";
import type { CompiledModule } from "./compile-module.ts";

/** The shortest signatures of the table in PROTOCOL §13 that are enough for a thousand releases. */
const KEY_LEVELS: readonly LmsParameters[] = [{ n: 24, w: 4, height: 10 }];

const placeOf = (home: string, folder: string): KeyPlace => ({ key: path.resolve(folder), records: path.join(home, "key-records") });

/** genesis module key. @throws Failure KEY_EXISTS, EXISTS, USAGE */
export function makeKey({ output, home }: Context, folder: string | undefined): void {
  if (folder === undefined) throw usage("the key has no folder", "genesis module key porch-key");
  const place = placeOf(home, folder);
  if (existsSync(place.key) && readdirSync(place.key).length > 0 && !existsSync(path.join(place.key, "key.json"))) throw new Failure("EXISTS", 2, `${place.key} has other files in it`, "choose a new folder");
  const task = output.task("Growing the key's tree", "module-key");
  createKey(place, KEY_LEVELS, (done, total) => task.progress(done / total));
  task.end();
  const { publicKey, part, remaining } = signerStatus(place);
  const record = path.join(place.records, part);
  const hex = publicKey.toString("hex");
  output.data("module-key", { folder: place.key, record, publicKey: hex, signatures: remaining }, [
    `secret      ${shownPath(place.key)}    signs ${remaining} modules`,
    `record      ${shownPath(record)}    which of its signatures are used`,
    `public key  ${hex}`,
  ].join("\n"));
  output.info("Signing needs both folders, on this computer. Don't copy either, don't restore one from a backup: two copies would use a signature twice, and that gives the key away.\nThe public key is for tiles, and for whoever checks: give it to anybody.");
  output.info(`next:  genesis module build <folder> --key ${shownPath(place.key)}`);
}

export interface Signed {
  /** One for each module, in their order. */
  certificates: readonly Buffer[];
  /** Signatures left in the key. */
  remaining: number;
}

/** Signs modules for the engines that are tested. @throws what openSigner and certify throw */
export async function signModules({ root, home }: Context, modules: readonly CompiledModule[], folder: string): Promise<Signed> {
  const signer = openSigner(placeOf(home, folder));
  try {
    const verifier = await verifierHash(root);
    const certificates = modules.map((module) => certify(module, TESTED_ENGINES, verifier, signer));
    return { certificates, remaining: signer.remaining };
  } finally {
    signer.close();
  }
}

/** A public key in hexadecimal digits, or that of a key's folder. */
function publicKeyOf(home: string, named: string): Buffer {
  return /^(?:[0-9a-f]{104}|[0-9a-f]{120})$/i.test(named) ? Buffer.from(named, "hex") : signerStatus(placeOf(home, named)).publicKey;
}

/** genesis module explain. @throws Failure BAD_CERTIFICATE (6): no tile takes it, or it is about another text; UNTRUSTED_CERTIFICATE (7): the signature is not one of the key */
export async function explain({ output, root, home }: Context, file: string | undefined, key: string | undefined): Promise<void> {
  if (file === undefined) throw usage("which certificate?", "genesis module explain dist/modules/porch-light.cert");
  const bytes = readInputFile(path.resolve(file));
  const publicKey = key === undefined ? undefined : publicKeyOf(home, key);
  const read = readOrRefuse(file, bytes);
  const { name } = read.manifest;
  // The check of a tile that has plenty and grants everything, about the very text that is certified.
  const about = { _name: name, _sha: Buffer.from(read.textSha256, "hex").toString("latin1"), _bytes: read.textBytes };
  const verdictWith = (trusted: Uint8Array): number => checkCertificate(plentyFacts(trusted, read.engines[0] ?? "", read.needs.map(grantOfRead)), about, bytes);
  // With a key of which only the identifier is right nothing is left to find but the signature.
  const form = verdictWith(Buffer.concat([Buffer.alloc(KeyId.At), Buffer.from(read.keyId, "hex")]));
  const textFile = `${file.replace(/\.cert$/, "")}.js`;
  const beside = existsSync(textFile) ? moduleText(name, readInputFile(textFile).toString("latin1")) : undefined;
  const signature = publicKey === undefined ? Cert.Good : verdictWith(publicKey);
  const checks = {
    form: form === Cert.Forged,
    text: beside === undefined ? null : beside._sha === about._sha && beside._bytes === about._bytes,
    verifier: read.verifier.sha256 === (await verifierHash(root)).sha256.toString("hex"),
    signature: publicKey === undefined ? null : signature === Cert.Good,
  };
  output.data("certificate", { file, ...jsonOf(read), checks }, `${explainCertificate(read)}\n\n${[
    `text       ${checks.text === null ? `not looked at: there is no ${shownPath(textFile)}` : `${shownPath(textFile)} is ${checks.text ? "the one" : "another one"}`}`,
    `verifier   ${checks.verifier ? "this checkout's" : "not this checkout's"}`,
    `signature  ${checks.signature === null ? "not checked: name the key or its public key with --key" : `${checks.signature ? "by" : "not by"} the key that was named`}`,
  ].join("\n")}`);
  if (!checks.form) throw refused("BAD_CERTIFICATE", 6, file, form);
  if (checks.text === false) throw refused("BAD_CERTIFICATE", 6, file, Cert.Text);
  if (checks.signature === false) throw refused("UNTRUSTED_CERTIFICATE", 7, file, signature);
}

function refused(code: string, exitCode: number, file: string, verdict: number): Failure {
  const { what, next } = CERTIFICATE_REFUSALS[verdict as keyof typeof CERTIFICATE_REFUSALS];
  return new Failure(code, exitCode, `${file}: ${what}`, next);
}

function readOrRefuse(file: string, bytes: Buffer): ReadCertificate {
  try {
    return readCertificate(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Failure("BAD_CERTIFICATE", 6, `${file}: ${error.message}`, "send the file again, or certify the module anew: genesis module build <folder> --key <folder>");
  }
}

function jsonOf({ bounds, ...read }: ReadCertificate): Record<string, unknown> {
  const known = ({ fuel, memory, ...rest }: ReadBound): object => ({ fuel: fuel ?? null, memory: memory ?? null, ...rest });
  return { ...read, bounds: { ...bounds, handle: known(bounds.handle), load: known(bounds.load) } };
}
