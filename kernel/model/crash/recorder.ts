// A kernel whose every write is noted, in order: memory words, doubles, undo log, heap strings, handlers, frames and its own fields.
//
// Idea: a kernel that stops after its n-th write (stack overflow, memory full: nothing of the code on the stack runs any more) leaves exactly the state
// before the entry plus the first n writes. So one recorded entry gives every state that a stop inside it can leave.
import { createKernel } from "../../boot.ts";
import type { KernelState, Limits } from "../../state.ts";

export type Area = "_m" | "_d" | "_log" | "_data" | "_handlers" | "_frames" | "field";

export interface Write {
  area: Area;
  key: string;
  value: unknown;
  isDelete: boolean;
}

const AREAS = ["_m", "_d", "_log", "_data", "_handlers", "_frames"] as const;

/** `k` itself, with each write to it appended to `writes`. */
export function recorded(k: KernelState, writes: Write[]): KernelState {
  const watch = <T extends object>(target: T, area: Area): T =>
    new Proxy(target, {
      get: (object, key) => {
        // Filling is many writes: an engine may stop between any two.
        if (key !== "fill") return Reflect.get(object, key) as unknown;
        return (value: number, from: number, to: number) => {
          for (let at = from; at < to; at++) writes.push({ area, key: String(at), value, isDelete: false });
          return (object as unknown as Int32Array).fill(value, from, to);
        };
      },
      set: (object, key, value: unknown) => {
        writes.push({ area, key: String(key), value, isDelete: false });
        return Reflect.set(object, key, value);
      },
      deleteProperty: (object, key) => {
        writes.push({ area, key: String(key), value: undefined, isDelete: true });
        return Reflect.deleteProperty(object, key);
      },
    });
  const areas = new Map<string | symbol, object>(AREAS.map((area) => [area, watch(k[area] as object, area)]));
  return new Proxy(k, {
    get: (object, key) => areas.get(key) ?? (Reflect.get(object, key) as unknown),
    set: (object, key, value: unknown) => {
      writes.push({ area: "field", key: String(key), value, isDelete: false });
      return Reflect.set(object, key, value);
    },
  });
}

/** Carries out a noted write on another kernel of the same size. */
export function apply(k: KernelState, { area, key, value, isDelete }: Write): void {
  const target = (area === "field" ? k : k[area]) as Record<string, unknown>;
  if (isDelete) delete target[key];
  else target[key] = value;
}

/** A kernel of the same size, to load states into. */
export function twin(k: KernelState, limits: Limits): KernelState {
  return createKernel(limits, k._native, k._flash);
}

/** Makes `to` what `from` is. Bytes of frames are contents, not state: they are shared. */
export function load(to: KernelState, from: KernelState): void {
  to._m.set(from._m);
  to._log.set(from._log);
  to._data = [...from._data];
  to._handlers = [...from._handlers];
  to._frames = { ...from._frames };
  to._n = from._n;
  to._isOpen = from._isOpen;
  to._now = from._now;
  to._next = from._next;
}
