import { expect, test } from 'vitest';
import { failureOf, Lost, Refused, remedyOf } from './failure.js';

const graphError = (code: string) => [{ message: 'No.', extensions: { code } }];

test.each([
  [{ code: 1006, reason: '' }, 'again'],
  [{ code: 1001, reason: 'The server is shutting down' }, 'again'],
  [{ code: 1013, reason: 'Later' }, 'again'],
  [{ code: 4401, reason: 'Unauthorized' }, 'token'],
  [{ code: 4403, reason: 'Forbidden' }, 'token'],
  [new Error('connect ECONNREFUSED'), 'again'],
  [undefined, 'again'],
  [graphError('UNAUTHENTICATED'), 'token'],
  [graphError('UNAVAILABLE'), 'again'],
  [graphError('RATE_LIMITED'), 'again'],
  [graphError('INTERNAL_SERVER_ERROR'), 'again'],
  [graphError('FORBIDDEN'), 'none'],
  [graphError('NOT_FOUND'), 'none'],
  [graphError('BAD_USER_INPUT'), 'none'],
])('%o: %s', (cause, remedy) => {
  expect(remedyOf(failureOf(cause))).toBe(remedy);
});

test('says what the other side said', () => {
  expect(failureOf({ code: 4403, reason: 'Forbidden: the access token has expired' })).toMatchObject({
    closeCode: 4403,
    message: 'Forbidden: the access token has expired',
  });
  expect(failureOf(graphError('FORBIDDEN'))).toMatchObject({ code: 'FORBIDDEN', message: 'No.' });
  expect(failureOf([])).toBeInstanceOf(Refused);
  expect(failureOf(new Error('no route'))).toBeInstanceOf(Lost);
});
