import { describe, expect, it } from 'vitest';
import { decodeUtf8, hasLoneSurrogate } from '../../src/domain/utf8.ts';

describe('bytes', () => {
  it.each([
    ['ASCII', [0x61, 0x62], 'ab'],
    ['nothing', [], ''],
    ['two, three and four bytes', [0xc3, 0xb6, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80], 'ö€😀'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], 'a'],
    ['a replacement character that was sent', [0xef, 0xbf, 0xbd], '�'],
  ])('in UTF-8 are read: %s', (_what, bytes, text) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBe(text);
    // A second time: a decoder must keep nothing of what it has read before.
    expect(decodeUtf8(Buffer.from(bytes))).toBe(text);
  });

  it.each([
    ['ISO-8859-1', [0x4a, 0xf6, 0x72, 0x67]],
    ['a cut character', [0x61, 0xe2, 0x82]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['UTF-16 with its mark', [0xff, 0xfe, 0x61, 0x00]],
    ['a lone continuation', [0x80]],
  ])('in anything else are not: %s', (_what, bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
    expect(decodeUtf8(Uint8Array.from([0x61]))).toBe('a');
  });
});

describe('lone surrogates', () => {
  it.each(['x\ud800', '\udc00x', '\ud83d', '\ude00\ud83d', 'a\ud83d\ud83d\ude00'])('are found in %j', (text) => {
    expect(hasLoneSurrogate(text)).toBe(true);
  });

  it.each(['', 'plain', 'ö€', '😀', '\ud83d\ude00', '�'])('are not in %j', (text) => {
    expect(hasLoneSurrogate(text)).toBe(false);
  });
});
