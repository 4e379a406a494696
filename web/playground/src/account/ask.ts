/** The graph understood the request and said no; the message is its own. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code?: string,
    readonly field?: string,
  ) {
    super(message);
  }

  /** Whether the same request may well succeed later. */
  get passing(): boolean {
    return ['UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'].includes(this.code ?? '');
  }
}

/** Sends one operation to the graph and returns its data; throws Refused when the graph answers with errors. */
export type Ask = (document: string, variables: object, token?: string) => Promise<Record<string, unknown>>;

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string; field?: string } }[];
}

/** Asks the graph at this address over HTTP. */
export function askOver(url: string, send: typeof fetch): Ask {
  return async (document, variables, token) => {
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json, application/json;q=0.9',
    };
    if (token) headers.Authorization = `Bearer ${token}`;
    const response = await send(url, { method: 'POST', headers, body: JSON.stringify({ query: document, variables }) });
    const answer = (await response.json()) as Answer;
    const [error] = answer.errors ?? [];
    if (error) throw new Refused(error.message, error.extensions?.code, error.extensions?.field);
    return answer.data ?? {};
  };
}
