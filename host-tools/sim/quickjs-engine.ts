/**
 * One isolated QuickJS engine for one life of a simulated tile, with Espruino's limits.
 *
 * The idea: the engine knows nothing of boards; it runs sources and entries (`dispatch`, `drain`), is stopped by the interrupt handler, and is thrown
 * away at a reset. Memory and stack are limited so that a tile that needs more than its board has fails here as well.
 * Stack: Espruino uses about 336 bytes of C stack for a plain call, QuickJS about 180; the limit is set for the same depth of calls.
 */
import { getQuickJS } from "quickjs-emscripten";
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from "quickjs-emscripten";
import type { HostOperations, HostValue } from "./quickjs-host.ts";
import { nativesSource } from "./quickjs-natives.ts";

export interface EngineLimits {
  /** Espruino variables of the board. */
  variables: number;
  /** Depth of plain calls. */
  calls: number;
}

/** How an engine asks its tile, and tells it. */
export interface EngineHooks {
  /** Asked every 10,000 loop passes or calls of JavaScript: true unwinds, uncatchably. */
  isStopped(): boolean;
  /** Called before every operation; throws when the tile has ended. */
  guard(): void;
  /** Something was given up in the middle: interrupted, or there was no memory left even to report that. */
  onAbandoned(): void;
}

/** The estimate of Espruino's variables, held to the interpreter's own figures by hil-tests/sim-memory.test.ts: so many for each function of the program (its code stays in flash) … */
const variablesPerFunction = 2;
/** … and one for so many bytes of QuickJS's heap that are not code. */
const bytesPerVariable = 33;
/**
 * QuickJS in WebAssembly does not know the sizes of its blocks: against its limit it counts 8 bytes for each, and in full only the one it is asked for.
 * So the limit is one of blocks: 1,954 and 1,355 for the 2,737 and 1,834 variables of the two images after boot, 2 for the 2.6 variables of a small object.
 */
const countedBytesPerBlock = 8;
const blocksPerVariable = 0.73;
const stackBytesPerCall = 180;
/** Stack that the API's own frames take. */
const apiStackBytes = 4096;
const parserStackBytes = 200_000;
/** Heap for compiling a script (Espruino needs none: it runs code where it lies), and so that a full tile can be looked at from the console. */
const parserBytes = 1_500_000;
/** A longer string from the host can only be what Storage or Flash read. */
const flashStringLength = 1024;
/** Slack for the engine itself, and for one big block on the way to a smaller one. */
const slackBytes = 4096;

/** Loads the engine's WebAssembly module once per process. */
export function loadQuickJs(): Promise<QuickJSWASMModule> {
  return getQuickJS();
}

export class QuickJsEngine {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #entries: QuickJSHandle;
  readonly #limits: EngineLimits;
  #limitBytes = 0;
  readonly #shallowBytes: number;
  readonly #hooks: EngineHooks;
  #baseBytes = 0;
  #baseFunctions = 0;

