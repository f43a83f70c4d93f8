/**
 * A typed client for any service that describes itself in an api.ts.
 *
 * Idea: the description is the contract, so the stub is derived from it: `callRead(client, osApi, "echo", { d: "hi" })`
 * takes and gives the types of the description, and the reply is checked against it before anyone uses it.
 */
import type { Command, Field, FieldType, Interface, Shape, ShapeValue } from "../../firmware/api.ts";
import type { HostCbor, HostCborMap } from "./host-cbor.ts";
import { LinkError } from "./link-errors.ts";
import type { SmpClient, SmpRequest } from "./smp-client.ts";

export type CallOptions = Pick<SmpRequest, "repeatable" | "timeoutMs" | "tries" | "signal" | "decode">;

type RequestOf<A extends Interface, N extends keyof A["commands"], D extends "read" | "write"> = A["commands"][N][D] extends { request: infer S extends Shape } ? ShapeValue<S> : never;
type ReplyOf<A extends Interface, N extends keyof A["commands"], D extends "read" | "write"> = A["commands"][N][D] extends { reply: infer S extends Shape } ? ShapeValue<S> : never;

/** Carries out the read direction of command `name`. Rejects as SmpClient.request, and with BAD_REPLY when the reply does not fit the description. */
export function callRead<A extends Interface, N extends keyof A["commands"] & string>(client: SmpClient, api: A, name: N, request: RequestOf<A, N, "read">, options: CallOptions = {}): Promise<ReplyOf<A, N, "read">> {
  return call(client, api, name, "read", request as HostCborMap, options) as Promise<ReplyOf<A, N, "read">>;
}

/** Carries out the write direction of command `name`. */
export function callWrite<A extends Interface, N extends keyof A["commands"] & string>(client: SmpClient, api: A, name: N, request: RequestOf<A, N, "write">, options: CallOptions = {}): Promise<ReplyOf<A, N, "write">> {
  return call(client, api, name, "write", request as HostCborMap, options) as Promise<ReplyOf<A, N, "write">>;
}

async function call(client: SmpClient, api: Interface, name: string, op: "read" | "write", body: HostCborMap, options: CallOptions): Promise<HostCborMap> {
  const command: Command | undefined = api.commands[name];
  const exchange = command?.[op];
  if (!command || !exchange) throw new TypeError(`service ${api.name} has no ${op} ${name}`);
  const what = `${api.name} ${name}`;
  const wrong = misfit(body, exchange.request, "");
  if (wrong !== undefined) throw new TypeError(`${what}: request ${wrong}`);
  const reply = await client.request({ group: api.group, id: command.id, op, body, what, errors: command.errors, ...options });
  const bad = misfit(reply, exchange.reply, "");
  if (bad !== undefined) throw new LinkError("BAD_REPLY", `the answer to ${what} does not fit its description: ${bad}`, "the tile's software and this program do not match: update one of them");
  return reply;
}

/** Why `value` does not fit `shape`, or undefined. Fields the description does not know are allowed: newer tiles may add some. */
export function misfit(value: HostCborMap, shape: Shape, path: string): string | undefined {
  for (const [name, field] of Object.entries(shape)) {
    const item = value[name];
    const at = path === "" ? name : `${path}.${name}`;
    if (item === undefined) {
      if (field.optional !== true) return `lacks ${at}`;
      continue;
    }
    const wrong = misfitField(item, field, at);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function misfitField(item: HostCbor, field: Field, at: string): string | undefined {
  if (!isOfType(item, field.type)) return `has ${at} that is not ${field.type}`;
  if (field.type === "list") {
    for (const [i, entry] of (item as HostCbor[]).entries()) {
      if (field.fields !== undefined) {
        if (!isOfType(entry, "map")) return `has ${at}[${i}] that is not map`;
        const wrong = misfit(entry as HostCborMap, field.fields, `${at}[${i}]`);
        if (wrong !== undefined) return wrong;
      } else if (field.items !== undefined && !isOfType(entry, field.items)) return `has ${at}[${i}] that is not ${field.items}`;
    }
  } else if (field.type === "map") {
    if (field.fields !== undefined) return misfit(item as HostCborMap, field.fields, at);
    if (field.items !== undefined) for (const [key, entry] of Object.entries(item as HostCborMap)) if (!isOfType(entry, field.items)) return `has ${at}.${key} that is not ${field.items}`;
  }
  return undefined;
}

function isOfType(item: HostCbor, type: FieldType): boolean {
  switch (type) {
    case "uint":
      return typeof item === "number" && item >= 0;
    case "int":
      return typeof item === "number";
    case "bool":
      return typeof item === "boolean";
    case "text":
      return typeof item === "string";
    case "bytes":
      return item instanceof Uint8Array;
    case "list":
      return Array.isArray(item);
    case "map":
      return item !== null && typeof item === "object" && !Array.isArray(item) && !(item instanceof Uint8Array);
  }
}
