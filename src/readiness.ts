import type { Admission } from './callers/admission.ts';
import type { InvestSuite } from './datasources/investsuite/index.ts';
import type { Upvest } from './datasources/upvest/index.ts';
import type { Ingest } from './ingest/index.ts';
import { logHead, type Store, tryToWrite } from './store/index.ts';

interface Upstreams {
  readonly investSuite: Pick<InvestSuite, 'outOfReach'>;
  readonly upvest: Pick<Upvest, 'outOfReach'>;
}

/** Undefined where it is ready. */
export async function whyNotReady(store: Store, admission: Admission): Promise<string | undefined> {
  if (admission.full) return 'overloaded';
  if (!(await storeAnswers(store))) return 'the store does not answer';
  // The last write has failed: another one shows whether that is over.
  if (store.writesFail) await store.write(tryToWrite).catch(() => undefined);
  return store.writesFail ? 'the store cannot be written' : undefined;
}

/** How long the store may take to say that it is there. */
const STORE_ANSWER_MS = 2_000;

async function storeAnswers(store: Store): Promise<boolean> {
  let cancelTimer = (): void => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancelTimer = store.runtime.after(STORE_ANSWER_MS, () => resolve(false), { background: true });
  });
  const asked = store
    .read((reading) => logHead(reading))
    .then(
      () => true,
      () => false,
    );
  return await Promise.race([asked, late]).finally(cancelTimer);
}

/** Sentences on unavailable parts; the gateway is ready nevertheless. */
export function degraded({ investSuite, upvest }: Upstreams, { busConnected }: Ingest): string[] {
  return [
    ...(investSuite.outOfReach ? ['InvestSuite is not available'] : []),
    ...(upvest.outOfReach ? ['Upvest is not available'] : []),
    ...(busConnected ? [] : ["InvestSuite's event bus is not reachable"]),
  ];
}
