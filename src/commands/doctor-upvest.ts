import { webhookUrlsOf } from '../adapters/paths.ts';
import {
  CAPABILITIES,
  type Capability,
  type CapabilityFinding,
  checkCapabilities,
  checkUpvest,
  checkWebhook,
  eventCategories,
  registerWebhook,
  type UpvestConnection,
} from '../datasources/upvest/index.ts';
import type { Config } from '../settings.ts';
import { type Finding, findingOf } from './doctor-findings.ts';

/** Checks of Upvest: required access, the webhook, and the tenant's capabilities. */
export async function upvestFindings(
  upvest: UpvestConnection,
  {
    publicUrl,
    portfolioSync = false,
    upvest: { capabilities },
  }: Pick<Config, 'publicUrl' | 'portfolioSync' | 'upvest'>,
  mayRegister: boolean,
): Promise<readonly Finding[]> {
  const needed = await checkUpvest(upvest);
  const findings = needed.map((each) => findingOf(`Upvest, ${each.tried}`, each));
  // The same problem would be reported nine times.
  const letsUsIn = needed.some(({ tried, problem }) => tried === 'token for read' && problem === null);
  if (!letsUsIn) return findings;
  const [ofWebhook, ofCapabilities] = await Promise.all([
    webhookFindings(upvest, { publicUrl, categories: eventCategories(capabilities, portfolioSync) }, mayRegister),
    checkCapabilities(upvest, capabilities),
  ]);
  const off = CAPABILITIES.filter((each) => !capabilities.includes(each));
  const ofOff = off.map(
    (each) => ({ subject: subjectOf(each), level: 'note', message: 'off (UPVEST_CAPABILITIES)' }) as const,
  );
  return [...findings, ...ofWebhook, ...ofCapabilities.map(capabilityFinding), ...ofOff];
}

async function webhookFindings(
  upvest: UpvestConnection,
  { publicUrl, categories }: { readonly publicUrl: string | undefined; readonly categories: readonly string[] },
  mayRegister: boolean,
): Promise<readonly Finding[]> {
  const [url] = publicUrl === undefined ? [] : webhookUrlsOf(publicUrl, '');
  if (url === undefined) {
    const message = 'PUBLIC_URL is not set, so it is not known which address Upvest has to call';
    return [{ subject: 'Upvest, webhook', level: mayRegister ? 'WRONG' : 'note', message }];
  }
  const wanted = { url, categories };
  if (mayRegister) {
    return (await registerWebhook(upvest, wanted)).map((each) => findingOf(`Upvest, ${each.tried}`, each));
  }
  const { tried, problem, message } = await checkWebhook(upvest, wanted);
  const canBeMended = problem?.startsWith('webhook-') === true;
  const advice = canBeMended ? '; to mend it: invest-gateway doctor --register-webhook' : '';
  return [findingOf(`Upvest, ${tried}`, { problem, message: message + advice })];
}

const subjectOf = (capability: Capability): string => `Upvest, capability ${capability}`;

/** A tenant need not have any of them: a missing one is a note, not a fault. */
const capabilityFinding = ({ capability, granted, ...outcome }: CapabilityFinding): Finding => {
  const subject = subjectOf(capability);
  return granted === false ? { subject, level: 'note', message: outcome.message } : findingOf(subject, outcome);
};
