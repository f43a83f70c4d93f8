// Which engines a certificate is made for, unless told otherwise: those on which the verifier's own tests have run (host-tools/build/verify/engines.test.ts, fuzz.espruino.test.ts).

/** The name of an engine in certificates: what board.ts calls it, and its `process.version`. @throws RangeError */
export function engineName(engine: string, version: string): string {
  const name = `${engine} ${version}`;
  if (!/^[\x21-\x7e]+ [\x21-\x7e]+$/.test(name) || name.length > 64) throw new RangeError(`engine: a word and a version, not ${JSON.stringify(name)}`);
  return name;
}

/** Espruino as recorded in results/espruino.json, the QEMU board, the simulated boards. Another version is another engine: run the tests on it first. */
export const TESTED_ENGINES: readonly string[] = [engineName("espruino", "2v29.277"), engineName("xs", "2v29.genesis"), engineName("quickjs", "2v29.0")];
