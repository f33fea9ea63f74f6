import { createHash } from 'node:crypto';
import type { InvestSuite } from './datasources/investsuite/index.ts';
import { type ProfileEntry, type ProfileValues, TenantProfile } from './datasources/upstream/tenant-profile.ts';
import type { Upvest } from './datasources/upvest/index.ts';
import type { BrokerLink } from './domain/broker.ts';
import type { Portfolio } from './domain/portfolio.ts';
import type { Runtime } from './domain/runtime.ts';
import { UpstreamError } from './errors.ts';
import { defaultLink } from './resolvers/portfolios.ts';
import { keepProfile, keptProfile, type Store } from './store/index.ts';

export interface TenantOptions {
  readonly runtime?: Runtime | undefined;
  readonly investSuite: { readonly url: string; readonly accessKeyId: string };
  readonly upvest: { readonly url: string; readonly clientId: string };
  readonly tenantProfile?: { readonly set?: ProfileValues | undefined } | undefined;
  readonly link?: ((portfolio: Portfolio) => BrokerLink | null) | undefined;
  readonly onTrouble: (what: string, error?: unknown) => unknown;
}

/** The profile of the tenant that a gateway serves, kept in its store: see docs/upstreams.md. */
export class Tenant {
  readonly profile: TenantProfile;
  readonly #name: string;
  readonly #onTrouble: TenantOptions['onTrouble'];
  readonly #linkOf: (portfolio: Portfolio) => BrokerLink | null;
  readonly #writes = new Set<Promise<void>>();
  #store: Store | undefined;

  constructor({ investSuite, upvest, tenantProfile, link, runtime, onTrouble }: TenantOptions) {
    const accounts = [investSuite.url, investSuite.accessKeyId, upvest.url, upvest.clientId];
    this.#name = createHash('sha256').update(JSON.stringify(accounts)).digest('hex');
    this.#onTrouble = onTrouble;
    this.#linkOf = link ?? defaultLink;
    this.profile = new TenantProfile({
      runtime,
      set: tenantProfile?.set,
      onLearned: (entry) => this.#keep(entry),
      onContradicted: ({ field, value }) =>
        onTrouble(`TENANT_PROFILE says that ${field} is ${value}, and an upstream has answered otherwise`),
    });
  }

  /** Before the first call to an upstream: recalls what is kept. */
  async join(store: Store): Promise<void> {
    this.keepIn(store);
    const kept = await store.read((reading) => keptProfile(reading, this.#name));
    for (const { field, value, ageMs } of kept) this.profile.recall(field, value, ageMs);
  }

  /** Stores what is learned from now on; does not read what is stored already. */
  keepIn(store: Store): void {
    this.#store = store;
  }

  /** Tries each form of call, by reads. Does not reject. */
  async learn(upstreams: Upstreams): Promise<void> {
    try {
      await makeTrialReads(upstreams, this.#linkOf);
    } catch (error) {
      this.#onTrouble('the tenant could not be asked how it takes calls', error);
    }
  }

  /** Resolves when everything learned is on disk. */
  async flush(): Promise<void> {
    await Promise.all(this.#writes);
  }

  #keep(entry: ProfileEntry): void {
    const store = this.#store;
    if (store === undefined) return;
    const written: Promise<void> = store
      .write((writing) => keepProfile(writing, this.#name, entry))
      .catch((error: unknown) => void this.#onTrouble('what was learned of the tenant could not be kept', error))
      .finally(() => this.#writes.delete(written));
    this.#writes.add(written);
  }
}

interface Upstreams {
  readonly investSuite: InvestSuite;
  readonly upvest: Upvest;
}

/**
 * Makes the reads whose form differs from tenant to tenant once each, with the first two portfolios that InvestSuite lists;
 * the profile learns by their answers, as by those of any other. What fails is left for later calls to find out.
 */
async function makeTrialReads(
  { investSuite, upvest }: Upstreams,
  linkOf: (portfolio: Portfolio) => BrokerLink | null,
): Promise<void> {
  const portfolios: Portfolio[] = [];
  await tried(async () => {
    portfolios.push(...(await investSuite.portfoliosPage({ limit: 2, embedOwners: true })).portfolios);
  });
  const [first] = portfolios;
  if (first === undefined) return;
  const { id, ownerId } = first;
  const owners = portfolios.flatMap((each) => each.ownerId ?? []);
  const group = linkOf(first)?.accountGroupId;
  const reads: readonly (() => Promise<unknown>)[] = [
    () => Promise.all(portfolios.map((each) => investSuite.portfolio(each.id))),
    () => Promise.all(owners.map((owner) => investSuite.user(owner))),
    async () => ownerId && (await investSuite.portfoliosPage({ limit: 1, filter: { ownerId } })),
    async () => ownerId && (await investSuite.portfoliosPage({ limit: 1, filter: { anyOwnerId: ownerId } })),
    async () => {
      const [transaction] = await investSuite.transactions(id);
      return transaction && (await investSuite.transaction(id, transaction.id));
    },
    () => investSuite.findTransactionsByExternalId(id, NOBODYS_EXTERNAL_ID),
    () => investSuite.optimization(id),
    async () => group && (await upvest.cashBalances(group)),
  ];
  for (const read of reads) await tried(read);
}

const NOBODYS_EXTERNAL_ID = 'invest-gateway-probe';

async function tried(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
  }
}
