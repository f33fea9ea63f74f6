import type { InvestSuite } from '../../src/datasources/investsuite/index.ts';
import { createInvestSuite } from '../../src/datasources/investsuite/index.ts';
import { decimal } from '../../src/domain/decimal.ts';
import { type PortfolioId, parsePortfolioId } from '../../src/domain/ids.ts';
import { seedPortfolio, startInvestSuiteStandin } from '../../src/standins/index.ts';
import type { InvestSuitePort } from '../../src/workflows/index.ts';
import { FakeInvestSuite } from '../workflows/fake-investsuite.ts';
import { SimulatedUpstreams } from '../workflows/table/simulated-upstreams.ts';
import { must } from './brokers.ts';

/*
 * Everything that plays InvestSuite's portfolios and cash events in the tests: a line each in ADVISERS. The contract runs
 * over all of them, so a new player is a new line.
 */

export interface PortfolioSetup {
  readonly manager?: 'ROBO_ADVISOR_DISCRETIONARY' | 'USER_MANAGED';
  /** The system that books cash events: InvestSuite or the gateway. */
  readonly booking?: 'investsuite' | 'gateway';
}

/** A portfolio of 1,000 EUR and 2.5 units of US0378331005, without transactions, not yet funded. */
export interface PlayedPortfolio {
  readonly port: InvestSuitePort;
  readonly id: PortfolioId;
  /** Optimizations that the last calls have started come to their end. */
  settle(): void;
  /** An optimization is computed from now on, or is not any more. */
  rebalance(isRunning: boolean): void;
  /** Cash events are answered before they are booked from now on; returns what books them. Undefined: it cannot. */
  readonly bookLater: (() => () => void) | undefined;
}

export interface Adviser {
  /** Where it listens, with its keys; undefined where it is called in the process. */
  readonly connection?: { readonly baseUrl: string; readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A portfolio of its own for each test. */
  portfolio(setup?: PortfolioSetup): Promise<PlayedPortfolio>;
  stop(): Promise<void>;
}

const HOLDINGS = { $EUR: '1000', US0378331005: '2.5' } as const;

async function standIn(): Promise<Adviser> {
  const standIn = await startInvestSuiteStandin({ settings: { settleDelayMs: 'manual' } });
  const connection = { baseUrl: standIn.url, ...standIn.credentials };
  const port: InvestSuite = createInvestSuite(connection);
  return {
    connection,
    portfolio: async ({ manager = 'ROBO_ADVISOR_DISCRETIONARY', booking = 'investsuite' } = {}) => {
      const { investSuite, portfolioId } = seedPortfolio({ manager, holdings: HOLDINGS, fundedSince: null });
      standIn.add(investSuite ?? {});
      Object.assign(standIn.settings, {
        booking: booking === 'gateway' ? 'client' : 'investsuite',
        bookingWhen: 'before-answer',
      });
      return {
        port,
        id: must(parsePortfolioId(portfolioId)),
        settle: () => standIn.schedule.advanceAll(),
        rebalance: (isRunning) => standIn.setOptimization(portfolioId, { inProgress: isRunning }),
        bookLater: () => {
          standIn.settings.bookingWhen = 'later';
          return () => standIn.schedule.advanceAll({ kind: 'booking' });
        },
      };
    },
    stop: async () => {
      await port.close();
      await standIn.stop();
    },
  };
}

async function simulated(): Promise<Adviser> {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const upstreams = new SimulatedUpstreams(() => (now += 1_000));
  const connection = { baseUrl: await upstreams.start(), accessKeyId: 'key', secretAccessKey: 'secret' };
  const port = createInvestSuite(connection);
  let portfolios = 0;
  return {
    connection,
    portfolio: async ({ manager = 'ROBO_ADVISOR_DISCRETIONARY', booking = 'investsuite' } = {}) => {
      portfolios += 1;
      const account = upstreams.add(portfolios, /never/, { robo: manager !== 'USER_MANAGED' });
      account.transactions.splice(0);
      account.holdings = { $EUR: 1_000, US0378331005: 2.5 };
      account.portfolio.funded_since = null;
      Object.assign(account.portfolio, { booking });
      return {
        port,
        id: must(parsePortfolioId(account.portfolio.id)),
        settle: () => undefined,
        rebalance: (isRunning) => {
          account.rebalancing = isRunning;
        },
        bookLater: undefined,
      };
    },
    stop: async () => {
      await port.close();
      await upstreams.stop();
    },
  };
}

async function inMemory(): Promise<Adviser> {
  let portfolios = 0;
  return {
    portfolio: async ({ manager = 'ROBO_ADVISOR_DISCRETIONARY', booking = 'investsuite' } = {}) => {
      const port = new FakeInvestSuite();
      port.booking = booking;
      port.faults.now = () => Date.parse('2026-01-01T00:00:00Z');
      portfolios += 1;
      const id = must(parsePortfolioId(`P${String(portfolios).padStart(26, '0')}`));
      const holdings = Object.entries(HOLDINGS).map(([instrumentId, quantity]) => ({
        instrumentId,
        quantity: decimal(quantity),
      }));
      port.add({ id, manager, holdings });
      return {
        port,
        id,
        settle: () => undefined,
        rebalance: (isRunning) => {
          port.rebalancing = isRunning;
        },
        bookLater: () => {
          const later: (() => void)[] = [];
          port.later = later;
          return () => later.splice(0).forEach((book) => void book());
        },
      };
    },
    stop: async () => undefined,
  };
}

export const ADVISERS: Readonly<Record<string, () => Promise<Adviser>>> = {
  'the stand-in': standIn,
  'the simulated upstreams of the evidence table': simulated,
  'the fake that workflows call in the process': inMemory,
};
