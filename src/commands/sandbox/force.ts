import { brokerIdsOf } from './portfolio.ts';
import { type JsonObject, SandboxError, type Standins, type System } from './standins.ts';

/** The call that begins or ends something, and where a portfolio is named in it. */
interface Target {
  readonly system: System;
  readonly method: string;
  readonly path: string;
  readonly by: 'group' | 'account' | 'portfolio-in-body' | 'portfolio-in-path';
  /** A text that the body has to contain as well. */
  readonly body?: string;
}

const TRANSACTIONS: Target = {
  system: 'investsuite',
  method: 'POST',
  path: '^/portfolios/[^/]+/transactions/?$',
  by: 'portfolio-in-path',
};
const bookedBy = (event: string): Target => ({
  system: 'investsuite',
  method: 'POST',
  path: `^/events/${event}`,
  by: 'portfolio-in-body',
});
const atUpvest = (path: string, by: 'group' | 'account' = 'group'): Target => ({
  system: 'upvest',
  method: 'POST',
  path: `^${path}$`,
  by,
});

interface Forceable {
  readonly begins: Target;
  readonly ends?: Target;
  /** Words of the broker's stand-in. */
  readonly noun?: string;
  readonly atBroker?: readonly string[];
  readonly contradict?: true;
}

const FORCEABLE: Readonly<Record<string, Forceable>> = {
  deposit: {
    begins: atUpvest('/virtual_cash_balances/increases'),
    ends: bookedBy('deposit'),
    noun: 'increase',
    atBroker: ['stay'],
  },
  withdrawal: {
    begins: atUpvest('/payments/withdrawals'),
    ends: bookedBy('withdraw'),
    noun: 'withdrawal',
    atBroker: ['stay', 'work', 'cancel', 'return'],
    contradict: true,
  },
  decrease: {
    begins: atUpvest('/virtual_cash_balances/decreases'),
    noun: 'decrease',
    atBroker: ['stay'],
    contradict: true,
  },
  order: {
    begins: atUpvest('/orders', 'account'),
    ends: TRANSACTIONS,
    noun: 'order',
    atBroker: ['stay', 'work', 'cancel', 'part', 'mistrade'],
    contradict: true,
  },
  transaction: { begins: TRANSACTIONS },
  holdings: {
    begins: {
      system: 'investsuite',
      method: 'PATCH',
      path: '^/portfolios/[^/]+/?$',
      by: 'portfolio-in-path',
      body: '"portfolio"',
    },
  },
};

const FAULTS: Readonly<Record<string, JsonObject>> = {
  refuse: { kind: 'status', status: 422 },
  'refuse-late': { kind: 'status', status: 422 },
  contradict: { kind: 'status', status: 422, work: 'done' },
  lose: { kind: 'reset-after' },
};

export interface ForceOptions {
  readonly portfolio: string | undefined;
  readonly times: number;
}

/** Decides how the next one ends: by a fault of the call, or by what the broker makes of it. */
export async function force(standins: Standins, what: string, how: string, options: ForceOptions): Promise<void> {
  const thing = FORCEABLE[what];
  if (thing === undefined) throw new SandboxError(`what can be forced: ${Object.keys(FORCEABLE).join(', ')}`);
  const { times, portfolio } = options;
  if (thing.noun !== undefined && thing.atBroker?.includes(how) === true) {
    const ids = portfolio === undefined ? undefined : await brokerIdsOf(standins, portfolio);
    const of = ids === undefined ? {} : { accountGroupId: ids.group };
    await standins.control('upvest', 'POST', 'outcomes', { of: thing.noun, how, times, ...of });
    return;
  }
  const target = how === 'refuse-late' ? thing.ends : thing.begins;
  const fault = FAULTS[how];
  if (target === undefined || fault === undefined || (how === 'contradict' && thing.contradict !== true))
    throw new SandboxError(`a ${what} can be forced to: ${waysOf(thing).join(', ')}`);
  const match = await matchOf(standins, target, portfolio);
  await standins.control(target.system, 'POST', 'faults', { ...fault, times, match });
}

const waysOf = ({ ends, contradict, atBroker = [] }: Forceable): readonly string[] => [
  'refuse',
  ...(ends === undefined ? [] : ['refuse-late']),
  ...(contradict === true ? ['contradict'] : []),
  'lose',
  ...atBroker,
];

async function matchOf(standins: Standins, target: Target, portfolio: string | undefined): Promise<JsonObject> {
  const { method, path, by, body } = target;
  const common = { method, path, ...(body === undefined ? {} : { body }) };
  if (portfolio === undefined) return common;
  if (by === 'portfolio-in-path') return { ...common, path: path.replace('[^/]+', portfolio) };
  if (by === 'portfolio-in-body') return { ...common, body: portfolio };
  return { ...common, body: (await brokerIdsOf(standins, portfolio))[by] };
}
