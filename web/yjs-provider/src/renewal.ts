/** How long before its end a token is replaced, in milliseconds; a short one at half its time. */
const before = 20_000;

/** No timer runs longer, in milliseconds. */
const longest = 24 * 60 * 60 * 1000;

/** In how many milliseconds a token is to be replaced; undefined when it does not say when it ends. */
export function renewIn(token: string, now: number): number | undefined {
  const end = endOf(token);
  if (end === undefined) return undefined;
  return Math.min(Math.max((end - now) / 2, end - now - before, 0), longest);
}

/** When a JWT ends (RFC 7519, section 4.1.4), in milliseconds since 1970. */
function endOf(token: string): number | undefined {
  try {
    const claims = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { exp } = JSON.parse(atob(claims)) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined; // no JWT
  }
}
