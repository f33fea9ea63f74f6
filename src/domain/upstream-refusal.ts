import type { UpstreamSystem } from '../errors.ts';
import type { DateTime } from './datetime.ts';

/** An upstream's refusal of a step of a workflow, without data of the request. For operators. */
export interface UpstreamRefusal {
  readonly at: DateTime;
  readonly step: string;
  readonly system: UpstreamSystem;
  /** HTTP status. */
  readonly status: number;
  /** The upstream's own code. */
  readonly code: string | null;
  readonly message: string | null;
  /** The upstream's id of the call. */
  readonly requestId: string | null;
}
