import type { AccountGroupId, PortfolioId, UserId } from '../../domain/ids.ts';
import { parseUserId, spellingsOf } from '../../domain/ids.ts';
import { wholeOf } from '../../domain/listing.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import type { User } from '../../domain/user.ts';
import { BadUserInputError, UpstreamRefusedReadError } from '../../errors.ts';
import type { CallOptions } from '../upstream/client.ts';
import { type ExactJson, isObject } from '../upstream/exact-json.ts';
import { type Rows, readRows, type SentRow, tellDropped } from '../upstream/rows.ts';
import { SharedResource, withDeadline } from '../upstream/shared-resource.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';
import { goodBodyOf } from './calls.ts';
import type { Reading } from './connection.ts';
import { EntitiesById } from './entities-by-id.ts';
import { invalidAnswer } from './fields.ts';
import type { PortfoliosPage, PortfoliosPageRequest, UnreadablePortfolio } from './investsuite.ts';
import { readPage, type WirePage, wholeList } from './pages.ts';
import {
  conditionsOf,
  matches,
  mayMatch,
  ownersIn,
  type PortfolioConditions,
  withoutOwners,
} from './portfolio-conditions.ts';
import { readPortfolio } from './portfolio-wire.ts';
import { readProblem } from './problem.ts';
import { anyOfWithAll, pathWith, placeOfCursor } from './query.ts';
import { readUser } from './users.ts';

const COLLECTION = '/portfolios/';
const MAX_LIMIT = 100;

const EMBED = 'investsuite.portfolios.embed';
const ACCOUNT_GROUP = 'investsuite.portfolios.accountGroup';

/** One page, as asked of InvestSuite. */
interface PageQuery {
  readonly conditions: PortfolioConditions;
  readonly limit: number;
  readonly place: string;
  readonly embed: boolean;
  /** The list that `place` belongs to: all portfolios, filtered by the gateway, or InvestSuite's filtered list. */
  readonly sifted: boolean | undefined;
}

/** Before a cursor of a list that we sift. */
const SIFTED = 'sifted:';

