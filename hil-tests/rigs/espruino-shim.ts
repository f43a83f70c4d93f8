// What Espruino on Linux lacks of a board, as a script that runs before the first stage: a watchdog, a reset cause, a power switch.
//
// Idea: the shim talks to the rig through small files in the tile's folder and decides nothing. A kick touches `kick`, arming the watchdog writes its seconds to
// `watchdog`, each flash operation appends a byte to `ops`. `cut` holds the operation at which the power goes and how ("t12"); the shim then does what the cut
// lets through, notes it in `died` and ends the process by the original E.reboot, which on Linux exits with 1. Half an erase can't be done from inside:
// `died` names the page and the rig finishes it. `.boot0` only evaluates the shim from a file, so its code lies in RAM and erasing Storage leaves it whole.
import { type CutPhase } from "../../host-tools/tiles/tile-host.ts";

/** File in Storage that Espruino runs before `.bootcde`. */
export const shimLoader = { name: ".boot0", script: `eval(require("fs").readFileSync("shim.js"))` } as const;

/** Names of the files in a tile's folder. */
export const shimFiles = { script: "shim.js", kick: "kick", watchdog: "watchdog", operations: "ops", cut: "cut", died: "died" } as const;

/** Content of `cut`. @param operation counted from the start of the process, 1 is the first. */
export function cutOrder(operation: number, phase: CutPhase): string {
  return phase.charAt(0) + String(operation);
}

/** The script. @param cause as in firmware/update/boot-log.ts, ResetCause. */
export function shimScript(cause: number): string {
  return (
    `(function(f,F,w,e,r,n){E.resetCause=${cause};` +
    `E.kickWatchdog=function(){f.writeFileSync("kick","")};` +
    `E.enableWatchdog=function(s){f.writeFileSync("watchdog",""+s)};` +
    // One function for both operations: without data it erases.
    `function o(d,a){var c,l;n++;f.appendFileSync("ops",".");try{c=f.readFileSync("cut")}catch(x){}` +
    `if(!c||c.substr(1)!=n)return d?w(d,a):e(a);` +
    `if(c[0]=="t"&&d&&(l=d.length>>3<<2))w(E.toString(d).substr(0,l),a);` +
    `if(c[0]=="a")d?w(d,a):e(a);` +
    `f.writeFileSync("died",c[0]=="t"&&!d?""+a:"-");r()}` +
    `F.write=o;F.erasePage=function(a){o(0,a)}` +
    `})(require("fs"),require("Flash"),require("Flash").write,require("Flash").erasePage,E.reboot,0)`
  );
}
