/** An answer that a test gives when it wants to. */
export interface Held {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function held(): Held {
  let settle: Pick<Held, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new TypeError('a promise begins at once');
  return { promise, ...settle };
}
