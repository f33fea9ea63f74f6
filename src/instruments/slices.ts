/** Work in slices of a few milliseconds, so that it can let others run between them. */
export type Slices<T> = Generator<void, T, void>;

/** Items of one slice. */
export const SLICE = 1_000;

/** Does the work; `pause` is awaited between two slices. */
export async function inSlices<T>(work: Slices<T>, pause: () => Promise<void>): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await pause();
  }
}
