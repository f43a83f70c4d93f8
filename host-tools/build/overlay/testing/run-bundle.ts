// Runs expression files as bundles are, on Node, for tests of passes over shipped text.

/** A map of nothing: names and places are those of the text. */
export const NO_MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: "" });

export type Entry = (port: object, ...more: unknown[]) => unknown;

/** Modules and a `boot` as one expression file. */
export const bundleOf = (modules: string): string => `(()=>{\n${modules}return boot})()`;

/** A bundle's value. */
export const evaluate = (code: string): Entry => (0, eval)(`(${code})`) as Entry;

/** A port that is its own global object, as on a board. */
export function boardPort<T extends object>(fields: T): T & { global: object } {
  const port = { ...fields, global: {} };
  port.global = port;
  return port;
}

/** What happens: JSON of the result, or the message of what it throws. */
export function outcome(run: () => unknown): string {
  try {
    return JSON.stringify(run()) ?? "undefined";
  } catch (error) {
    return `throws ${error instanceof Error ? error.message : String(error)}`;
  }
}
