/** How long before its end a token is renewed, unless it is so short-lived that a fifth of what is left comes later. */
const margin = 60_000;

/**
 * How many milliseconds from now a token that ends at `expiresAt` should be renewed: a minute before its end,
 * or at four fifths of what is left of it. A token that has ended, or whose end is unreadable, is renewed at once.
 */
export function renewIn(expiresAt: string, now: number): number {
  const left = Date.parse(expiresAt) - now;
  if (!(left > 0)) return 0;
  return Math.max(0, left - Math.min(margin, left / 5));
}

/** How long to wait before attempt number `attempt` (from 0) to renew while the endpoint does not answer. */
export function retryIn(attempt: number): number {
  return Math.min(30_000, 1000 * 2 ** attempt);
}
