/**
 * Errors of fields that have a value nevertheless: lists that lack rows. In GraphQL a field has either a value or an
 * error, so these errors are kept until the execution ends and are then added to its errors.
 */
export class PartialErrors {
  #errors: Error[] = [];

  /** @param error with its path in the answer. */
  add(error: Error): void {
    this.#errors.push(error);
  }

  /** Returns and removes all errors. */
  take(): readonly Error[] {
    const errors = this.#errors;
    if (errors.length > 0) this.#errors = [];
    return errors;
  }
}
