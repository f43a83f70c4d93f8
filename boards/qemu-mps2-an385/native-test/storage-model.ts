/**
 * What Storage promises, as a map from names to bytes: the model of the property tests.
 *
 * The idea: the format, the pages and compaction are the implementation's business; a caller only sees names and
 * content. The model also knows how many bytes the headers and erased files take, because "full" is visible.
 */
import fc from "fast-check";

export type Operation =
  | { readonly kind: "write"; readonly name: string; readonly data: string }
  | { readonly kind: "chunks"; readonly name: string; readonly parts: readonly string[] }
  | { readonly kind: "erase"; readonly name: string }
  | { readonly kind: "append"; readonly name: string; readonly data: string }
  | { readonly kind: "compact" };

const hexOf = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const names = ["a", "conf", ".boot0", "long-name-".repeat(2) + "12345678", "long-name-".repeat(2) + "12345679-cut", "\xff\x00\x80z"];
const logNames = ["log", "events"];

/** Content of 1…longest bytes, in hexadecimal, with many 0xff (the byte that flash cannot tell from nothing). */
const content = (longest: number): fc.Arbitrary<string> =>
  fc.tuple(fc.integer({ min: 1, max: longest }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 3 })).map(([length, first, slope]) => {
    let hex = "";
    for (let i = 0; i < length; i++) hex += ((first + i * slope) & 255).toString(16).padStart(2, "0");
    return hex;
  });

/** One operation; contents up to `longest` bytes. */
export const operation = (longest: number): fc.Arbitrary<Operation> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("write" as const), name: fc.constantFrom(...names), data: content(longest) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("chunks" as const), name: fc.constantFrom(...names), parts: fc.array(content(200), { minLength: 2, maxLength: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("erase" as const), name: fc.constantFrom(...names) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("append" as const), name: fc.constantFrom(...logNames), data: content(120).map((hex) => hex.replaceAll("ff", "fe")) }) },
    { weight: 1, arbitrary: fc.constant({ kind: "compact" as const }) },
  );

/** Bytes of a log file; it is made whole and written piece by piece, as a StorageFile's chunk is. */
const logBytes = 1500;

/** The commands of harness.c that carry the operations out, one list for each operation. */
export function commandsOfAll(operations: readonly Operation[]): string[][] {
  const offsets = new Map<string, number>();
  return operations.map((operation) => {
    if (operation.kind !== "append") return commandsOf(operation);
    const offset = offsets.get(operation.name) ?? 0;
    const length = operation.data.length / 2;
    if (offset + length > logBytes) return [];
    offsets.set(operation.name, offset + length);
    return [`write ${hexOf(operation.name)} ${operation.data} ${offset} ${offset === 0 ? logBytes : 0} 64`];
  });
}

function commandsOf(operation: Exclude<Operation, { kind: "append" }>): string[] {
  switch (operation.kind) {
    case "write":
      return [`write ${hexOf(operation.name)} ${operation.data}`];
    case "chunks": {
      const total = operation.parts.join("").length / 2;
      let offset = 0;
      return operation.parts.map((part) => {
        const command = `write ${hexOf(operation.name)} ${part} ${offset} ${offset === 0 ? total : 0}`;
        offset += part.length / 2;
        return command;
      });
    }
    case "erase":
      return [`erase ${hexOf(operation.name)}`];
    case "compact":
      return ["compact"];
  }
}

/** The name as Storage keeps it: 28 bytes at most, and a zero ends it nowhere but in listings. */
export const storedName = (name: string): string => name.slice(0, 28);

/** Names and content after the operations that succeeded. Logs are kept apart: they grow. */
export class StorageModel {
  readonly files = new Map<string, string>();
  readonly logs = new Map<string, string>();
  /** Logs that could not be made for want of room, at first or later. */
  readonly unknownLogs = new Set<string>();

  /** Follows one operation, given the harness's answers to its commands. */
  apply(operation: Operation, answers: readonly string[]): void {
    switch (operation.kind) {
      case "write":
        if (answers[0] === "ok") this.files.set(storedName(operation.name), operation.data);
        else this.files.delete(storedName(operation.name)); // the old file goes before the new one is found not to fit
        break;
      case "chunks":
        this.#chunks(operation, answers);
        break;
      case "erase":
        this.files.delete(storedName(operation.name));
        break;
      case "append":
        if (answers.length === 0) break;
        if (answers[0] !== "ok") this.unknownLogs.add(operation.name);
        else this.logs.set(operation.name, (this.logs.get(operation.name) ?? "") + operation.data);
        break;
      case "compact":
        break;
    }
  }

  #chunks({ name, parts }: Extract<Operation, { kind: "chunks" }>, answers: readonly string[]): void {
    const key = storedName(name);
    const total = parts.join("").length;
    if (answers[0] !== "ok") {
      this.files.delete(key);
      return;
    }
    // A first chunk that says "write everything anew" may also find the same file erased but for 0xff.
    let bytes = "";
    parts.forEach((part, i) => {
      bytes += answers[i] === "ok" ? part : "ff".repeat(part.length / 2);
    });
    this.files.set(key, bytes.padEnd(total, "f"));
  }
}

/** The commands that read back everything the model knows, and the answers they must give. */
export function readBack(model: StorageModel): { commands: string[]; expected: string[] } {
  const commands: string[] = [];
  const expected: string[] = [];
  for (const name of new Set(names.map(storedName))) {
    commands.push(`read ${hexOf(name)}`);
    expected.push(model.files.get(name) ?? "none");
  }
  for (const name of logNames.filter((log) => !model.unknownLogs.has(log))) {
    commands.push(`read ${hexOf(name)}`);
    const log = model.logs.get(name);
    expected.push(log === undefined ? "none" : log.padEnd(2 * logBytes, "f"));
  }
  return { commands, expected };
}
