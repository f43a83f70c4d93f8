// Outcomes as JUnit XML, the form that CI servers read. Follows the schema of the Jenkins xUnit plugin (testsuites, testsuite, properties, testcase,
// failure, skipped, system-out), in that order of elements.
import type { Outcome } from "./runner.ts";

export interface JunitSuite {
  rig: string;
  /** ISO 8601, without the zone, as the schema wants it. */
  startedAt: string;
  properties: Record<string, string | number>;
  outcomes: readonly Outcome[];
}

/** XML 1.0 allows few control characters, and not even as references: the others become "\x1b". */
export function xmlText(text: string): string {
  return text
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const seconds = (value: number): string => value.toFixed(3);

function testCase(outcome: Outcome): string {
  const { scenario, rig, variant, verdict, reason, log } = outcome;
  const details: string[] = [];
  const measured = Object.entries(outcome.measured);
  if (measured.length > 0) details.push(`      <properties>\n${measured.map(([name, value]) => `        ${property(name, value)}`).join("\n")}\n      </properties>`);
  const firstLine = reason.split("\n", 1)[0] ?? "";
  if (verdict === "failed") details.push(`      <failure message="${xmlText(firstLine)}" type="failure">${xmlText(`${reason}\n${outcome.next === undefined ? "" : `next: ${outcome.next}\n`}seed: ${outcome.seed}`)}</failure>`);
  if (verdict === "skipped") details.push(`      <skipped message="${xmlText(reason)}"/>`);
  if (log.length > 0) details.push(`      <system-out>${xmlText(log.join("\n"))}</system-out>`);
  const head = `    <testcase classname="${xmlText(`${rig}.${scenario}`)}" name="${xmlText(`${scenario} (${variant})`)}" time="${seconds(outcome.seconds)}"`;
  return details.length === 0 ? `${head}/>` : `${head}>\n${details.join("\n")}\n    </testcase>`;
}

const property = (name: string, value: string | number): string => `<property name="${xmlText(name)}" value="${xmlText(String(value))}"/>`;

/** The whole report. */
export function junitXml(suite: JunitSuite): string {
  const { outcomes } = suite;
  const count = (verdict: string): number => outcomes.filter((outcome) => outcome.verdict === verdict).length;
  const numbers = `tests="${outcomes.length}" failures="${count("failed")}" errors="0" skipped="${count("skipped")}" time="${seconds(outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0))}"`;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="genesis" ${numbers.replace(/ skipped="\d+"/, "")}>`,
    `  <testsuite name="${xmlText(suite.rig)}" ${numbers} timestamp="${xmlText(suite.startedAt)}">`,
    `    <properties>`,
    ...Object.entries(suite.properties).map(([name, value]) => `      ${property(name, value)}`),
    `    </properties>`,
    ...outcomes.map(testCase),
    `  </testsuite>`,
    `</testsuites>`,
    ``,
  ].join("\n");
}
