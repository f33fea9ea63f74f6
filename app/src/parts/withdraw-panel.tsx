import { type FormEvent, type ReactElement, useId, useState } from 'react';
import { formatMoney, isZero, parseAmount } from '../../../client/index.ts';
import { useAttempt, type Wish } from '../attempt.ts';
import {
  RequestWithdrawalDocument,
  type RequestWithdrawalInput,
  type RequestWithdrawalMutation,
} from '../generated/graphql.ts';
import type { PortfolioDetails } from '../pages/portfolio.tsx';
import { Panel } from './bits.tsx';
import { Field } from './field.tsx';
import { UnknownOutcome } from './unknown-outcome.tsx';

/** The form's fields, as typed. */
interface Typed {
  readonly amount: string;
  readonly referenceAccountId: string;
  readonly remittanceInformation: string;
}

const NOTHING: Typed = { amount: '', referenceAccountId: '', remittanceInformation: '' };
const FIELDS: readonly (string | null)[] = Object.keys(NOTHING);

type Message = { readonly text: string; readonly field: string | null };

const typedOf = ({ amount, referenceAccountId, remittanceInformation }: Wish<RequestWithdrawalInput>): Typed => ({
  amount: String(amount),
  referenceAccountId: String(referenceAccountId ?? ''),
  remittanceInformation: remittanceInformation ?? '',
});

/** Asks for money to be paid out. */
export function WithdrawPanel({ portfolio }: { readonly portfolio: PortfolioDetails }): ReactElement {
  const { typed, change, problem, told, attempting, submit } = useWithdrawal(portfolio);
  const { cashBalance, baseCurrency } = portfolio;
  const accounts = portfolio.referenceAccounts ?? [];
  const isLocked = attempting.status !== 'idle';
  const id = useId();
  const about = (field: keyof Typed) => ({
    id: `${id}-${field}`,
    problem: problem?.field === field ? problem.text : undefined,
  });
  return (
    <Panel id="withdraw" title="Withdraw">
      <form className="withdraw" noValidate onSubmit={submit}>
        <Field
          {...about('amount')}
          label={`Amount in ${baseCurrency}`}
          help={
            cashBalance == null
              ? undefined
              : `${formatMoney(cashBalance.availableForWithdrawal, cashBalance.currency, { rounding: 'down' })} is available.`
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
          {attempting.status !== 'unknown' && (
            <button type="submit" className="primary" aria-disabled={isLocked}>
              {isLocked ? 'Sending …' : 'Request withdrawal'}
            </button>
          )}
          {accounts.length === 1 && <p className="help">To {accounts[0]?.iban ?? accounts[0]?.name}</p>}
        </div>
        <div role="alert" className="form-problem">
          {problem !== undefined && problem.field === null && <p>{problem.text}</p>}
        </div>
        <UnknownOutcome attempting={attempting} what="this withdrawal" />
        <p role="status" className="form-told">
          {told}
        </p>
      </form>
    </Panel>
  );
}

/** The state of the form. */
function useWithdrawal({ id: portfolioId, baseCurrency }: PortfolioDetails) {
  const [draft, setTyped] = useState(NOTHING);
  const [problem, setProblem] = useState<Message>();
  const [told, setTold] = useState('');
  const attempting = useAttempt<RequestWithdrawalMutation, Wish<RequestWithdrawalInput>>(
    `withdrawal/${portfolioId}`,
    RequestWithdrawalDocument,
    (outcome) => {
      if (outcome.kind === 'done') {
        const { withdrawal, replayed } = outcome.result;
        const money = formatMoney(withdrawal.amount, withdrawal.currency);
        setTyped(NOTHING);
        setTold(replayed ? `${money} was already requested; it is paid once.` : `${money} requested.`);
        return;
      }
      const { message, field, type } = outcome.refusal;
      const at = type === 'InsufficientCashError' ? 'amount' : field;
      setProblem({ text: message, field: FIELDS.includes(at) ? at : null });
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (attempting.status !== 'idle') return;
    const { referenceAccountId, remittanceInformation } = draft;
    const amount = parseAmount(draft.amount);
    setTold('');
    if (amount === undefined || isZero(amount)) {
      setProblem({ field: 'amount', text: 'An amount above zero, such as 250 or 99.50.' });
      return;
    }
    setProblem(undefined);
    attempting.send({
      ...{ portfolioId, amount, currency: baseCurrency },
      referenceAccountId: referenceAccountId || null,
      remittanceInformation: remittanceInformation.trim() || null,
    });
  };
  return {
    // A request is shown for as long as its outcome is unknown, also after a reload.
    typed: attempting.pending === undefined ? draft : typedOf(attempting.pending),
    change: (changed: Partial<Typed>) => setTyped({ ...draft, ...changed }),
    ...{ problem, told, attempting, submit },
  };
}
