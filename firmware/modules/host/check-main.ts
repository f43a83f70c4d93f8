// Certificate and scanner as a bundle of their own, for tests on engines: what a loader would have of them.
import type { EspruinoApi } from "../../../hal/espruino.ts";
import { hssNative } from "../../security/hss.ts";
import { certificateStart, certificateStep, type CertificateCheck, type ModuleText, type TileFacts } from "../certificate.ts";
import { GuestApi } from "../guest-api.ts";
import { scanStart, scanStep } from "../scan.ts";
import type { ModuleScan } from "../scan-format.ts";

export interface CheckTile {
  facts(engine: string, free: number[], grants: string[], names: string[], floors: number[], root: string): TileFacts;
  text(name: string, text: string): ModuleText;
  start(facts: TileFacts, text: ModuleText, certificate: string): CertificateCheck;
  verdict(check: CertificateCheck): number;
  step(check: CertificateCheck, budget: number): number;
  scan(text: string): ModuleScan;
  scanVerdict(scan: ModuleScan): number;
  scanAt(scan: ModuleScan): number;
  scanStep(scan: ModuleScan, budget: number): number;
}

export function boot(port: EspruinoApi): CheckTile {
  const native = hssNative(port);
  return {
    facts: function (engine: string, free: number[], grants: string[], names: string[], floors: number[], root: string): TileFacts {
      return { _engine: engine, _kernel: GuestApi.Version, _operations: 47, _verifier: 3, _free: free, _grants: grants, _names: names, _floors: floors, _roots: [root] };
    },
    text: function (name: string, text: string): ModuleText {
      return { _name: name, _sha: native ? port.E.toString(native.sha(text)) as string : "", _bytes: text.length };
    },
    start: function (facts: TileFacts, text: ModuleText, certificate: string): CertificateCheck {
      return certificateStart(native, facts, text, certificate);
    },
    verdict: function (check: CertificateCheck): number {
      return check._verdict;
    },
    step: certificateStep,
    scan: function (text: string): ModuleScan {
      return scanStart(port.E.toUint8Array, text);
    },
    scanVerdict: function (scan: ModuleScan): number {
      return scan._verdict;
    },
    scanAt: function (scan: ModuleScan): number {
      return scan._at;
    },
    scanStep: scanStep,
  };
}
