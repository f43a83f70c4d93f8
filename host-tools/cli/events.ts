// The events of `--json`, as data: what output.ts writes and docs/reference/json-events.md lists.

export const EVENTS: readonly { event: string; fields: readonly string[]; meaning: string }[] = [
  { event: "begin", fields: ["task", "title"], meaning: "a task that may take over a second starts" },
  { event: "progress", fields: ["task", "fraction", "note?"], meaning: "how far it is, 0 to 1, or null when the end is not known; at most ten a second" },
  { event: "end", fields: ["task", "ok", "note?"], meaning: "it is over" },
  { event: "info", fields: ["text"], meaning: "a remark for people" },
  { event: "warning", fields: ["text"], meaning: "something to look at" },
  { event: "data", fields: ["kind", "…"], meaning: "what the command was asked for; the fields depend on `kind`" },
  { event: "error", fields: ["code", "message", "next?", "exitCode"], meaning: "why the command ended early" },
];
