import { type AccountGroupId, parseAccountGroupId, parseUserId, type UserId } from '../../domain/ids.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { type ExactJson, isList, isObject, member } from '../upstream/exact-json.ts';
import { externalId as readExternalId } from './fields.ts';
import type { PortfolioPageFilter } from './investsuite.ts';
import { equalTo } from './query.ts';

export interface PortfolioFilter extends PortfolioPageFilter {
  readonly accountGroupId?: AccountGroupId | undefined;
}

/** A filter in InvestSuite's query language. */
export interface PortfolioConditions {
  readonly filter: PortfolioFilter;
  /** Conditions on the owner: one where only the first owner counts, two where further ones do too. */
  readonly owners: readonly string[];
  /** Further conditions. */
  readonly all: readonly string[];
  /** True where anything is asked at all. */
  readonly any: boolean;
}

/** Written as on the vendor's page, which says that comparing amounts by size does not work. */
const PENDING_DIVESTMENT = [
  'config.manager_settings.divest_amount neq 0',
  'config.manager_settings.divest_amount neq null',
];

/** Throws a BadUserInputError on a value that must not go into a query. */
export function conditionsOf(filter: PortfolioFilter): PortfolioConditions {
  const { ownerId, anyOwnerId, externalId, pendingDivestment, accountGroupId } = filter;
  const all = [
    ...(ownerId === undefined || anyOwnerId === undefined ? [] : [equalTo('owned_by_user_id', ownerId)]),
    ...(externalId === undefined ? [] : [equalTo('external_id', externalId)]),
    ...(accountGroupId === undefined ? [] : [equalTo('brokerage_account.brokerage_portfolio_id', accountGroupId)]),
    ...(pendingDivestment === true ? PENDING_DIVESTMENT : []),
  ];
  const first = anyOwnerId ?? ownerId;
  const owners = [
    ...(first === undefined ? [] : [equalTo('owned_by_user_id', first)]),
    ...(anyOwnerId === undefined ? [] : [equalTo('owned_by_user_ids', anyOwnerId)]),
  ];
  return { filter, owners, all, any: owners.length + all.length > 0 };
}

/** The query where InvestSuite can't filter by owner: the gateway filters the rows. */
export const withoutOwners = (conditions: PortfolioConditions): PortfolioConditions => ({
  ...conditions,
  owners: [],
  any: conditions.all.length > 0,
});

/** The same, held against a portfolio: a query that InvestSuite did not look at must not show another's portfolios. */
export function matches(portfolio: Portfolio, { filter }: PortfolioConditions): boolean {
  const { ownerId, anyOwnerId, externalId, pendingDivestment, accountGroupId } = filter;
  return (
    (ownerId === undefined || portfolio.ownerId === ownerId) &&
    (anyOwnerId === undefined || portfolio.ownerId === anyOwnerId || portfolio.coOwnerIds.includes(anyOwnerId)) &&
    (externalId === undefined || portfolio.externalId === externalId) &&
    (accountGroupId === undefined || isGroup(portfolio.brokerage?.brokeragePortfolioId ?? '', accountGroupId)) &&
    (pendingDivestment !== true || portfolio.divestment !== null)
  );
}

/** The same, held against a row that could not be read: false only where it says otherwise. */
export function mayMatch(row: ExactJson, { filter }: PortfolioConditions): boolean {
  const { ownerId, anyOwnerId, externalId, accountGroupId } = filter;
  const owners = ownersIn(row);
  const own = member(row, 'external_id');
  return (
    (ownerId === undefined || owners === null || owners.includes(ownerId)) &&
    (anyOwnerId === undefined || owners === null || owners.includes(anyOwnerId)) &&
    (externalId === undefined || typeof own !== 'string' || readExternalId(own) === externalId) &&
    (accountGroupId === undefined || mayBeLinkedTo(row, accountGroupId))
  );
}

const isGroup = (linked: string, group: AccountGroupId): boolean => parseAccountGroupId(linked) === group;

function mayBeLinkedTo(row: ExactJson, group: AccountGroupId): boolean {
  const account = member(row, 'brokerage_account') ?? null;
  if (account === null) return false;
  const linked = isObject(account) ? (member(account, 'brokerage_portfolio_id') ?? null) : undefined;
  return typeof linked === 'string' ? isGroup(linked, group) : linked !== null;
}

/** Owners of a row that could not be read; null where they can't be read either. */
export function ownersIn(row: ExactJson): readonly UserId[] | null {
  const first = member(row, 'owned_by_user_id') ?? member(row, 'owned_by_portfolio_id');
  const further = member(row, 'owned_by_user_ids');
  const owners = [first, ...(isList(further) ? further : [])].flatMap((id) =>
    typeof id === 'string' ? (parseUserId(id) ?? []) : [],
  );
  return owners.length === 0 ? null : owners;
}
