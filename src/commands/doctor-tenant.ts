import { createInvestSuite } from '../datasources/investsuite/index.ts';
import { createUpvest } from '../datasources/upvest/index.ts';
import { StoreUnavailableError } from '../errors.ts';
import type { UpstreamSettings } from '../options-from.ts';
import type { Config } from '../settings.ts';
import { openStore } from '../store/index.ts';
import { Tenant } from '../tenant.ts';
import type { Finding } from './doctor-findings.ts';

/** Tries which forms of calls the tenant takes, by reads only, and keeps what it finds for the gateway's next start. */
export async function tenantFindings(
  config: Config,
  { investSuite, upvest }: UpstreamSettings,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const onTrouble = (message: string): unknown => findings.push({ subject: 'tenant profile', level: 'WRONG', message });
  const tenant = new Tenant({ investSuite, upvest, tenantProfile: config.tenantProfile, onTrouble });
  const { profile } = tenant;
  const upstreams = {
    investSuite: createInvestSuite({ ...investSuite, baseUrl: investSuite.url, ...config.investSuite, profile }),
    upvest: createUpvest({ ...upvest, baseUrl: upvest.url, privateKeyPem: upvest.privateKey, profile }),
  };
  try {
    const store = await openStore({ ...config.store, exclusive: false });
    tenant.keepIn(store);
    await tenant.learn(upstreams);
    await tenant.flush();
    await store.close();
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    onTrouble(error.message);
  } finally {
    await Promise.all([upstreams.investSuite.close(), upstreams.upvest.close()]);
  }
  const told = profile.values().map(({ field, value, isSeen }): Finding => {
    const subject = `tenant profile, ${field}`;
    if (isSeen) return { subject, level: 'ok', message: value || 'none' };
    return { subject, level: 'note', message: `${value || 'none'}, which no answer has shown yet` };
  });
  return [...findings, ...told];
}
