// The project's scenarios: each file in scenarios/ is one. Existing is registering.
import { readdirSync } from "node:fs";
import path from "node:path";
import type { Scenario } from "./scenario.ts";

/** Names of the files, sorted. @param root the project's folder. */
export function scenarioNames(root: string): string[] {
  return readdirSync(path.join(root, "hil-tests", "scenarios"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** One scenario by the name of its file. */
export async function loadScenario(name: string): Promise<Scenario> {
  const module = (await import(`./scenarios/${name}.ts`)) as { scenario: Scenario };
  return module.scenario;
}