/** Reading portfolios: by id, in pages, by what they are linked to. */
export class Portfolios {
  readonly byId: EntitiesById<Portfolio>;
  readonly #reading: Reading;
  readonly #pages: SharedResource<PortfoliosPage>;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.byId = new EntitiesById(reading, {
      resource: 'portfolio',
      collection: COLLECTION,
      read: (row) => this.#portfolio(row),
    });
    this.#pages = new SharedResource(reading.sharing);
  }

  /** After a write, since each page that was read before it may show the old row. */
  forget(id: PortfolioId): void {
    this.byId.forget(id);
    this.#pages.forget();
  }

  async page(request: PortfoliosPageRequest, options: CallOptions = {}): Promise<PortfoliosPage> {
    const query = pageQuery(request);
    return await this.#pages.read(JSON.stringify(query), options, (inner) => this.#page(query, inner));
  }

  /** InvestSuite may compare ids as texts, so it is asked for the id in lower case, then in upper case. */
  async ofAccountGroup(id: AccountGroupId, options: CallOptions = {}): Promise<readonly Portfolio[]> {
    const { profile } = this.#reading;
    const conditions = conditionsOf({ accountGroupId: id });
    const whole = this.#within(options);
    // Reads all portfolios, where InvestSuite can't filter.
    const scan = () => this.#all(conditionsOf({}), conditions, this.#within(options));
    if (profile.prefers(ACCOUNT_GROUP, 'scan')) return await scan();
    try {
      for (const spelled of spellingsOf(id)) {
        const found = await this.#all(conditionsOf({ accountGroupId: spelled }), conditions, whole);
        profile.learn(ACCOUNT_GROUP, 'query');
        if (found.length > 0) return found;
      }
      return [];
    } catch (error) {
      if (!(error instanceof UpstreamRefusedReadError) || !NOT_UNDERSTOOD.has(error.status)) throw error;
      const found = await scan();
      profile.learn(ACCOUNT_GROUP, 'scan');
      return found;
    }
  }

  async #all(
    asked: PortfolioConditions,
    wanted: PortfolioConditions,
    options: CallOptions,
  ): Promise<readonly Portfolio[]> {
    const found = new Map<string, Portfolio>();
    const doubtful: SentRow[] = [];
    const whole = this.#within(options);
    const query = { conditions: asked, limit: MAX_LIMIT, embed: false, sifted: false };
    const fetch = async (place: string): Promise<WirePage> =>
      this.#wirePage(await this.#get({ ...query, place }, whole), asked);
    for await (const page of wholeList(fetch)) {
      const { rows, unreadable } = this.#read(page);
      for (const portfolio of rows) if (matches(portfolio, wanted)) found.set(portfolio.id, portfolio);
      doubtful.push(...unreadable.filter(({ row }) => mayMatch(row, wanted)));
    }
    // Where none is found, one that can't be read may be it.
    return found.size > 0 ? [...found.values()] : wholeOf({ rows: [], unreadable: doubtful });
  }

  /**
   * The first attempt asks for everything. A 403 or 404 may be about an embedded owner and fails the whole page; a 400
   * means that `embed` or the filter by owner is not supported. Then embedding is left out, and owners are filtered in
   * all portfolios. The form that worked is kept in the tenant profile.
   */
  async #page(query: PageQuery, options: CallOptions): Promise<PortfoliosPage> {
    const { profile } = this.#reading;
    const { owners } = query.conditions;
    const owner = ownerField(query.conditions);
    let embed = query.embed && profile.prefers(EMBED, 'owners');
    let sifted = owners.length > 0 && (query.sifted ?? profile.prefers(owner, 'scan'));
    const notUnderstood = new Set<PagePart>();
    for (;;) {
      const asked = sifted ? { ...query, conditions: withoutOwners(query.conditions), limit: MAX_LIMIT } : query;
      const answer = await this.#get({ ...asked, embed }, options);
      // A cursor of InvestSuite's filtered list is not valid in the list of all.
      const maySift = !sifted && asked.conditions.owners.length > 0 && query.place === '';
      const blamed = blamedPart(answer, embed, maySift);
      if (blamed === undefined) {
        const page = this.#wirePage(answer, asked.conditions);
        // The answered form works; forms that were tried before it do not.
        if (embed) profile.learn(EMBED, 'owners');
        else if (notUnderstood.has('embed')) profile.learn(EMBED, 'nothing');
        if (asked.conditions.owners.length > 0) profile.learn(owner, 'query');
        else if (notUnderstood.has('owners')) profile.learn(owner, 'scan');
        return this.#portfoliosPage(page, { ...query, sifted });
      }
      if (NOT_UNDERSTOOD.has(answer.status)) notUnderstood.add(blamed);
      if (blamed === 'embed') embed = false;
      else sifted = true;
    }
  }

  #portfoliosPage(page: WirePage, query: PageQuery): PortfoliosPage {
    const next = page.rows.length === 0 && page.next === query.place ? null : page.next;
    if (next !== null && next === query.place) throw invalidAnswer('portfolios: next leads back to its own page');
    const { rows, unreadable } = this.#read(page);
    return {
      portfolios: rows.filter((portfolio) => matches(portfolio, query.conditions)),
      unreadable: unreadable.filter(({ row }) => mayMatch(row, query.conditions)).map(unreadablePortfolio),
      owners: this.#owners(page),
      next: next !== null && query.sifted ? `${SIFTED}${next}` : next,
    };
  }

  #read(page: WirePage): Rows<Portfolio> {
    const read = readRows('portfolio', page.rows, (row) => this.#portfolio(row));
    tellDropped(this.#reading.onDropped, 'portfolio', read.unreadable);
    return read;
  }

  #portfolio(row: ExactJson): Portfolio | null {
    const portfolio = readPortfolio(row);
    const count = portfolio?.unreadableHoldings?.length ?? 0;
    if (count > 0) this.#reading.onDropped?.({ resource: 'holding', count, details: ['portfolio.portfolio.*'] });
    return portfolio;
  }

  #owners(page: WirePage): ReadonlyMap<UserId, User> {
    const rows = [...page.embedded].flatMap(([id, entity]) =>
      parseUserId(id) !== undefined && isObject(entity) ? [{ ...entity, id }] : [],
    );
    const users = readRows('user', rows, readUser);
    tellDropped(this.#reading.onDropped, 'user', users.unreadable);
    return new Map(users.rows.map((user) => [user.id, user]));
  }

  async #get(query: PageQuery, options: CallOptions): Promise<WireAnswer> {
    const text = anyOfWithAll(query.conditions.owners, query.conditions.all);
    const parameters = {
      limit: String(query.limit),
      query: text === '' ? undefined : text,
      embed: query.embed ? 'owned_by_user_id' : undefined,
    };
    const path = pathWith(COLLECTION, parameters, query.place);
    return await this.#reading.calls.get(path, 'investsuite.portfolios.list', options);
  }

  /** Where something is looked for, 404 means that there is none (the vendor's examples answer with the bare entity). */
  #wirePage(answer: WireAnswer, conditions: PortfolioConditions): WirePage {
    if (answer.status === 404 && conditions.any) return { rows: [], next: null, embedded: new Map() };
    return readPage(goodBodyOf(answer, 'portfolios'), 'portfolios');
  }

  #within(options: CallOptions): CallOptions {
    return withDeadline(options, this.#reading.sharing);
  }
}

const unreadablePortfolio = ({ system, resource, id, row }: SentRow): UnreadablePortfolio => ({
  system,
  resource,
  id,
  ownerIds: ownersIn(row),
});

function pageQuery(request: PortfoliosPageRequest): PageQuery {
  const { limit, cursor, embedOwners, filter } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new BadUserInputError(`A page has 1 to ${MAX_LIMIT} portfolios.`);
  }
  const sifted = cursor?.startsWith(SIFTED);
  return {
    conditions: conditionsOf(filter ?? {}),
    limit,
    place: cursor === undefined ? '' : placeOfCursor(sifted ? cursor.slice(SIFTED.length) : cursor),
    embed: embedOwners === true,
    sifted,
  };
}

const ownerField = ({ owners }: PortfolioConditions) =>
  owners.length > 1 ? 'investsuite.portfolios.coOwner' : 'investsuite.portfolios.owner';

const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([400, 422]);

/** A part of the question for a page that can be left out. */
type PagePart = 'embed' | 'owners';

/** The part that InvestSuite refused; undefined where it answered, or refused the rest. */
function blamedPart(answer: WireAnswer, embed: boolean, maySift: boolean): PagePart | undefined {
  if (embed && blamesEmbed(answer, maySift)) return 'embed';
  return maySift && NOT_UNDERSTOOD.has(answer.status) ? 'owners' : undefined;
}

function blamesEmbed(answer: WireAnswer, maySift: boolean): boolean {
  if (answer.status === 403 || answer.status === 404) return true;
  if (!NOT_UNDERSTOOD.has(answer.status)) return false;
  return !maySift || /\bembed/.test(readProblem(answer).detail ?? '');
}
