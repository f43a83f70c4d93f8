// Kinds of members: which of the four ways (Access) a member is meant in, and what it may give or take.

import { toBytes } from "./bytes.ts";
import { isVariable, type Node } from "./guest.ts";
import { NUMBER, STRING, UNDEFINED, type Value } from "./heap.ts";
import type { Access, Typing } from "./infer.ts";
import { MEMBER_NAMES } from "./intrinsics.ts";
import { Kind, kindWords, NOTHING, NUMERIC, within } from "./kinds.ts";

type Member = Extract<Node, { type: "MemberExpression" }>;

const LISTS = Kind.String | Kind.Array | Kind.Bytes;

/** Name of a member that is written out, also as `x["name"]`. */
export function nameOf(node: Member): string | undefined {
  if (!node.computed) return node.property.type === "Identifier" ? toBytes(node.property.name) : undefined;
  return node.property.type === "Literal" && typeof node.property.value === "string" ? toBytes(node.property.value) : undefined;
}

/** Name of a field: as {@link nameOf}, and the decimal text of a number that is written out. */
export function fieldOf(node: Member): string | undefined {
  return nameOf(node) ?? (node.property.type === "Literal" && typeof node.property.value === "number" ? String(node.property.value) : undefined);
}

/** How a member is meant, by what its object may be; undefined where it is rejected. */
function accessOf(typing: Typing, node: Member, object: number, key: number | undefined): Access | undefined {
  const name = nameOf(node);
  if (name !== undefined) {
    if (within(object, Kind.Record | NOTHING)) return "field";
    if (name === "length" && !node.computed && within(object, LISTS | NOTHING)) return "built-in";
    if (MEMBER_NAMES.has(name) && name !== "length" && !node.computed) typing.reject("method", node.start, `.${name} can only be called, on what has it`);
    else typing.reject(name === "length" ? "receiver" : "field", node.start, `.${name} of what may be ${kindWords(object)}`);
    return undefined;
  }
  const proven = key ?? 0;
  if (object & Kind.Record && within(object, Kind.Record | NOTHING) && fieldOf(node) !== undefined) return "field";
  if (within(object, LISTS | NOTHING)) {
    if (within(proven, Kind.Number)) return "element";
    typing.reject("key", node.property.start, `the index may be ${kindWords(proven)}`);
  } else if (within(object, Kind.Record | NOTHING)) {
    if (within(proven, Kind.Number | Kind.String)) return "map";
    typing.reject("key", node.property.start, `the key may be ${kindWords(proven)}`);
  } else typing.reject("receiver", node.object.start, `an element of what may be ${kindWords(object)}`);
  return undefined;
}

interface Place {
  object: Value;
  access: Access | undefined;
}

function placeOf(typing: Typing, node: Member): Place {
  const object = typing.value(node.object);
  const key = node.computed && nameOf(node) === undefined ? typing.value(node.property).mask : undefined;
  const access = accessOf(typing, node, object.mask, key);
  if (access !== undefined && typing.isFinal) typing.access.set(node, access);
  return { object, access };
}

/** What reading a member may give. */
export function memberOf(typing: Typing, node: Member): Value {
  const { heap, body } = typing;
  const { object, access } = placeOf(typing, node);
  // Of nothing: it throws, and gives no value. (Also while it is not yet known what the object may be.)
  if (within(object.mask, NOTHING)) return { mask: 0 };
  switch (access) {
    case "built-in":
      return NUMBER;
    case "field": {
      const name = fieldOf(node)!;
      const held = heap.read(heap.field(object.shape!, name), body);
      return heap.hasAlways(object.shape!, name) ? held : heap.join(held, UNDEFINED);
    }
    case "map":
      return heap.join(heap.read(heap.anyField(object.shape!), body), UNDEFINED);
    case "element": {
      let item: Value = UNDEFINED;
      if (object.mask & Kind.String) item = heap.join(item, STRING);
      if (object.mask & Kind.Bytes) item = heap.join(item, NUMBER);
      if (object.mask & Kind.Array && object.shape !== undefined) item = heap.join(item, heap.read(heap.shape(object.shape).element, body));
      return item;
    }
    default:
      return { mask: 0 };
  }
}

/** The value comes to a variable or member. `by` is the expression that stores it. */
export function store(typing: Typing, target: Node, value: Value, by: Node): void {
  const { heap, module } = typing;
  if (target.type === "Identifier") {
    const meaning = module.meanings.get(target);
    if (!isVariable(meaning)) return typing.reject("name-taken", target.start, `${target.name} is assigned`);
    if (meaning.kind === "const") typing.reject("constant", target.start, meaning.name);
    return heap.flow(value, meaning.cell);
  }
  if (target.type !== "MemberExpression") return typing.reject("pattern", target.start, "assigned to a pattern");
  const { object, access } = placeOf(typing, target);
  const { shape } = object;
  if (access === "built-in") return typing.reject("built-in-write", target.start, "length is assigned");
  if (access === "element") {
    if (object.mask & Kind.String) typing.reject("element", target.start, "a character of a string is assigned");
    if (object.mask & Kind.Bytes && !within(value.mask, NUMERIC)) typing.reject("element", by.start, `a typed array would take ${kindWords(value.mask & ~NUMERIC)}`);
    if (!(object.mask & Kind.Array) || shape === undefined) return;
    const list = heap.shape(shape);
    if (!list.hasGaps) {
      list.hasGaps = true;
      heap.wake(heap.cell(list.element));
    }
    heap.flow(value, heap.shape(shape).element);
    if (typing.isFinal) typing.grows.add(by);
  } else if (access !== undefined && shape !== undefined) {
    const name = fieldOf(target);
    heap.flow(value, access === "field" ? heap.field(shape, name!) : heap.anyField(shape));
    if (typing.isFinal && (access === "map" || !heap.hasAlways(shape, name!))) typing.grows.add(by);
  }
}
