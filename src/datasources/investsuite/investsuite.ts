import type { DateTime } from '../../domain/datetime.ts';
import type { Decimal } from '../../domain/decimal.ts';
import type { AccountGroupId, PortfolioId, TransactionId, UserId } from '../../domain/ids.ts';
import type { Listing, UnreadableRow } from '../../domain/listing.ts';
import type { Optimization } from '../../domain/optimization.ts';
import type { Holding, Portfolio } from '../../domain/portfolio.ts';
import type { Movement, OrderType, Transaction } from '../../domain/transaction.ts';
import type { User } from '../../domain/user.ts';
import type { CallOptions, WriteOptions } from '../upstream/client.ts';
import type { ConnectionOptions } from '../upstream/connection.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import type { OnDropped } from '../upstream/rows.ts';
import type { TenantProfile } from '../upstream/tenant-profile.ts';

/**
 * The InvestSuite datasource.
 *
 * Reads return domain types, null for what does not exist (404, or `deleted: true`), and throw UpstreamUnavailableError
 * (down, slow, refused credentials), UpstreamInvalidAnswerError (a required field is missing), UpstreamRefusedReadError
 * (4xx), BadUserInputError (a value that must not go into a query) or the signal's reason. Equal reads in flight are
 * shared between callers, unless their name has `fresh`.
 *
 * Writes are sent once and have one of four outcomes; the caller settles an unknown one. After any outcome, the next
 * read of that portfolio and its parts is a new call.
 */
export interface InvestSuite {
  portfolio(id: PortfolioId, options?: CallOptions): Promise<Portfolio | null>;
  /** For read, change, write: a call of its own, begun now. Throws where a line of its holdings can't be read. */
  portfolioFresh(id: PortfolioId, options?: CallOptions): Promise<Portfolio | null>;
  /** One page. Rows that cannot be read are left out, reported to `onDropped`, and in `unreadable`. */
  portfoliosPage(request: PortfoliosPageRequest, options?: CallOptions): Promise<PortfoliosPage>;
  /**
   * The portfolios that are linked to this account group of the broker; pages through all where no query finds them.
   * Throws an UpstreamRowUnreadableError where one that may be it can't be read.
   */
  portfoliosOfAccountGroup(id: AccountGroupId, options?: CallOptions): Promise<readonly Portfolio[]>;
  user(id: UserId, options?: CallOptions): Promise<User | null>;
  /** All transactions of a portfolio, in InvestSuite's order. Throws an UpstreamRowUnreadableError where one can't be read. */
  transactions(portfolioId: PortfolioId, options?: CallOptions): Promise<readonly Transaction[]>;
  /**
   * The same in a call of its own, which can settle an unknown write: rejects with an UpstreamError where one of them can't be
   * read, since that may be the one.
   */
  transactionsFresh(portfolioId: PortfolioId, options?: CallOptions): Promise<readonly Transaction[]>;
  /** The same by the same call, as far as they can be read: to be shown. */
  transactionListing(portfolioId: PortfolioId, options?: CallOptions): Promise<Listing<Transaction>>;
  transaction(portfolioId: PortfolioId, id: TransactionId, options?: CallOptions): Promise<Transaction | null>;
  /** For read, change, write: a call of its own, begun now. */
  transactionFresh(portfolioId: PortfolioId, id: TransactionId, options?: CallOptions): Promise<Transaction | null>;
  /** Those with exactly this `external_id` (it need not be unique); never shared, so it can settle an unknown write. */
  findTransactionsByExternalId(
    portfolioId: PortfolioId,
    externalId: string,
    options?: CallOptions,
  ): Promise<readonly Transaction[]>;
  /**
   * The same, as found at most two seconds ago: for an external id that only one request can use, and before that has sent anything. The check of
   * the request looks beside its other questions, and the request itself need not ask again.
   */
  lookedForTransactions(portfolioId: PortfolioId, externalId: string): Promise<readonly Transaction[]>;
  /** The latest optimization of a robo portfolio; null where there is none. */
  optimization(portfolioId: PortfolioId, options?: CallOptions): Promise<Optimization | null>;

