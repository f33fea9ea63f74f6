import { isArray, type Json, type JsonObject } from '../values/json.ts';
import { badQuery, forbidden, notFound } from './errors.ts';
import { type FieldTable, kindOf } from './fields.ts';

export interface EmbedSource {
  /** The entity as it is answered; undefined where there is none (or not any more). */
  find(id: string): JsonObject | undefined;
  readable(id: string): boolean;
  /** Whom the credentials belong to. */
  readonly callerId: string;
}

/**
 * The `_embedded` map for some entities. One id that may not be read fails the whole request (403), as does one that is
 * deleted (404), as the vendor's page on embedding has it.
 */
export function embedded(
  wanted: string | null,
  entities: readonly JsonObject[],
  fields: FieldTable,
  source: EmbedSource,
): JsonObject {
  if (wanted === null || wanted === '') return {};
  const map: Record<string, Json> = {};
  for (const field of wanted.split(',')) {
    const kind = kindOf(fields, field);
    if (!kind) throw badQuery('embed', `field '${field}' not found in this entity`);
    if (kind !== 'reference') throw badQuery('embed', `field '${field}' cannot be embedded`);
    for (const id of entities.flatMap((entity) => idsIn(entity[field]))) {
      if (map[id] !== undefined) continue;
      if (!source.readable(id))
        throw forbidden(`User ${source.callerId} does not have READ access on ${id} (version=latest)`);
      const entity = source.find(id);
      if (!entity) throw notFound(id);
      map[id] = entity;
    }
  }
  return map;
}

function idsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
