/**
 * How talking to a tile fails, as a closed list of codes.
 *
 * Idea: a message says what happened and why, `next` is the command to try, `code` is stable for scripts, and every code
 * has one exit code (reference: the command line's exit-code table). Nothing below this layer throws plain Errors for
 * expected failures, so a stack trace on the screen is always a bug.
 */

/** Exit codes of the command line by link error code. */
export const LINK_EXIT_CODES = {
  /** No such port, or no port at all. */
  PORT_MISSING: 3,
  /** Another program holds the port. */
  PORT_BUSY: 4,
  /** The user may not open the port. */
  PORT_PERMISSION: 4,
  /** The port was open and went away (unplugged, peer closed). */
  PORT_LOST: 5,
  /** Something answers, but neither Espruino nor a tile. */
  NOT_A_TILE: 3,
  /** Espruino older than packets (2v25). */
  ESPRUINO_TOO_OLD: 3,
  /** The interpreter sits in its debugger and will not leave. */
  STUCK_IN_DEBUG: 5,
  /** A tile's kernel owns the port, so the console does not answer. */
  KERNEL_RUNNING: 5,
  /** The port is a tile's but nothing answers. */
  KERNEL_DEAD: 5,
  /** Nothing at all comes back. */
  SILENT: 5,
  /** One request went unanswered. */
  TIMEOUT: 5,
  /** The tile answered something that makes no sense. */
  BAD_REPLY: 5,
  /** The tile refused a request (`rc` or `err` in the reply). */
  REFUSED: 1,
  /** Code sent to the console threw. */
  EVAL_FAILED: 1,
  /** What was written does not read back the same. */
  VERIFY_FAILED: 6,
  /** The image was refused for its signature or its version. */
  IMAGE_REFUSED: 7,
  /** The caller stopped it (Ctrl-C). */
  INTERRUPTED: 130,
} as const;

export type LinkErrorCode = keyof typeof LINK_EXIT_CODES;

export class LinkError extends Error {
  readonly code: LinkErrorCode;
  /** What the process should end with. */
  readonly exitCode: number;
  /** The next step, as an imperative sentence or a command. */
  readonly next: string | undefined;
  /** SMP group and result code when the tile refused. */
  readonly group: number | undefined;
  readonly rc: number | undefined;

  constructor(code: LinkErrorCode, message: string, next?: string, refusal?: { group: number; rc: number }, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "LinkError";
    this.code = code;
    this.exitCode = LINK_EXIT_CODES[code];
    this.next = next;
    this.group = refusal?.group;
    this.rc = refusal?.rc;
  }
}

/** True for a LinkError, of one of `codes` when given. */
export function isLinkError(thrown: unknown, ...codes: LinkErrorCode[]): thrown is LinkError {
  return thrown instanceof LinkError && (codes.length === 0 || codes.includes(thrown.code));
}
