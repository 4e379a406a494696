/** Where the graph answers: `/graphql` on the origin that the page came from. */
const endpoint = new URL('/graphql', location.href);

/** The same place over WebSocket. */
export const socketEndpoint = endpoint.href.replace(/^http/, 'ws');

/** Sends one operation and gives its data; fails with the graph's own words. */
export async function ask<T>(query: string, variables: Record<string, unknown>, token?: string): Promise<T> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: T; errors?: { message: string }[] };
  if (errors?.length || !data) throw new Error(errors?.map((error) => error.message).join(' ') ?? 'The graph gives no answer.');
  return data;
}
