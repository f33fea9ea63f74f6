/** Letters that Unicode does not take apart into a base letter and an accent. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
};

/** Without case and accents. */
export const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{ASCII}]/gu, (letter) => PLAIN[letter] ?? letter);

const SEPARATOR = /[^\p{L}\p{N}]+/u;

/** The words of a text, plain. What stands between letters and digits separates. */
export const wordsOf = (text: string): readonly string[] =>
  plain(text)
    .split(SEPARATOR)
    .filter((word) => word !== '');

/** What is written together with signs between, as one word: `sp` of S&P, `loreal` of L'Oréal. */
export const joinedWordsOf = (text: string): readonly string[] =>
  plain(text)
    .split(/\s+/)
    .map((chunk) => chunk.split(SEPARATOR).filter((word) => word !== ''))
    .filter((parts) => parts.length > 1)
    .map((parts) => parts.join(''));
