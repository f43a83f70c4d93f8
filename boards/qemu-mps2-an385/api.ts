// The JavaScript API of the QEMU board, name by name: docs/reference is made from it, and a test asks the running board for each name.

export interface ApiEntry {
  /** Path from the global object; `require("X").y` for a module's function. */
  name: string;
  /** One line: what it does, and what differs from Espruino, if anything. */
  description: string;
}

const entry = (name: string, description: string): ApiEntry => ({ name, description });

/** Console, timers, serial lines, E and process (the runtime's core). */
export const coreApi: readonly ApiEntry[] = [
  entry("print", "Prints its arguments on the console, separated by spaces; objects as readable text."),
  entry("console.log", "The same as print."),
  entry("console.info", "The same as print."),
  entry("console.warn", "The same as print."),
  entry("console.error", "The same as print."),
  entry("console.debug", "The same as print."),
  entry("console.trace", "Prints the names of the functions that are running."),
  entry("echo", "echo(false) stops echoing the input line, results and prompts; echo(true) starts again."),
  entry("global", "The global object; also globalThis."),
  entry("eval", "Evaluates text as JavaScript. XS's own: the full language of ES2022, sloppy mode."),
  entry("setTimeout", "Runs a function or string once after a number of milliseconds (a float); more arguments are passed on."),
  entry("setInterval", "Runs a function or string again and again without drift; at least 0.1 ms apart."),
  entry("clearTimeout", "Stops the timer with this id; without an argument all timers; throws for undefined."),
  entry("clearInterval", "The same as clearTimeout."),
  entry("changeInterval", "Gives a timer a new interval, counted from now; throws for an unknown id."),
  entry("getTime", "Seconds, with microsecond resolution, since 1970 as far as setTime was told; from 0 at reset."),
  entry("setTime", "Sets the time getTime and Date tell. Timers are not moved."),
  entry("reset", "Throws everything away and starts without .bootcde, after the running code has returned."),
  entry("load", "Starts again with the boot code, or with the file of Storage that is named."),
  entry("require", "A built-in module (Storage, Flash, crypto, heatshrink) or a file of Storage as module."),
  entry("getSerial", "The board's serial number, given to it when its flash file was made."),
  entry("setDeepSleep", "Accepted; the board always sleeps as deeply as it can."),
  entry("setSleepIndicator", "Accepted and ignored."),
  entry("setBusyIndicator", "Accepted and ignored."),
  entry("atob", "Base64 (RFC 4648) to byte string."),
  entry("btoa", "Byte string to base64."),
  entry("Object.prototype.on", "Adds a listener (function or string) for an event of any object."),
  entry("Object.prototype.emit", "Queues the listeners of an event, with up to the given arguments."),
  entry("Object.prototype.removeListener", "Removes one listener."),
  entry("Object.prototype.removeAllListeners", "Removes the listeners of one event, or of all."),
  entry("Serial1", "UART0, the console after reset."),
  entry("Serial2", "UART1, tile to tile."),
  entry("Serial1.setup", "Takes baud rate and options; the emulated line has no rate of its own."),
  entry("Serial1.unsetup", "Accepted and ignored."),
  entry("Serial1.write", "Sends bytes: numbers, strings, arrays, buffers, {data, count}."),
  entry("Serial1.print", "Sends a value as text."),
  entry("Serial1.println", "Sends a value as text, and CR LF."),
  entry("Serial1.available", "Bytes waiting for read()."),
  entry("Serial1.read", "Up to n waiting bytes as a string (all without n); empty when there are none."),
  entry("Serial1.inject", "Pretends to have received bytes."),
  entry("Serial1.flush", "Does nothing: output is written at once."),
  entry("Serial1.setConsole", "Moves the console here."),
  entry("E.on", "Events: init, kill, errorFlag, packet, packetUpload."),
  entry("E.enableWatchdog", "Resets the board after so many seconds without kick; isAuto (default) kicks from the idle loop. Can't be stopped."),
  entry("E.kickWatchdog", "Kicks the watchdog."),
  entry("E.reboot", "Resets the board at once."),
  entry("E.getErrorFlags", "Names of what went wrong since the last call: FIFO_FULL, BUFFER_FULL, CALLBACK, LOW_MEMORY, MEMORY, UART_OVERFLOW."),
  entry("E.setConsole", "Moves the console to a Serial (object or name) or, with null, switches it off; {force}."),
  entry("E.getConsole", "Name of the console's device, or null."),
  entry("E.toString", "Its arguments flattened to one byte string."),
  entry("E.toArrayBuffer", "A byte string as ArrayBuffer."),
  entry("E.toUint8Array", "Its arguments flattened to one Uint8Array."),
  entry("E.toJS", "A value as JavaScript text (quotes only where needed)."),
  entry("E.getSizeOf", "Blocks of 16 bytes a value takes, roughly."),
  entry("E.hwRand", "A 32-bit number from a clock-driven generator. No noise source: not for keys."),
  entry("E.getTemperature", "NaN: the board has no sensor."),
  entry("E.getBattery", "NaN: the board has no battery."),
  entry("E.getPowerUsage", "{device: {}, total: 0}: the board has no current model."),
  entry("E.setBootCode", "Writes .bootcde (or .bootrst with always=true); without code erases both."),
  entry("E.genesis", "This board's own: {meter, idleUs, wakeups, capWakeups, resets, restarts, resetReason}."),
  entry("E.resetCause", "Why the board was reset: 1 power, 2 watchdog, 3 software, 4 crash (also: JavaScript restarted for want of memory), 0 unknown. Espruino has no such name."),
  entry("E.lastWord", "This board's own: lastWord(words, at) has word `at` of an Int32Array kept, outside of the heap and through resets, when memory runs out; answers what was kept the last time, once, 0 nothing."),
  entry("process.memory", "{free, usage, total, ...} in blocks of 16 bytes of the engine's heap, after a collection unless called with false."),
  entry("process.env", "VERSION, BOARD, FLASH, STORAGE, SERIAL, MODULES ..."),
  entry("process.version", "2v29.genesis: the Espruino version whose console and API this follows."),
  entry("process.on", "uncaughtException: gets errors instead of the console."),
];

export { peripheralApi } from "./api-peripherals.ts";
