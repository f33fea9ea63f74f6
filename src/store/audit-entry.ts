import { z } from 'zod';
import type { AuditRow } from './tables.ts';

/** The readable part of an entry; the rest is for checks of the chains. */
const readable = z.object({
  from: z.string().optional(),
  states: z.array(z.object({ state: z.string(), reason: z.string().nullable() })).default([]),
  review: z.string().optional(),
  note: z.string().optional(),
  refusal: z
    .object({
      step: z.string().nullable(),
      system: z.string(),
      status: z.number(),
      code: z.string().nullable(),
      message: z.string().nullable(),
      requestId: z.string().nullable().default(null),
    })
    .optional(),
});
export type ReadableEntry = z.infer<typeof readable>;

/** The content of an audit entry about its object: the states that it entered, an operator's note, an upstream's refusal. */
export const readableEntry = ({ content }: Pick<AuditRow, 'content'>): ReadableEntry =>
  readable.safeParse(JSON.parse(content)).data ?? { states: [] };
