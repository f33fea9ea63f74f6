import { z } from 'zod';
import { notFound } from '../../domain/failures.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { readKept } from '../engine/kept-json.ts';
import { storedHoldings } from '../order/stored.ts';

export const HOLDINGS_CHANGE = 'holdings-change';

const input = z.object({ holdings: storedHoldings, replaceAll: z.boolean() });
export type HoldingsChangeInput = z.output<typeof input>;

export const inputOf = (row: WorkflowRow): HoldingsChangeInput => readKept(input, row.input);

export const NO_PORTFOLIO = notFound('There is no such portfolio.');
