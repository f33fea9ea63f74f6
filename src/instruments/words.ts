/** Letters that Unicode does not take apart into a base letter and an accent. */
const PLAIN: Readonly<Record<string, string>> = {
  Æ: 'AE',
  Œ: 'OE',
  Ø: 'O',
  Ł: 'L',
  Đ: 'D',
  Ð: 'D',
  Þ: 'TH',
  Ħ: 'H',
  Ŧ: 'T',
};

const ASCII_ONLY = /^\p{ASCII}*$/u;

/** Without case and accents. In upper case, as ISINs and WKNs are: they take no further memory. */
const plain = (text: string): string =>
  ASCII_ONLY.test(text)
    ? text.toUpperCase()
    : text
        .normalize('NFKD')
        .replaceAll(/\p{M}/gu, '')
        .toUpperCase()
        .replaceAll(/[^\p{ASCII}]/gu, (letter) => PLAIN[letter] ?? letter);

const SEPARATOR = /[^\p{L}\p{N}]+/u;

/** Characters between letters and digits separate words. */
export interface Words {
  /** Without case and accents, in their order. */
  readonly words: readonly string[];
  /** Letters with signs between, as one word: `SP` of S&P, `LOREAL` of L'Oréal. */
  readonly joined: readonly string[];
}

export function wordsOf(text: string): Words {
  const chunks = plain(text)
    .split(/\s+/)
    .map((chunk) => chunk.split(SEPARATOR).filter((word) => word !== ''));
  return { words: chunks.flat(), joined: chunks.filter((parts) => parts.length > 1).map((parts) => parts.join('')) };
}
