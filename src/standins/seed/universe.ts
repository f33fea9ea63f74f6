/** The instruments of the demo: ISINs of the vendor's pages and some others. */
export const INSTRUMENTS = [
  'US0378331005',
  'LU78468R1014',
  'LU78464A6644',
  'LU46137V2410',
  'LU4642886612',
  'LU3160923039',
  'BE92189F1066',
  'NL3160923039',
  'FR3160928731',
  'IE0031442068',
  'IE00B4L5Y983',
  'IE00BKM4GZ66',
  'IE00B5BMR087',
  'DE0007164600',
  'DE0007236101',
  'FR0000120271',
  'NL0010273215',
  'US5949181045',
  'US67066G1040',
  'GB00BH4HKS39',
  'CH0038863350',
  'LU0290355717',
  'IE00B3F81R35',
  'DE000BU0E006',
] as const;

export const FIRST_NAMES = [
  'Anna',
  'Bram',
  'Chiara',
  'Dries',
  'Elif',
  'Farid',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
] as const;
export const LAST_NAMES = [
  'Adler',
  'Bakker',
  'Conti',
  'Dubois',
  'Eriksen',
  'Fischer',
  'García',
  'Hansen',
  'Ivanov',
] as const;
export const GOALS = [
  "Child's education",
  'Retirement',
  'House',
  'Rainy day',
  'World trip',
  'Growth',
  'Green',
] as const;

const FIRST_DAY = Date.UTC(2023, 0, 9, 8, 0, 0);
const LAST_DAY = Date.UTC(2026, 5, 26, 15, 0, 0);

/** The time of the i-th of n things, spread evenly over the years of the demo, in the vendor's form. */
export function dateAt(i: number, n: number, laterSeconds: number): string {
  const ms = FIRST_DAY + Math.floor(((LAST_DAY - FIRST_DAY) * Math.min(i, n)) / Math.max(1, n)) + laterSeconds * 1000;
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 19)}.${String((i * 7919) % 1_000_000).padStart(6, '0')}+00:00`;
}
