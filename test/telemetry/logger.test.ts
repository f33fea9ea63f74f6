import { expect, it } from 'vitest';
import { describeError } from '../../src/telemetry/logger.ts';

it('an error that a caller has described for loggers of all kinds is not described again as something else', () => {
  const once = describeError(new TypeError('what went wrong', { cause: new Error('why') }));
  expect(once).toMatchObject({ name: 'TypeError', message: 'what went wrong', cause: { message: 'why' } });
  expect(describeError(once)).toBe(once);
});

it('what is no error is not shown: it may be anything', () => {
  expect(describeError({ message: 'a body', token: 'x' })).toEqual({ message: 'not an Error', type: 'object' });
});
