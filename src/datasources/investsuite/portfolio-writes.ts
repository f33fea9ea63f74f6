import type { PortfolioId } from '../../domain/ids.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { BadUserInputError, UpstreamError, UpstreamUnavailableError } from '../../errors.ts';
import type { Writable } from '../upstream/exact-json.ts';
import type { Refused, WriteOutcome } from '../upstream/outcome.ts';
import { bodyOf, type InvestSuiteCalls } from './calls.ts';
import type { EntitiesById } from './entities-by-id.ts';
import type { PortfolioPatch, WriteOptions } from './investsuite.ts';
import { expectPortfolio, managerSettings, portfolioPatchBody, readPortfolio, wholeConfig } from './portfolio-wire.ts';
import { RememberedRefusal } from './remembered-refusal.ts';
import { invalidAnswer } from './wire-values.ts';

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
  readonly #calls: InvestSuiteCalls;
  readonly #byId: EntitiesById<Portfolio>;
  readonly #partRefused: RememberedRefusal;

  constructor(calls: InvestSuiteCalls, byId: EntitiesById<Portfolio>, reprobeAfterMs: number) {
    this.#calls = calls;
    this.#byId = byId;
    this.#partRefused = new RememberedRefusal(reprobeAfterMs);
  }

  async patch(id: PortfolioId, patch: PortfolioPatch, options: WriteOptions = {}): Promise<WriteOutcome<Portfolio>> {
    const body = portfolioPatchBody(patch);
    const settings = managerSettings(patch);
    // An empty PATCH is not harmless: it starts an optimization of a robo portfolio.
    if (settings === undefined && Object.values(body).every((value) => value === undefined)) {
      throw new BadUserInputError('There is nothing to change.');
    }
    if (settings === undefined) return await this.#send(id, body, options);
    if (!this.#partRefused.stands) {
      const outcome = await this.#send(id, { ...body, config: { manager_settings: settings } }, options);
      if (outcome.kind !== 'refused' || !wantsWholeConfig(outcome)) return outcome;
      this.#partRefused.remember();
    }
    const config = await this.#wholeConfig(id, settings, options);
    return 'notSent' in config ? config.notSent : await this.#send(id, { ...body, config: config.value }, options);
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
    return await this.#calls.write(
      request,
      (answer) => {
        const portfolio = expectPortfolio(id, readPortfolio(bodyOf(answer, 'portfolio')));
        if (portfolio === null) throw invalidAnswer('portfolio: deleted');
        return portfolio;
      },
      options,
    );
  }

  /** A read that fails leaves the write unsent. */
  async #wholeConfig(
    id: PortfolioId,
    settings: { readonly [key: string]: Writable },
    options: WriteOptions,
  ): Promise<{ readonly value: Writable } | { readonly notSent: WriteOutcome<never> }> {
    try {
      return { value: wholeConfig(await this.#byId.freshBody(id, options), settings) };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const unauthenticated = error instanceof UpstreamUnavailableError && error.reason === 'unauthenticated';
      return { notSent: { kind: 'notSent', reason: unauthenticated ? 'unauthenticated' : 'connection' } };
    }
  }
}

/** "Field required" somewhere in `config`: pydantic's `value_error.missing`, in its newer version `missing`. */
function wantsWholeConfig({ problem }: Refused): boolean {
  return /(^|\.)missing$/.test(problem.type ?? '') && /\bconfig\b/.test(problem.detail ?? '');
}