  patchPortfolio(id: PortfolioId, patch: PortfolioPatch, options?: WriteOptions): Promise<WriteOutcome<Portfolio>>;
  createTransaction(
    portfolioId: PortfolioId,
    draft: TransactionDraft,
    options?: WriteOptions,
  ): Promise<WriteOutcome<Transaction>>;
  /** Replaces the whole list of movements: what is left out is lost. */
  patchTransaction(
    portfolioId: PortfolioId,
    id: TransactionId,
    movements: readonly Movement[],
    options?: WriteOptions,
  ): Promise<WriteOutcome<Transaction>>;
  sendDepositEvent(event: CashEvent, options?: WriteOptions): Promise<WriteOutcome<null>>;
  sendWithdrawEvent(event: CashEvent, options?: WriteOptions): Promise<WriteOutcome<null>>;

  /** True while calls fail at once because InvestSuite has been failing. */
  readonly circuitOpen: boolean;
  /** True while a call would fail without an attempt. */
  readonly refusesCalls: boolean;
  /** True while InvestSuite's last attempts failed; calls may still be made. */
  readonly outOfReach: boolean;
  close(): Promise<void>;
}

export interface PortfolioPageFilter {
  /** Owned by this user alone or first (`owned_by_user_id`). */
  readonly ownerId?: UserId | undefined;
  /** Owned by this user, alone or with others (also `owned_by_user_ids`). */
  readonly anyOwnerId?: UserId | undefined;
  readonly externalId?: string | undefined;
  /** Only those with money reserved for withdrawal. */
  readonly pendingDivestment?: boolean | undefined;
}

export interface PortfoliosPageRequest {
  readonly filter?: PortfolioPageFilter | undefined;
  /** 1 to 100. There may be more on a page where InvestSuite can't look for owners. */
  readonly limit: number;
  /** `next` of the page before, asked for with the same filter. */
  readonly cursor?: string | undefined;
  /** Embeds the owners in the same call; empty where InvestSuite refuses that. */
  readonly embedOwners?: boolean | undefined;
}

/** A row of a page that could not be read, with its owners: only they may see the error. */
export interface UnreadablePortfolio extends UnreadableRow {
  /** Null where not even that can be read. */
  readonly ownerIds: readonly UserId[] | null;
}

export interface PortfoliosPage {
  readonly portfolios: readonly Portfolio[];
  /** Rows that may fit the filter and could not be read. */
  readonly unreadable: readonly UnreadablePortfolio[];
  readonly owners: ReadonlyMap<UserId, User>;
  /** Where the next page begins, as the query string that InvestSuite gave; null on the last page. */
  readonly next: string | null;
}

/** Changes of a portfolio; a missing field stays. */
export interface PortfolioPatch {
  /** All lines: what is not among them counts as sold. */
  readonly holdings?: ReadonlyMap<string, Decimal> | readonly Holding[] | undefined;
  /** The total that is reserved for withdrawal; null takes the reservation away. */
  readonly divestAmount?: Decimal | 'everything' | null | undefined;
  readonly fundedSince?: DateTime | undefined;
}

export interface TransactionDraft {
  /** At most 64 characters; InvestSuite does not check that it is unique. */
  readonly externalId?: string | null | undefined;
  readonly orderType?: OrderType | null | undefined;
  readonly optimizationId?: string | null | undefined;
  readonly movements: readonly Movement[];
}

/** Money that was paid into or out of the investment account. */
export interface CashEvent {
  readonly portfolioId: PortfolioId;
  /** More than 0, in both directions. */
  readonly amount: Decimal;
  /** ISO 4217, without `$`. */
  readonly currency: string;
  /** The same for the same money, whatever happens in between. */
  readonly idempotencyKey: string;
}

export interface InvestSuiteOptions extends ConnectionOptions {
  /** Where InvestSuite lives, e.g. `https://api.sandbox.investsuite.com`. */
  readonly baseUrl: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /**
   * Whether several ids travel in one call (`id in [...]`): `auto` (default) as the profile has it; `on` always; `off`
   * never.
   */
  readonly batching?: 'auto' | 'on' | 'off' | undefined;
  /** Which forms of calls this tenant takes. Default: one that begins with nothing. */
  readonly profile?: TenantProfile | undefined;
  /** After how long refused keys are tried again. Default 5,000. */
  readonly loginRetryMs?: number | undefined;
  /** Called when a read was served by another caller's call. */
  readonly onShared?: (() => void) | undefined;
  readonly onDropped?: OnDropped;
}
