import { parseArgs } from 'node:util';
import { webhookUrlsOf } from '../adapters/paths.ts';
import {
  eventCategories,
  registerWebhook,
  rotateWebhook,
  type UpvestConnection,
  type WebhookStatus,
  webhookStatus,
} from '../datasources/upvest/index.ts';
import type { Config } from '../settings.ts';
import type { CommandIo } from './command.ts';
import { findingOf } from './doctor-findings.ts';
import { USAGES } from './usages.ts';
import { withConfig } from './with-config.ts';

type Action = 'status' | 'register' | 'rotate';

/** Shows, registers or replaces Upvest's webhook. Exit code 0 where events arrive, 1 where not, 2 for a wrong command line. */
export async function webhooks(io: CommandIo): Promise<number> {
  const wanted = readArguments(io.args);
  if (wanted === undefined) {
    io.stderr.write(USAGES.webhooks);
    return 2;
  }
  return await withConfig(io, (config) => act(io, config, wanted));
}

function readArguments(args: readonly string[]): { readonly action: Action; readonly json: boolean } | undefined {
  try {
    const options = { json: { type: 'boolean', default: false } } as const;
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [action, ...more] = positionals;
    if (more.length > 0 || (action !== 'status' && action !== 'register' && action !== 'rotate')) return undefined;
    return values.json && action !== 'status' ? undefined : { action, json: values.json };
  } catch {
    return undefined;
  }
}

async function act(
  { stdout, stderr }: CommandIo,
  { upstreams, publicUrl, upvest: { capabilities }, portfolioSync = false }: Config,
  { action, json }: { readonly action: Action; readonly json: boolean },
): Promise<number> {
  const [url] = publicUrl === undefined ? [] : webhookUrlsOf(publicUrl, '');
  if (upstreams === undefined || url === undefined) {
    const missing = upstreams === undefined ? 'UPVEST_URL' : 'PUBLIC_URL';
    stderr.write(`invest-gateway: ${missing} is not set\n`);
    return 1;
  }
  const { upvest } = upstreams;
  const connection: UpvestConnection = { baseUrl: upvest.url, ...upvest, privateKeyPem: upvest.privateKey };
  const wanted = { url, categories: eventCategories(capabilities, portfolioSync) };
  if (action !== 'status') {
    const findings = await (action === 'register' ? registerWebhook : rotateWebhook)(connection, wanted);
    for (const each of findings) {
      const { subject, level, message } = findingOf(each.tried, each);
      stdout.write(`${level.padEnd(5)} ${subject}: ${message}\n`);
    }
    return findings.every(({ problem }) => problem === null) ? 0 : 1;
  }
  const status = await webhookStatus(connection, wanted);
  if ('problem' in status) {
    stderr.write(`invest-gateway: ${status.message} (${status.problem})\n`);
    return 1;
  }
  stdout.write(json ? `${JSON.stringify(status)}\n` : textOf(status));
  return status.outcome.problem === null ? 0 : 1;
}

function textOf({ outcome, webhooks: all, keys }: WebhookStatus): string {
  const { level, message } = findingOf('', outcome);
  const lines = [
    `${level.padEnd(5)} ${message}`,
    ...all.flatMap(({ id, url, enabled, types, excludedTypes, missingTypes, isOurs }) => [
      `webhook ${id}${isOurs ? '' : ', not of this gateway'}`,
      `  calls    ${url}`,
      `  enabled  ${enabled ? 'yes' : 'no'}`,
      `  types    ${types.join(' ')}${excludedTypes.length === 0 ? '' : `, without ${excludedTypes.join(' ')}`}`,
      ...(isOurs && missingTypes.length > 0 ? [`  missing  ${missingTypes.join(' ')}`] : []),
    ]),
    ...keys.map(({ id, curve }) => `key ${id} (${curve})`),
    ...(outcome.problem?.startsWith('webhook-') === true ? ['To mend it: invest-gateway webhooks register'] : []),
  ];
  return `${lines.join('\n')}\n`;
}
