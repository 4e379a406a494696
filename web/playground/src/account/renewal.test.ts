import { expect, test } from 'vitest';
import { renewIn, retryIn } from './renewal';

const now = Date.parse('2030-01-01T12:00:00Z');

test.each([
  ['a minute before the end of a long-lived token', '2030-01-01T12:15:00Z', 14 * 60_000],
  ['at four fifths of a short-lived one', '2030-01-01T12:00:10Z', 8_000],
  ['at once when it has ended', '2030-01-01T11:59:59Z', 0],
  ['at once when it ends now', '2030-01-01T12:00:00Z', 0],
  ['at once when nobody can read when it ends', 'soon', 0],
])('renewIn is %s', (_situation, expiresAt, expected) => {
  expect(renewIn(expiresAt, now)).toBe(expected);
});

test('retryIn grows and stops growing', () => {
  expect([0, 1, 2, 3, 4, 5, 99].map(retryIn)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});
