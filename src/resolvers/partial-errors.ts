/**
 * Errors of fields that have a value all the same: lists that lack rows. To GraphQL a field has either a value or an error,
 * so these wait here until the operation is executed, and are then put beside the errors of the executor.
 */
export class PartialErrors {
  #errors: Error[] = [];

  /** @param error with its place in the answer. */
  add(error: Error): void {
    this.#errors.push(error);
  }

  /** All that were added since this was last called. */
  take(): readonly Error[] {
    const errors = this.#errors;
    if (errors.length > 0) this.#errors = [];
    return errors;
  }
}
