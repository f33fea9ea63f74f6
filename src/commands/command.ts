/** Where a command reads from and writes to. */
export interface CommandIo {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  /** `isTTY`: a person is watching, for progress output. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
}

export interface Command {
  readonly name: string;
  /** One line. */
  readonly help: string;
  /** How it is called, and its exit codes. */
  readonly usage: string;
  /** It has no arguments. */
  readonly takesNothing?: true;
  /** Resolves to the exit code; of a server, when it has been told to stop and has. */
  readonly run: (io: CommandIo) => Promise<number>;
}
