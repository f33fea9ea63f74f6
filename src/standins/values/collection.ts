/** Entities by id, in the order in which they were made. */
export class Collection<T extends { readonly id: string }> {
  readonly #byId = new Map<string, T>();
  readonly #positions = new Map<string, number>();

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  put(entity: T): T {
    if (!this.#positions.has(entity.id)) this.#positions.set(entity.id, this.#positions.size);
    this.#byId.set(entity.id, entity);
    return entity;
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  all(): readonly T[] {
    return [...this.#byId.values()];
  }

  /** Those of the ids that exist, in the order in which they were made, each once. */
  some(ids: readonly string[]): readonly T[] {
    const found = [...new Set(ids)].flatMap((id) => this.#byId.get(id) ?? []);
    return found.sort((a, b) => (this.#positions.get(a.id) ?? 0) - (this.#positions.get(b.id) ?? 0));
  }

  get size(): number {
    return this.#byId.size;
  }
}
