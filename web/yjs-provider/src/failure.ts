/** A GraphQL error as far as the provider reads it. */
export interface GraphError {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What the graph said no to. `code` is its `extensions.code`. */
export class Refused extends Error {
  readonly code: string;

  constructor(errors: readonly GraphError[]) {
    super(errors.map((error) => error.message).join(' ') || 'The graph refused without a word.');
    this.name = 'Refused';
    const code = errors[0]?.extensions?.code;
    this.code = typeof code === 'string' ? code : '';
  }
}

/** The connection is gone, with a close code of WebSocket if there was one. */
export class Lost extends Error {
  readonly closeCode: number | undefined;

  constructor(reason: string, closeCode?: number) {
    super(reason);
    this.name = 'Lost';
    this.closeCode = closeCode;
  }
}

/** Reads what graphql-ws hands to an error callback: errors of GraphQL, a close event, or any error. */
export function failureOf(cause: unknown): Refused | Lost {
  if (cause instanceof Refused || cause instanceof Lost) return cause;
  if (Array.isArray(cause)) return new Refused(cause as GraphError[]);
  const { code, reason, message } = (cause ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  const words = [reason, message].find((text) => typeof text === 'string' && text !== '');
  return new Lost(typeof words === 'string' ? words : 'The connection was closed.', typeof code === 'number' ? code : undefined);
}

const later = new Set(['', 'UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR']);

/** What to do about a failure: try again, try again with another token, or give up. */
export function remedyOf(failure: Refused | Lost): 'again' | 'token' | 'none' {
  if (failure instanceof Lost) return failure.closeCode === 4401 || failure.closeCode === 4403 ? 'token' : 'again';
  if (failure.code === 'UNAUTHENTICATED') return 'token';
  return later.has(failure.code) ? 'again' : 'none';
}
