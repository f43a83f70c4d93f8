#!/usr/bin/env node
// The `genesis` command: builds the command line from its TypeScript source when that changed, then runs it.
import { runTs } from "./run-ts.mjs";

await runTs("host-tools/cli.ts");
