import type { InstrumentDetails } from '../upvest/entities.ts';
import { uuidOf } from '../values/ids.ts';

/** ISIN, WKN (empty for none) and name. The first are those that the demo's portfolios hold. */
const NAMED = `
US0378331005 865985 Apple Inc.
LU78468R1014 A2N7PW Amundi Global Aggregate Green Bond UCITS ETF (Acc)
LU78464A6644 A2H57J Amundi Prime Emerging Markets UCITS ETF
LU46137V2410 A2PCCH Amundi Index MSCI Europe SRI UCITS ETF (Dist)
LU4642886612 A1JJTD Xtrackers II Eurozone Government Bond UCITS ETF
LU3160923039 A0F5G9 Pictet – Water P EUR
BE92189F1066 A2DL4X KBC Institutional Fund Medium Cap
NL3160923039 A2JAHJ VanEck Sustainable World Equal Weight UCITS ETF
FR3160928731 A0RF44 Amundi MSCI USA UCITS ETF
IE0031442068 622391 iShares Core S&P 500 UCITS ETF USD (Dist)
IE00B4L5Y983 A0RPWH iShares Core MSCI World UCITS ETF USD (Acc)
IE00BKM4GZ66 A111X9 iShares Core MSCI Emerging Markets IMI UCITS ETF (Acc)
IE00B5BMR087 A0YEDG iShares Core S&P 500 UCITS ETF (Acc)
DE0007164600 716460 SAP SE
DE0007236101 723610 Siemens AG
FR0000120271 850727 TotalEnergies SE
NL0010273215 A1J4U4 ASML Holding N.V.
US5949181045 870747 Microsoft Corp.
US67066G1040 918422 NVIDIA Corp.
GB00BH4HKS39 A1XA83 Vodafone Group plc
CH0038863350 A0Q4DC Nestlé S.A.
LU0290355717 DBX0AC Xtrackers II Eurozone Government Bond UCITS ETF 1C
IE00B3F81R35 A0RGEP iShares Core € Corp Bond UCITS ETF
DE000BU0E006 BU0E00 Bundesrepublik Deutschland Bubill 2024/25
US88160R1014 A1CX3T Tesla Inc.
US0231351067 906866 Amazon.com Inc.
US02079K3059 A14Y6F Alphabet Inc. A
US30303M1027 A1JWVX Meta Platforms Inc. A
US1912161007 850663 The Coca-Cola Company
US5801351017 856958 McDonald's Corp.
US4781601046 853260 Johnson & Johnson
US92826C8394 A0NC7B Visa Inc. A
US46625H1005 850628 JPMorgan Chase & Co.
US0846707026 A0YJQ2 Berkshire Hathaway Inc. B
DE0008404005 840400 Allianz SE
DE0005557508 555750 Deutsche Telekom AG
DE0007100000 710000 Mercedes-Benz Group AG
DE0005190003 519000 Bayerische Motoren Werke AG (BMW)
DE0008430026 843002 Münchener Rückversicherungs-Gesellschaft AG
DE000BASF111 BASF11 BASF SE
DE000BAY0017 BAY001 Bayer AG
DE000A1EWWW0 A1EWWW adidas AG
DE0006231004 623100 Infineon Technologies AG
DE0005552004 555200 DHL Group (Deutsche Post AG)
DE000ENER6Y0 ENER6Y Siemens Energy AG
FR0000121014 853292 LVMH Moët Hennessy Louis Vuitton SE
FR0000120321 853888 L'Oréal S.A.
FR0000131104 887771 BNP Paribas S.A.
FR0000052292 886670 Hermès International S.C.A.
ES0144580Y14 A0M46B Iberdrola S.A.
ES0113900J37 858872 Banco Santander S.A.
IT0003128367 928624 Enel S.p.A.
NL0000235190 938914 Airbus SE
CH0012032048 855167 Roche Holding AG
CH0012005267 904278 Novartis AG
DK0062498333 A3EU6F Novo Nordisk A/S B
SE0000108656 850001 Telefonaktiebolaget LM Ericsson B
NO0010096985 675213 Equinor ASA
GB00B10RZP78 A0JNE2 Unilever plc
GB0009895292 886455 AstraZeneca plc
GB00BP6MXD84 A3C99G Shell plc
JP3633400001 853510 Toyota Motor Corp.
IE00B4ND3602 A1KWPQ iShares Physical Gold ETC
IE00BK5BQT80 A2PKXG Vanguard FTSE All-World UCITS ETF (Acc)
IE00B3RBWM25 A1JX52 Vanguard FTSE All-World UCITS ETF (Dist)
LU0274208692 DBX1MW Xtrackers MSCI World Swap UCITS ETF 1C
DE0005933931 593393 iShares Core DAX UCITS ETF (DE)
IE00B1XNHC34 A0MW0M iShares Global Clean Energy UCITS ETF
DE000A0S9GB0 A0S9GB Xetra-Gold
XS2010032618 A2R4KP Koninklijke Ahold Delhaize N.V. 1.125 % 2019/26
`;

