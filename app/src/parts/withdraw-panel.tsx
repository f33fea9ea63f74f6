import { type FormEvent, type ReactElement, useId, useState } from 'react';
import { useMutation } from 'urql';
import { type Attempt, attemptFor, keepAttempt, keptAttempt, type WithdrawalWish } from '../attempt.ts';
import { RequestWithdrawalDocument, type RequestWithdrawalMutation } from '../generated/graphql.ts';
import { formatMoney, parseAmount } from '../money/decimal.ts';
import { type Failure, failureOf, failureOfMember } from '../outcome.ts';
import type { PortfolioDetails } from '../pages/portfolio.tsx';
import { Panel } from './bits.tsx';
import { Field } from './field.tsx';

/** The form's fields, as typed. */
interface Typed {
  readonly amount: string;
  readonly referenceAccountId: string;
  readonly remittanceInformation: string;
}

const NOTHING: Typed = { amount: '', referenceAccountId: '', remittanceInformation: '' };
const FIELDS: readonly (string | undefined)[] = Object.keys(NOTHING);

const typedOf = ({ amount, referenceAccountId, remittanceInformation }: WithdrawalWish): Typed => ({
  amount,
  referenceAccountId: referenceAccountId ?? '',
  remittanceInformation: remittanceInformation ?? '',
});

type Message = { readonly text: string; readonly field: string | undefined };

/** Asks for money to be paid out. A wish is sent under one key until somebody has answered what became of it. */
export function WithdrawPanel({ portfolio }: { readonly portfolio: PortfolioDetails }): ReactElement {
  const { form, typed, change, problem, told, isLocked, isSending, submit } = useWithdrawal(portfolio);
  const { cashBalance, baseCurrency } = portfolio;
  const accounts = portfolio.referenceAccounts ?? [];
  const id = useId();
  const about = (field: keyof Typed) => ({
    id: `${id}-${field}`,
    problem: problem?.field === field ? problem.text : undefined,
  });
  return (
    <Panel id="withdraw" title="Withdraw">
      <form className="withdraw" noValidate onSubmit={submit} key={form}>
        <Field
          {...about('amount')}
          label={`Amount in ${baseCurrency}`}
          help={
            cashBalance == null
              ? undefined
              : `${formatMoney(cashBalance.availableForWithdrawal, cashBalance.currency)} is free now.`
          }
        >
          {(attributes) => (
            <input
              {...attributes}
              className="amount"
              inputMode="decimal"
              autoComplete="off"
              placeholder="0.00"
              value={typed.amount}
              readOnly={isLocked}
              onChange={(event) => change({ amount: event.target.value })}
            />
          )}
        </Field>
        {(accounts.length > 1 || problem?.field === 'referenceAccountId') && (
          <Field {...about('referenceAccountId')} label="To account">
            {(attributes) => (
              <select
                {...attributes}
                value={typed.referenceAccountId}
                disabled={isLocked}
                onChange={(event) => change({ referenceAccountId: event.target.value })}
              >
                <option value="">Choose an account</option>
                {accounts.map((account) => (
                  <option key={account.id} value={account.id}>
                    {[account.name, account.iban].filter(Boolean).join(' · ')}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field {...about('remittanceInformation')} label="Note" help="Shown on the bank statement." optional>
          {(attributes) => (
            <input
              {...attributes}
              maxLength={140}
              autoComplete="off"
              value={typed.remittanceInformation}
              readOnly={isLocked}
              onChange={(event) => change({ remittanceInformation: event.target.value })}
            />
          )}
        </Field>
        <div className="withdraw-end">
          <button type="submit" className="primary" aria-disabled={isSending}>
            {isSending ? 'Sending …' : isLocked ? 'Send again' : 'Request withdrawal'}
          </button>
          {accounts.length === 1 && <p className="help">To {accounts[0]?.iban ?? accounts[0]?.name}</p>}
        </div>
        <div role="alert" className="form-problem">
          {problem !== undefined && problem.field === undefined && <p>{problem.text}</p>}
          {isLocked && !isSending && (
            <p>
              Nobody knows yet whether it has arrived. Send it again: it has the same key, so the money moves once at
              most.
            </p>
          )}
        </div>
        <p role="status" className="form-told">
          {told}
        </p>
      </form>
    </Panel>
  );
}

/** The state of the form, kept over a reload for as long as an answer is outstanding. */
function useWithdrawal({ id: portfolioId, baseCurrency }: PortfolioDetails) {
  const [attempt, setAttempt] = useState(() => keptAttempt(portfolioId));
  const [typed, setTyped] = useState(() => (attempt === undefined ? NOTHING : typedOf(attempt.wish)));
  const [problem, setProblem] = useState<Message>();
  const [told, setTold] = useState('');
  const [{ fetching: isSending }, request] = useMutation(RequestWithdrawalDocument);
  const keep = (next: Attempt | undefined): void => {
    keepAttempt(portfolioId, next);
    setAttempt(next);
  };
  const fail = (failure: Failure, sent: Attempt): void => {
    keep({ ...sent, unanswered: failure.kind === 'unanswered' });
    setProblem(messageOf(failure));
  };
  const send = async (next: Attempt): Promise<void> => {
    // Kept before it is sent: whatever happens from here on, the same key goes with it.
    keep(next);
    setProblem(undefined);
    setTold('');
    const { idempotencyKey, wish } = next;
    const input = { portfolioId, currency: baseCurrency, idempotencyKey, ...wish };
    const { data, error } = await request({ input });
    const result = data?.requestWithdrawal;
    if (result === undefined || error !== undefined) return fail(failureOf(error), next);
    if (result.__typename !== 'RequestWithdrawalSuccess') return fail(failureOfResult(result), next);
    keep(undefined);
    setTyped(NOTHING);
    const money = formatMoney(wish.amount, baseCurrency);
    setTold(result.replayed ? `${money} had been requested already; nothing happens twice.` : `${money} requested.`);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isSending) return;
    if (attempt?.unanswered === true) return void send(attempt);
    const amount = parseAmount(typed.amount);
    if (amount === undefined) {
      setProblem({ field: 'amount', text: 'An amount above zero, such as 250 or 99.50.' });
      return;
    }
    const { referenceAccountId, remittanceInformation } = typed;
    const wish = {
      amount,
      referenceAccountId: referenceAccountId || null,
      remittanceInformation: remittanceInformation.trim() || null,
    };
    void send(attemptFor(wish, attempt));
  };
  return {
    form: portfolioId,
    typed,
    change: (changed: Partial<Typed>) => setTyped({ ...typed, ...changed }),
    problem,
    told,
    isLocked: attempt?.unanswered === true,
    isSending,
    submit,
  };
}

type Refusal = Exclude<RequestWithdrawalMutation['requestWithdrawal'], { __typename: 'RequestWithdrawalSuccess' }>;

function failureOfResult(result: Refusal): Failure {
  const failure = failureOfMember(result);
  if (result.__typename !== 'InsufficientCashError' || failure.kind !== 'refused') return failure;
  const available = formatMoney(result.available, result.currency);
  return { ...failure, field: 'amount', message: `Only ${available} is available.` };
}

/** Next to the field that it is about, where the form has one. */
const messageOf = (failure: Failure): Message => ({
  text: failure.message,
  field: failure.kind === 'refused' && FIELDS.includes(failure.field) ? failure.field : undefined,
});
