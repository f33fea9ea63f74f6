import { isRemittanceInformation } from '../../datasources/upvest/index.ts';
import type { ReferenceAccount } from '../../domain/broker.ts';
import { firstProblem, type InvalidInput, invalid } from '../../domain/checked.ts';
import { type Failure, forbidden, notFundable, rebalancingInProgress } from '../../domain/failures.ts';
import { type Listing, wholeOf } from '../../domain/listing.ts';
import { isRobo, type Portfolio } from '../../domain/portfolio.ts';
import { hasScope } from '../../domain/viewer.ts';
import { PAID_OUT, type Withdrawal } from '../../domain/withdrawal.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import { acceptOnce, type Caller, type CashServices, type CommandResult, type NewCashRequest } from '../accept.ts';
import { type CashInput, canonicalAmount, checkCashInput, checkFundable, type Fundable } from '../cash/check.ts';
import { WITHDRAWAL, type WithdrawalInput } from '../cash/rows.ts';
import { REBALANCING } from '../engine/settle.ts';
import type { MoneySettings, WorkflowPorts } from '../ports.ts';
import { checkCash } from './check-cash.ts';
import { firstWithdrawalStep } from './decisions.ts';

export interface RequestWithdrawalInput extends CashInput {
  readonly referenceAccountId?: string | null | undefined;
  readonly remittanceInformation?: string | null | undefined;
  readonly idempotencyKey: string;
}

/**
 * Takes a withdrawal on. Failures, in this order: Forbidden; InvalidInput (key); IdempotencyKeyReused; InvalidInput
 * (amount, currency, remittanceInformation); NotFound; PortfolioNotFundable; InvalidInput (another currency,
 * referenceAccountId); RebalancingInProgress; InsufficientCash. Throws an UpstreamError where an upstream that is needed
 * for a check can't be asked; nothing is recorded then.
 */
export async function requestWithdrawal(
  services: CashServices,
  caller: Caller,
  input: RequestWithdrawalInput,
): Promise<CommandResult<Withdrawal>> {
  if (!hasScope(caller.viewer, 'cash:withdraw')) return forbidden('Withdrawing requires the scope cash:withdraw.');
  const { portfolioId, currency, amount, idempotencyKey } = input;
  const canonical = {
    portfolioId,
    amount: canonicalAmount(amount),
    currency,
    referenceAccountId: input.referenceAccountId ?? null,
    remittanceInformation: input.remittanceInformation || null,
  };
  const request = { mutation: 'requestWithdrawal', idempotencyKey, input: canonical };
  const result = await acceptOnce(services, caller, request, () => check(services, caller, input));
  if (result.kind !== 'success') return result;
  if (result.value.type !== 'Withdrawal') throw new TypeError(`a withdrawal was expected, not a ${result.value.type}`);
  return { ...result, value: result.value.object };
}

async function check(
  services: CashServices,
  caller: Caller,
  input: RequestWithdrawalInput,
): Promise<NewCashRequest | Failure> {
  const wrong = firstProblem([
    checkCashInput(input),
    checkPaidOut(services.settings.payout, input.currency),
    checkRemittance(input.remittanceInformation),
  ]);
  if (wrong !== undefined) return wrong;
  const found = await checkFundable(services, caller, input);
  if (found.kind !== 'fundable') return found;
  const account = await chooseAccount(services, found, input);
  if (account.kind !== 'chosen') return account;
  const robo = isRobo(found.portfolio);
  const cash = robo ? await checkRebalancing(services, found) : await checkCash(services, found, input);
  if (cash !== undefined && cash.kind !== 'covered') return cash;
  const { booking, payout } = services.settings;
  const accepted: WithdrawalInput = {
    booking,
    payout,
    robo,
    brokerageUserId: found.link.brokerageUserId ?? account.userId ?? null,
    referenceAccountId: account.id,
    remittanceInformation: input.remittanceInformation || null,
  };
  return {
    kind: WITHDRAWAL,
    idPrefix: 'wdr_',
    portfolioId: found.portfolio.id,
    accountGroupId: found.link.accountGroupId,
    amount: input.amount,
    currency: input.currency,
    firstStep: firstWithdrawalStep(accepted),
    input: accepted,
    stillHolds: cash?.stillHolds,
  };
}

const checkPaidOut = (payout: MoneySettings['payout'], currency: string): InvalidInput | undefined =>
  payout === 'virtual-cash' || PAID_OUT.includes(currency)
    ? undefined
    : invalid('currency', `The broker pays out ${PAID_OUT.join(' and ')} only.`);

const checkRemittance = (text: string | null | undefined): InvalidInput | undefined =>
  text == null || isRemittanceInformation(text)
    ? undefined
    : invalid(
        'remittanceInformation',
        "Expected at most 140 letters without accents, digits, spaces and + ? / - : ( ) . , ' ;",
      );

interface Chosen {
  readonly kind: 'chosen';
  readonly id: string | null;
  readonly userId?: ReferenceAccount['userId'];
}

/** The bank account to pay to: one of the owner's at the broker, the only one when none is named. */
async function chooseAccount(
  { settings, ports }: CashServices,
  { link }: Fundable,
  { referenceAccountId }: RequestWithdrawalInput,
): Promise<Chosen | Failure> {
  // With virtual cash the bank pays, and knows where to.
  if (settings.payout === 'virtual-cash') return { kind: 'chosen', id: null };
  const accounts = await ports.upvest.listings.referenceAccounts(link);
  if (referenceAccountId != null) return namedAccount(accounts, referenceAccountId);
  const [only, ...others] = wholeOf(accounts);
  if (only === undefined) return notFundable('The owner has no bank account at the broker.');
  return others.length === 0
    ? chosen(only)
    : invalid('referenceAccountId', 'The owner has several bank accounts at the broker: give the id of one.');
}

const chosen = ({ id, userId }: ReferenceAccount): Chosen => ({ kind: 'chosen', id, userId });

function namedAccount(accounts: Listing<ReferenceAccount>, id: string): Chosen | InvalidInput {
  const named = accounts.rows.find((account) => account.id === id);
  if (named !== undefined) return chosen(named);
  // It may be one that could not be read.
  wholeOf(accounts);
  return invalid('referenceAccountId', 'Expected the id of a bank account that the owner has at the broker.');
}

async function checkRebalancing({ ports }: CashServices, { portfolio }: Fundable): Promise<Failure | undefined> {
  if (!(await isRebalancing(ports, portfolio.id))) return undefined;
  return rebalancingInProgress;
}

/**
 * Whether InvestSuite says so, or answers 409. Where it refuses to answer, its 409 to a later step makes the row wait.
 */
async function isRebalancing({ investSuite }: WorkflowPorts, id: Portfolio['id']): Promise<boolean> {
  try {
    return (await investSuite.optimization(id))?.inProgress === true;
  } catch (error) {
    if (error instanceof UpstreamRefusedReadError) return error.status === REBALANCING;
    throw error;
  }
}
