import type { AccountGroupId, PortfolioId, UserId } from '../../domain/ids.ts';
import { parseUserId, spellingsOf } from '../../domain/ids.ts';
import { wholeOf } from '../../domain/listing.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import type { User } from '../../domain/user.ts';
import { BadUserInputError, UpstreamRefusedReadError } from '../../errors.ts';
import type { CallOptions } from '../upstream/client.ts';
import { joinUntil } from '../upstream/deadline.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import { SharedReads } from '../upstream/flight.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';
import { goodBodyOf, type InvestSuiteCalls, refusal } from './calls.ts';
import { EntitiesById } from './entities-by-id.ts';
import type { PortfoliosPage, PortfoliosPageRequest, UnreadablePortfolio } from './investsuite.ts';
import { readPage, type WirePage } from './page-wire.ts';
import {
  conditionsOf,
  matches,
  mayMatch,
  ownersIn,
  type PortfolioConditions,
  withoutOwners,
} from './portfolio-conditions.ts';
import { readPortfolio } from './portfolio-wire.ts';
import { readProblem } from './problem-wire.ts';
import { anyOfWithAll, pathWith, placeOfCursor } from './query.ts';
import type { ReadSettings } from './read-settings.ts';
import { RememberedRefusal } from './remembered-refusal.ts';
import { everyPage, type ReadRows, readRows, type SentRow, tellDropped } from './rows.ts';
import { readUser } from './user-wire.ts';
import { invalidAnswer, isObject } from './wire-values.ts';

const COLLECTION = '/portfolios/';
const MAX_LIMIT = 100;

/** One page, as asked of InvestSuite. */
interface PageQuery {
  readonly conditions: PortfolioConditions;
  readonly limit: number;
  readonly place: string;
  readonly embed: boolean;
  /** The list that `place` is a place in: all portfolios, for us to find the owner's, or what InvestSuite has found. */
  readonly sifted: boolean | undefined;
}

/** Before a cursor of a list that we sift. */
const SIFTED = 'sifted:';

/** Reading portfolios: by id, in pages, by what they are linked to. */
export class Portfolios {
  readonly #calls: InvestSuiteCalls;
  readonly #settings: ReadSettings;
  readonly #byId: EntitiesById<Portfolio>;
  readonly #pages: SharedReads<PortfoliosPage>;
  readonly #embedRefused: RememberedRefusal;
  readonly #ownersRefused: Readonly<Record<'first' | 'any', RememberedRefusal>>;
  readonly #linkQueryRefused: RememberedRefusal;

