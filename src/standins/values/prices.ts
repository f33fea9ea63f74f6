import { hashOf } from './random.ts';

/**
 * Prices of this world: the same for everybody and for ever, as a function of the instrument and the time. A price is a level of
 * the instrument, its growth, and noise of many wave lengths, whose sum moves as prices do: little in a day, much in a year. A
 * part of the noise is the market's, so instruments rise and fall together.
 *
 * Made with floats and rounded to cents: they are chosen, nobody's money depends on their digits.
 */

const DAY_MS = 86_400_000;
/** The day on which an instrument costs about its level: 2026-01-01. */
const LEVEL_DAY = 20_454;
/** Wave lengths of the noise, in days: 1 to 512. */
const OCTAVES = 10;
/** Ratio of the noise's standard deviation over a year to its amplitude. */
const YEARLY = 20;

/** Government bonds and bills: they hardly move. */
const CALM = new Set(['DE000BU0E006', 'LU0290355717', 'IE00B3F81R35', 'LU4642886612', 'LU78468R1014']);
/** A fund that no exchange trades; bonds are traded over the counter too. */
const isUnquoted = (isin: string): boolean => isin.startsWith('XS') || isin === 'BE92189F1066';

/** Whether any venue has a price of the instrument. */
export const isQuoted = (isin: string): boolean => !isUnquoted(isin);

/** Days since 1970, in UTC. */
export const dayNumber = (at: Date): number => Math.floor(at.getTime() / DAY_MS);
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Markets are closed on Saturdays and Sundays. */
export const isTradingDay = (day: number): boolean => (day + 3) % 7 < 5;
export const lastTradingDay = (day: number): number => (isTradingDay(day) ? day : lastTradingDay(day - 1));

/** Closes are told at 22:00. */
export const CLOSE_HOUR = 22;

/** The close of a day; of a day without trading that of the last one before it. Text with two decimals. */
export const closeOf = (isin: string, day: number): string => centsText(closeCents(isin, lastTradingDay(day)));

/** The newest day whose close is known at a time. */
export function lastClosedDay(at: Date): number {
  const isClosed = at.getUTCHours() >= CLOSE_HOUR;
  return lastTradingDay(dayNumber(at) - (isClosed ? 0 : 1));
}

/** The price at a time: on its way from the last close to that of the day. */
export function priceAt(isin: string, at: Date): string {
  const day = dayNumber(at);
  if (!isTradingDay(day) || at.getUTCHours() >= CLOSE_HOUR) return closeOf(isin, day);
  const before = closeCents(isin, lastTradingDay(day - 1));
  const part = (at.getTime() / DAY_MS - day) / (CLOSE_HOUR / 24);
  return centsText(Math.round(before + (closeCents(isin, day) - before) * part));
}

export interface DayPrices {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** The prices of a trading day. */
export function pricesOn(isin: string, day: number): DayPrices {
  const close = closeCents(isin, day);
  const open = Math.round(closeCents(isin, lastTradingDay(day - 1)) * (1 + chance(isin, 'open', day) / 500));
  const beyond = (what: string): number => 1 + Math.abs(chance(isin, what, day)) / 100;
  return {
    open: centsText(open),
    high: centsText(Math.round(Math.max(open, close) * beyond('high'))),
    low: centsText(Math.round(Math.min(open, close) / beyond('low'))),
    close: centsText(close),
    volume: String(10_000 + (hashOf(`${isin}/volume/${day}`) % 900_000)),
  };
}

const centsText = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;

interface Character {
  /** Growth and the moves that are its own, in a year; how much of the market's moves it takes part in. */
  readonly growth: number;
  readonly yearly: number;
  readonly market: number;
}

function characterOf(isin: string): Character {
  const part = (what: string): number => (hashOf(`${isin}/${what}`) % 100) / 100;
  if (CALM.has(isin)) return { growth: 0.02, yearly: 0.03, market: 0.1 };
  // Most of these are funds.
  if (/^(IE|LU)/.test(isin))
    return { growth: 0.05 + part('growth') / 25, yearly: 0.05, market: 0.75 + part('market') / 4 };
  return { growth: 0.03 + part('growth') / 10, yearly: 0.14 + part('moves') / 8, market: 0.5 + part('market') / 2 };
}

/** Most are asked for again and again, for the same days. */
const closes = new Map<string, number>();
const MAX_CLOSES = 200_000;

function closeCents(isin: string, day: number): number {
  const key = `${isin}/${day}`;
  const known = closes.get(key);
  if (known !== undefined) return known;
  if (closes.size >= MAX_CLOSES) closes.clear();
  const level = 1_000 + (hashOf(isin) % 40_000);
  const { growth, yearly, market } = characterOf(isin);
  const years = (day - LEVEL_DAY) / 365;
  const moves = (yearly * noise(isin, day) + market * 0.13 * noise('the market', day)) / YEARLY;
  const cents = Math.max(1, Math.round(level * Math.exp(growth * years + moves)));
  closes.set(key, cents);
  return cents;
}

function noise(name: string, day: number): number {
  let sum = 0;
  for (let octave = 0; octave < OCTAVES; octave += 1) {
    const length = 2 ** octave;
    const at = day / length;
    const from = Math.floor(at);
    const part = at - from;
    const smooth = part * part * (3 - 2 * part);
    const a = chance(name, String(octave), from);
    const b = chance(name, String(octave), from + 1);
    sum += Math.sqrt(length) * (a + (b - a) * smooth);
  }
  return sum;
}

/** -1 to 1, always the same. */
const chance = (name: string, what: string, index: number): number => hashOf(`${name}/${what}/${index}`) / 2 ** 31 - 1;
