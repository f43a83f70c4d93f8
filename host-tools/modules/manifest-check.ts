// Looks at plain data field by field and collects what is wrong: the field's path, what stands there, what to write instead.

export interface ManifestProblem {
  /** As in code: `needs[0].pin`; "" is the whole manifest. */
  path: string;
  what: string;
  instead: string;
}

export class ManifestError extends Error {
  readonly code = "MANIFEST";
  readonly exitCode = 2;
  readonly next: string;
  readonly problems: readonly ManifestProblem[];

  constructor(problems: readonly ManifestProblem[], file: string = "manifest.ts") {
    super(`${file}: ${problems.map(({ path, what }) => (path === "" ? what : `${path}: ${what}`)).join("; ")}`);
    this.name = "ManifestError";
    this.problems = problems;
    this.next = problems.map(({ path, instead }) => (path === "" ? instead : `${path}: ${instead}`)).join("; ");
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export class ManifestCheck {
  private readonly problems: ManifestProblem[] = [];

  wrong(path: string, what: string, instead: string): void {
    this.problems.push({ path, what, instead });
  }

  /** A value as the author wrote it. */
  shown(value: unknown): string {
    return value === undefined ? "it is missing" : (JSON.stringify(value) ?? String(value)).slice(0, 60);
  }

  /** A record with these fields and no others. */
  record(value: unknown, path: string, fields: readonly string[]): Record<string, unknown> {
    if (!isRecord(value)) {
      this.wrong(path, this.shown(value), `write a record: { ${fields.join(", ")} }`);
      return {};
    }
    const inside = (name: string): string => (path === "" ? name : `${path}.${name}`);
    for (const name of Object.keys(value)) if (!fields.includes(name)) this.wrong(inside(name), "there is no such field", `write one of ${fields.join(", ")}, or leave it out`);
    return value;
  }

  /** A record of integers with their ranges; fields named in `others` are looked at elsewhere. */
  numbers(value: unknown, path: string, ranges: Readonly<Record<string, readonly [least: number, most: number]>>, others: readonly string[] = []): Record<string, unknown> {
    const known = this.record(value, path, [...others, ...Object.keys(ranges)]);
    if (isRecord(value)) for (const [name, [least, most]] of Object.entries(ranges)) this.integer(known[name], `${path}.${name}`, least, most);
    return known;
  }

  integer(value: unknown, path: string, least: number, most: number): void {
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) this.wrong(path, this.shown(value), `write a whole number from ${least} to ${most}`);
  }

  text(value: unknown, path: string, pattern: RegExp, instead: string): void {
    if (typeof value !== "string" || !pattern.test(value)) this.wrong(path, this.shown(value), instead);
  }

  oneOf(value: unknown, path: string, words: readonly string[]): void {
    if (typeof value !== "string" || !words.includes(value)) this.wrong(path, this.shown(value), `write ${words.map((word) => `"${word}"`).join(", ").replace(/, ([^,]*)$/, " or $1")}`);
  }

  /** @throws ManifestError when anything was wrong. */
  end(): void {
    if (this.problems.length > 0) throw new ManifestError(this.problems);
  }
}