  constructor(calls: InvestSuiteCalls, settings: ReadSettings) {
    this.#calls = calls;
    this.#settings = settings;
    this.#byId = new EntitiesById(
      calls,
      { resource: 'portfolio', collection: COLLECTION, read: (row) => this.#portfolio(row) },
      settings,
    );
    this.#pages = new SharedReads(settings.onShared);
    this.#embedRefused = new RememberedRefusal(settings.reprobeAfterMs);
    this.#ownersRefused = {
      first: new RememberedRefusal(settings.reprobeAfterMs),
      any: new RememberedRefusal(settings.reprobeAfterMs),
    };
    this.#linkQueryRefused = new RememberedRefusal(settings.reprobeAfterMs);
  }

  get byId(): EntitiesById<Portfolio> {
    return this.#byId;
  }

  /** After a write, since each page that was read before it may show the old row. */
  forget(id: PortfolioId): void {
    this.#byId.forget(id);
    this.#pages.forget(() => true);
  }

  async page(request: PortfoliosPageRequest, options: CallOptions = {}): Promise<PortfoliosPage> {
    const query = pageQuery(request);
    return await joinUntil('INVESTSUITE', options, (signal) =>
      this.#pages.run(
        JSON.stringify(query),
        (inner, askers) => this.#page(query, this.#within({ signal: inner, askers })),
        { signal, askers: options.askers },
      ),
    );
  }

  /** InvestSuite may compare ids as texts, so it is asked for the id in lower case, then in upper case. */
  async ofAccountGroup(id: AccountGroupId, options: CallOptions = {}): Promise<readonly Portfolio[]> {
    const conditions = conditionsOf({ accountGroupId: id });
    if (this.#linkQueryRefused.stands) return await this.#sift(conditions, options);
    const whole = this.#within(options);
    try {
      for (const spelled of spellingsOf(id)) {
        const found = await this.#all(conditionsOf({ accountGroupId: spelled }), conditions, whole);
        if (found.length > 0) return found;
      }
      return [];
    } catch (error) {
      if (!(error instanceof UpstreamRefusedReadError) || !NOT_UNDERSTOOD.has(error.status)) throw error;
      const found = await this.#sift(conditions, options);
      this.#linkQueryRefused.remember();
      return found;
    }
  }

  /** Goes through all portfolios, where InvestSuite can't look for this. */
  async #sift(conditions: PortfolioConditions, options: CallOptions): Promise<readonly Portfolio[]> {
    return await this.#all(conditionsOf({}), conditions, options);
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
    for await (const page of everyPage(fetch)) {
      const { values, unreadable } = this.#read(page);
      for (const portfolio of values) if (matches(portfolio, wanted)) found.set(portfolio.id, portfolio);
      doubtful.push(...unreadable.filter(({ row }) => mayMatch(row, wanted)));
    }
    // Where none is found, one that can't be read may be it.
    return found.size > 0 ? [...found.values()] : wholeOf({ rows: [], unreadable: doubtful });
  }

  /**
   * With all that is wanted first. A 403 or 404 may be about an embedded owner, who then costs the whole page; a 400
   * means that `embed`, or a question about owners, is not understood. Embedding is then left out; owners are looked for
   * among all portfolios. What was left out of the call that worked is remembered.
   */
  async #page(query: PageQuery, options: CallOptions): Promise<PortfoliosPage> {
    const ownersRefused = this.#ownersRefused[query.conditions.owners.length > 1 ? 'any' : 'first'];
    let embed = query.embed && !this.#embedRefused.stands;
    let sifted = query.conditions.owners.length > 0 && (query.sifted ?? ownersRefused.stands);
    let embedNotUnderstood = false;
    let ownersNotUnderstood = false;
    for (;;) {
      const asked = sifted ? { ...query, conditions: withoutOwners(query.conditions), limit: MAX_LIMIT } : query;
      const answer = await this.#get({ ...asked, embed }, options);
      // A place in the list of what InvestSuite finds is none in the list of all.
      const maySift = !sifted && asked.conditions.owners.length > 0 && query.place === '';
      if (embed && blamesEmbed(answer, maySift)) {
        embedNotUnderstood = NOT_UNDERSTOOD.has(answer.status);
        embed = false;
      } else if (maySift && NOT_UNDERSTOOD.has(answer.status)) {
        ownersNotUnderstood = true;
        sifted = true;
      } else {
        const page = this.#wirePage(answer, asked.conditions);
        if (embedNotUnderstood) this.#embedRefused.remember();
        if (ownersNotUnderstood) ownersRefused.remember();
        return this.#portfoliosPage(page, { ...query, sifted });
      }
    }
  }

  #portfoliosPage(page: WirePage, query: PageQuery): PortfoliosPage {
    const next = page.rows.length === 0 && page.next === query.place ? null : page.next;
    if (next !== null && next === query.place) throw invalidAnswer('portfolios: next leads back to its own page');
    const { values, unreadable } = this.#read(page);
    return {
      portfolios: values.filter((portfolio) => matches(portfolio, query.conditions)),
      unreadable: unreadable.filter(({ row }) => mayMatch(row, query.conditions)).map(unreadablePortfolio),
      owners: this.#owners(page),
      next: next !== null && query.sifted ? `${SIFTED}${next}` : next,
    };
  }

  #read(page: WirePage): ReadRows<Portfolio> {
    const read = readRows('portfolio', page.rows, (row) => this.#portfolio(row));
    tellDropped(this.#settings.onDropped, 'portfolio', read.unreadable);
    return read;
  }

  #portfolio(row: ExactJson): Portfolio | null {
    const portfolio = readPortfolio(row);
    const count = portfolio?.unreadableHoldings?.length ?? 0;
    if (count > 0) this.#settings.onDropped?.({ resource: 'holding', count, details: ['portfolio.portfolio.*'] });
    return portfolio;
  }

  #owners(page: WirePage): ReadonlyMap<UserId, User> {
    const rows = [...page.embedded].flatMap(([id, entity]) =>
      parseUserId(id) !== undefined && isObject(entity) ? [{ ...entity, id }] : [],
    );
    const { values, unreadable } = readRows('user', rows, readUser);
    tellDropped(this.#settings.onDropped, 'user', unreadable);
    return new Map(values.map((user) => [user.id, user]));
  }

  async #get(query: PageQuery, options: CallOptions): Promise<WireAnswer> {
    const text = anyOfWithAll(query.conditions.owners, query.conditions.all);
    const parameters = {
      limit: String(query.limit),
      query: text === '' ? undefined : text,
      embed: query.embed ? 'owned_by_user_id' : undefined,
    };
    return await this.#calls.get(pathWith(COLLECTION, parameters, query.place), 'investsuite.portfolios.list', options);
  }

  /** Where something is looked for, 404 means that there is none (the vendor's examples answer with the bare entity). */
  #wirePage(answer: WireAnswer, conditions: PortfolioConditions): WirePage {
    if (answer.status === 404 && conditions.any) return { rows: [], next: null, embedded: new Map() };
    if (!answer.ok) throw refusal(answer);
    return readPage(goodBodyOf(answer, 'portfolios'), 'portfolios');
  }

  /** One deadline for all calls that a read needs. */
  #within(options: CallOptions): CallOptions {
    return { ...options, deadlineAt: options.deadlineAt ?? performance.now() + this.#settings.deadlineMs };
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

const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([400, 422]);

function blamesEmbed(answer: WireAnswer, maySift: boolean): boolean {
  if (answer.status === 403 || answer.status === 404) return true;
  if (!NOT_UNDERSTOOD.has(answer.status)) return false;
  return !maySift || /\bembed/.test(readProblem(answer).detail ?? '');
}
