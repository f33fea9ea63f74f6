import type { ReactElement } from 'react';
import { formatMoney } from '../../../client/index.ts';
import { formatSecond } from '../dates.ts';
import { type Notification, notificationFeed } from '../live/notifications.ts';
import { portfolioAddress } from '../route.ts';
import { useStore } from '../store.ts';
import { WITHDRAWAL_STATES, wordsOf } from '../words.ts';

/** Live events of both systems. */
export function Activity(): ReactElement {
  const { notifications } = useStore(notificationFeed);
  return (
    <aside className="activity" aria-labelledby="activity">
      <h2 id="activity" tabIndex={-1}>
        Activity
      </h2>
      {notifications.length === 0 && <p className="empty">What happens from now on is shown here as it happens.</p>}
      <div role="log" aria-label="Notifications" aria-live="polite">
        <ol>
          {notifications.map((notification) => (
            <li key={notification.id} data-cursor={notification.id} data-source={notification.source}>
              <time dateTime={notification.occurredAt}>{formatSecond(notification.occurredAt)}</time>
              <p>{sentenceOf(notification)}</p>
              <p className="activity-about">
                {SOURCES[notification.source]}
                {notification.portfolioId != null && (
                  <>
                    {' · '}
                    <a href={portfolioAddress(notification.portfolioId)}>
                      <span className="unseen">Portfolio </span>…{notification.portfolioId.slice(-6)}
                    </a>
                  </>
                )}
              </p>
            </li>
          ))}
        </ol>
      </div>
    </aside>
  );
}

const SOURCES: Readonly<Record<Notification['source'], string>> = {
  INVESTSUITE: 'InvestSuite',
  UPVEST: 'Broker',
  GATEWAY: 'Gateway',
};

function sentenceOf(notification: Notification): string {
  switch (notification.__typename) {
    case 'CashBalanceNotification': {
      const { currency, balance, availableForWithdrawal } = notification.cashBalance;
      return `Cash is ${formatMoney(balance, currency)}, ${formatMoney(availableForWithdrawal, currency)} can be withdrawn`;
    }
    case 'DepositNotification': {
      const { amount, currency, depositState } = notification.deposit;
      return `Deposit of ${formatMoney(amount, currency)}: ${wordsOf(depositState).toLowerCase()}`;
    }
    case 'WithdrawalNotification': {
      const { amount, currency, withdrawalState } = notification.withdrawal;
      return `Withdrawal of ${formatMoney(amount, currency)}: ${WITHDRAWAL_STATES[withdrawalState][0].toLowerCase()}`;
    }
    case 'VirtualCashNotification': {
      const { amount, currency, direction, status } = notification.virtualCashMovement;
      return `Virtual cash ${direction.toLowerCase()} of ${formatMoney(amount, currency)}: ${status.toLowerCase()}`;
    }
    case 'OrderNotification':
      return `Order at the broker: ${wordsOf(notification.orderStatus ?? notification.type).toLowerCase()}`;
    case 'RebalancingNotification':
      return `Rebalancing: ${wordsOf(notification.rebalancing.rebalancingState).toLowerCase()}`;
    case 'ValuationNotification':
      return 'The broker has valued the portfolio';
    case 'CashTransactionNotification':
      return 'The broker has booked cash';
    case 'PortfolioNotification':
    case 'SynchronizationNotification':
      return wordsOf(notification.type);
    case 'OptimizationNotification':
      return `Advice: ${wordsOf(notification.value ?? notification.type).toLowerCase()}`;
    case 'GapNotification':
      return notification.reason;
    case 'OtherNotification':
      return wordsOf(notification.type);
    default:
      return notification satisfies never;
  }
}
