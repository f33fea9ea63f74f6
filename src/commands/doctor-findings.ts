/** One thing that the doctor has looked at. */
export interface Finding {
  readonly subject: string;
  /** `note`: worth knowing, and not wrong. */
  readonly level: 'ok' | 'note' | 'WRONG';
  readonly message: string;
}

/** A check's result as a finding; `problem` is null where it passes. */
export const findingOf = (
  subject: string,
  { problem, message }: { readonly problem: string | null; readonly message: string },
): Finding => ({
  subject,
  level: problem === null ? 'ok' : 'WRONG',
  message: problem === null ? message : `${message} (${problem})`,
});
