/** How an installation fails: what happened and why, a stable code, the exit code of the command line, the next step. */
export class InstallError extends Error {
  override readonly name = "InstallError";
  constructor(
    readonly code: string,
    readonly exitCode: number,
    message: string,
    readonly next: string,
  ) {
    super(message);
  }
}
