// What one would write instead of a kernel: an event emitter with closures. The kernel's probe measures it on the same engine, in the same run.
//
// It checks nothing: whoever has the emitter may emit and listen to everything, a listener that throws or loops takes everybody down with it, and an
// answer that never comes is nobody's business. That is the price the kernel's figures are to be read against. Tile dialect.

export type Listener = (a: number, b: number, done: Done | undefined) => void;
export type Done = (answer: number) => void;

export interface Emitter {
  on(event: string, listener: Listener): void;
  /** Calls all listeners, first come first served. `done`: where the answer to a request goes. */
  emit(event: string, a: number, b: number, done: Done | undefined): void;
}

export function createEmitter(): Emitter {
  const listeners: { [event: string]: Listener[] | undefined } = {};
  return {
    on: function (event: string, listener: Listener): void {
      const list = listeners[event];
      if (list) list.push(listener);
      else listeners[event] = [listener];
    },
    emit: function (event: string, a: number, b: number, done: Done | undefined): void {
      const list = listeners[event];
      if (list) for (let i = 0; i < list.length; i++) list[i]!(a, b, done);
    },
  };
}
