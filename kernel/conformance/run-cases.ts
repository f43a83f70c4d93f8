// Runs cases on a kernel and prints one line each: `@@object;1;checks;name` or `@@object;0;what was wrong;name`.

import type { Case } from "./scene.ts";
import { Scene } from "./scene.ts";
import type { KernelUnderTest } from "./subject.ts";

export function runCases(cases: Case[], create: () => KernelUnderTest, isFull: boolean, print: (line: string) => void): void {
  for (let i = 0; i < cases.length; i++) {
    const one = cases[i] as Case;
    if (isFull ? one.isSmall : one.isFull) continue;
    const scene = new Scene(create());
    let failure = "";
    try {
      one.run(scene);
    } catch (e) {
      failure = "" + e;
    }
    failure = failure || scene.failure || (scene.checks ? "" : "it checks nothing");
    print("@@" + one.object + ";" + (failure ? "0;" + failure : "1;" + scene.checks) + ";" + one.name);
  }
}
