import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import type { Viewer } from '../domain/viewer.ts';
import type { Config } from '../settings.ts';
import { openForReading, openStore, type Store } from '../store/index.ts';
import {
  type CashRequest,
  findCashRequest,
  REVIEW_OUTCOMES,
  REVIEWED_WORKFLOWS,
  type ResolveReviewInput,
  resolveReview,
  reviewedRebalancing,
  reviewsPage,
  type WorkflowDefinition,
} from '../workflows/index.ts';
import type { CommandIo } from './command.ts';
import { USAGES } from './usages.ts';
import { withConfig } from './with-config.ts';

type Wanted =
  | { readonly kind: 'list'; readonly json: boolean }
  | { readonly kind: 'show'; readonly id: string; readonly json: boolean }
  | { readonly kind: 'resolve'; readonly input: ResolveReviewInput };

/** Lists, shows and resolves what needs a person. Exit code 0 where it was done, 1 where not, 2 for a wrong command line. */
export async function reviews(io: CommandIo): Promise<number> {
  const wanted = readArguments(io.args);
  if (wanted === undefined) {
    io.stderr.write(USAGES.reviews);
    return 2;
  }
  return await withConfig(io, (config) => {
    switch (wanted.kind) {
      case 'list':
        return list(io, config, wanted.json);
      case 'show':
        return show(io, config, wanted);
      case 'resolve':
        return resolve(io, config, wanted.input);
      default:
        return wanted satisfies never;
    }
  });
}

const OPTIONS = {
  json: { type: 'boolean' },
  outcome: { type: 'string' },
  note: { type: 'string' },
  key: { type: 'string' },
} as const;

function readArguments(args: readonly string[]): Wanted | undefined {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const { json = false, outcome, note, key } = values;
    const [what = 'list', id, ...rest] = positionals;
    const isAnswer = [outcome, note, key].some((value) => value !== undefined);
    if (rest.length > 0 || (isAnswer && what !== 'resolve')) return undefined;
    if (what === 'list' && id === undefined) return { kind: 'list', json };
    if (what === 'show' && id !== undefined) return { kind: 'show', id, json };
    const chosen = REVIEW_OUTCOMES.find((each) => each === outcome?.toUpperCase().replace('-', '_'));
    if (what !== 'resolve' || json || id === undefined || chosen === undefined || note === undefined) return undefined;
    return { kind: 'resolve', input: { id, outcome: chosen, note, idempotencyKey: key ?? randomUUID() } };
  } catch {
    return undefined;
  }
}

async function list({ stdout }: CommandIo, config: Config, json: boolean): Promise<number> {
  const store = await openForReading(config.store);
  try {
    let count = 0;
    for await (const found of everyReview(store)) {
      stdout.write(json ? `${JSON.stringify(plainOf(found))}\n` : `${lineOf(found)}\n`);
      count += 1;
    }
    if (!json) stdout.write(count === 0 ? 'nothing needs a person\n' : `${count} to look at: reviews show <id>\n`);
    return 0;
  } finally {
    await store.close();
  }
}

const PAGE = 200;

async function* everyReview(store: Pick<Store, 'read'>): AsyncGenerator<CashRequest, void, undefined> {
  for (let after: { readonly id: string } | undefined; ; ) {
    const page: readonly CashRequest[] = await reviewsPage(store, after, PAGE);
    yield* page;
    after = page.at(-1)?.object;
    if (after === undefined || page.length < PAGE) return;
  }
}

async function show(io: CommandIo, config: Config, { id, json }: Wanted & { kind: 'show' }): Promise<number> {
  const store = await openForReading(config.store);
  try {
    const found = await findCashRequest(store, id);
    if (found === undefined) return notThere(io, id);
    io.stdout.write(json ? `${JSON.stringify(plainOf(found))}\n` : wholeOf(found));
    return 0;
  } finally {
    await store.close();
  }
}

function notThere({ stderr }: CommandIo, id: string): number {
  stderr.write(`invest-gateway: there is no deposit, withdrawal, virtual cash movement or order ${id}\n`);
  return 1;
}

