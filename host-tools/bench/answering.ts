// When does a kernel answer? One question, repeated in small steps: the answer to any copy counts, so slow engines are not asked in vain.
import type { ByteStream } from "../link/byte-stream.ts";
import { SmpClient } from "../link/smp-client.ts";
import { echo } from "../link/smp-os.ts";

/** Steps between two copies of the question, ms. */
const STEP_MS = 40;

/** Resolves with `performance.now()` at the first answer. Rejects with TIMEOUT. */
export async function firstAnswer(stream: ByteStream, timeoutMs: number): Promise<number> {
  const client = new SmpClient(stream, { firstWaitMs: STEP_MS, minWaitMs: STEP_MS, maxWaitMs: STEP_MS });
  try {
    await echo(client, "hello", { timeoutMs });
    return performance.now();
  } finally {
    client.close();
  }
}
