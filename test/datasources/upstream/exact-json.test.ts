import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ExactJson,
  NumberLiteral,
  parseExactJson,
  parseForeignJson,
  stringifyExactJson,
  type Writable,
} from '../../../src/datasources/upstream/exact-json.ts';

/** The result that parseExactJson must give for a value written by JSON.stringify. */
function withNumbersAsText(value: unknown): unknown {
  if (typeof value === 'number') return JSON.stringify(value);
  if (Array.isArray(value)) return value.map(withNumbersAsText);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNumbersAsText(inner)]));
  }
  return value;
}

const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.constantFrom('0', '7', '12345678901234', '900719925474099312345'),
    fc.constantFrom('', '.0', '.50', '.123456789012345678901234567'),
    fc.constantFrom('', 'e2', 'E+100', 'e-07'),
  )
  .map((parts) => parts.join(''));

describe('parseExactJson', () => {
  it('keeps every digit of a number, as text', () => {
    const text = '{"a":12345678901234.123456789,"b":[0.1035719,-206.57,1e100],"c":"3.49","d":-0,"e":1.50}';
    expect(parseExactJson(text)).toEqual({
      a: '12345678901234.123456789',
      b: ['0.1035719', '-206.57', '1e100'],
      c: '3.49',
      d: '-0',
      e: '1.50',
    });
  });

  it('leaves strings alone, whatever is in them', () => {
    const value = { note: 'paid 1.50', 'key 2': '"3", \\"4\\"', slash: 'ends with \\', list: ['5 ', '\\', '6'] };
    expect(parseExactJson(JSON.stringify(value))).toEqual(value);
  });

  it('reads a number, a string or null at the top, with space around', () => {
    expect([parseExactJson(' 1.0 '), parseExactJson('"1.0"'), parseExactJson('\n null')]).toEqual(['1.0', '1.0', null]);
  });

  it('agrees with JSON.parse on all that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parseExactJson(text)).toEqual(withNumbersAsText(JSON.parse(text)));
      }),
    );
  });

  it('keeps any number as it was written', () => {
    fc.assert(
      fc.property(numberText, fc.string(), (number, text) => {
        const body = `{"before":${JSON.stringify(text)},"n": ${number} ,"after":[${number}]}`;
        expect(parseExactJson(body)).toEqual({ before: text, n: number, after: [number] });
      }),
    );
  });

  it('refuses exactly what JSON.parse refuses', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      '1',
      '-',
      '.',
      '0',
      'e',
      ' ',
      'null',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        expect(accepts(parseExactJson, text)).toBe(accepts(JSON.parse, text));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(['01', '1.', '.5', '-', '1e', '+1', '1.2.3', '1a', '{1:2}', '{1 :2}', '1 2', '["a"1]', 'NaN', '0x10', ''])(
    'refuses %j',
    (text) => {
      expect(() => parseExactJson(text)).toThrow(SyntaxError);
    },
  );
});

describe('parseForeignJson', () => {
  it('takes Python’s NaN and Infinity, and leaves strings alone', () => {
    const text = '{"a": NaN, "b":[Infinity,-Infinity], "c":"NaN, \\"Infinity", "d": 1.50, "e": "-Infinity"}';
    expect(parseForeignJson(text)).toEqual({
      a: Number.NaN,
      b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      c: 'NaN, "Infinity',
      d: '1.50',
      e: '-Infinity',
    });
    expect(parseForeignJson(' NaN ')).toBeNaN();
  });

  it('reads all else as parseExactJson does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', '"NaN"', 'NaN'), (value, more) => {
        const text = JSON.stringify(more === '' ? value : [value, 'Infinity']);
        expect(parseForeignJson(text)).toEqual(parseExactJson(text));
        if (more === 'NaN') expect(parseForeignJson(`[${text},NaN]`)).toEqual([parseExactJson(text), Number.NaN]);
      }),
    );
  });

  it.each([
    'nan',
    '-NaN',
    'NaN1',
    '1NaN',
    'aNaN',
    '{NaN:1}',
    '{"a":NaN',
    '"NaN',
    '[NaN NaN]',
    'Infinity"',
    '+Infinity',
  ])('refuses %j', (text) => {
    expect(() => parseForeignJson(text)).toThrow(SyntaxError);
  });
});

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('stringifyExactJson', () => {
  it('writes a literal with exactly its digits', () => {
    const value = {
      holdings: { $EUR: new NumberLiteral('12345678901234.123456789') },
      all: new NumberLiteral('1e100'),
    };
    expect(stringifyExactJson(value)).toBe('{"holdings":{"$EUR":12345678901234.123456789},"all":1e100}');
  });

  it('leaves out what is undefined, and keeps null', () => {
    expect(stringifyExactJson({ a: undefined, b: null, c: [undefined, true] })).toBe('{"b":null,"c":[null,true]}');
  });

  it('refuses a float', () => {
    expect(() => stringifyExactJson({ amount: 0.1 })).toThrow(TypeError);
    expect(stringifyExactJson({ version: 3 })).toBe('{"version":3}');
  });

  it.each(['', '1.', 'abc', '1 ', '"1"', '01', 'NaN', '1,2'])('refuses %j as a number', (text) => {
    expect(() => new NumberLiteral(text)).toThrow(TypeError);
  });

  it('is read back as it was written', () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      numberText.map((text) => new NumberLiteral(text)),
    );
    const tree = fc.letrec<{ value: Writable }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
    })).value;
    fc.assert(
      fc.property(tree, (value) => {
        expect(parseExactJson(stringifyExactJson(value))).toEqual(asRead(value));
      }),
    );
  });
});

function asRead(value: Writable): ExactJson {
  if (value instanceof NumberLiteral) return value.text;
  if (Array.isArray(value)) return value.map((item: Writable) => asRead(item));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asRead(inner)]));
  }
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
