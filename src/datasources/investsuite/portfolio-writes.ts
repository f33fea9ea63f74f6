import type { PortfolioId } from '../../domain/ids.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { BadUserInputError, UpstreamError, UpstreamUnavailableError } from '../../errors.ts';
import type { WriteOptions } from '../upstream/client.ts';
import type { Writable } from '../upstream/exact-json.ts';
import { type Refused, speaksOfTheRequest, type WriteOutcome } from '../upstream/outcome.ts';
import { bodyOf } from './calls.ts';
import type { Reading } from './connection.ts';
import type { EntitiesById } from './entities-by-id.ts';
import { invalidAnswer } from './fields.ts';
import type { PortfolioPatch } from './investsuite.ts';
import { expectPortfolio, managerSettings, portfolioPatchBody, readPortfolio, wholeConfig } from './portfolio-wire.ts';

/**
 * Changing a portfolio: `PATCH /portfolios/{id}/`.
 *
 * The vendor's pages say both that a nested object is to be sent in full and, by their example of the manager's
 * settings, that `config` is merged: it sends one setting and the others are still there in the answer. So only the
 * setting that changes is sent: sending all would also send `config.manager`, which may be written once, and would undo
 * what InvestSuite changed since we read it. A tenant that wants `config` in full says so (`config.manager` and
 * `manager_version` are required there, so it answers "field required"): nothing has happened then, the portfolio is
 * read, and its whole `config` is sent with the change in it; that is remembered.
 */
export class PortfolioWrites {
  readonly #reading: Reading;
  readonly #byId: EntitiesById<Portfolio>;

  constructor(reading: Reading, byId: EntitiesById<Portfolio>) {
    this.#reading = reading;
    this.#byId = byId;
  }

  async patch(id: PortfolioId, patch: PortfolioPatch, options: WriteOptions = {}): Promise<WriteOutcome<Portfolio>> {
    const body = portfolioPatchBody(patch);
    const settings = managerSettings(patch);
    // An empty PATCH is not harmless: it starts an optimization of a robo portfolio.
    if (settings === undefined && Object.values(body).every((value) => value === undefined)) {
      throw new BadUserInputError('There is nothing to change.');
    }
    if (settings === undefined) return await this.#send(id, body, options);
    const { profile } = this.#reading;
    const sendPart = () => this.#send(id, { ...body, config: { manager_settings: settings } }, options);
    const sendWhole = () => this.#sendWhole(id, body, settings, options);
    if (profile.prefers(CONFIG, 'part')) {
      const outcome = await sendPart();
      if (outcome.kind === 'accepted') profile.learn(CONFIG, 'part');
      if (outcome.kind !== 'refused' || !wantsWholeConfig(outcome)) return outcome;
      profile.learn(CONFIG, 'whole');
      return await sendWhole();
    }
    const outcome = await sendWhole();
    if (outcome.kind === 'accepted') profile.learn(CONFIG, 'whole');
    const isDoubtful = outcome.kind === 'refused' && speaksOfTheRequest(outcome.status);
    if (!isDoubtful || profile.hasSeen(CONFIG, 'whole')) return outcome;
    // An earlier run, or a setting, requires the whole `config`. A refusal has changed nothing.
    const part = await sendPart();
    if (part.kind === 'accepted') profile.learn(CONFIG, 'part');
    return part.kind === 'refused' ? outcome : part;
  }

  async #send(
    id: PortfolioId,
    body: { readonly [key: string]: Writable },
    options: WriteOptions,
  ): Promise<WriteOutcome<Portfolio>> {
    const request = {
      method: 'PATCH',
      path: `/portfolios/${id}/`,
      operation: 'investsuite.portfolios.patch',
      body,
    } as const;
    return await this.#reading.calls.write(
      request,
      (answer) => {
        const portfolio = expectPortfolio(id, readPortfolio(bodyOf(answer, 'portfolio')));
        if (portfolio === null) throw invalidAnswer('portfolio: deleted');
        return portfolio;
      },
      options,
    );
  }

  /** With what it has besides. A read that fails leaves the write unsent. */
  async #sendWhole(
    id: PortfolioId,
    body: { readonly [key: string]: Writable },
    settings: { readonly [key: string]: Writable },
    options: WriteOptions,
  ): Promise<WriteOutcome<Portfolio>> {
    let config: Writable;
    try {
      config = wholeConfig(await this.#byId.freshBody(id, options), settings);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const unauthenticated = error instanceof UpstreamUnavailableError && error.reason === 'unauthenticated';
      return { kind: 'notSent', reason: unauthenticated ? 'unauthenticated' : 'connection' };
    }
    return await this.#send(id, { ...body, config }, options);
  }
}

const CONFIG = 'investsuite.portfolios.config';

/** "Field required" somewhere in `config`: pydantic's `value_error.missing`, in its newer version `missing`. */
function wantsWholeConfig({ problem }: Refused): boolean {
  return /(^|\.)missing$/.test(problem.type ?? '') && /\bconfig\b/.test(problem.detail ?? '');
}
