// A UART beside the link: what comes in waits in a bounded buffer, and a note asks for a step.
//
// Idea: as with the link (espruino-port.ts), the interrupt only keeps the bytes and signals; the task that owns the UART takes them when it runs. Bytes beyond the
// buffer are dropped, counted, and signalled no more: a wire that babbles wakes a tile only as often as its task empties the buffer.

import type { EspruinoSerial } from "../espruino.ts";
import type { Port } from "./espruino-port.ts";
import { portKick } from "./espruino-port.ts";

export const enum UartLimit {
  /** Received bytes kept for the task. */
  RxBytes = 128,
}

export interface Uart {
  /** Received bytes that did not fit. */
  lost: number;
  _serial: EspruinoSerial;
  _rx: string;
}

/** Sets `serial` up at `baud` bit/s (`path`: the terminal behind it, on Linux) and listens; `onData` runs inside the interrupt and may only signal. */
export function openUart(p: Port, serial: EspruinoSerial, baud: number, path: string, onData: () => void): Uart {
  const uart: Uart = { lost: 0, _serial: serial, _rx: "" };
  serial.setup(baud, path ? { path: path } : {});
  serial.on("data", function (data) {
    const room = UartLimit.RxBytes - uart._rx.length;
    if (data.length > room) {
      uart.lost += data.length - room;
      data = data.substring(0, room);
    }
    if (data) {
      uart._rx += data;
      onData();
      portKick(p);
    }
  });
  return uart;
}

/** The bytes received since the last call. */
export function uartTake(uart: Uart): string {
  const data = uart._rx;
  uart._rx = "";
  return data;
}

/** Writes a byte string; short ones only, engines buffer it whole. */
export function uartSend(uart: Uart, data: string): void {
  uart._serial.write(data);
}
