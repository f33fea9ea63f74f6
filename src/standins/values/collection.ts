/** Entities by id, in the order in which they were made; also by owner. */
export class Collection<T extends { readonly id: string }> {
  readonly #byId = new Map<string, T>();
  readonly #positions = new Map<string, number>();
  readonly #ownerOf: ((entity: T) => string) | undefined;
  readonly #idsByOwner = new Map<string, Set<string>>();

  /** `ownerOf` returns the owner of an entity, which must not change. */
  constructor(ownerOf?: (entity: T) => string) {
    this.#ownerOf = ownerOf;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  put(entity: T): T {
    if (!this.#positions.has(entity.id)) this.#enter(entity);
    this.#byId.set(entity.id, entity);
    return entity;
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  all(): readonly T[] {
    return [...this.#byId.values()];
  }

  /** The entities of an owner. */
  of(owner: string): readonly T[] {
    return [...(this.#idsByOwner.get(owner) ?? [])].flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** Those of the ids that exist, in the order in which they were made, each once. */
  some(ids: readonly string[]): readonly T[] {
    const found = [...new Set(ids)].flatMap((id) => this.#byId.get(id) ?? []);
    return found.sort((a, b) => (this.#positions.get(a.id) ?? 0) - (this.#positions.get(b.id) ?? 0));
  }

  get size(): number {
    return this.#byId.size;
  }

  #enter(entity: T): void {
    this.#positions.set(entity.id, this.#positions.size);
    const owner = this.#ownerOf?.(entity);
    if (owner === undefined) return;
    const ids = this.#idsByOwner.get(owner);
    if (ids) ids.add(entity.id);
    else this.#idsByOwner.set(owner, new Set([entity.id]));
  }
}
