// How a command fails: what happened and why in the message, the next step apart, a stable code, an exit code. Never a stack trace.

/** What the process ends with. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "done",
  1: "failed for another reason",
  2: "the command line is wrong, or a file it names",
  3: "no device, or not a tile",
  4: "busy or not allowed (port or file)",
  5: "time-out or broken link",
  6: "verification failed",
  7: "refused: signature or rollback",
  8: "halted by a gate",
  130: "interrupted (Ctrl-C, or told to end)",
};

export interface FailureFields {
  code: string;
  message: string;
  next?: string | undefined;
  exitCode: number;
}

export class Failure extends Error implements FailureFields {
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

/** The command line is wrong: exit code 2. */
export function usage(message: string, next: string = "genesis --help"): Failure {
  return new Failure("USAGE", 2, message, next);
}

/** What the operating system says about files (errno, POSIX.1-2017 <errno.h>), for people: words, exit code, next step. */
const FILE_ERRORS: Readonly<Record<string, readonly [words: string, exitCode: number, next: string]>> = {
  ENOENT: ["there is no file or folder", 2, "check the path"],
  EISDIR: ["this is a folder, not a file:", 2, "name a file"],
  EEXIST: ["something else is already at", 2, "choose another place, or move it away"],
  ENOTDIR: ["a part of this path is not a folder:", 2, "check the path"],
  ENAMETOOLONG: ["this name is too long:", 2, "choose a shorter one"],
  EACCES: ["you may not open", 4, "check who owns it, or choose another place (GENESIS_HOME is the state folder)"],
  EPERM: ["you may not change", 4, "check who owns it, or choose another place (GENESIS_HOME is the state folder)"],
  EROFS: ["this place can only be read:", 4, "choose another place (GENESIS_HOME is the state folder)"],
  ENOSPC: ["no space is left on the disk for", 1, "make room, then run the command again"],
  EMFILE: ["too many files are open; the last was", 1, "close other programs, then run the command again"],
};

/** What to show for anything thrown. Errors of the link and the installer carry the same fields as `Failure`, so they are read by shape. */
export function describeFailure(thrown: unknown): FailureFields {
  if (!(thrown instanceof Error)) return { code: "UNEXPECTED", message: String(thrown), exitCode: 1 };
  const { message, name } = thrown;
  const fields = thrown as Error & Partial<FailureFields> & NodeJS.ErrnoException;
  if (typeof fields.exitCode === "number" && typeof fields.code === "string") return { code: fields.code, message, next: fields.next, exitCode: fields.exitCode };
  if (name === "AbortError") return { code: "INTERRUPTED", message: "interrupted", exitCode: 130 };
  if (name === "TileBuildError") return { code: "BUILD", message, next: "change the lines named above; docs/reference/dialect.md says what a tile can run", exitCode: 1 };
  // A missing or failing program: its message ends with the next step, for those who print it as it is.
  if (name === "ToolError") return { code: "TOOL", message: message.replace(/\nNext: .*$/s, ""), next: fields.next, exitCode: 1 };
  const file = fields.path === undefined || fields.code === undefined ? undefined : FILE_ERRORS[fields.code];
  if (file !== undefined && fields.code !== undefined) return { code: fields.code, message: `${file[0]} ${fields.path}`, next: file[2], exitCode: file[1] };
  return { code: "UNEXPECTED", message: `${message} (this is a bug in genesis)`, next: "run the command again with GENESIS_DEBUG=1 and report what it prints", exitCode: 1 };
}