  constructor(quickjs: QuickJSWASMModule, preludeText: string, operations: HostOperations, limits: EngineLimits, hooks: EngineHooks) {
    this.#hooks = hooks;
    this.#limits = limits;
    this.#shallowBytes = apiStackBytes + limits.calls * stackBytesPerCall;
    this.#runtime = quickjs.newRuntime();
    this.#runtime.setMaxStackSize(parserStackBytes);
    this.#context = this.#runtime.newContext();
    const context = this.#context;
    const host = context.newFunction("host", (...handles) => {
      hooks.guard();
      const [operation, ...args] = handles.map((handle) => this.#fromHandle(handle));
      const run = operations[operation as string] as ((...values: HostValue[]) => HostValue | void) | undefined;
      if (!run) throw new Error(`the simulated board has no operation ${String(operation)}`);
      return this.#toHandle(run(...args));
    });
    const make = context.unwrapResult(context.evalCode(nativesSource, "genesis:natives", { type: "global" }));
    const prelude = context.newString(preludeText);
    this.#entries = context.unwrapResult(context.callFunction(make, context.undefined, host, prelude));
    for (const handle of [host, make, prelude]) handle.dispose();
    const usage = this.#usage();
    this.#baseBytes = (usage["memory_used_size"] ?? 0) - codeBytes(usage);
    this.#baseFunctions = usage["js_func_count"] ?? 0;
    this.#limitHeap();
    this.#runtime.setInterruptHandler(() => hooks.isStopped());
  }

  /** Runs a script in the global scope. `shows`, asked afterwards: does the console want its value? */
  evaluate(source: string, shows: () => boolean): void {
    this.#setLimit(this.#heapLimit() + parserBytes);
    this.setDepth(true);
    const result = this.#context.evalCode(`$run();${source}`, "REPL", { type: "global" });
    this.setDepth(false);
    if (result.error) {
      this.#runtime.setMemoryLimit(-1);
      this.#call("uncaught", result.error);
      result.error.dispose();
      this.#limitHeap();
      return;
    }
    this.#limitHeap();
    if (shows()) {
      const line = this.#toHandle(source);
      this.#call("show", result.value, line);
      line.dispose();
    }
    result.value.dispose();
  }

  /** Gives an event to the tile. */
  dispatch(kind: string, a?: HostValue, b?: HostValue): void {
    this.setDepth(false);
    const handles = [kind, a, b].map((value) => this.#toHandle(value));
    this.#call("dispatch", ...handles);
    for (const handle of handles) handle.dispose();
  }

  /** Runs queued events and promise jobs until there are none. */
  drain(): void {
    this.setDepth(false);
    do {
      this.#call("drain");
      const jobs = this.#runtime.executePendingJobs();
      if (jobs.error) jobs.error.dispose();
      else if (jobs.value === 0) return;
    } while (this.#runtime.hasPendingJob());
  }

  setDepth(isDeep: boolean): void {
    this.#runtime.setMaxStackSize(isDeep ? parserStackBytes : this.#shallowBytes);
  }

  /** An estimate of Espruino's figures. */
  memory(): { usage: number; total: number; stackFree: number; blocksize: number } {
    const { variables, calls } = this.#limits;
    const usage = Math.min(variables, Math.max(0, Math.round(this.#estimate(this.#usage()))));
    return { usage, total: variables, stackFree: calls * 336, blocksize: variables < 2048 ? 12 : variables < 8192 ? 13 : 14 };
  }

  dispose(): void {
    this.#runtime.removeInterruptHandler();
    this.#entries.dispose();
    this.#context.dispose();
    this.#runtime.dispose();
  }

  #call(entry: "dispatch" | "drain" | "show" | "uncaught", ...args: QuickJSHandle[]): void {
    const context = this.#context;
    const target = context.getProp(this.#entries, entry);
    const result = context.callFunction(target, context.undefined, ...args);
    target.dispose();
    // Errors of the tile are reported inside.
    (result.error ?? result.value).dispose();
    if (result.error) this.#hooks.onAbandoned();
  }

  #estimate(used: Readonly<Record<string, number>>): number {
    const functions = (used["js_func_count"] ?? 0) - this.#baseFunctions;
    const bytes = (used["memory_used_size"] ?? 0) - codeBytes(used) - this.#baseBytes;
    return variablesPerFunction * functions + bytes / bytesPerVariable;
  }

  /** What is counted now, what the variables that are left may add, and the slack, which is all that a full tile has: enough to say that it is full. */
  #heapLimit(): number {
    const used = this.#usage();
    const left = Math.max(0, this.#limits.variables - this.#estimate(used));
    return Math.round(countedBytesPerBlock * ((used["malloc_count"] ?? 0) + left * blocksPerVariable)) + slackBytes;
  }

  #limitHeap(): void {
    this.#setLimit(this.#heapLimit());
  }

  #setLimit(bytes: number): void {
    this.#limitBytes = bytes;
    this.#runtime.setMemoryLimit(bytes);
  }

  #usage(): Record<string, number> {
    const handle = this.#runtime.computeMemoryUsage();
    const usage = this.#context.dump(handle) as Record<string, number>;
    handle.dispose();
    return usage;
  }

  #fromHandle(handle: QuickJSHandle): HostValue {
    const context = this.#context;
    switch (context.typeof(handle)) {
      case "number":
        return context.getNumber(handle);
      case "string":
        return context.getString(handle).replaceAll("\u0100", "\0");
      case "boolean":
        return context.getNumber(handle) !== 0;
      default:
        return undefined;
    }
  }

  #toHandle(value: HostValue | void): QuickJSHandle {
    const context = this.#context;
    switch (typeof value) {
      case "number":
        return context.newNumber(value);
      case "string":
        // What Storage reads stays in flash on Espruino and takes no variables, so it takes nothing of the limit while this code runs.
        if (value.length > flashStringLength) this.#setLimit(this.#limitBytes + 4 * value.length);
        return context.newString(value.replaceAll("\0", "\u0100"));
      case "boolean":
        return value ? context.true : context.false;
      default:
        return context.undefined;
    }
  }
}

/** Compiled code and names, in a table of QuickJS's memory. */
function codeBytes(usage: Readonly<Record<string, number>>): number {
  return ["js_func_size", "js_func_code_size", "js_func_pc2line_size", "atom_size"].reduce((bytes, part) => bytes + (usage[part] ?? 0), 0);
}
