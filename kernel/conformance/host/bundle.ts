// The suite and the kernel as one minified program for an engine: prints a line for each case between @@START and @@END.
//
// One program for each group of cases, so that kernel and cases fit into the smallest heap together.
import path from "node:path";
import { compileText } from "../../../host-tools/build/compile.ts";
import { kernelConstants } from "../../../host-tools/build/kernel-features.ts";

export const GROUPS = ["cnode", "endpoint", "notification", "tcb", "fault", "sched", "lentContext", "memory"] as const;
export type Group = (typeof GROUPS)[number];

const FILES: Record<Group, string> = { cnode: "cnode", endpoint: "endpoint", notification: "notification", tcb: "task", fault: "fault", sched: "sched-context", lentContext: "lent-context", memory: "memory" };

/** Text of the program for a group, in a profile. */
export async function bundleGroup(group: Group, isFull: boolean): Promise<string> {
  const name = `${group}Cases`;
  const contents = `
import { ${name} } from "./cases/${FILES[group]}.ts";
import { kernelSubject } from "./kernel-subject.ts";
import { runCases } from "./run-cases.ts";
const cases = [];
${name}(cases);
print("@@START");
runCases(cases, kernelSubject, FULL, function (line) { print(line); });
print("@@END");
`;
  const sources = {
    stdin: { contents, resolveDir: path.resolve(import.meta.dirname, ".."), loader: "ts" },
    define: { ...kernelConstants(isFull ? "full" : "small"), FULL: String(isFull) },
    mangleProps: /^_/,
  } as const;
  const { code } = await compileText(sources, { format: "iife" });
  return code;
}