const PROVIDERS = [
  ['iShares', 'IE'],
  ['Xtrackers', 'LU'],
  ['Amundi', 'LU'],
  ['Vanguard', 'IE'],
  ['SPDR', 'IE'],
  ['Invesco', 'IE'],
  ['WisdomTree', 'IE'],
] as const;

const THEMES =
  `MSCI Europe|MSCI Japan|MSCI China|MSCI India|MSCI Brazil|MSCI World Small Cap|MSCI World Energy|MSCI World Health Care
MSCI World Information Technology|MSCI World Financials|MSCI USA ESG Screened|EURO STOXX 50|STOXX Europe 600|FTSE 100|MDAX|Nasdaq-100
Russell 2000|S&P 500 Equal Weight|S&P Global Water|Global Aggregate Bond|EUR High Yield Corporate Bond|US Treasury Bond 7-10yr
Euro Inflation-Linked Government Bond|Emerging Markets Local Government Bond|Cybersecurity|Automation & Robotics|Ageing Population
Global Infrastructure|European Property Yield|MSCI World Minimum Volatility|MSCI World Quality|MSCI World Momentum|Dividend Aristocrats`
    .split(/[|\n]/)
    .map((theme) => theme.trim());

/** Can't be traded any more. */
const INACTIVE = new Set(['XS2010032618']);
/** Traded in whole units only. */
const WHOLE_UNITS = new Set(['DE000BU0E006', 'XS2010032618', 'DE000A0S9GB0']);

const CREATED_AT = '2021-03-01T06:00:00Z';

/** The directory of the broker: 300 instruments, always the same. */
export function brokerInstruments(): readonly InstrumentDetails[] {
  return [...named(), ...funds()].slice(0, 300).map(([isin, wkn, name], at) => {
    const created = new Date(Date.parse(CREATED_AT) + at * 3_600_000).toISOString().replace('.000Z', 'Z');
    return {
      id: uuidOf(`instrument/${isin}`),
      created_at: created,
      updated_at: created,
      isin,
      wkn,
      name,
      fractional_trading: !WHOLE_UNITS.has(isin),
      trading_status: INACTIVE.has(isin) ? 'INACTIVE' : 'ACTIVE',
    };
  });
}

type Named = readonly [isin: string, wkn: string, name: string];

const named = (): readonly Named[] =>
  NAMED.trim()
    .split('\n')
    .map((line): Named => [line.slice(0, 12), line.slice(13, 19), line.slice(20)]);

/** Every theme of every provider, with a WKN and an ISIN of its own. */
function funds(): readonly Named[] {
  return THEMES.flatMap((theme, row) =>
    PROVIDERS.map(([provider, country], column): Named => {
      const number = row * PROVIDERS.length + column;
      const wkn = `A3${(36 ** 3 + number * 131).toString(36).slice(-4).toUpperCase()}`;
      return [
        isinOf(country, `000${wkn}`),
        wkn,
        `${provider} ${theme} UCITS ETF (${number % 2 === 0 ? 'Acc' : 'Dist'})`,
      ];
    }),
  );
}

/** With the check digit of ISO 6166: Luhn's, over letters as numbers from 10. */
export function isinOf(country: string, code: string): string {
  const digits = [...`${country}${code}`].map((sign) => Number.parseInt(sign, 36)).join('');
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const doubled = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${country}${code}${(10 - (sum % 10)) % 10}`;
}
