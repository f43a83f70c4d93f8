// The shape of a service description: what `firmware/<service>/api.ts` exports.
//
// Idea: a service is described once, as data, and everything else is derived from it: the dispatcher's check of a request, the host's client,
// the page of PROTOCOL, completion in the command line, the fuzzer. The description is host-only: `server.ts` imports nothing but const enums
// from its api.ts, and a description is a plain literal (`export const x = {...} as const satisfies Interface`, never the result of a call),
// so the bundler drops it from the tile.
// Wire: a command is an SMP command (group, id); request and reply are CBOR maps with text keys (Zephyr SMP protocol specification).

/** What a field holds. `rest` below stands for a nested map or the items of a list. */
export type FieldType = "uint" | "int" | "bool" | "text" | "bytes" | "map" | "list";

export interface Field {
  type: FieldType;
  /** One sentence: what it means. */
  about: string;
  /** Unit of a number: "us", "ms", "bytes", "uC" … */
  unit?: string;
  /** May be absent. */
  optional?: boolean;
  /** Fields of a `map`; of a `list`, the fields of each item when the items are maps. A map with free keys leaves it out. */
  fields?: Shape;
  /** Type of the items of a `list` that does not hold maps, or of the values of a map with free keys. */
  items?: FieldType;
}

export interface Shape {
  readonly [name: string]: Field;
}

/** One direction of a command: what is asked and what comes back when `rc` is 0. */
export interface Exchange {
  request: Shape;
  reply: Shape;
}

export interface Command {
  /** SMP command id, 0–255. */
  id: number;
  about: string;
  read?: Exchange;
  write?: Exchange;
  /** SMP result codes this command can answer besides 0, and when. */
  errors?: { readonly [rc: number]: string };
  /** Only in images with profile `full`. */
  full?: boolean;
}

export interface Interface {
  /** SMP group: mcumgr's below 64, ours from 64 up. */
  group: number;
  name: string;
  about: string;
  commands: { readonly [name: string]: Command };
}

/** Label of the kernel message that carries a request: command id and direction. */
export type RequestLabel = number;

/** The kernel message for a request to a service: `label` = id * 2 + (1 for write), `a` = SMP group, `data` = CBOR map. */
export const enum Direction {
  Read = 0,
  Write = 1,
}

interface ValueByType {
  uint: number;
  int: number;
  bool: boolean;
  text: string;
  bytes: Uint8Array;
}

type FieldValue<F extends Field> = F["type"] extends keyof ValueByType
  ? ValueByType[F["type"]]
  : F["type"] extends "list"
    ? F["fields"] extends Shape
      ? ShapeValue<F["fields"]>[]
      : F["items"] extends keyof ValueByType
        ? ValueByType[F["items"]][]
        : unknown[]
    : F["fields"] extends Shape
      ? ShapeValue<F["fields"]>
      : F["items"] extends keyof ValueByType
        ? { [key: string]: ValueByType[F["items"]] }
        : { [key: string]: unknown };

/** TypeScript type of a request or reply on the host, from its description. */
export type ShapeValue<S extends Shape> = {
  -readonly [K in keyof S as S[K]["optional"] extends true ? never : K]: FieldValue<S[K]>;
} & {
  -readonly [K in keyof S as S[K]["optional"] extends true ? K : never]?: FieldValue<S[K]>;
};
