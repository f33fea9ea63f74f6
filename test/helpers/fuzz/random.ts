/** Random choices that can be made again: the same seed, the same choices. (The generator is mulberry32.) */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number below. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of a list that is not empty. */
  of<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  some<T>(choices: readonly T[], most: number): readonly T[] {
    return Array.from({ length: this.below(most + 1) }, () => this.of(choices));
  }

  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(most + 1) }, () => this.below(256)));
  }

  /** Text with some characters taken out, doubled or replaced. */
  spoil(text: string): string {
    let spoilt = text;
    for (let times = this.below(4) + 1; times > 0; times -= 1) {
      const at = this.below(spoilt.length + 1);
      const put = this.of([
        '',
        '{',
        '}',
        '(',
        '"',
        '\\',
        '$',
        '@',
        '...',
        '\0',
        '\ud800',
        'é',
        '#',
        '\n',
        '999999999999',
      ]);
      spoilt = spoilt.slice(0, at) + put + spoilt.slice(at + this.below(3));
    }
    return spoilt;
  }
}
