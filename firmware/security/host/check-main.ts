// The check as a bundle of its own, for tests on engines: what a service would have of it.
import type { EspruinoApi } from "../../../hal/espruino.ts";
import { hssNative, hssStart, hssStep, type HssCheck } from "../hss.ts";

export interface CheckTile {
  start(publicKey: string, message: string, signature: string): HssCheck;
  step(check: HssCheck, budget: number): number;
}

export function boot(port: EspruinoApi): CheckTile {
  const native = hssNative(port);
  return {
    start: function (publicKey: string, message: string, signature: string): HssCheck {
      return hssStart(native, publicKey, message, signature);
    },
    step: hssStep,
  };
}
