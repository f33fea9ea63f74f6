import { expect, test } from 'vitest';
import { createIdempotentAnswers } from '../../src/standins/server/idempotency.ts';

test('an answer that is a failure is not kept, a success is, by call and key', () => {
  const answers = createIdempotentAnswers({
    clock: () => new Date(0),
    windowMs: () => 1000,
    conflict: () => 'replay',
    conflictAnswer: () => ({ status: 409 }),
  });
  const body = Buffer.from('{}');
  const statuses = [500, 202, 500];
  const work = () => ({ status: statuses.shift() ?? 0 });
  expect(answers.once('k', 'POST /a', body, work).status).toBe(500);
  expect(answers.once('k', 'POST /a', body, work).status).toBe(202);
  expect(answers.once('K', 'POST /a', Buffer.from('[]'), work).status).toBe(202);
  expect(answers.once('k', 'POST /b', body, work).status).toBe(500);
  expect(answers.size).toBe(1);
});