async function resolve({ stdout, stderr }: CommandIo, config: Config, input: ResolveReviewInput): Promise<number> {
  const store = await openStore({ ...config.store, exclusive: false });
  try {
    const definitions = new Map<string, WorkflowDefinition>();
    for (const each of [...REVIEWED_WORKFLOWS, reviewedRebalancing]) definitions.set(each.kind, each);
    const caller = { viewer: commandLine(), maySee: () => true };
    const result = await resolveReview({ store, engine: { definitions } }, caller, input);
    if (result.kind !== 'success') {
      stderr.write(`invest-gateway: ${input.id} is not resolved: ${result.message}\n`);
      return 1;
    }
    const { object } = result.value;
    const again = input.outcome === 'RETRY' ? '; it is being tried again' : '';
    stdout.write(
      `${object.id} is resolved${again}: ${object.state}${object.reason === null ? '' : `, ${object.reason}`}\n`,
    );
    return 0;
  } finally {
    await store.close();
  }
}

/** Access to the database makes an operator; the audit names the user of this machine. */
const commandLine = (): Viewer => ({
  issuer: 'command line',
  subject: userInfo().username,
  userId: null,
  scopes: new Set(['operator'] as const),
});

const moneyOf = ({ object }: CashRequest): string =>
  'amount' in object ? `${object.amount ?? 'by units'} ${object.currency}` : `optimization ${object.optimizationId}`;

const lineOf = (found: CashRequest): string =>
  `${found.object.id} ${found.type} ${moneyOf(found)} of ${found.object.portfolioId}, since ${found.object.updatedAt}: ${found.object.reason ?? ''}`;

/** Facts for a decision: state, history, and refusals of upstreams. */
function wholeOf(found: CashRequest): string {
  const { id, state, reason, history } = found.object;
  const { refusals = [] } = found.type === 'Rebalancing' ? {} : found.object;
  const lines = [
    `${id} ${found.type}, ${moneyOf(found)} of portfolio ${found.object.portfolioId}`,
    `state    ${state}${reason === null ? '' : `: ${reason}`}`,
    ...Object.entries(idsOf(found)).map(([name, value]) => `${name.padEnd(8)} ${value ?? 'not known'}`),
    ...history.map(({ at, state: entered, reason: why, note }) =>
      ['history ', at, entered, why ?? '', note === undefined ? '' : `(${note})`].filter(Boolean).join(' '),
    ),
    ...refusals.map(({ at, step, system, status, code, message, requestId }) =>
      [
        'refusal ',
        at,
        step,
        system,
        status,
        code ?? '',
        message ?? '',
        requestId === null ? '' : `(request ${requestId})`,
      ]
        .filter(Boolean)
        .join(' '),
    ),
    ...(state === 'NEEDS_REVIEW'
      ? [
          'Look at the upstream, then end it with one of:',
          `  invest-gateway reviews resolve ${id} --outcome DONE --note "…"      it did happen: goes on`,
          `  invest-gateway reviews resolve ${id} --outcome NOT_DONE --note "…"  it did not: fails, and releases what is reserved`,
          `  invest-gateway reviews resolve ${id} --outcome RETRY --note "…"     not known: asks the upstream again`,
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function idsOf(found: CashRequest): Readonly<Record<string, string | null>> {
  switch (found.type) {
    case 'Deposit':
      return { 'at Upvest': found.object.virtualCashIncreaseId };
    case 'Withdrawal':
      return { 'at Upvest': found.object.upvestWithdrawalId };
    case 'VirtualCashMovement':
      return { 'at Upvest': found.object.upvestId };
    case 'Order':
      return { 'at Upvest': found.object.brokerOrderId, 'in InvestSuite': found.object.transactionId };
    case 'Rebalancing':
      return { optimization: found.object.optimizationId };
    default:
      return found satisfies never;
  }
}

const plainOf = ({ type, object }: CashRequest): object => ({ type, ...object });
