import { describe, expect, it } from 'vitest';
import { stringifyExactJson } from '../../../src/datasources/upstream/exact-json.ts';
import { parseWritableJson } from '../../../src/datasources/upstream/writable-json.ts';

const again = (text: string): string => stringifyExactJson(parseWritableJson(text));

describe('JSON that is read in order to be written again', () => {
  it.each([
    '{"a":1.0,"b":"1.0","c":-0,"d":1e100,"e":12345678901234.123456789,"f":[1,"2",{"g":3.10}],"h":null,"i":false}',
    '{"text":"paid 1.50, \\"2\\" and \\\\","k3":4,"":5}',
    '{"quoted":"\\"1\\\\","n":-1.5e-07}',
    '[]',
    '{}',
    '7.50',
    '"7.50"',
    `{"long":"${'x1 '.repeat(100_000)}","n":1}`,
  ])('is the same text: %.80s', (text) => {
    expect(again(text)).toBe(text);
  });

  it('loses nothing but blanks', () => {
    expect(again(' { "a" : [ 1.10 , "x" ] }\n')).toBe('{"a":[1.10,"x"]}');
  });

  it('has no form for what is no number', () => {
    expect(again('{"a":NaN,"b":-Infinity,"c":[Infinity],"d":"NaN"}')).toBe('{"a":null,"b":null,"c":[null],"d":"NaN"}');
  });

  it.each(['{"a":01}', '{"a":1.}', '{"a":1.2.3}', '{"a":--1}', '{1:2}', '{"a":1 2}', '{"a"', ''])(
    'is refused where it is no JSON: %s',
    (text) => {
      expect(() => parseWritableJson(text)).toThrow(SyntaxError);
    },
  );
});
