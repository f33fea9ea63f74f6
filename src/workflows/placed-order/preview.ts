import type { Failure } from '../../domain/failures.ts';
import type { Caller } from '../accept.ts';
import { type Checked, checkOrder, type OrderDraft } from './check.ts';
import type { OrderingServices } from './ports.ts';

/** What an order would do; what speaks against it where it would be refused. Sends nothing and records nothing. */
export const previewOrder = (
  services: OrderingServices,
  caller: Caller,
  draft: OrderDraft,
): Promise<Checked | Failure> => checkOrder(services, caller, draft);
