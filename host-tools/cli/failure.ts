// How a command fails: what happened and why in the message, the next step apart, a stable code, an exit code. Never a stack trace.

/** What the process ends with. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "done",
  1: "failed for another reason",
  2: "the command line is wrong",
  3: "no device",
  4: "the port is busy or may not be opened",
  5: "time-out or broken link",
  6: "verification failed",
  7: "refused: signature or rollback",
  8: "halted by a gate",
  130: "interrupted with Ctrl-C",
};

export class Failure extends Error {
  readonly code: string;
  readonly exitCode: number;
  readonly next: string | undefined;

  constructor(code: string, exitCode: number, message: string, next?: string) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.exitCode = exitCode;
    this.next = next;
  }
}

export interface FailureFields {
  code: string;
  message: string;
  next?: string | undefined;
  exitCode: number;
}

/** What to show for anything thrown. Errors of the link carry the same fields as `Failure`, so they are read by shape. */
export function describeFailure(thrown: unknown): FailureFields {
  if (thrown instanceof Error) {
    const fields = thrown as Error & Partial<FailureFields>;
    if (typeof fields.exitCode === "number" && typeof fields.code === "string") {
      return { code: fields.code, message: thrown.message, next: fields.next, exitCode: fields.exitCode };
    }
    if (thrown.name === "AbortError") return { code: "INTERRUPTED", message: "interrupted", exitCode: 130 };
    return {
      code: "UNEXPECTED",
      message: `${thrown.message} (this is a bug in genesis)`,
      next: "run the command again with GENESIS_DEBUG=1 and report what it prints",
      exitCode: 1,
    };
  }
  return { code: "UNEXPECTED", message: String(thrown), exitCode: 1 };
}
