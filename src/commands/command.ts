/** Where a command reads from and writes to. */
export interface CommandIo {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export interface Command {
  readonly name: string;
  readonly help: string;
  /** Resolves to the exit code; of a server, when it has been told to stop and has. */
  readonly run: (io: CommandIo) => Promise<number>;
}
