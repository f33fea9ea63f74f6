import { v5 } from 'uuid';

/** Never changed: a process rebuilt from other code must derive the same keys. */
const NAMESPACE = '2f6c4a52-7d0b-4d3e-9b57-1a4f0e8c9d21';

/** The key of a row that the keys of all its writes are made from. */
export const upstreamKeyOf = (workflowId: string): string => v5(workflowId, NAMESPACE);

/** The key under which a step of a row is sent, now and at every repetition: a UUID of version 5. */
export const stepKey = (row: { readonly upstream_key: string }, step: string): string => v5(step, row.upstream_key);
