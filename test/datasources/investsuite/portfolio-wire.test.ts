import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPortfolio } from '../../../src/datasources/investsuite/portfolio-wire.ts';
import { parseExactJson } from '../../../src/datasources/upstream/exact-json.ts';
import { UpstreamInvalidAnswerError } from '../../../src/errors.ts';
import { portfolioId, userId, wirePortfolio } from './fake-investsuite.ts';

const readText = (text: string) => readPortfolio(parseExactJson(text));
const readWith = (more: Readonly<Record<string, unknown>>) => readText(JSON.stringify(wirePortfolio(1, more)));
const divesting = (amount: string) =>
  readText(
    JSON.stringify(wirePortfolio(1, { config: { manager_settings: { divest_amount: 'AMOUNT' } } })).replace(
      '"AMOUNT"',
      amount,
    ),
  )?.divestment;

function invalid(run: () => unknown): UpstreamInvalidAnswerError {
  try {
    run();
  } catch (error) {
    if (error instanceof UpstreamInvalidAnswerError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('a portfolio', () => {
  it('is read from the vendor’s example, digit for digit', () => {
    const example = `{"external_id":"your-bank-portfolio-1","readable_by":["U01ERYVVSZTKKYEEVX3Y6JECE83"],
      "name":"Child's education","owned_by_user_id":"U01ERYVVSZTKKYEEVX3Y6JECE83","owned_by_user_ids":[],
      "base_currency":"USD","money_type":"REAL_MONEY",
      "portfolio":{"$USD":12345678901234.123456789,"LU78464A6644":"18.780","LU46137V2410":9},
      "config":{"manager":"ROBO_ADVISOR_DISCRETIONARY","manager_version":1,"manager_settings":{"divest_amount":500.0}},
      "brokerage_account":{"brokerage_portfolio_id":"BrokerAccountKey","brokerage_user_id":null,
        "bank_account_type":"IBAN","bank_account_number":"BE19000000001212","bank_id":null,"payment_reference":"32154796"},
      "funded_since":"2021-02-18T08:21:02+00:00","archived":false,"id":"P01F7KDVY6H718JNV91840DE5V4","version":15,
      "deleted":false,"_embedded":{},"status":"WAITING_FOR_FUNDS"}`;
    expect(readText(example)).toEqual({
      id: 'P01F7KDVY6H718JNV91840DE5V4',
      externalId: 'your-bank-portfolio-1',
      name: "Child's education",
      ownerId: 'U01ERYVVSZTKKYEEVX3Y6JECE83',
      coOwnerIds: [],
      baseCurrency: 'USD',
      moneyType: 'REAL_MONEY',
      manager: 'ROBO_ADVISOR_DISCRETIONARY',
      status: 'WAITING_FOR_FUNDS',
      archived: false,
      fundedSince: '2021-02-18T08:21:02+00:00',
      version: 15,
      holdings: [
        { instrumentId: '$USD', quantity: '12345678901234.123456789' },
        { instrumentId: 'LU78464A6644', quantity: '18.780' },
        { instrumentId: 'LU46137V2410', quantity: '9' },
      ],
      divestment: { kind: 'exactly', amount: '500.0' },
      brokerage: {
        brokeragePortfolioId: 'BrokerAccountKey',
        brokerageUserId: null,
        bankAccountNumber: 'BE19000000001212',
        paymentReference: '32154796',
      },
    });
  });

  it('needs no more than its id and its currency', () => {
    expect(readText(`{"id":"${portfolioId(1)}","base_currency":"EUR"}`)).toEqual({
      id: portfolioId(1),
      externalId: null,
      name: null,
      ownerId: null,
      coOwnerIds: [],
      baseCurrency: 'EUR',
      moneyType: 'UNKNOWN',
      manager: 'UNKNOWN',
      status: null,
      archived: null,
      fundedSince: null,
      version: null,
      holdings: [],
      divestment: null,
      brokerage: null,
    });
  });

  it('has UNKNOWN for unknown enum values, and null for what only looks like a value', () => {
    expect(
      readWith({
        money_type: 'MONOPOLY',
        status: 'DREAMING',
        config: { manager: 'HAL' },
        name: { first: 'x' },
        archived: 'no',
        owned_by_user_id: 'nobody',
        owned_by_user_ids: ['nobody', userId(3)],
        external_id: 'null',
      }),
    ).toMatchObject({
      moneyType: 'UNKNOWN',
      status: 'UNKNOWN',
      manager: 'UNKNOWN',
      name: null,
      archived: null,
      ownerId: null,
      coOwnerIds: [userId(3)],
      externalId: null,
    });
  });

  it('takes the owner from the name that the vendor’s examples print as well', () => {
    expect(readWith({ owned_by_user_id: null, owned_by_portfolio_id: userId(4) })?.ownerId).toBe(userId(4));
  });

  it.each([
    ['null', null],
    ['0', null],
    ['"0.00"', null],
    ['-0', null],
    ['500', { kind: 'exactly', amount: '500' }],
    ['"1.234"', { kind: 'exactly', amount: '1.234' }],
    ['1e100', { kind: 'everything' }],
    ['"1E+100"', { kind: 'everything' }],
    [`1${'0'.repeat(100)}`, { kind: 'everything' }],
    [`${'9'.repeat(100)}`, { kind: 'exactly', amount: '9'.repeat(100) }],
  ])('reads a divest_amount of %.12s', (wire, divestment) => {
    expect(divesting(wire)).toEqual(divestment);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['id', { id: 'T00000000000000000000000001' }],
    ['id', { id: null }],
    ['base_currency', { base_currency: '$USD' }],
    ['base_currency', { base_currency: null }],
    ['portfolio', { portfolio: [1] }],
    ['config.manager_settings.divest_amount', { config: { manager_settings: { divest_amount: 'NaN' } } }],
    ['funded_since', { funded_since: 'a while ago' }],
    ['id, base_currency', { id: false, base_currency: '?' }],
  ])('is not read without what we rely on: %s', (paths, more) => {
    expect(invalid(() => readWith(more)).detail).toBe(`portfolio: ${paths}`);
  });

  it.each(['lots', null, {}, '1,5'])(
    'lacks a line of the holdings that can’t be read, and knows it: %j',
    (quantity) => {
      expect(readWith({ portfolio: { $EUR: quantity, US0378331005: '1.5' } })).toMatchObject({
        holdings: [{ instrumentId: 'US0378331005', quantity: '1.5' }],
        unreadableHoldings: [{ system: 'INVESTSUITE', resource: 'holding', id: '$EUR' }],
      });
    },
  );

  it('reports no value of an unreadable field', () => {
    const secret = 'BE19000000001212';
    const error = invalid(() => readWith({ base_currency: secret, portfolio: { $EUR: secret } }));
    expect(JSON.stringify([error.message, error.detail, error.stack, String(error.cause)])).not.toContain(secret);
  });

  it('is null when it is deleted', () => {
    expect(readWith({ deleted: true })).toBeNull();
  });

  it('keeps any quantity as it was written, as number or as text', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,40})?$/);
    fc.assert(
      fc.property(digits, fc.boolean(), (quantity, asText) => {
        const wire = asText ? `"${quantity}"` : quantity;
        const text = `{"id":"${portfolioId(1)}","base_currency":"EUR","portfolio":{"$EUR":${wire}}}`;
        // Zero has no sign.
        const shown = /[1-9]/.test(quantity) ? quantity : quantity.replace('-', '');
        expect(readText(text)?.holdings).toEqual([{ instrumentId: '$EUR', quantity: shown }]);
      }),
    );
  });
});
